"""The twin: what CfCT would send, from where it would export, where it would stop, and what would be in force afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from generator.aws.names import AccountId
from generator.cfct.executions import MACHINES, StageName
from generator.cfct.run import foresee
from generator.landing_zone.organization import AttachedPolicy
from generator.package.files import PackageFiles

CASES = json.loads((Path(__file__).parents[1] / "cases" / "twin.json").read_text())
MANIFEST = """\
region: eu-central-1
version: 2021-03-15
resources:
  - name: guard
    description: nobody leaves
    resource_file: policies/guard.json
    deploy_method: scp
    deployment_targets: {organizational_units: [Work]}
  - name: topic
    resource_file: ./templates/topic.yaml
    deploy_method: stack_set
    deployment_targets: {accounts: [Shop]}
    parameters:
      - {parameter_key: Names, parameter_value: "a, b"}
      - {parameter_key: Key, parameter_value: "$[alfred_ssm_/key]"}
    export_outputs: [{name: /topic, value: "$[output_Arn]"}]
"""


def files(content: dict[str, str]) -> PackageFiles:
    return PackageFiles({path: text.encode() for path, text in content.items()})


READERS = {
    "parameters": lambda run: {
        each.key: each.value if isinstance(each.value, str) else list(each.value) for each in run.stack_sets[0].parameters
    },
    "stack_sets": lambda run: [[each.stack_set, list(each.accounts), list(each.regions)] for each in run.stack_sets],
    "started": lambda run: [each.execution for each in run.started],
    "seconds": lambda run: {each.name: each.starts_after_seconds for each in run.policies},
    "exports": lambda run: [
        [each.parameter, each.reference, each.account, each.region, each.is_arbitrary] for each in run.stack_sets[0].exports
    ],
    "documents": lambda run: {each.name: each.document for each in run.policies},
    "attachments": lambda run: {each.name: [[to.name, to.id] for to in each.attachments] for each in run.policies},
    "lost": lambda run: [
        [each.name, lost.loss.name, lost.value] for each in (*run.policies, *run.stack_sets) for lost in each.lost
    ],
    "stops": lambda run: [[stop.stage.value, stop.resource.name, stop.reason] for stop in run.stops],
    "deletes_others": lambda run: run.deletes_others,
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_case_is_foreseen(case, organization):
    there = tuple(AttachedPolicy(*policy) for policy in case.get("attached", ()))
    run = foresee(files(case["files"]), replace(organization, attached=there))
    assert run is not None
    expected = dict(case["expect"])
    for account, policies in expected.pop("in_force", {}).items():
        found = sorted(
            [each.name, each.target, each.document, each.of_package] for each in run.attachments.on(AccountId(account))
        )
        assert found == sorted(policies)
    assert {key: READERS[key](run) for key in expected} == expected


def test_what_is_no_manifest_is_not_foreseen(organization):
    assert foresee(files({}), organization) is None


def test_a_state_machine_gets_exactly_this_for_a_policy(organization):
    (policy,) = foresee(files({"manifest.yaml": MANIFEST}), organization).policies
    assert MACHINES[policy.stage] == "CustomControlTowerServiceControlPolicyMachine"
    assert policy.machine_input("artifacts", "eu-central-1") == {
        "RequestType": "Create",
        "ResourceProperties": {
            "PolicyDocument": {
                "Name": "guard",
                "Description": "nobody leaves",
                "PolicyURL": "https://artifacts.s3.eu-central-1.amazonaws.com/_custom_ct_templates_staging/policies/guard.json",
            },
            "AccountId": "",
            "PolicyList": [],
            "Operation": "",
            "OUList": [[["Work", "ou-2"], "Attach"]],
            "OUNameDelimiter": ":",
        },
    }


def test_a_state_machine_gets_exactly_this_for_a_stack_set(organization):
    (stack_set,) = foresee(files({"manifest.yaml": MANIFEST}), organization).of(StageName.STACK_SET)
    assert stack_set.machine_input("artifacts", "eu-central-1") == {
        "RequestType": "Create",
        "ResourceProperties": {
            "StackSetName": "CustomControlTower-topic",
            "TemplateURL": "https://artifacts.s3.eu-central-1.amazonaws.com/_custom_ct_templates_staging/./templates/topic.yaml",
            "Capabilities": '["CAPABILITY_NAMED_IAM","CAPABILITY_AUTO_EXPAND"]',
            "Parameters": {"Names": ["a", "b"], "Key": "$[alfred_ssm_/key]"},
            "AccountList": ["000000000003"],
            "RegionList": ["eu-central-1"],
            "SSMParameters": {"/topic": "output_Arn"},
        },
        "SkipUpdateStackSet": "no",
    }


def test_a_list_is_sent_joined_and_differs_every_time(organization):
    (stack_set,) = foresee(files({"manifest.yaml": MANIFEST}), organization).stack_sets
    names, key = stack_set.parameters
    assert (names.sent, names.always_differs, names.ssm_parameters) == ("a,b", True, ())
    assert (key.sent, key.always_differs, key.ssm_parameters) == ("$[alfred_ssm_/key]", False, ("/key",))


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("s3://bucket/a/t.yaml", "https://bucket.s3.eu-west-1.amazonaws.com/a/t.yaml"),
        ("https://bucket.s3.eu-west-2.amazonaws.com/t.yaml", "https://bucket.s3.eu-west-2.amazonaws.com/t.yaml"),
    ],
)
def test_a_remote_file_is_not_staged(path, url, organization):
    run = foresee(files({"manifest.yaml": MANIFEST.replace("./templates/topic.yaml", path)}), organization)
    assert run.stack_sets[0].file.url("artifacts", "eu-west-1") == url
    assert run.stack_sets[0].file.is_remote


def test_instances_are_accounts_times_regions(organization):
    text = MANIFEST.replace("{accounts: [Shop]}", "{accounts: [Shop, Logs]}\n    regions: [eu-west-1, eu-central-1]")
    (stack_set,) = foresee(files({"manifest.yaml": text}), organization).stack_sets
    assert stack_set.instances == {
        (account, region) for account in ("000000000002", "000000000003") for region in ("eu-west-1", "eu-central-1")
    }
