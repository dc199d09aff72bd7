"""What is said twice: in one list, or by two statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from generator.checks.finding import Level
from generator.checks.policies.actions import read
from generator.checks.policies.book import Book, PolicyCheck, PolicyFile, Written
from generator.checks.rule import Objection, Rule
from generator.errors import Where
from generator.policy.model import Actions, Effect, Resources
from generator.policy.variables import parse_template
from generator.prover.covering import actions_cover, conditions_cover, covers, reaches_all, resources_cover

Element = TypeVar("Element")

_SYNTAX = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html"
_EVALUATION = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html"

SAID_ONCE = Rule(
    "CT215",
    Level.INFO,
    "no entry of a list means only what another entry means already",
    "it costs characters of the policy's quota",
    "remove the entry",
    _SYNTAX,
)
DENIED_ONCE = Rule(
    "CT216",
    Level.WARNING,
    "no Deny selects only requests that another Deny, which reaches the same accounts, selects already",
    "it costs characters of the quota, and whoever removes or loosens it believes that something is open now",
    "remove the statement",
    _EVALUATION,
)


MAX_SEARCHES = 2_000
"""Pairs of statements whose conditions are compared, each some tenths of a millisecond; a usual package has some dozens."""


def _said_twice(book: Book) -> Iterator[Objection]:
    for _, written in book.statements:
        actions = written.texts("Action")
        yield from _listed_twice(actions, [Actions((read(text),)) for text, _ in actions], actions_cover)
        resources = written.texts("Resource")
        patterns = [Resources((parse_template(text, wildcards=True),)) for text, _ in resources]
        yield from _listed_twice(resources, patterns, resources_cover)


def _listed_twice(
    entries: Sequence[tuple[str, Where]], read_ones: Sequence[Element], wider: Callable[[Element, Element], bool]
) -> Iterator[Objection]:
    for place, other in _within(len(entries), lambda one, other: wider(read_ones[one], read_ones[other])):
        yield Objection(entries[place][1], f"`{entries[place][0]}` is in `{entries[other][0]}` already")


def _within(count: int, is_in: Callable[[int, int], bool]) -> Iterator[tuple[int, int]]:
    """Every place that lies within another one, with that one; of two that are alike, the later one only."""
    for place in range(count):
        for other in range(count):
            if other != place and is_in(other, place) and (other < place or not is_in(place, other)):
                yield place, other
                break


def _denied_twice(book: Book) -> Iterator[Objection]:
    searches = iter(range(MAX_SEARCHES))
    for policy in book.policies:
        wider = tuple(other for other in book.reaching_at_least(policy) if other.kind is policy.kind)
        for written in policy.statements:
            found = _cover(policy, written, wider, searches) if written.statement.effect is Effect.DENY else None
            if found:
                yield Objection(
                    written.statement.where,
                    f"`{written.statement.name}` denies only what {_named(policy, *found)} denies already",
                )


def _cover(
    policy: PolicyFile, written: Written, wider: Sequence[PolicyFile], searches: Iterator[int]
) -> tuple[PolicyFile, Written] | None:
    """A Deny that covers this one; of two that cover each other, the one that stands first."""
    statement = written.statement
    for other in wider:
        for candidate in other.statements:
            if candidate is written or not reaches_all(candidate.statement, statement) or next(searches, None) is None:
                continue
            if not conditions_cover(candidate.statement.conditions, statement.conditions, policy.kind):
                continue
            first = (other.number, candidate.statement.number) < (policy.number, statement.number)
            if first or not (policy.reaches_at_least(other) and covers(statement, candidate.statement, policy.kind)):
                return other, candidate
    return None


def _named(here: PolicyFile, policy: PolicyFile, written: Written) -> str:
    place = "" if policy is here else f" of `{policy.policy.name}`"
    return f"`{written.statement.name}`{place}"


CHECKS = (PolicyCheck(SAID_ONCE, _said_twice), PolicyCheck(DENIED_ONCE, _denied_twice))
