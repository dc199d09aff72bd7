"""security-alerts: whom it tells, and what becomes of an alert that does not arrive."""

from __future__ import annotations

import re

import pytest

from generator.errors import PackageError
from tests.controls.alerts import HOME_TOPICS, built_with, resources


def test_whoever_is_named_is_told_by_every_topic(example_called):
    files = built_with(
        example_called("minimal"), emails=("a@example.com", "b@example.com"), https=("https://alerts.example.com/aws",)
    ).files.files
    for stack in ("security-alerts", "security-alerts-events", "security-alerts-global"):
        told = [
            (each["Protocol"], each["Endpoint"], "RedrivePolicy" in each)
            for each in resources(files, "AWS::SNS::Subscription", stack).values()
        ]
        assert sorted(told) == [
            ("email", "a@example.com", False),
            ("email", "b@example.com", False),
            ("https", "https://alerts.example.com/aws", True),
        ]


def test_alerts_that_reach_nobody_are_said(example_called):
    quiet = [note for note in built_with(example_called("minimal")).notes if "reach nobody" in note]
    assert len(quiet) == 3
    topic = "arn:aws:sns:us-east-1:111111111111:operations"
    quiet = [note for note in built_with(example_called("minimal"), topics=(topic,)).notes if "reach nobody" in note]
    assert len(quiet) == 2
    assert not any("us-east-1" in note for note in quiet)
    assert not any("reach nobody" in note for note in built_with(example_called("minimal"), emails=("a@example.com",)).notes)


def test_existing_topics_are_told_where_they_are(example_called):
    audit, home, away = (
        f"arn:aws:sns:{region}:{account}:operations"
        for region, account in (
            ("eu-central-1", "333333333333"),
            ("eu-central-1", "111111111111"),
            ("us-east-1", "111111111111"),
        )
    )
    built = built_with(example_called("minimal"), topics=(audit, home, away))
    files = built.files.files
    for stack, topic in (("security-alerts", audit), ("security-alerts-events", home), ("security-alerts-global", away)):
        for rule in resources(files, "AWS::Events::Rule", stack).values():
            assert [target["Arn"] for target in rule["Targets"]] == [{"Ref": "Topic"}, topic]
        for alarm in resources(files, "AWS::CloudWatch::Alarm", stack).values():
            assert topic in alarm["AlarmActions"]
    for alarm in resources(files, "AWS::CloudWatch::Alarm", "security-alerts-trail").values():
        assert alarm["AlarmActions"] == [HOME_TOPICS[1], home]
    assert sum("is not this program's" in note for note in built.notes) == 3


@pytest.mark.parametrize(
    ("topics", "words"),
    [
        (("arn:aws:sns:eu-west-1:333333333333:operations",), "is in no account and region where alerts arise"),
        (("arn:aws:sns:eu-central-1:222222222222:operations",), "is in no account and region where alerts arise"),
        (("arn:aws-us-gov:sns:eu-central-1:333333333333:operations",), "is in no account and region where alerts arise"),
        ((HOME_TOPICS[0],), "is the one that security-alerts makes"),
        (tuple(f"arn:aws:sns:eu-central-1:333333333333:t{n}" for n in range(4)), "names 4 topics of `333333333333`"),
    ],
)
def test_a_topic_that_no_alert_could_reach_is_refused(example_called, topics, words):
    with pytest.raises(PackageError, match=re.escape(words)):
        built_with(example_called("minimal"), topics=topics)


def test_what_is_undelivered_is_kept_and_told_through_the_other_accounts_topic(example_called):
    files = example_called("minimal").built.files.files
    for stack, other in (("security-alerts", HOME_TOPICS[1]), ("security-alerts-events", HOME_TOPICS[0])):
        alarms = resources(files, "AWS::CloudWatch::Alarm", stack)
        assert len(alarms) == 4
        for alarm in alarms.values():
            assert set(alarm["AlarmActions"]) == set(HOME_TOPICS)
            assert other in alarm["AlarmActions"]
        (policy,) = resources(files, "AWS::SNS::TopicPolicy", stack).values()
        sources = [
            statement["Condition"]["ArnLike"]["aws:SourceArn"]
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Sid"] == "AlarmsPublish"
        ]
        assert sources == [
            [f"arn:aws:cloudwatch:eu-central-1:{account}:alarm:security-alerts-*" for account in ("111111111111", "333333333333")]
        ]
    for alarm in resources(files, "AWS::CloudWatch::Alarm", "security-alerts-global").values():
        assert alarm["AlarmActions"] == ["arn:aws:sns:us-east-1:111111111111:security-alerts"]
    for rule in resources(files, "AWS::Events::Rule").values():
        for target in rule["Targets"]:
            assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["Undelivered", "Arn"]}}


def test_each_alert_that_does_not_arrive_is_told_though_earlier_ones_still_wait(example):
    """An alarm on what waits speaks once; one on what arrives calms down five minutes later and speaks again."""
    arrivals = [
        alarm
        for alarm in resources(example.built.files.files, "AWS::CloudWatch::Alarm").values()
        if alarm["AlarmName"] == "security-alerts-undelivered-arrivals"
    ]
    assert len(arrivals) == len(resources(example.built.files.files, "AWS::SQS::Queue"))
    for alarm in arrivals:
        (query,) = alarm["Metrics"]
        measured = query["MetricStat"]
        assert measured["Metric"]["MetricName"] == "NumberOfMessagesSent"
        assert measured["Metric"]["Dimensions"] == [{"Name": "QueueName", "Value": "security-alerts-undelivered"}]
        assert (measured["Stat"], measured["Period"], alarm["TreatMissingData"]) == ("Sum", 300, "notBreaching")


def test_every_rule_of_a_stack_is_watched(example):
    files = example.built.files.files
    for stack in ("security-alerts", "security-alerts-events"):
        rules = {rule["Name"] for rule in resources(files, "AWS::Events::Rule", stack).values()}
        alarm = resources(files, "AWS::CloudWatch::Alarm", stack)[f"{stack}:RulesFailedAlarm"]
        watched = {query["MetricStat"]["Metric"]["Dimensions"][0]["Value"] for query in alarm["Metrics"] if "MetricStat" in query}
        assert watched == rules
