"""Witnesses: requests that refute a claim, and how to say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.policy.axioms import ANONYMOUS_ACCOUNT
from generator.policy.decision import Decision
from generator.policy.request import PrincipalType, Request
from generator.prover.claim import Claim, Expectation
from generator.prover.fragment import UNSAID

_DEFAULT_KEYS = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:principaltype",
        "aws:resourceaccount",
        "aws:tokenissuetime",
        "aws:useragent",
        "aws:userid",
        "aws:username",
    }
)


@dataclass(frozen=True)
class NearMiss:
    """A statement that nearly decided otherwise, and the parts of it that did not fit."""

    policy: str
    sid: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return f"`{self.sid}` in `{self.policy}` does not select it by its {' and '.join(self.parts)}"


@dataclass(frozen=True)
class Witness:
    """One way round a claim: a request that the evaluator confirms, the other actions that go the same way, and what let it through.

    `context` holds the keys that matter: what the search had to choose, not what every request has. `also` are further actions,
    `near` the statements that came closest to deciding otherwise (for a claim of denial), or the ones that deny (for one of access).
    """

    request: Request
    decision: Decision
    context: Mapping[str, tuple[str, ...]]
    also: tuple[str, ...] = ()
    near: tuple[NearMiss, ...] = ()
    known: bool = True

    def sentence(self, claim: Claim) -> str:
        """What the request does, in one sentence without a final period."""
        request = self.request
        resources = " and ".join(f"`{resource}`" for resource in request.resources)
        action = f"`{request.action}`" if self.known else f"`{request.action}` (an action that the catalogue does not know)"
        given = "; ".join(f"`{key}` {_values(values)}" for key, values in self.context.items())
        where = f" with {given}" if given else ""
        more = f"; so could {len(self.also)} more: {_list(self.also)}" if self.also else ""
        if claim.expect is Expectation.DENIED:
            reason = f"no statement denies it{f': {self.near[0]}' if self.near else ''}"
            return f"{_who(request)} could call {action} on {resources}{where}: {reason}{more}"
        denying = ", ".join(f"`{it.sid}` in `{it.policy}`" for it in self.decision.statements) or self.decision.reason
        more = f"; so are {len(self.also)} more: {_list(self.also)}" if self.also else ""
        return f"{_who(request)} cannot call {action} on {resources}{where}: denied by {denying}{more}"

    def data(self) -> dict[str, Any]:
        """The witness as JSON."""
        request = self.request
        return {
            "action": request.action,
            "resources": list(request.resources),
            "principal": request.principal.arn or request.principal.name or "*",
            "account": request.principal.account or ANONYMOUS_ACCOUNT,
            "context": {key: list(values) for key, values in self.context.items()},
            "also": list(self.also),
            "near": [{"policy": it.policy, "sid": it.sid, "parts": list(it.parts)} for it in self.near],
        }


_USUAL = {"aws:securetransport": ("true",), "aws:viaawsservice": ("false",)}


def context_to_show(request: Request, wanted: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The keys worth showing, spelled as in the request: what an ordinary request does not have anyway."""
    unsaid = frozenset() if request.principal.arn else UNSAID
    names = {key.lower() for key in wanted} - (_DEFAULT_KEYS - unsaid)
    present = request.context.values.items()
    shown = {key: values for key, values in present if key.lower() in names and _USUAL.get(key.lower()) != values}
    for values_of in request.resource_context.values():
        shown.update({key: values for key, values in values_of.items() if values})
    return dict(sorted(shown.items()))


def _values(values: tuple[str, ...]) -> str:
    return ", ".join(f"`{value}`" for value in values) if values else "absent"


def _list(actions: tuple[str, ...], most: int = 4) -> str:
    shown = ", ".join(f"`{action}`" for action in actions[:most])
    return shown if len(actions) <= most else f"{shown} and {len(actions) - most} others"


def _who(request: Request) -> str:
    sender = request.principal
    match sender.type:
        case PrincipalType.ROOT:
            return f"the root user of {sender.account}"
        case PrincipalType.SERVICE:
            return f"the service `{sender.name}`"
        case PrincipalType.ANONYMOUS:
            return "an anonymous caller"
        case PrincipalType.IDENTITY_PROVIDER:
            return f"a user of the identity provider `{sender.name}`"
        case PrincipalType.ROLE_SESSION:
            return f"the role `{sender.arn}`"
    return f"the {sender.type} `{sender.arn}`"
