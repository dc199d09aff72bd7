"""Versions: whether CfCT and Control Tower are those of which the rules are known to be true."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.finding import Level
from generator.checks.rule import CFCT_VERSION, Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.errors import Where
from generator.package.files import MANIFEST

_KNOWN = "2.8."
"""What changed within 2.8 before 2.8.4 is permissions and libraries (CfCT's CHANGELOG)."""

_WITHOUT_BASELINE = 4
_BASELINE = "AWSControlTowerBP-BASELINE-CONFIG"

KNOWN_CFCT = Rule(
    "CT035",
    Level.INFO,
    f"CfCT is a version {_KNOWN}x",
    f"the rules were read from the source of CfCT {CFCT_VERSION}, and another version can behave otherwise",
    f"update CfCT to {CFCT_VERSION}, or mind the difference",
    cfct("CHANGELOG.md"),
    f"CfCT {_KNOWN}x",
)
BASELINE_PRESENT = Rule(
    "CT036",
    Level.WARNING,
    f"Control Tower still has the stack set `{_BASELINE}`",
    "CfCT lists the accounts of that stack set before it deploys stack sets, and its stage fails where there is none; Control Tower 4.0 no longer makes it",
    f"see whether the management account has `{_BASELINE}` in the home region; if not, do not deploy stack sets with this version of CfCT",
    cfct("manifest_parser.py 293-294, 669 and 913, template 200-202")
    + "; https://github.com/aws-samples/aws-security-reference-architecture-examples/pull/344",
    f"CfCT {CFCT_VERSION} with Control Tower {_WITHOUT_BASELINE}.0 and later",
)


def _other_cfct(subject: Subject) -> Iterator[Objection]:
    version = subject.organization.cfct_version if subject.organization else ""
    if version and not version.removeprefix("v").startswith(_KNOWN):
        yield Objection(
            Where(subject.files.shown(MANIFEST)),
            f"the organization has CfCT `{version}`; the rules were read from {CFCT_VERSION}",
        )


def _no_baseline(subject: Subject) -> Iterator[Objection]:
    organization, manifest = subject.organization, subject.manifest
    major = re.match(r"\d+", organization.control_tower_version) if organization else None
    if organization is None or major is None or int(major[0]) < _WITHOUT_BASELINE:
        return
    if manifest and any(resource.is_stack_set for resource in manifest.resources):
        yield Objection(
            Where(manifest.path),
            f"Control Tower `{organization.control_tower_version}` has no stack set `{_BASELINE}`, which CfCT looks for",
        )


CHECKS = (Check(KNOWN_CFCT, _other_cfct), Check(BASELINE_PRESENT, _no_baseline))
