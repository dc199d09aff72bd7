"""The standards of Security Hub by name, and where Security Hub can have its home."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from generator.aws.names import Arn, Region
from generator.aws.partitions import PARTITIONS
from generator.controls.security_hub.options import Standard

AS_OF = "2026-11-24"
"""The day these tables were last compared with their sources."""

STANDARDS: Mapping[Standard, str] = MappingProxyType(
    {
        "aws-resource-tagging": "aws-resource-tagging-standard/v/1.0.0",
        "cis-3.0": "cis-aws-foundations-benchmark/v/3.0.0",
        "cis-5.0": "cis-aws-foundations-benchmark/v/5.0.0",
        "fsbp": "aws-foundational-security-best-practices/v/1.0.0",
        "nist-800-171": "nist-800-171/v/2.0.0",
        "nist-800-53": "nist-800-53/v/5.0.0",
        "pci-dss-4.0.1": "pci-dss/v/4.0.1",
    }
)
"""The end of each standard's ARN (Security Hub User Guide, "Standards reference")."""

DEFAULT_STANDARDS: frozenset[Standard] = frozenset({"fsbp"})
"""What an account that joins gets by itself without central configuration, besides CIS 1.2.0 (Security Hub API, EnableSecurityHub)."""


def standard_arns(partition: str, region: Region, names: Iterable[Standard]) -> list[Arn]:
    """The ARNs of standards as they are called in `region`; a configuration policy takes those of the home region."""
    return [Arn(f"arn:{partition}:securityhub:{region}::standards/{STANDARDS[name]}") for name in sorted(names)]


def can_be_home(partition: str, region: Region) -> bool:
    """Whether Security Hub can gather findings in `region` and be configured from it.

    "You can't use an AWS Region that is disabled by default as your home Region" (Security Hub User Guide, "Enabling cross-Region
    aggregation"). CloudFormation has `AWS::SecurityHub::ConfigurationPolicy` and `PolicyAssociation` in exactly the other regions
    (cfn-lint's schemas; a test compares them).
    """
    return not PARTITIONS[partition].regions[region].opt_in
