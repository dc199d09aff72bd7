"""security-alerts: findings, unexpected use and dangerous changes reach someone, and whoever cannot be reached is known.

Findings come out of Security Hub in the Audit account, use of every account out of the organization trail's log group, and changes
in the management account straight from EventBridge, each through a channel of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.aws.names import Arn
from generator.control import Control, Facts, SparedRole, TrailLogGroup
from generator.controls.security_alerts.claims import claims
from generator.controls.security_alerts.guard import scope, statements
from generator.controls.security_alerts.naming import SLUG, Place, Places, places
from generator.controls.security_alerts.options import SecurityAlertsOptions
from generator.controls.security_alerts.templates import (
    events_template,
    findings_template,
    scattered_template,
    trail_template,
)
from generator.controls.security_alerts.trail_alarms import TRAIL_ALARMS
from generator.errors import PackageError, Problem
from generator.landing_zone import LandingZone
from generator.package.model import Package, Stack

EXISTING_TOPICS = 3
"""Per place: a rule has five targets at the most (EventBridge User Guide, "Amazon EventBridge quotas"), an alarm five actions."""


def _provides(landing_zone: LandingZone, options: SecurityAlertsOptions) -> Facts:  # noqa: ARG001  # every control provides so
    return Facts(spared=(SparedRole(scope(landing_zone.organization).execution, "deploys the alerts"),))


def _build(landing_zone: LandingZone, options: SecurityAlertsOptions, facts: Facts) -> Package:
    where = places(landing_zone.organization)
    existing = _existing(where, options)
    group = next(iter(facts.trail_log_groups), None)
    guarded = scope(landing_zone.organization)
    return Package(
        stacks=tuple(_stacks(where, options, facts, existing, group)),
        statements=tuple(statements(guarded)),
        claims=tuple(claims(guarded)),
        notes=tuple(_notes(where, options, existing, group)),
    )


def _stacks(
    where: Places,
    options: SecurityAlertsOptions,
    facts: Facts,
    existing: Mapping[Place, tuple[str, ...]],
    group: TrailLogGroup | None,
) -> Iterator[Stack]:
    yield Stack(
        name=SLUG,
        control=SLUG,
        reason="findings of all accounts in the home region"
        if where.scattered
        else "findings of all accounts and regions, where Security Hub aggregates them",
        template=findings_template(where, options, facts, existing[where.findings]),
        accounts=(where.findings.account,),
        regions=(where.findings.region,),
    )
    if where.scattered:
        yield Stack(
            name=f"{SLUG}-regions",
            control=SLUG,
            reason="findings of all accounts in each other region, because an opt-in home region gathers none",
            template=scattered_template(where, options, facts, existing),
            accounts=(where.findings.account,),
            regions=tuple(place.region for place in where.scattered),
        )
    yield Stack(
        name=f"{SLUG}-events",
        control=SLUG,
        reason="what must never happen quietly in the management account, and the topic of its alerts",
        template=events_template(where.home, where, options, facts, existing[where.home]),
        accounts=(where.home.account,),
        regions=(where.home.region,),
    )
    if where.elsewhere:
        yield Stack(
            name=f"{SLUG}-global",
            control=SLUG,
            reason="the same where the events of IAM, Organizations and root's sign-in arise",
            template=events_template(where.elsewhere, where, options, facts, existing[where.elsewhere]),
            accounts=(where.elsewhere.account,),
            regions=(where.elsewhere.region,),
        )
    if group and len(options.silenced_alarms) < len(TRAIL_ALARMS):
        yield Stack(
            name=f"{SLUG}-trail",
            control=SLUG,
            reason="alarms on what every account does, out of the organization trail's log group",
            template=trail_template(where, options, facts, group, existing[where.home]),
            accounts=(group.account,),
            regions=(group.region,),
        )


def _existing(where: Places, options: SecurityAlertsOptions) -> Mapping[Place, tuple[str, ...]]:
    """The topics of the input by place. Raises PackageError for one that no rule or alarm could publish to."""
    found: dict[Place, tuple[str, ...]] = dict.fromkeys(where.all, ())
    problems = []
    for topic in options.topics:
        arn = Arn(topic)
        place = next((each for each in where.all if each.arn("sns", topic.rpartition(":")[2]) == arn), None)
        if place is None:
            known = ", ".join(f"`{each.account}` in {each.region}" for each in where.all)
            problems.append(
                Problem(
                    None,
                    f"topic `{topic}` of security-alerts is in no account and region where alerts arise",
                    f"name a topic of {known}: events and alarms go to topics of their own region",
                )
            )
        elif arn == place.topic:
            problems.append(
                Problem(
                    None, f"topic `{topic}` is the one that security-alerts makes", "remove it from `topics`, or name another"
                )
            )
        else:
            found[place] += (topic,)
    for place, topics in found.items():
        if len(topics) > EXISTING_TOPICS:
            problems.append(
                Problem(
                    None,
                    f"`topics` of security-alerts names {len(topics)} topics of `{place.account}` in {place.region}",
                    f"name {EXISTING_TOPICS} at the most; a rule has five targets",
                )
            )
    if problems:
        raise PackageError(problems)
    return found


def _notes(
    where: Places, options: SecurityAlertsOptions, existing: Mapping[Place, tuple[str, ...]], group: TrailLogGroup | None
) -> Iterator[str]:
    if not options.emails and not options.https:
        for place in where.all:
            if not existing[place]:
                yield (
                    f"alerts of `{place.account}` in {place.region} reach nobody: name `emails`, `https` or `topics` of security-alerts"
                )
    for topic in options.topics:
        yield (
            f"topic `{topic}` is not this program's: its policy and its key's have to let events.amazonaws.com and "
            "cloudwatch.amazonaws.com publish"
        )
    if group is None:
        yield "security-alerts makes no alarms on the organization trail: no log group of it is known"
    if where.scattered:
        yield (
            f"findings stay in their region, because `{where.findings.region}` is an opt-in region: security-alerts tells of them in each "
            f"governed region by itself, and an e-mail address has {len(where.all)} subscriptions to confirm"
        )
    for alarm in options.silenced_alarms:
        yield f"alarm `{alarm.name}` of security-alerts is off: {alarm.reason}"
    for rule in options.silenced_rules:
        yield f"rule `{rule.name}` of security-alerts is off: {rule.reason}"


CONTROL: Control[SecurityAlertsOptions] = Control(
    slug=SLUG,
    title="Findings, unexpected use and dangerous changes reach someone",
    risk="Whatever is found and told nobody is found too late; and an alert that cannot be delivered looks like a quiet day.",
    shelf="detection",
    section=SecurityAlertsOptions,
    provides=_provides,
    build=_build,
    sources=(
        "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
    ),
    frameworks=(
        "CIS AWS Foundations 3.0 4.1 to 4.15 (alarms on the trail)",
        "NIST 800-53r5 AU-5, AU-6, IR-6, SI-4(5) (alerts reach someone, and their failure is noticed)",
        "AWS FSBP SNS.4, SQS.1 and SQS.3 (topics and queues of alerts are not public, and encrypted)",
    ),
)
