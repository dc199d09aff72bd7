"""All judges together: complete, sorted, the same every time."""

from __future__ import annotations

import pytest

from generator.aws.quotas import PROFILES
from generator.checks.cfn_lint import Linter
from generator.checks.run import Settings, check_package
from generator.errors import InputError
from generator.package.files import PackageFiles

DEFECTS = {
    "templates/bucket.yaml": b"Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      Versioning: true\n",
    "templates/broken.yaml": b"Resources: [\n",
    "policies/guard.json": b"{}  {}",
}


@pytest.fixture(scope="module")
def linter():
    with Linter() as warm:
        yield warm


def test_a_clean_package_has_no_finding(clean_package, organization, linter):
    assert check_package(clean_package, organization, linter=linter) == ()


def test_every_judge_is_asked_and_findings_are_sorted_and_unique(clean_package, organization, linter):
    findings = check_package(PackageFiles({**clean_package.files, **DEFECTS}), organization, linter=linter)
    assert {"E3002", "CT201", "CT303", "BUCKET_VERSIONING"} <= {finding.rule for finding in findings}
    assert list(findings) == sorted(set(findings))


def test_one_defect_is_one_finding_for_a_template_that_nobody_can_read(clean_package, organization, linter):
    findings = check_package(
        PackageFiles({**clean_package.files, "templates/broken.yaml": DEFECTS["templates/broken.yaml"]}),
        organization,
        linter=linter,
    )
    assert [finding.rule for finding in findings] == ["CT303"]


def test_without_a_linter_one_is_started(clean_package, organization):
    assert check_package(clean_package, organization) == ()


def test_the_quota_profile_is_the_one_asked_for(clean_package, organization_with, attached_policies, linter):
    organization = organization_with(attached_policies(5))
    older = Settings(quota_profile=PROFILES["2024-11-13"])
    assert [finding.rule for finding in check_package(clean_package, organization, older, linter)] == ["CT102"]
    assert check_package(clean_package, organization, linter=linter) == ()


def test_further_rules_are_run_beside_our_own(clean_package, organization, tmp_path, linter):
    (tmp_path / "mine.guard").write_text("rule MINE { Resources.*.DeletionPolicy exists <<Violation: v Fix: f>>\n}\n")
    findings = check_package(clean_package, organization, Settings(extra_guard_rules=(tmp_path,)), linter)
    assert [(finding.rule, finding.line) for finding in findings] == [("MINE", 6)]


def test_a_missing_folder_of_rules_is_an_error_and_leaves_the_linter_usable(clean_package, organization, tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        check_package(clean_package, organization, Settings(extra_guard_rules=(tmp_path / "none",)))
