"""The options of security-alerts: its section of `landing-zone.yaml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from generator.landing_zone.section import Section, refuse

Severity = Literal["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL"]
"""Labels of findings (AWS Security Hub API reference, Severity)."""

AlarmName = Literal[
    "unauthorized-calls",
    "sign-in-without-mfa",
    "root-use",
    "iam-policy-changes",
    "cloudtrail-changes",
    "sign-in-failures",
    "key-removals",
    "bucket-policy-changes",
    "config-changes",
    "security-group-changes",
    "network-acl-changes",
    "gateway-changes",
    "route-table-changes",
    "vpc-changes",
    "organization-changes",
    "administration-changes",
    "deploying-role-changes",
]
"""Alarms on the organization trail: CIS AWS Foundations Benchmark 3.0, 4.1 to 4.15 in its order, then those of this program."""

RuleName = Literal[
    "root-use",
    "organization-policies",
    "delegated-administrators",
    "trusted-access",
    "trail",
    "pipeline",
    "configuration",
    "pipeline-roles",
    "alerts",
]
"""Rules in the management account that tell at once."""

Reason = Annotated[str, StringConstraints(min_length=10, max_length=300)]
Email = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=254),
]
Endpoint = Annotated[str, StringConstraints(pattern=r"^https://[^\s/@?#]+(/[^\s#]*)?$", max_length=2048)]
TopicArn = Annotated[str, StringConstraints(pattern=r"^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$")]
"""A standard topic: EventBridge and alarms refuse or need more for FIFO topics, whose names end in `.fifo`."""


class SilencedAlarm(BaseModel):
    """An alarm on the trail that is not made, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: AlarmName = Field(description="which alarm")
    reason: Reason = Field(description="why nobody needs to know, in a sentence; it stands in the template")


class SilencedRule(BaseModel):
    """A rule of the management account that is not made, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: RuleName = Field(description="which rule")
    reason: Reason = Field(description="why nobody needs to know, in a sentence; it stands in the template")


class SecurityAlertsOptions(Section):
    """Who is told, of what, and from which number on."""

    severities: Annotated[tuple[Severity, ...], Field(min_length=1)] = Field(
        default=("CRITICAL", "HIGH"), description="Findings of Security Hub with one of these labels are told."
    )
    emails: tuple[Email, ...] = Field(
        default=(), description="Addresses that are told; each confirms once for every topic, by the link in a message."
    )
    https: tuple[Endpoint, ...] = Field(
        default=(),
        description="HTTPS endpoints that are told; each has to confirm the subscription itself. "
        "The address stands in the template: it must not hold a secret.",
    )
    topics: tuple[TopicArn, ...] = Field(
        default=(),
        description="Existing SNS topics of the Audit or the management account that are told as well, by ARN.",
    )
    thresholds: Mapping[AlarmName, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        default_factory=dict,
        description="From how many events in five minutes on an alarm on the trail goes off, where not its default.",
    )
    silenced_alarms: tuple[SilencedAlarm, ...] = Field(default=(), description="Alarms on the trail that are not made.")
    silenced_rules: tuple[SilencedRule, ...] = Field(default=(), description="Rules of the management account that are not made.")

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        """Whoever names a thing twice meant something else; and an alarm that is off has no threshold."""
        named: dict[str, tuple[str, ...]] = {
            "severities": self.severities,
            "emails": self.emails,
            "https": self.https,
            "topics": self.topics,
            "silenced_alarms": tuple(alarm.name for alarm in self.silenced_alarms),
            "silenced_rules": tuple(rule.name for rule in self.silenced_rules),
        }
        for option, names in named.items():
            for name, times in Counter(names).items():
                if times > 1:
                    raise refuse(f"`{option}` names `{name}` more than once", "name it once")
        for alarm in self.silenced_alarms:
            if alarm.name in self.thresholds:
                raise refuse(
                    f"`{alarm.name}` is silenced and has a threshold", "remove it from `silenced_alarms` or from `thresholds`"
                )
        return self
