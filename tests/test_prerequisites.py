"""The role that nobody makes: told and templated where a stack goes to the management account, and only there."""

from __future__ import annotations

import pytest

from generator.checks.run import check_package
from generator.package.files import PackageFiles
from tests.conftest import template_of


def runbooks(example) -> dict[str, str]:
    return {runbook.path: runbook.text for runbook in example.built.runbooks}


def test_the_runbook_is_there_iff_a_stack_goes_to_the_management_account(example):
    management = example.landing_zone.organization.management_account
    goes_there = f'- "{management}"' in example.text("manifest.yaml")
    pages = {path for path in runbooks(example) if "execution-role" in path}
    assert pages == ({"management-execution-role.md", "management-execution-role.yaml"} if goes_there else set())


def test_the_runbook_names_this_organizations_own_ids(example):
    organization = example.landing_zone.organization
    page = runbooks(example)["management-execution-role.md"]
    assert f"arn:{organization.partition}:iam::{organization.management_account}:role/AWSControlTowerExecution" in page
    assert f"--region {organization.home_region}" in page
    assert "- `organization-trail-queries`" in page


def test_the_role_trusts_the_stack_set_role_alone(example):
    organization = example.landing_zone.organization
    template = template_of(runbooks(example)["management-execution-role.yaml"].encode())
    (role,) = template["Resources"].values()
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    trusted = f"arn:{organization.partition}:iam::{organization.management_account}:role/service-role/AWSControlTowerStackSetRole"
    assert (statement["Principal"], statement["Action"]) == ({"AWS": trusted}, "sts:AssumeRole")
    assert role["Properties"]["RoleName"] == "AWSControlTowerExecution"


def test_its_template_is_no_part_of_the_package_and_sound_all_the_same(reference):
    assert not [path for path in reference.built.files.files if "execution-role" in path]
    manifest = reference.text("manifest.yaml").split("resources:")[0] + (
        "resources:\n  - name: role\n    resource_file: templates/role.yaml\n    deploy_method: stack_set\n"
        '    deployment_targets:\n      accounts: ["222222222222"]\n'
    )
    files = {
        "manifest.yaml": manifest.encode(),
        "templates/role.yaml": runbooks(reference)["management-execution-role.yaml"].encode(),
    }
    findings = check_package(PackageFiles(files), reference.landing_zone.organization)
    assert [finding for finding in findings if finding.path == "templates/role.yaml"] == []


@pytest.mark.parametrize("name", ["reference", "adopt"])
def test_stacks_elsewhere_need_no_role(example_called, name):
    example = example_called(name)
    page = runbooks(example)["management-execution-role.md"]
    assert "organization-trail-investigation" not in page
