"""The templates: findings in the Audit account, events and alarms in the management account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from troposphere import Equals, Ref, Template, cloudwatch, events, logs

from generator.control import Facts, TrailLogGroup
from generator.controls.security_alerts.channel import PERIOD, Channel, ExistingTopic, add_channel, delivery_alarms, rule
from generator.controls.security_alerts.event_rules import event_rules
from generator.controls.security_alerts.messages import (
    CALL_PATHS,
    FINDING_PATHS,
    alarm_text,
    call_message,
    finding_message,
)
from generator.controls.security_alerts.naming import EACH_REGION, SLUG, Place, Places, named, title
from generator.controls.security_alerts.options import SecurityAlertsOptions
from generator.controls.security_alerts.trail_alarms import TRAIL_ALARMS, TrailAlarm
from generator.package.buckets import TAGS
from generator.package.model import JsonObject

FINDINGS = "findings"


def findings_template(places: Places, options: SecurityAlertsOptions, facts: Facts, existing: tuple[str, ...]) -> Template:
    """Template for the Audit account's home region, into which Security Hub aggregates findings, where it can.

    Aggregated findings arrive there as events too (Security Hub User Guide, "Understanding cross-Region aggregation"). `existing` are
    topics of the template's place.
    """
    template = _template("Security alerts: findings of Security Hub, in the Audit account", {})
    both = (places.findings.account, places.home.account)
    channel = add_channel(template, places.findings, both, options, _everywhere(existing))
    found = _findings_rule(template, channel, options, facts)
    for alarm in delivery_alarms([found], (places.findings.topic, *existing, places.home.topic)):
        template.add_resource(alarm)
    return template


def scattered_template(
    places: Places, options: SecurityAlertsOptions, facts: Facts, existing: Mapping[Place, tuple[str, ...]]
) -> Template:
    """Template for the Audit account's other regions, where no region gathers findings: the same in each.

    Of `existing`, a rule or an alarm takes those of its own region. There is no channel of another account beside it.
    """
    template = _template("Security alerts: findings of Security Hub in one region, in the Audit account", {})
    place = replace(places.findings, region=EACH_REGION)
    topics = tuple(_each_region(template, {each: existing[each] for each in places.scattered}))
    channel = add_channel(template, place, (place.account,), options, topics)
    found = _findings_rule(template, channel, options, facts)
    for alarm in delivery_alarms([found], (channel.topic.ref(), *(topic.where_it_is(topic.arn) for topic in topics))):
        template.add_resource(alarm)
    return template


def _everywhere(existing: tuple[str, ...]) -> tuple[ExistingTopic, ...]:
    return tuple(map(ExistingTopic, existing))


def _each_region(template: Template, existing: Mapping[Place, tuple[str, ...]]) -> Iterator[ExistingTopic]:
    """The topics with the conditions for their regions, which it puts into the template."""
    for place, topics in existing.items():
        condition = f"In{title(place.region)}"
        if topics:
            template.add_condition(condition, Equals(Ref("AWS::Region"), place.region))
        for topic in topics:
            yield ExistingTopic(topic, condition)


def _findings_rule(template: Template, channel: Channel, options: SecurityAlertsOptions, facts: Facts) -> events.Rule:
    found: events.Rule = template.add_resource(
        rule(
            channel,
            FINDINGS,
            "Active findings of the chosen severities that nobody has worked on yet",
            finding_pattern(options),
            paths=FINDING_PATHS,
            message=finding_message(facts.query("what-did-this-role-do")),
        )
    )
    return found


def finding_pattern(options: SecurityAlertsOptions) -> JsonObject:
    """Security Hub's event for findings that are new or updated (Security Hub User Guide, "EventBridge event types")."""
    return {
        "source": ["aws.securityhub"],
        "detail-type": ["Security Hub Findings - Imported"],
        "detail": {
            "findings": {
                "RecordState": ["ACTIVE"],
                "Severity": {"Label": list(options.severities)},
                "Workflow": {"Status": ["NEW"]},
            }
        },
    }


def events_template(
    place: Place, places: Places, options: SecurityAlertsOptions, facts: Facts, existing: tuple[str, ...]
) -> Template:
    """Template for the management account in one region: its channel, which the alarms on the trail use too, and the rules."""
    silenced: dict[str, str] = {each.name: each.reason for each in options.silenced_rules}
    template = _template("Security alerts: what must never happen quietly, in the management account", silenced)
    at_home = place == places.home
    other = places.findings if at_home else place
    channel = add_channel(template, place, tuple({place.account, other.account}), options, _everywhere(existing))
    log_groups = tuple(group.name for group in facts.trail_log_groups)
    rules = [
        template.add_resource(
            rule(
                channel,
                each.name,
                each.happened,
                each.pattern,
                paths=CALL_PATHS,
                message=call_message(each.happened, facts.query(each.query)),
                reads=each.reads,
            )
        )
        for each in event_rules(place.account, places.home.region, log_groups)
        if each.name not in silenced
    ]
    through = (place.topic, *existing, *((other.topic,) if at_home else ()))
    for alarm in delivery_alarms(rules, through):
        template.add_resource(alarm)
    return template


def trail_template(
    places: Places, options: SecurityAlertsOptions, facts: Facts, group: TrailLogGroup, existing: tuple[str, ...]
) -> Template:
    """Template for the management account's home region, where the trail's log group is."""
    silenced: dict[str, str] = {each.name: each.reason for each in options.silenced_alarms}
    template = _template("Security alerts: alarms on the organization trail, in the management account", silenced)
    actions = (places.home.topic, *existing)
    for each in TRAIL_ALARMS:
        if each.name not in silenced:
            threshold = threshold_of(each, options)
            template.add_resource(_filter(each, group))
            template.add_resource(_alarm(each, threshold, alarm_text(each.happened, threshold, facts.query(each.query)), actions))
    return template


def threshold_of(alarm: TrailAlarm, options: SecurityAlertsOptions) -> int:
    """The input's number, or else the default."""
    return options.thresholds.get(alarm.name, alarm.threshold)


def _filter(alarm: TrailAlarm, group: TrailLogGroup) -> logs.MetricFilter:
    """Counts 0 where nothing matches, so that an alarm calms down while the log goes on."""
    return logs.MetricFilter(
        f"{title(alarm.name)}Filter",
        FilterName=named(alarm.name),
        FilterPattern=alarm.pattern,
        LogGroupName=group.name,
        MetricTransformations=[
            logs.MetricTransformation(MetricNamespace=SLUG, MetricName=alarm.name, MetricValue="1", DefaultValue=0)
        ],
    )


def _alarm(alarm: TrailAlarm, threshold: int, text: str, actions: tuple[str, ...]) -> cloudwatch.Alarm:
    return cloudwatch.Alarm(
        f"{title(alarm.name)}Alarm",
        AlarmName=named(alarm.name),
        AlarmDescription=text,
        AlarmActions=list(actions),
        Namespace=SLUG,
        MetricName=alarm.name,
        Statistic="Sum",
        Period=PERIOD,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        Tags=TAGS,
        DependsOn=f"{title(alarm.name)}Filter",
    )


def _template(description: str, silenced: Mapping[str, str]) -> Template:
    template = Template()
    template.set_version("2010-09-09")
    template.set_description(description)
    if silenced:
        template.set_metadata({"silenced": dict(silenced)})
    return template
