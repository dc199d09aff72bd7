"""A custom resource brings its function, role and log group, in a form that any number of regions of one account can have."""

from __future__ import annotations

import json

import pytest
from troposphere import Template

from generator.handlers.permissions import OWN_REGION, REQUIRED_PERMISSIONS, Condition, Permission, permissions
from generator.package.functions import HandlerFunction, add_custom_resource, log_group_key
from tests.conftest import example_of

ACCOUNT = "222222222222"
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/AWSControlTowerExecution"
HANDLER = "organization_trail_access"
PERMISSIONS = (
    Permission(("guardduty:UpdateDetector",), ("arn:{partition}:guardduty:{region}:{audit}:detector/*",), "sets the frequency"),
    Permission(
        ("organizations:EnableAWSServiceAccess",),
        ("arn:aws:organizations::1:o/{organization}",),
        "for one service",
        Condition("StringEquals", "aws:RequestedRegion", ("{region}", "{home_region}")),
    ),
)


@pytest.fixture
def organization():
    return example_of("reference").landing_zone.organization


def made(organization, **options):
    template = Template()
    key = template.add_resource(log_group_key("LogKey", "logs of handlers", "aws", ACCOUNT, [ADMINISTRATOR]))
    function = HandlerFunction("TrustedAccess", HANDLER, "does things", **options)
    add_custom_resource(template, function, organization, key, {"DelegatedAdministrator": "", "Features": ["A", "B"]})
    return json.loads(template.to_json())["Resources"]


def test_the_function_runs_the_handler_and_cloudformation_waits_a_minute_longer(organization):
    resources = made(organization, seconds=840)
    resource, function = resources["TrustedAccess"], resources["TrustedAccessFunction"]["Properties"]
    assert resource == {
        "Type": "Custom::OrganizationTrailAccess",
        "Properties": {
            "ServiceToken": {"Fn::GetAtt": ["TrustedAccessFunction", "Arn"]},
            "ServiceTimeout": 900,
            "DelegatedAdministrator": "",
            "Features": ["A", "B"],
        },
    }
    assert function["Timeout"] == 840
    assert function["Code"]["ZipFile"].startswith("# made from generator/handlers/custom_resource.py")
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": "TrustedAccessLogGroup"}}
    assert function["Role"] == {"Fn::GetAtt": ["TrustedAccessRole", "Arn"]}


@pytest.mark.parametrize("seconds", [0, 901])
def test_a_function_cannot_run_longer_than_lambda_lets_it(seconds):
    with pytest.raises(ValueError, match="runs for 1 to 900 seconds"):
        HandlerFunction("A", HANDLER, "does things", seconds=seconds)


def test_nothing_has_a_name_that_a_second_stack_or_a_second_life_would_find_taken(organization):
    names = {"FunctionName", "LogGroupName", "RoleName"}
    assert not [name for resource in made(organization).values() for name in names & resource["Properties"].keys()]


def test_a_stack_that_exists_once_can_name_its_log_group(organization):
    group = made(organization, log_group="/trail/access", log_days=30)["TrustedAccessLogGroup"]["Properties"]
    assert (group["LogGroupName"], group["RetentionInDays"]) == ("/trail/access", 30)


def test_the_log_is_encrypted_kept_and_writable_by_the_function_alone(organization):
    resources = made(organization)
    group = resources["TrustedAccessLogGroup"]
    assert group["Properties"]["KmsKeyId"] == {"Fn::GetAtt": ["LogKey", "Arn"]}
    assert group["Properties"]["RetentionInDays"] == 365
    assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    log = resources["TrustedAccessRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][-1]
    assert log == {
        "Sid": "Log",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [{"Fn::GetAtt": ["TrustedAccessLogGroup", "Arn"]}],
    }


def test_the_key_serves_the_log_groups_of_its_stack_in_the_region_of_its_stack(organization):
    administration, encryption = made(organization)["LogKey"]["Properties"]["KeyPolicy"]["Statement"]
    assert administration["Condition"] == {"ArnLike": {"aws:PrincipalArn": [ADMINISTRATOR]}}
    assert encryption["Principal"] == {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}}
    groups = f"arn:aws:logs:${{AWS::Region}}:{ACCOUNT}:log-group:${{AWS::StackName}}-*"
    assert encryption["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": {"Fn::Sub": groups}}}


def test_the_role_says_why_it_may_do_each_step(organization):
    role = made(organization)["TrustedAccessRole"]
    assert role["Properties"]["Policies"][0]["PolicyName"] == "trusted-access"
    allowed = permissions(HANDLER, organization)
    statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][:-1]
    assert [{key: value for key, value in each.items() if key != "Sid"} for each in statements] == [
        json.loads(json.dumps(permission.statement)) for permission in allowed
    ]
    assert role["Metadata"]["reasons"] == {
        statement["Sid"]: permission.reason for statement, permission in zip(statements, allowed, strict=True)
    }
    assert role["Metadata"]["cfn_nag"]["rules_to_suppress"][0]["id"] == "W11"


def test_a_permission_for_the_own_region_is_filled_in_by_cloudformation(organization, monkeypatch):
    monkeypatch.setitem(REQUIRED_PERMISSIONS, HANDLER, PERMISSIONS)
    role = made(organization)["TrustedAccessRole"]
    first, second, _ = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    audit, home = organization.audit, organization.home_region
    assert first["Resource"] == [{"Fn::Sub": f"arn:aws:guardduty:{OWN_REGION}:{audit}:detector/*"}]
    assert second["Resource"] == [f"arn:aws:organizations::1:o/{organization.id}"]
    assert second["Condition"] == {"StringEquals": {"aws:RequestedRegion": [{"Fn::Sub": OWN_REGION}, home]}}
    assert "cfn_nag" not in role["Metadata"]


def test_a_placeholder_that_nobody_knows_is_an_error(organization, monkeypatch):
    monkeypatch.setitem(REQUIRED_PERMISSIONS, HANDLER, (Permission(("a:B",), ("arn:{nowhere}",), "because"),))
    with pytest.raises(KeyError, match="nowhere"):
        permissions(HANDLER, organization)
