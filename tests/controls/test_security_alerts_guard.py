"""security-alerts: who may touch what it makes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from generator.errors import PackageError
from generator.policy.document import parse
from generator.policy.evaluate import AccountPolicies
from generator.policy.model import PolicyKind
from tests.controls.alerts import built_with, paper_alone, resources
from tests.paper import ADMINISTRATOR, KEY_ID


def test_topics_and_queues_let_nobody_in_but_rules_alarms_and_the_topic(example):
    files = example.built.files.files
    for kind in ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"):
        policies = resources(files, kind).values()
        assert policies
        for policy in policies:
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement["Effect"] == "Allow":
                    assert statement["Principal"]["Service"] in {
                        "events.amazonaws.com",
                        "cloudwatch.amazonaws.com",
                        "sns.amazonaws.com",
                    }
                    assert statement["Condition"]
                else:
                    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    "action", ["kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CreateGrant", "kms:Decrypt"]
)
def test_the_keys_own_policy_lets_the_deployment_alone_keep_it(example_called, action):
    """No SCP names it: its id is known only when it is there."""
    example = example_called("minimal")
    (key,) = resources(example.built.files.files, "AWS::KMS::Key", "security-alerts").values()
    policies = AccountPolicies(identity=(ADMINISTRATOR,), resource=parse(json.dumps(key["KeyPolicy"]), PolicyKind.KEY, "key"))
    arn = (f"arn:aws:kms:eu-central-1:333333333333:key/{KEY_ID}",)
    for name, keeps in (("Administrator", False), ("AWSControlTowerExecution", action not in {"kms:CreateGrant", "kms:Decrypt"})):
        decision = paper_alone("minimal").decide_as(
            policies, f"arn:aws:iam::333333333333:role/{name}", action, arn, "333333333333"
        )
        assert decision.allowed is keeps, decision


THINGS = {
    "topic": "arn:aws:sns:eu-central-1:333333333333:security-alerts",
    "subscription": "arn:aws:sns:eu-central-1:333333333333:security-alerts:11111111-2222-3333-4444-555555555555",
    "queue": "arn:aws:sqs:eu-central-1:333333333333:security-alerts-undelivered",
    "rule": "arn:aws:events:eu-central-1:333333333333:rule/security-alerts-findings",
    "alarm": "arn:aws:cloudwatch:eu-central-1:333333333333:alarm:security-alerts-rules-failed",
    "own": "arn:aws:sns:eu-central-1:333333333333:shop",
    "neighbour": "arn:aws:sns:eu-central-1:222222222222:security-alerts",
}


@pytest.mark.parametrize(
    ("who", "action", "thing", "allowed"),
    [
        ("role/Administrator", "sns:Unsubscribe", "topic", False),
        ("role/Administrator", "sns:Publish", "topic", False),
        ("root", "sns:DeleteTopic", "topic", False),
        ("role/Administrator", "sns:MeltTopic", "topic", False),
        ("role/Administrator", "sns:ListSubscriptionsByTopic", "topic", True),
        ("role/Administrator", "sqs:PurgeQueue", "queue", False),
        ("role/Administrator", "sqs:ReceiveMessage", "queue", True),
        ("role/Administrator", "sqs:DeleteMessage", "queue", True),
        ("role/Administrator", "sqs:SendMessage", "queue", False),
        ("role/Administrator", "sns:Unsubscribe", "subscription", False),
        ("role/Administrator", "sns:SetSubscriptionAttributes", "subscription", False),
        ("role/Administrator", "sns:GetSubscriptionAttributes", "subscription", True),
        ("role/AWSControlTowerExecution", "sns:Unsubscribe", "subscription", True),
        ("role/Administrator", "sns:Unsubscribe", "own", True),
        ("role/Administrator", "events:DisableRule", "rule", False),
        ("role/Administrator", "events:DescribeRule", "rule", True),
        ("role/Administrator", "cloudwatch:SetAlarmState", "alarm", False),
        ("role/Administrator", "cloudwatch:PutAlarmMuteRule", "alarm", False),
        ("role/AWSControlTowerExecution", "events:DisableRule", "rule", True),
        ("role/x/AWSControlTowerExecution", "events:DisableRule", "rule", False),
        ("role/Administrator", "sns:DeleteTopic", "own", True),
        ("role/Administrator", "sns:DeleteTopic", "neighbour", True),
    ],
)
def test_the_audit_account_looks_at_its_alerts_and_changes_none(who, action, thing, allowed):
    arn = THINGS[thing]
    account = arn.split(":")[4]
    decision = paper_alone("minimal").layer("scp", f"arn:aws:iam::{account}:{who}", action, (arn,), account)
    assert decision.allowed is allowed
    if not allowed:
        assert [each.sid for each in decision.statements if each.effect == "Deny"] == ["SecurityAlertsAlerts"]


def test_the_guard_is_short_and_names_the_audit_account_everywhere(example):
    (statement,) = [
        statement
        for path, content in example.built.files.files.items()
        if path.startswith("policies/detection-scp-")
        for statement in json.loads(content)["Statement"]
        if statement["Sid"] == "SecurityAlertsAlerts"
    ]
    assert len(json.dumps(statement, separators=(",", ":"))) < 1_000
    assert all(example.landing_zone.organization.audit in arn for arn in statement["Resource"])


def test_an_audit_account_in_the_root_is_refused(example_called):
    example = example_called("minimal")
    organization = example.landing_zone.organization
    accounts = tuple(replace(each, ou=None) if each.id == organization.audit else each for each in organization.accounts)
    with pytest.raises(PackageError, match="the Audit account `333333333333` is directly in the organization's root"):
        built_with(example, replace(organization, accounts=accounts))
