"""Denies that stop CfCT itself: what the role that deploys needs in the accounts below a policy's targets."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.finding import Level
from generator.checks.policies.book import Book, PolicyCheck, Written
from generator.checks.policies.calls import ADMINISTRATION, Call, Deployment, Hit
from generator.checks.policies.needs import Operation
from generator.checks.rule import Objection, Rule, cfct
from generator.landing_zone.organization import Organization
from generator.policy.model import Effect

DEPLOYS = Rule(
    "CT217",
    Level.ERROR,
    "no policy denies the deploying role what a stack set needs to make its resources",
    "CfCT attaches policies first and deploys then as `AWSControlTowerExecution`: the stack set fails in every account that has no stack yet",
    "except the role: `ArnNotLike` on `aws:PrincipalArn` with `arn:aws:iam::*:role/AWSControlTowerExecution`",
    cfct("cloudformation.py 161; template 189 and 1570"),
)
CHANGES = Rule(
    "CT218",
    Level.WARNING,
    "no policy denies the deploying role what a stack set needs to change its resources",
    "a later change of the template can fail, and CfCT's run with it",
    "except the role: `ArnNotLike` on `aws:PrincipalArn` with `arn:aws:iam::*:role/AWSControlTowerExecution`",
    cfct("cloudformation.py 161; template 189 and 1570"),
)


def _objections(book: Book, operation: Operation) -> Iterator[Objection]:
    organization = book.subject.organization
    if organization is None:
        return
    deployment = Deployment(book, organization)
    for policy, written in book.statements:
        if written.statement.effect is not Effect.DENY:
            continue
        told: set[str] = set()
        for call, places in deployment.making if operation is Operation.CREATE else deployment.changing:
            if call.stack_set in told or not written.statement.actions.matches(call.action):
                continue
            hit = deployment.hit(policy, written, call, places)
            if hit.accounts:
                told.add(call.stack_set)
                yield Objection(written.statement.where, _message(written, call, hit), _remedy(call, organization))


def _message(written: Written, call: Call, hit: Hit) -> str:
    first, *others = hit.accounts
    where = f"{first} and {len(others)} more" if others else first
    who = "`AWSControlTowerStackSetRole`" if call.by_administrator else "`AWSControlTowerExecution`"
    region = f", {', '.join(hit.regions)}" if not call.by_administrator else ""
    return (
        f"`{written.statement.name}` denies {who} `{call.action}`, which `{call.stack_set}` needs {call.why} (in {where}{region})"
    )


def _remedy(call: Call, organization: Organization) -> str:
    if not call.by_administrator:
        return ""
    arn = f"arn:{organization.partition}:iam::{organization.management_account}:{ADMINISTRATION}"
    return f"except the role: `ArnNotLike` on `aws:PrincipalArn` with `{arn}`"


def _stops_deployment(book: Book) -> Iterator[Objection]:
    yield from _objections(book, Operation.CREATE)


def _stops_changes(book: Book) -> Iterator[Objection]:
    yield from _objections(book, Operation.UPDATE)


CHECKS = (PolicyCheck(DEPLOYS, _stops_deployment), PolicyCheck(CHANGES, _stops_changes))
