"""What security-alerts claims, from the catalogue of AWS's actions; written before its statements and never derived from them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.aws.names import Arn
from generator.control import claim_of
from generator.controls.security_alerts.guard import Scope
from generator.controls.security_alerts.naming import SLUG
from generator.package.model import OWN_ACCOUNT, ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals

_READS = ("Read", "List")
_LEVELS = {"cloudwatch": _READS, "events": _READS, "sns": _READS, "sqs": ("Read",)}
"""AWS lists no action of SQS as a list."""
_KINDS = {
    "cloudwatch": ("alarm",),
    "events": ("rule-on-default-event-bus",),
    "sns": ("topic",),
    "sqs": ("queue",),
}
_LOOKS = {
    "cloudwatch": ("cloudwatch:Describe*", "cloudwatch:List*"),
    "events": ("events:Describe*", "events:List*"),
    "sns": ("sns:Get*", "sns:List*"),
    "sqs": ("sqs:Get*", "sqs:List*", "sqs:ReceiveMessage"),
}
_CLEARS = NamedAction("sqs:DeleteMessage", "takes a message that was read out of the queue, so that the next one is noticed")


def claims(scope: Scope) -> Iterator[Claim]:
    """All claims, the denials first."""
    yield from _denials(scope)
    yield from _allowances(scope)


def _denials(scope: Scope) -> Iterator[Claim]:
    denied = partial(
        claim_of,
        SLUG,
        expect=Expectation.DENIED,
        layer=ClaimLayer.SCP,
        principals=Principals(accounts=(scope.account,), excepted=(scope.execution,)),
        account=scope.account,
    )
    yield denied(
        "own-principals-cannot-silence-alerts",
        "no principal of the Audit account, its root user included, changes, removes, mutes or fakes the alerts: topic, subscriptions, "
        "rules, alarms, queue; only messages that were read may go",
        actions=tuple(
            ActionSet(
                service,
                levels=("Write",),
                resource_types=kinds,
                excluded=(_CLEARS,) if service == "sqs" else (),
                unknown=True,
                known_harmless=_LOOKS[service],
            )
            for service, kinds in _KINDS.items()
        ),
        resources=scope.alerts,
    )


def _allowances(scope: Scope) -> Iterator[Claim]:
    allowed = partial(claim_of, SLUG, expect=Expectation.ALLOWED, layer=ClaimLayer.SCP)
    yield allowed(
        "deployment-is-let-through",
        "Control Tower's execution role still makes and changes the alerts",
        principals=Principals(only=(scope.execution,)),
        actions=tuple(_whole()),
        resources=scope.alerts,
        account=scope.account,
    )
    yield allowed(
        "own-principals-may-look",
        "the Audit account's principals still look at the alerts, read what could not be delivered, and take it out of the queue",
        principals=Principals(accounts=(scope.account,)),
        actions=tuple(
            ActionSet(service, levels=_LEVELS[service], resource_types=kinds, named=(_CLEARS,) if service == "sqs" else ())
            for service, kinds in _KINDS.items()
        ),
        resources=scope.alerts,
        account=scope.account,
    )
    yield allowed(
        "others-keep-their-own",
        "every account, Audit too, still manages its own alarms, rules, topics and queues",
        principals=Principals(),
        actions=tuple(_whole()),
        resources=(
            Arn(f"arn:{scope.partition}:cloudwatch:*:*:alarm:workload-*"),
            Arn(f"arn:{scope.partition}:events:*:*:rule/workload-*"),
            Arn(f"arn:{scope.partition}:sns:*:*:workload-*"),
            Arn(f"arn:{scope.partition}:sqs:*:*:workload-*"),
        ),
        account=OWN_ACCOUNT,
    )


def _whole() -> Iterator[ActionSet]:
    """Everything that can be done to an alert's parts."""
    for service, kinds in _KINDS.items():
        yield ActionSet(service, levels=("Write", *_LEVELS[service]), resource_types=kinds)
