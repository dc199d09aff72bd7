"""What the guard of security-alerts protects, in the Audit account: no SCP reaches the management account.

The topic's subscriptions are named beside it: AWS does not say whether it judges `sns:Unsubscribe` and
`sns:SetSubscriptionAttributes` on the one or the other (service authorization reference, "Actions, resources, and condition keys for
Amazon SNS": the topic is optional).

Not here: the topic's key, whose own policy lets nobody but Control Tower's execution role change it; and that role itself, which
`Facts.spared` names for the guard of such roles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.aws.names import AccountId, Arn, OuId
from generator.control import execution_role, sid
from generator.controls.security_alerts.naming import SLUG
from generator.errors import PackageError, Problem
from generator.landing_zone.organization import Organization
from generator.package.model import JsonObject, Layer, PolicyStatement

READS = (
    "cloudwatch:Describe*",
    "cloudwatch:List*",
    "events:Describe*",
    "events:List*",
    "sns:Get*",
    "sns:List*",
    "sqs:DeleteMessage",
    "sqs:Get*",
    "sqs:List*",
    "sqs:ReceiveMessage",
)
"""What stays open to the Audit account: looking, and reading what could not be delivered.

What has been read may be taken out of the queue, message by message; emptying it unread may not.
"""


@dataclass(frozen=True)
class Scope:
    """Everything by ARN pattern. `alerts` are what the stack in the Audit account makes, and what later shares its names."""

    partition: str
    account: AccountId
    target: OuId
    alerts: tuple[Arn, ...]
    execution: Arn


def scope(organization: Organization) -> Scope:
    """The scope of the guard. Raises PackageError when the Audit account is in no OU."""
    partition, audit = organization.partition, organization.audit
    unit = organization.ou_of(audit)
    if unit is None:
        raise PackageError(
            Problem(
                None,
                f"the Audit account `{audit}` is directly in the organization's root, where CfCT can attach no policy to it alone",
                "move it into an OU of its own kind, such as `Security`, and correct `ou` in organization.yaml",
            )
        )
    names = (
        ("cloudwatch", f"alarm:{SLUG}-*"),
        ("events", f"rule/{SLUG}-*"),
        ("sns", SLUG),
        ("sns", f"{SLUG}:*"),
        ("sqs", f"{SLUG}-*"),
    )
    return Scope(
        partition=partition,
        account=audit,
        target=unit.id,
        alerts=tuple(Arn(f"arn:{partition}:{service}:*:{audit}:{name}") for service, name in names),
        execution=execution_role(partition, audit),
    )


def statements(scope: Scope) -> Iterator[PolicyStatement]:
    """The SCP statement on the Audit account's OU. It denies with `NotAction`, so that an action yet to come is denied too."""
    statement: JsonObject = {
        "Sid": sid(SLUG, "Alerts"),
        "Effect": "Deny",
        "NotAction": list(READS),
        "Resource": list(scope.alerts),
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": scope.execution}},
    }
    yield PolicyStatement(SLUG, Layer.SCP, scope.target, statement)
