"""The search: choices for the free keys that make a formula of conditions come out as wanted, or the knowledge that there are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import count

from generator.policy.conditions import Condition, holds
from generator.policy.keys import same_key
from generator.prover.cells import TooManyCellsError
from generator.prover.choices import Choice, Setting, choices, group_of
from generator.prover.values import is_tag

MAX_NODES = 20_000
"""Partial assignments that one search looks at; past it a claim is undecided rather than slow."""


class Kind(Enum):
    """What a clause asks of its conditions."""

    SOME_FAILS = "not all hold"
    ALL_HOLD = "all hold"


@dataclass(frozen=True, eq=False)
class Demand:
    """One condition, judged on one of the request's resources (its place in the request)."""

    condition: Condition
    slot: int


@dataclass(frozen=True)
class Clause:
    """Alternatives, each a set of demands of which all must hold, or some must fail. One alternative is enough."""

    kind: Kind
    alternatives: tuple[tuple[Demand, ...], ...]


Variable = tuple[str, int]
"""A group of keys; and for what belongs to one resource, such as its tags, that resource's place (else -1)."""

Assignment = Mapping[Variable, Choice]


def variable_of(demand: Demand) -> Variable:
    """Where the condition's value comes from."""
    group = group_of(demand.condition.key)
    return group, demand.slot if belongs_to_resource(group) else -1


def belongs_to_resource(group: str) -> bool:
    """True iff the resources of one request can differ in it: the tags of a resource, but not those of the sender or the request."""
    return is_tag(group) and not group.startswith(("aws:principaltag/", "aws:requesttag/"))


def solutions(clauses: Sequence[Clause], setting: Setting) -> Iterator[Assignment]:
    """Every way to satisfy all clauses, plainest first; keys that do not matter stay out. Raises TooManyCellsError."""
    demands: dict[Variable, list[Demand]] = {}
    for clause in clauses:
        for alternative in clause.alternatives:
            for demand in alternative:
                demands.setdefault(variable_of(demand), []).append(demand)
    options: dict[Variable, tuple[tuple[Choice, dict[Demand, bool]], ...]] = {}
    for variable, asked in demands.items():
        conditions = tuple({id(demand.condition): demand.condition for demand in asked}.values())
        options[variable] = tuple(
            (choice, {demand: holds(demand.condition, setting.context.with_values(choice)) for demand in asked})
            for choice in choices(variable[0], conditions, setting)
        )
    order = sorted(options, key=lambda variable: (len(options[variable]), variable))
    yield from _assign(clauses, order, options, ({}, {}), count())


def _assign(
    clauses: Sequence[Clause],
    order: Sequence[Variable],
    options: Mapping[Variable, tuple[tuple[Choice, dict[Demand, bool]], ...]],
    partial: tuple[dict[Demand, bool], dict[Variable, Choice]],
    nodes: Iterator[int],
) -> Iterator[Assignment]:
    if next(nodes) > MAX_NODES:
        raise TooManyCellsError
    truth, chosen = partial
    outcomes = [_outcome(clause, truth) for clause in clauses]
    if False in outcomes:
        return
    if None not in outcomes:
        yield dict(chosen)
        return
    variable = order[len(chosen)]
    for choice, facts in options[variable]:
        yield from _assign(clauses, order, options, ({**truth, **facts}, {**chosen, variable: choice}), nodes)


def _outcome(clause: Clause, truth: Mapping[Demand, bool]) -> bool | None:
    """True, False, or None as long as it depends on keys without a choice yet."""
    found = [_part(clause.kind, alternative, truth) for alternative in clause.alternatives]
    if True in found:
        return True
    return None if None in found else False


def _part(kind: Kind, demands: Sequence[Demand], truth: Mapping[Demand, bool]) -> bool | None:
    facts = [truth.get(demand) for demand in demands]
    whole: bool | None = False if False in facts else None if None in facts else True
    return whole if kind is Kind.ALL_HOLD or whole is None else not whole


def context_of(assignment: Assignment, slot: int) -> dict[str, tuple[str, ...]]:
    """The keys that were chosen for the request (-1) or for one of its resources."""
    found: dict[str, tuple[str, ...]] = {}
    for (_, place), choice in sorted(assignment.items()):
        if place == slot:
            found.update({key: values for key, values in choice.items() if values})
    return found


def keys_of(clauses: Sequence[Clause]) -> frozenset[str]:
    """The keys that the clauses ask about."""
    return frozenset(same_key(demand.condition.key) for clause in clauses for part in clause.alternatives for demand in part)
