"""security-alerts: which events set off which alarm and which rule, and that nothing else does."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, get_args

import botocore.session
import pytest

from generator.controls.organization_trail.queries import QUERIES
from generator.controls.security_alerts.event_rules import event_rules
from generator.controls.security_alerts.messages import CALL_PATHS, FINDING_PATHS
from generator.controls.security_alerts.options import AlarmName, RuleName
from generator.controls.security_alerts.trail_alarms import TRAIL_ALARMS
from tests import event_patterns, filter_patterns
from tests.conftest import template_of

CASES = Path(__file__).parents[1] / "cases" / "security_alerts"
EVENTS = json.loads((CASES / "events.json").read_text())["cases"]
FINDINGS = json.loads((CASES / "findings.json").read_text())["cases"]
MANAGEMENT = "111111111111"
KINDS = {"AwsApiCall": "AWS API Call", "AwsConsoleSignIn": "AWS Console Sign In", "AwsServiceEvent": "AWS Service Event"}


ROLES = (
    "AWSControlTowerAdmin",
    "AWSControlTowerExecution",
    "CustomControlTowerCodePipelineRole",
    "CustomControlTowerDeploymentLambdaRole",
    "CustomControlTowerStateMachineLambdaRole",
    "cfct-CustomControlTowerCodeBuildRole-1AB2CD3EF4GH5",
    "customizations-for-aws-con-CustomControlTowerPipeli-AbCdEfGhIjKl",
    "cfct-SCPCodeBuildRole-1AB2CD3EF4GH5",
    "cfct-RCPCodeBuildRole-1AB2CD3EF4GH5",
    "customizations-for-aws-control-to-StackSetCodeBuildRole-AbCdEfGh",
    "cfct-StateMachineRole-1AB2CD3EF4GH5",
)
"""Roles of Control Tower and of CfCT 2.8.4's template, which names some and leaves others to CloudFormation."""
CHANGES = tuple(alarm for alarm in TRAIL_ALARMS if alarm.name != "unauthorized-calls")


def named(cases):
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


def resources(example, stack: str, kind: str) -> dict[str, dict[str, Any]]:
    """Properties by title."""
    template = template_of(example.built.files.files[f"templates/{stack}.yaml"])
    return {title: each["Properties"] for title, each in template["Resources"].items() if each["Type"] == kind}


def told(record: dict[str, Any]) -> dict[str, Any]:
    """CloudTrail's record as EventBridge tells of it."""
    return {
        "version": "0",
        "source": f"aws.{record['eventSource'].removesuffix('.amazonaws.com')}",
        "detail-type": f"{KINDS[record['eventType']]} via CloudTrail",
        "account": record["recipientAccountId"],
        "region": record["awsRegion"],
        "time": record["eventTime"],
        "detail": record,
    }


@named(EVENTS)
def test_an_event_sets_off_just_these_alarms_on_the_trail(example_called, case):
    filters = resources(example_called("minimal"), "security-alerts-trail", "AWS::Logs::MetricFilter").values()
    off = {each["FilterName"] for each in filters if filter_patterns.matches(each["FilterPattern"], case["event"])}
    assert off == {f"security-alerts-{alarm}" for alarm in case["alarms"]}


@named(EVENTS)
def test_an_event_sets_off_just_these_rules_of_the_management_account(example_called, case):
    """EventBridge tells of the calls of its own account alone, so that a member's are no rule's business."""
    if case["event"]["recipientAccountId"] != MANAGEMENT:
        assert case["rules"] == []
        return
    for stack in ("security-alerts-events", "security-alerts-global"):
        rules = resources(example_called("minimal"), stack, "AWS::Events::Rule").values()
        off = {rule["Name"] for rule in rules if event_patterns.matches(rule["EventPattern"], told(case["event"]))}
        assert off == {f"security-alerts-{rule}" for rule in case["rules"]}, stack


@named(FINDINGS)
def test_a_finding_is_told_if_it_is_grave_active_and_new(example_called, case):
    (rule,) = resources(example_called("minimal"), "security-alerts", "AWS::Events::Rule").values()
    assert event_patterns.matches(rule["EventPattern"], case["event"]) is case["told"]


def test_every_alarm_and_rule_has_events_that_set_it_off_and_others_that_do_not():
    for kind, names in (("alarms", get_args(AlarmName)), ("rules", get_args(RuleName))):
        for name in names:
            hits = sum(name in case[kind] for case in EVENTS)
            assert 0 < hits < len(EVENTS), (kind, name)


@pytest.mark.parametrize("alarm", TRAIL_ALARMS, ids=lambda alarm: alarm.name)
def test_every_call_that_a_pattern_names_sets_its_alarm_off(alarm):
    calls = re.findall(r'eventName ?= ?"?(\w+)', alarm.pattern)
    sources = re.findall(r"eventSource ?= ?([\w.]+)", alarm.pattern)
    for call in calls if len(calls) > 1 else ():
        event = {
            "eventName": call,
            "eventSource": sources[0] if sources else "ec2.amazonaws.com",
            "requestParameters": {"roleName": "AWSControlTowerExecution"},
        }
        assert filter_patterns.matches(alarm.pattern, event), call
        assert not filter_patterns.matches(alarm.pattern, {**event, "eventName": f"{call}X"}), call


def test_the_tables_and_the_options_name_the_same():
    assert tuple(alarm.name for alarm in TRAIL_ALARMS) == get_args(AlarmName)
    assert tuple(rule.name for rule in event_rules(MANAGEMENT, "eu-central-1", ())) == get_args(RuleName)


def test_what_a_rule_hears_in_the_global_region_an_alarm_hears_too():
    """The docs say so: the topic there has no other beside it. Root's sign-in is the alarm `root-use`."""
    heard = 0
    for rule in event_rules(MANAGEMENT, "eu-central-1", ("g",)):
        for source, name in calls(rule.pattern["detail"]):
            if source in {"iam.amazonaws.com", "organizations.amazonaws.com", ""}:
                for role in ROLES if rule.name == "pipeline-roles" else ("",):
                    event = {"eventSource": source, "eventName": name, "requestParameters": {"roleName": role}}
                    assert any(filter_patterns.matches(alarm.pattern, event) for alarm in CHANGES), (rule.name, name, role)
                    heard += 1
    assert heard > 70


@pytest.mark.parametrize("case", [case for case in EVENTS if case["rules"]], ids=lambda case: case["name"])
def test_a_sample_that_a_rule_hears_from_a_global_service_sets_off_an_alarm(case):
    services = {"iam.amazonaws.com", "organizations.amazonaws.com", "signin.amazonaws.com"}
    assert case["alarms"] or case["event"]["eventSource"] not in services


@pytest.mark.parametrize("role", ROLES)
def test_every_role_that_deploys_is_watched_however_cloudformation_calls_it(role):
    (rule,) = [rule for rule in event_rules(MANAGEMENT, "eu-central-1", ()) if rule.name == "pipeline-roles"]
    names = rule.pattern["detail"]["requestParameters"]
    assert event_patterns.matches(names, {"roleName": role})
    assert not event_patterns.matches(names, {"roleName": "Billing"})


def test_the_benchmark_is_covered_once_from_4_1_to_4_15():
    assert [alarm.cis for alarm in TRAIL_ALARMS if alarm.cis] == [f"4.{number}" for number in range(1, 16)]
    controls = [alarm.control for alarm in TRAIL_ALARMS if alarm.control]
    assert sorted(controls, key=lambda each: int(each.partition(".")[2])) == [f"CloudWatch.{number}" for number in range(1, 15)]


def test_a_threshold_other_than_the_benchmarks_has_its_reason():
    assert all(bool(alarm.why) == (alarm.threshold != 1) for alarm in TRAIL_ALARMS)


def test_every_alert_is_answered_by_a_question_that_there_is():
    slugs = {query.slug for query in QUERIES}
    assert {alarm.query for alarm in TRAIL_ALARMS} <= slugs
    assert {rule.query for rule in event_rules(MANAGEMENT, "eu-central-1", ("g",))} <= slugs


def calls(pattern: Any, source: str = "", names: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Every pair of service and call that a pattern names exactly."""
    source = pattern.get("eventSource", [source])[0]
    names = tuple(pattern.get("eventName", names))
    choices = [pair for choice in pattern.get("$or", ()) for pair in calls(choice, source, names)]
    return choices or [(source, name) for name in names if isinstance(name, str)]


@cache
def operations(service: str) -> tuple[str, ...]:
    return tuple(botocore.session.get_session().get_service_model(service).operation_names)


def test_every_call_that_a_rule_names_is_one_of_the_service():
    """Against botocore's models. CloudTrail names Lambda's calls with a date, so those are told by their beginning."""
    clients = {"monitoring": "cloudwatch", "states": "stepfunctions"}
    checked = 0
    for rule in event_rules(MANAGEMENT, "eu-central-1", ("g",)):
        for source, name in calls(rule.pattern["detail"]):
            services = [source.removesuffix(".amazonaws.com")] if source else []
            delegating = ("cloudtrail", "detective", "guardduty", "inspector2", "macie2", "securityhub")
            known = {operation for service in services or delegating for operation in operations(clients.get(service, service))}
            assert name in known or (source, name) == ("codecommit.amazonaws.com", "GitPush"), (rule.name, source, name)
            checked += 1
    assert checked > 40


@pytest.mark.parametrize(("paths", "event"), [(CALL_PATHS, told(EVENTS[0]["event"])), (FINDING_PATHS, FINDINGS[0]["event"])])
def test_messages_are_filled_in_from_what_the_event_has(paths, event):
    missing = set()
    for name, path in paths.items():
        value: Any = event
        for step in re.findall(r"[\w-]+", path):
            value = value[int(step)] if step.isdigit() else value.get(step, {})
        if value in ({}, ""):
            missing.add(name)
    assert missing <= {"error", "event"}, "a call that worked has no error, and the samples no ids"
