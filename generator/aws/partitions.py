"""The AWS partitions that have Control Tower, their regions, and those that are known only to be refused.

Regions, suffixes and global regions: botocore's partition data (a test compares the two, so that a new region is noticed).
Opt-in: AWS opens every region launched after 2019-03-20 only on demand (Control Tower user guide, "Considerations for
activating AWS opt-in Regions"); the seventeen others are on in every account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from generator.aws.names import Region

AS_OF = "2026-11-23"
"""The day these tables were last compared with botocore's."""

_ALWAYS_ON = (
    "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 "
    "eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2"
)
_OPT_IN = (
    "af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 "
    "ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 me-west-1 mx-central-1 sa-west-1"
)


@dataclass(frozen=True)
class RegionFacts:
    """What differs between regions of one partition. An opt-in region is closed in an account until somebody opens it."""

    opt_in: bool


@dataclass(frozen=True)
class Partition:
    """One partition. `dns_suffix` ends service principals and endpoints; IAM, Organizations and the like live in `global_region`."""

    id: str
    dns_suffix: str
    global_region: Region
    regions: Mapping[Region, RegionFacts]


def _regions(always_on: str, opt_in: str = "") -> Mapping[Region, RegionFacts]:
    facts = {Region(code): RegionFacts(opt_in=False) for code in always_on.split()}
    facts |= {Region(code): RegionFacts(opt_in=True) for code in opt_in.split()}
    return MappingProxyType(dict(sorted(facts.items())))


PARTITIONS: Mapping[str, Partition] = MappingProxyType(
    {
        "aws": Partition("aws", "amazonaws.com", Region("us-east-1"), _regions(_ALWAYS_ON, _OPT_IN)),
        "aws-us-gov": Partition("aws-us-gov", "amazonaws.com", Region("us-gov-west-1"), _regions("us-gov-east-1 us-gov-west-1")),
    }
)
"""By partition id: every partition in which an organization can have Control Tower and CfCT."""

REFUSED: Mapping[str, str] = MappingProxyType({"aws-cn": "Control Tower does not exist in partition `aws-cn`"})
"""Partitions that users ask for and that cannot work, with the reason (Control Tower has no endpoint in China)."""

REFUSED_REGIONS: Mapping[Region, str] = MappingProxyType({Region("cn-north-1"): "aws-cn", Region("cn-northwest-1"): "aws-cn"})
"""Regions of the refused partitions, so that a region of China is named as such and not called unknown."""


def partition_of(region: str) -> str | None:
    """The partition that `region` belongs to, refused ones included; None if no partition that we know has it."""
    for partition in PARTITIONS.values():
        if region in partition.regions:
            return partition.id
    return REFUSED_REGIONS.get(Region(region))
