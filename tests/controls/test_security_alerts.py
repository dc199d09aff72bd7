"""security-alerts: what is made where, and what it says."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from generator.controls.organization_trail.options import OrganizationTrailOptions
from generator.controls.security_alerts import SecurityAlertsOptions
from generator.controls.security_alerts.trail_alarms import TRAIL_ALARMS
from generator.controls.security_hub.standards import can_be_home
from generator.landing_zone.organization import Account
from tests.controls.alerts import HOME_TOPICS, built_with, deployment, resources, template

AUDIT, MANAGEMENT, HOME = ["333333333333"], ["111111111111"], ["eu-central-1"]


@pytest.mark.parametrize(
    ("name", "table"),
    [
        (
            "minimal",
            {
                "security-alerts": (AUDIT, HOME),
                "security-alerts-events": (MANAGEMENT, HOME),
                "security-alerts-global": (MANAGEMENT, ["us-east-1"]),
                "security-alerts-trail": (MANAGEMENT, HOME),
            },
        ),
        (
            "single-region",
            {
                "security-alerts": (AUDIT, HOME),
                "security-alerts-events": (MANAGEMENT, HOME),
                "security-alerts-global": (MANAGEMENT, ["us-east-1"]),
                "security-alerts-trail": (MANAGEMENT, HOME),
            },
        ),
        (
            "opt-in-home",
            {
                "security-alerts": (AUDIT, ["eu-south-1"]),
                "security-alerts-regions": (AUDIT, HOME),
                "security-alerts-events": (MANAGEMENT, ["eu-south-1"]),
                "security-alerts-global": (MANAGEMENT, ["us-east-1"]),
                "security-alerts-trail": (MANAGEMENT, ["eu-south-1"]),
            },
        ),
        (
            "us-gov",
            {
                "security-alerts": (AUDIT, ["us-gov-west-1"]),
                "security-alerts-events": (MANAGEMENT, ["us-gov-west-1"]),
                "security-alerts-trail": (MANAGEMENT, ["us-gov-west-1"]),
            },
        ),
    ],
)
def test_which_stack_goes_to_which_account_and_region(example_called, name, table):
    assert deployment(example_called(name).built.files.files) == table
    assert list(deployment(example_called(name).built.files.files)) == list(table)


def test_a_new_account_changes_no_template(example_called):
    example = example_called("minimal")
    organization = example.landing_zone.organization
    grown = replace(organization, accounts=(*organization.accounts, Account("555555555555", "New", None, "Security")))
    before, after = example.built.files.files, built_with(example, grown).files.files
    ours = [path for path in before if path.startswith("templates/security-alerts")]
    assert len(ours) == 4
    assert all(before[path] == after[path] for path in ours)


@pytest.mark.parametrize("name", ["single-region", "opt-in-home"])
def test_a_new_region_changes_no_template(example_called, name):
    example = example_called(name)
    organization = example.landing_zone.organization
    before = example.built.files.files
    for region in ("eu-west-1", "us-east-1"):
        grown = replace(organization, governed_regions=(*organization.governed_regions, region))
        after = built_with(example, grown).files.files
        ours = {path for path in before if path.startswith("templates/security-alerts")}
        assert {path for path in after if path.startswith("templates/security-alerts")} == ours
        assert all(before[path] == after[path] for path in ours)
        if name == "opt-in-home":
            assert region in deployment(after)["security-alerts-regions"][1]


def test_global_services_are_heard_in_their_region_governed_or_not(example):
    organization = example.landing_zone.organization
    global_region = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1"}[organization.partition]
    heard = {
        region
        for stack in ("security-alerts-events", "security-alerts-global")
        for region in deployment(example.built.files.files).get(stack, ((), ()))[1]
    }
    assert heard == {organization.home_region, global_region}


def test_findings_are_told_in_every_region_that_no_other_gathers(example):
    """As security-hub is built: where its home region can gather, there alone."""
    organization = example.landing_zone.organization
    told = {
        region
        for stack in ("security-alerts", "security-alerts-regions")
        for region in deployment(example.built.files.files).get(stack, ((), ()))[1]
    }
    gathered = can_be_home(organization.partition, organization.home_region)
    assert told == ({organization.home_region} if gathered else set(organization.governed_regions))
    assert any("findings stay in their region" in note for note in example.built.notes) is not gathered


def test_the_regions_share_a_template_and_have_the_same_rule(example_called):
    files = example_called("opt-in-home").built.files.files
    home, other = "security-alerts", "security-alerts-regions"
    (at_home,) = resources(files, "AWS::Events::Rule", home).values()
    (elsewhere,) = resources(files, "AWS::Events::Rule", other).values()
    assert elsewhere == at_home
    for kind in ("AWS::SNS::Topic", "AWS::SQS::Queue"):
        assert [*resources(files, kind, home).values()] == [*resources(files, kind, other).values()]
    text = files[f"templates/{other}.yaml"].decode()
    assert "eu-central-1" not in text
    assert "eu-south-1" not in text
    (policy,) = resources(files, "AWS::SQS::QueuePolicy", other).values()
    assert policy["PolicyDocument"]["Statement"][0]["Condition"] == {
        "ArnLike": {"aws:SourceArn": {"Fn::Sub": "arn:aws:events:${AWS::Region}:333333333333:rule/security-alerts-*"}}
    }
    for alarm in resources(files, "AWS::CloudWatch::Alarm", other).values():
        assert alarm["AlarmActions"] == [{"Ref": "Topic"}]


def test_existing_topics_of_the_regions_are_told_in_theirs_alone(example_called):
    topic = "arn:aws:sns:eu-central-1:333333333333:operations"
    files = built_with(example_called("opt-in-home"), topics=(topic,)).files.files
    assert template(files, "security-alerts-regions")["Conditions"] == {
        "InEuCentral1": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-central-1"]}
    }
    (rule,) = resources(files, "AWS::Events::Rule", "security-alerts-regions").values()
    condition, target, otherwise = rule["Targets"][1]["Fn::If"]
    assert (condition, target["Arn"], otherwise) == ("InEuCentral1", topic, {"Ref": "AWS::NoValue"})
    for alarm in resources(files, "AWS::CloudWatch::Alarm", "security-alerts-regions").values():
        assert alarm["AlarmActions"][1] == {"Fn::If": ["InEuCentral1", topic, {"Ref": "AWS::NoValue"}]}
    assert topic not in files["templates/security-alerts.yaml"].decode()


def test_alarms_stand_on_the_log_group_of_the_trail_adopted_or_made(example):
    files = example.built.files.files
    adopted = example.landing_zone.organization.control_tower_trail
    groups = {each["LogGroupName"] for each in resources(files, "AWS::Logs::MetricFilter").values()}
    assert len(groups) == 1
    if adopted:
        assert groups == {adopted.log_group}


def test_without_a_trail_there_are_no_alarms_on_it_and_a_note_says_so(example_called):
    built = built_with(example_called("minimal"), trail=OrganizationTrailOptions(enabled=False))
    assert "security-alerts-trail" not in deployment(built.files.files)
    assert any("no alarms on the organization trail" in note for note in built.notes)
    text = built.files.files["templates/security-alerts-events.yaml"].decode()
    assert "Athena" not in text, "there is nothing to ask"
    assert "logGroupName" not in text


def test_quotas_of_filters_patterns_and_targets_are_kept(example):
    """CloudWatch Logs quotas: 100 metric filters of a log group, 1,024 characters. EventBridge quotas: 2,048 characters, 5 targets."""
    files = example.built.files.files
    filters = resources(files, "AWS::Logs::MetricFilter")
    assert 0 < len(filters) <= 100
    assert max(len(each["FilterPattern"]) for each in filters.values()) <= 1_024
    for rule in resources(files, "AWS::Events::Rule").values():
        assert len(json.dumps(rule["EventPattern"])) <= 2_048, rule["Name"]
        assert len(rule["Targets"]) <= 5
        assert all(len(target["InputTransformer"]["InputTemplate"]) <= 8_192 for target in rule["Targets"])
    for alarm in resources(files, "AWS::CloudWatch::Alarm").values():
        assert len(alarm["AlarmDescription"]) <= 1_024
        assert len(alarm.get("Metrics", [])) <= 10
        assert len(alarm["AlarmActions"]) <= 5


def test_a_log_that_is_quiet_is_no_alarm(example):
    assert {each["TreatMissingData"] for each in resources(example.built.files.files, "AWS::CloudWatch::Alarm").values()} == {
        "notBreaching"
    }


def test_every_alarm_on_the_trail_watches_its_filter_and_tells_the_topic_of_its_place(example_called):
    files = example_called("minimal").built.files.files
    filters = {
        each["MetricTransformations"][0]["MetricName"]: each
        for each in resources(files, "AWS::Logs::MetricFilter", "security-alerts-trail").values()
    }
    alarms = resources(files, "AWS::CloudWatch::Alarm", "security-alerts-trail").values()
    assert {alarm["MetricName"] for alarm in alarms} == set(filters)
    for alarm in alarms:
        assert alarm["Namespace"] == filters[alarm["MetricName"]]["MetricTransformations"][0]["MetricNamespace"]
        assert alarm["AlarmActions"] == [HOME_TOPICS[1]]


def test_thresholds_are_the_inputs_or_the_defaults(example_called):
    files = built_with(example_called("minimal"), thresholds={"vpc-changes": 7}).files.files
    alarms = resources(files, "AWS::CloudWatch::Alarm", "security-alerts-trail").values()
    defaults = {alarm.name: alarm.threshold for alarm in TRAIL_ALARMS}
    assert {alarm["MetricName"]: alarm["Threshold"] for alarm in alarms} == defaults | {"vpc-changes": 7}
    (text,) = [alarm["AlarmDescription"] for alarm in alarms if alarm["MetricName"] == "vpc-changes"]
    assert "at least 7 times in five minutes" in text


def test_what_is_silenced_is_not_made_and_its_reason_is_kept(example_called):
    reason = "networks are changed by one pipeline"
    built = built_with(
        example_called("minimal"),
        silenced_alarms=({"name": "vpc-changes", "reason": reason},),
        silenced_rules=({"name": "pipeline", "reason": reason},),
    )
    files = built.files.files
    names = {each["FilterName"] for each in resources(files, "AWS::Logs::MetricFilter").values()}
    assert len(names) == 16
    assert "security-alerts-vpc-changes" not in names
    assert template(files, "security-alerts-trail")["Metadata"] == {"silenced": {"vpc-changes": reason}}
    for stack in ("security-alerts-events", "security-alerts-global"):
        assert len(resources(files, "AWS::Events::Rule", stack)) == 8
        assert template(files, stack)["Metadata"] == {"silenced": {"pipeline": reason}}
    assert sum(reason in note for note in built.notes) == 2


def test_every_message_says_who_what_when_and_where_and_what_to_ask(example_called):
    files = example_called("minimal").built.files.files
    rules = resources(files, "AWS::Events::Rule", "security-alerts-events")
    assert len(rules) == 9
    for rule in rules.values():
        transformer = rule["Targets"][0]["InputTransformer"]
        lines = [json.loads(line) for line in transformer["InputTemplate"].split("\n")]
        used = set(re.findall(r"<(\w+)>", " ".join(lines)))
        assert {"who", "what", "when", "account"} <= used
        assert used == set(transformer["InputPathsMap"])
        assert re.search(r"Ask query organization-trail/[a-z-]+ in CloudWatch Logs Insights", lines[-1])
    for alarm in resources(files, "AWS::CloudWatch::Alarm", "security-alerts-trail").values():
        assert "Ask query organization-trail/" in alarm["AlarmDescription"]


def test_root_is_told_of_even_where_it_only_looks(example_called):
    files = example_called("minimal").built.files.files
    states = {rule["Name"]: rule["State"] for rule in resources(files, "AWS::Events::Rule", "security-alerts-events").values()}
    assert states.pop("security-alerts-root-use") == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    assert set(states.values()) == {"ENABLED"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"emails": ("a@example.com", "a@example.com")}, "more than once"),
        ({"emails": ("nobody",)}, "pattern"),
        ({"https": ("http://alerts.example.com",)}, "pattern"),
        ({"https": ("https://user:secret@alerts.example.com",)}, "pattern"),
        ({"topics": ("arn:aws:sns:eu-central-1:333333333333:operations.fifo",)}, "pattern"),
        ({"severities": ()}, "at least 1"),
        ({"thresholds": {"vpc-changes": 0}}, "greater than or equal to 1"),
        ({"silenced_alarms": ({"name": "vpc-changes", "reason": "no"},)}, "at least 10 characters"),
        (
            {"silenced_alarms": ({"name": "vpc-changes", "reason": "not needed here"},), "thresholds": {"vpc-changes": 2}},
            "is silenced and has a threshold",
        ),
        (
            {"silenced_rules": ({"name": "trail", "reason": "not needed here"}, {"name": "trail", "reason": "nor needed here"})},
            "more than once",
        ),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        SecurityAlertsOptions(**options)
