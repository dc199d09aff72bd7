"""A policy statement in words, as Markdown, for readers who do not know the IAM policy language.

The words follow `generator.policy.conditions.holds`, above all in what an absent key means; the cases in tests/cases/evidence_words.json
have been read against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.evidence.markup import code, codes
from generator.package.model import JsonObject
from generator.policy.operators import Comparison, Family, Operator, OperatorError, Qualifier, parse_operator

_ELEMENTS = (
    ("actions", "Action", "every action"),
    ("resources", "Resource", "every resource"),
    ("principals", "Principal", "everyone"),
)
_ORDER = {
    Comparison.LESS: "less than",
    Comparison.LESS_EQUAL: "at most",
    Comparison.GREATER: "more than",
    Comparison.GREATER_EQUAL: "at least",
}
_ORDER_OF_DATES = {
    Comparison.LESS: "before",
    Comparison.LESS_EQUAL: "at or before",
    Comparison.GREATER: "after",
    Comparison.GREATER_EQUAL: "at or after",
}
_MATCHING = frozenset({Family.STRING_LIKE, Family.ARN})


def elements(statement: JsonObject) -> Iterator[tuple[str, str]]:
    """What the statement is about, as label and words: actions, resources, and principals where it names any."""
    for label, element, everything in _ELEMENTS:
        if element in statement:
            yield label, _selected(statement[element], everything)
        elif f"Not{element}" in statement:
            yield label, f"{everything} but {_selected(statement[f'Not{element}'], everything)}"


def conditions(statement: JsonObject) -> tuple[str, ...]:
    """The statement's conditions, one phrase each; all of them must hold."""
    written: Mapping[str, Mapping[str, object]] = statement.get("Condition", {})
    return tuple(_condition(operator, key, _texts(value)) for operator, keys in written.items() for key, value in keys.items())


def _selected(value: Any, everything: str) -> str:  # noqa: ANN401  # JSON: a text, a list, or principals by kind
    if value in ("*", ["*"]):
        return everything
    if isinstance(value, dict):
        return "; ".join(f"{code(kind)} {codes(_texts(names))}" for kind, names in value.items())
    return codes(_texts(value))


def _texts(value: object) -> tuple[str, ...]:
    """One value or a list, booleans and numbers as IAM writes them."""
    values = value if isinstance(value, list) else [value]
    return tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in values)


def _condition(name: str, key: str, values: tuple[str, ...]) -> str:
    try:
        operator = parse_operator(name)
    except OperatorError:
        return f"{code(name)} of {code(key)} and {codes(values)}"
    if operator.family is Family.NULL:
        return f"{code(key)} is {'absent' if values == ('true',) else 'present'}"
    subject = {
        Qualifier.NONE: code(key),
        Qualifier.ANY_VALUE: f"one of the values of {code(key)}",
        Qualifier.ALL_VALUES: f"each of the values of {code(key)}",
    }[operator.qualifier]
    return f"{subject} {_compared(operator, values)}{', or the key is absent' if _holds_without(operator) else ''}"


def _holds_without(operator: Operator) -> bool:
    """Whether the condition holds in a request without the key."""
    if operator.qualifier is Qualifier.NONE:
        return operator.if_exists or operator.negated
    return operator.qualifier is Qualifier.ALL_VALUES or operator.if_exists


def _compared(operator: Operator, values: tuple[str, ...]) -> str:
    family, several = operator.family, len(values) != 1
    if family in _MATCHING:
        verb = ("matches none of" if several else "does not match") if operator.negated else "matches"
        return f"{verb} {'one of ' if several and not operator.negated else ''}{codes(values)}"
    words = ["is"]
    if operator.comparison is not Comparison.EQUAL:
        words.append((_ORDER_OF_DATES if family is Family.DATE else _ORDER)[operator.comparison])
    if family is Family.IP:
        words.append("in")
    if operator.negated:
        words.insert(1, "not")
    if several:
        words.append("any of" if operator.negated else "one of")
    words.append(codes(values))
    return " ".join(words) + (", in upper or lower case" if family is Family.STRING_IGNORE_CASE else "")
