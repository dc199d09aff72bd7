"""Explaining one request: whether the organization's policies deny it, and by which statements at which level."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from generator.aws.actions import is_prefix, service
from generator.aws.names import AccountId, Arn
from generator.errors import InputError, Problem
from generator.policy.coherence import violations
from generator.policy.completion import complete
from generator.policy.decision import Decision
from generator.policy.keys import Context
from generator.policy.model import ALWAYS_ALLOWED
from generator.policy.pattern import ARN_SEGMENTS
from generator.policy.request import ANY_RESOURCE, Principal, Request, principal_of
from generator.prover.claim import ClaimLayer
from generator.prover.estate import Estate
from generator.prover.replay import decision

_ACCOUNT = re.compile(r"[0-9]{12}")
_SENDERS = "write the ARN of a user, role, session or root, a service principal, or `*`"


@dataclass(frozen=True)
class Explanation:
    """The decision of the organization's policies alone: what they let pass still needs a permission in the account.

    `notes` say what a reader might not expect: an account that the organization does not have.
    """

    request: Request
    decision: Decision
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """The outcome, the reason, and one line for each deciding statement."""
        lines = [f"{self.decision.outcome}: {self.decision.reason}"]
        lines += [
            f"  {it.effect} by `{it.sid}` in `{it.policy}`, attached to {it.target}"
            for it in self.decision.statements
            if not self.decision.allowed
        ]
        if self.decision.allowed and self.request.action.lower() not in ALWAYS_ALLOWED:
            lines.append("  the policies of the account itself have to allow it too")
        lines += [f"  {note}" for note in self.notes]
        return "\n".join(lines)

    def data(self) -> dict[str, Any]:
        """The explanation as JSON."""
        return {
            "decision": str(self.decision.outcome),
            "reason": self.decision.reason,
            "statements": [
                {"policy": it.policy, "sid": it.sid, "effect": str(it.effect), "target": it.target}
                for it in self.decision.statements
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Question:
    """A request as a person asks for it. `account` owns the resources; `principal` is an ARN, a service, or `*` for anonymous."""

    action: str
    principal: str
    resources: tuple[str, ...]
    account: AccountId
    context: Mapping[str, tuple[str, ...]]


def explain(question: Question, estate: Estate) -> Explanation:
    """What the policies say. Raises InputError for an action, a sender, a resource, an account or a context that cannot be."""
    problems = tuple(_slips(question))
    if problems:
        raise InputError(problems)
    sender = _sender(question.principal)
    given = Request(sender, question.action, tuple(map(Arn, question.resources)), question.account, Context(question.context))
    request = complete(given, estate.surroundings(sender.account, question.account))
    impossible = violations(request)
    if impossible:
        raise InputError(
            Problem(None, f"no such request can occur: {found}", "correct the principal or the context") for found in impossible
        )
    answers = [decision(request, layer, estate) for layer in (ClaimLayer.RCP, ClaimLayer.SCP)]
    refusing = [answer for answer in answers if not answer.allowed]
    notes = tuple(_strangers(request, estate))
    if not refusing:
        return Explanation(request, answers[-1], notes)
    statements = tuple(statement for answer in refusing for statement in answer.statements)
    both = replace(refusing[0], reason=", and ".join(it.reason for it in refusing), statements=statements)
    return Explanation(request, both, notes)


def _slips(question: Question) -> Iterator[Problem]:
    """What of a question cannot be, except its sender and its context."""
    prefix, colon, name = question.action.partition(":")
    known = service(prefix)
    if not (colon and name and is_prefix(prefix)) or set(question.action) & set("*? "):
        yield Problem(None, f"`{question.action}` is no action", "write one action, for example `s3:GetObject`")
    elif known and known.action(question.action) is None:
        near = get_close_matches(question.action, [action.name for action in known.actions.values()], n=1)
        remedy = f"did you mean `{near[0]}`?" if near else f"see the actions of `{prefix}` in the Service Authorization Reference"
        yield Problem(None, f"`{prefix}` has no action `{question.action}`", remedy)
    if not _ACCOUNT.fullmatch(question.account):
        yield Problem(None, f"`{question.account}` is no account id", "write the 12 digits of the account that owns the resource")
    for resource in question.resources:
        if resource != ANY_RESOURCE and (not resource.startswith("arn:") or resource.count(":") < ARN_SEGMENTS - 1):
            remedy = "write all six parts, for example `arn:aws:s3:::bucket/key`, or `*` for an action that takes no resource"
            yield Problem(None, f"`{resource}` is no ARN of a resource", remedy)


def _strangers(request: Request, estate: Estate) -> Iterator[str]:
    """A word on each account that the organization does not have; its own policies are not known here."""
    places = (
        (request.principal.account, "no service control policy applies to what it sends"),
        (request.resource_account, "no resource control policy applies to what it owns"),
    )
    for account, meaning in places:
        if estate.organization and account and account not in estate.accounts:
            yield f"the account {account} is not in the organization: {meaning}"


def context_of(pairs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Condition keys from `key=value` words; a key given twice has both values. Raises InputError for a word without `=`."""
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (key and equals):
            raise InputError(
                Problem(
                    None,
                    f"`{pair}` is no condition key with a value",
                    "write `key=value`, for example `aws:SourceIp=203.0.113.7`",
                )
            )
        found[key] = (*found.get(key, ()), value)
    return found


def _sender(text: str) -> Principal:
    try:
        found = principal_of(text)
    except ValueError as error:
        raise InputError(Problem(None, str(error), _SENDERS)) from error
    if found.account and not _ACCOUNT.fullmatch(found.account):
        raise InputError(Problem(None, f"`{text}` has no account id of 12 digits", _SENDERS))
    return found
