"""What certainly happens to a request of which only a part is known: whether a statement selects it whatever the rest may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from generator.policy.conditions import Condition, holds
from generator.policy.keys import Context, same_key
from generator.policy.model import Resources, Statement
from generator.prover.cells import Language
from generator.prover.covering import selects_all_of, selects_one_of
from generator.prover.fragment import templates

Values = tuple[str, ...]

MAX_COMBINATIONS = 256
"""Of what is possible; past it nothing is certain."""


@dataclass(frozen=True)
class PartlyKnown:
    """A request by what is known of it. `resources`: for each resource that it names, the ARNs that this one can have.

    `possible`: by key in lower case, every value list that the key can have (empty: absent). A key that is not in it can have any.
    """

    action: str
    resources: tuple[tuple[Language, ...], ...]
    possible: Mapping[str, tuple[Values, ...]]


def certainly_selects(statement: Statement, request: PartlyKnown) -> bool:
    """True only if the statement selects the request whatever is not known of it."""
    return (
        statement.actions.matches(request.action)
        and certainly_meets(statement.conditions, request.possible)
        and certainly_covers(statement.resources, request.resources)
    )


def certainly_covers(resources: Resources | None, named: Sequence[Sequence[Language]]) -> bool:
    """True only if the element selects one of the resources that a request names, whichever of its ARNs each has."""
    return any(_covers(resources, languages) for languages in named)


def _covers(resources: Resources | None, languages: Sequence[Language]) -> bool:
    if resources is None:
        return True
    if resources.negated:
        return not any(selects_one_of(template, languages) for template in resources.patterns)
    return selects_all_of(resources.patterns, languages)


def certainly_meets(conditions: Sequence[Condition], possible: Mapping[str, tuple[Values, ...]]) -> bool:
    """True only if all conditions hold for every combination of what is possible of the keys that they read."""
    asked = {key for condition in conditions for key in _keys(condition)}
    if not asked <= possible.keys():
        return False
    names = sorted(asked)
    count = 1
    for name in names:
        count *= len(possible[name])
    if not 0 < count <= MAX_COMBINATIONS:
        return False
    return all(
        holds(condition, Context(dict(zip(names, chosen, strict=True))))
        for chosen in product(*(possible[name] for name in names))
        for condition in conditions
    )


def _keys(condition: Condition) -> tuple[str, ...]:
    """The condition's own key, and those of its variables."""
    variables = (variable.key for template in templates(condition) for variable in template.variables)
    return tuple(map(same_key, (condition.key, *variables)))
