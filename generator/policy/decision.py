"""The outcome of an evaluation: allowed or denied, and by which statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from generator.policy.model import Effect, Policy, Statement


class Outcome(StrEnum):
    """What AWS answers."""

    ALLOWED = "allowed"
    DENIED = "denied"


@dataclass(frozen=True)
class DecidingStatement:
    """A statement that brought the outcome about.

    `sid` is the statement's number where it has no Sid. `target` is what its policy is attached to: a root, an OU, an account, a
    resource's ARN, or the kind of policy where the attachment is not known.
    """

    policy: str
    sid: str
    effect: Effect
    target: str


@dataclass(frozen=True)
class Decision:
    """The outcome, the statements behind it, and one sentence why.

    For a denial `statements` are all explicit denies of the deciding layer, in order; empty for an implicit one. For an allowed
    request they are the Allow statements that it rests on.
    """

    outcome: Outcome
    statements: tuple[DecidingStatement, ...]
    reason: str

    @property
    def allowed(self) -> bool:
        """True iff the request may proceed."""
        return self.outcome is Outcome.ALLOWED


def allowed(reason: str, statements: Iterable[DecidingStatement] = ()) -> Decision:
    """An allowed request."""
    return Decision(Outcome.ALLOWED, tuple(dict.fromkeys(statements)), reason)


def denied(reason: str, statements: Iterable[DecidingStatement] = ()) -> Decision:
    """A denied request."""
    return Decision(Outcome.DENIED, tuple(dict.fromkeys(statements)), reason)


def deciding(policy: Policy, statement: Statement, target: str) -> DecidingStatement:
    """A statement as part of a decision."""
    return DecidingStatement(policy.name, statement.name, statement.effect, target)
