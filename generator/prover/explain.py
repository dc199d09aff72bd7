"""Explaining one request: whether the organization's policies deny it, and by which statements at which level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.aws.names import AccountId, Arn
from generator.errors import InputError, Problem
from generator.policy.coherence import violations
from generator.policy.completion import complete
from generator.policy.decision import Decision
from generator.policy.keys import Context
from generator.policy.request import Principal, Request, principal_of
from generator.prover.claim import ClaimLayer
from generator.prover.estate import Estate
from generator.prover.replay import decision


@dataclass(frozen=True)
class Explanation:
    """The decision of the organization's policies alone: what they let pass still needs a permission in the account."""

    request: Request
    decision: Decision

    def text(self) -> str:
        """The outcome, the reason, and one line for each deciding statement."""
        lines = [f"{self.decision.outcome}: {self.decision.reason}"]
        lines += [
            f"  {it.effect} by `{it.sid}` in `{it.policy}`, attached to {it.target}"
            for it in self.decision.statements
            if not self.decision.allowed
        ]
        if self.decision.allowed:
            lines.append("  the policies of the account itself have to allow it too")
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
    """What the policies say. Raises InputError for a sender or a context that cannot be."""
    prefix, colon, name = question.action.partition(":")
    if not (prefix and colon and name) or set(question.action) & set("*? "):
        raise InputError(Problem(None, f"`{question.action}` is no action", "write one action, for example `s3:GetObject`"))
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
    if not refusing:
        return Explanation(request, answers[-1])
    statements = tuple(statement for answer in refusing for statement in answer.statements)
    return Explanation(request, replace(refusing[0], reason=", and ".join(it.reason for it in refusing), statements=statements))


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
        return principal_of(text)
    except ValueError as error:
        raise InputError(
            Problem(None, str(error), "write the ARN of a user, role, session or root, a service principal, or `*`")
        ) from error
