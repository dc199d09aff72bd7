"""Policies by the hundred: CfCT's pace decides how many a stage can start."""

from __future__ import annotations

import pytest

from generator.aws.quotas import NEWEST, PROFILES
from generator.checks.manifest import policy_names
from generator.checks.rule import judge
from generator.checks.subject import Subject
from generator.package.files import PackageFiles

ENTRY = """\
  - name: guard-{number}
    description: a guard
    resource_file: policies/guard.json
    deploy_method: {kind}
    deployment_targets:
      organizational_units:
        - Root
"""


def found(*kinds: str) -> list[tuple[str, int, str]]:
    entries = "".join(ENTRY.format(number=number, kind=kind) for number, kind in enumerate(kinds))
    text = f"region: eu-central-1\nversion: 2021-03-15\nresources:\n{entries}"
    subject = Subject(PackageFiles({"manifest.yaml": text.encode()}), None, PROFILES[NEWEST])
    return [(finding.rule, finding.line, finding.message) for finding in judge(policy_names.CHECKS, subject)]


def test_as_many_policies_of_one_kind_as_fit_into_the_hour_are_too_many():
    assert found(*["scp"] * 240) == [("CT038", 4 + 239 * 7, "240 scps take 60 minutes at least")]


@pytest.mark.parametrize("kinds", [["rcp"] * 239, ["scp"] * 239 + ["rcp"] * 239])
def test_fewer_of_each_kind_are_not(kinds):
    assert found(*kinds) == []
