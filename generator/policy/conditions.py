"""Conditions: a statement's demands on the request's context, and whether they hold.

Sources: IAM User Guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple context keys or values",
"Single-valued vs. multivalued context keys", and "IAM policy elements: Variables and tags" ("Policy variables with no value").
"""

from __future__ import annotations

import operator as compare
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from generator.errors import Where
from generator.policy import operands
from generator.policy.keys import Context
from generator.policy.operators import Comparison, Family, Operator, Qualifier
from generator.policy.pattern import arn_matches
from generator.policy.variables import Template

Operand = Template | Decimal | bool | bytes | operands.Network
"""A value in a policy's condition: a template for strings and ARNs, seconds since 1970 for dates."""

_ORDER: dict[Comparison, Callable[[Decimal, Decimal], bool]] = {
    Comparison.EQUAL: compare.eq,
    Comparison.LESS: compare.lt,
    Comparison.LESS_EQUAL: compare.le,
    Comparison.GREATER: compare.gt,
    Comparison.GREATER_EQUAL: compare.ge,
}


@dataclass(frozen=True)
class Condition:
    """One operator on one key. All conditions of a statement must hold; several values of one are alternatives."""

    operator: Operator
    key: str
    operands: tuple[Operand, ...]
    where: Where

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """The text operands."""
        return tuple(operand for operand in self.operands if isinstance(operand, Template))


def holds(condition: Condition, context: Context) -> bool:
    """True iff the request's context meets the condition.

    - `Null` asks whether the key is absent; a key whose values are all empty counts as absent ("the key exists and its value is
      not null").
    - `ForAllValues` holds where each value of the request matches, and where there is none: "returns true if there are no context
      keys in the request, or if the context key value resolves to a null dataset, such as an empty string".
    - `ForAnyValue` holds where one value matches: "For no matching context key or if the key does not exist, the condition
      returns false", also for negated operators; `IfExists` turns that round for an absent key.
    - Without a set operator an absent key does not match, so that a negated operator or `IfExists` holds.
    """
    operator = condition.operator
    values = context.get(condition.key)
    if operator.family is Family.NULL:
        return _is_null(values) == condition.operands[0]
    if operator.qualifier is Qualifier.ALL_VALUES:
        return _is_null(values) or all(_meets(condition, value, context) for value in values)
    if operator.qualifier is Qualifier.ANY_VALUE:
        if not values:
            return operator.if_exists
        return not _is_null(values) and any(_meets(condition, value, context) for value in values)
    if not values:
        return operator.if_exists or operator.negated
    return any(_matches_any(condition, value, context) for value in values) != operator.negated


def _is_null(values: tuple[str, ...]) -> bool:
    return not any(values)


def _meets(condition: Condition, value: str, context: Context) -> bool:
    """One value of the request against all of the policy: OR, or NOR for a negated operator."""
    return _matches_any(condition, value, context) != condition.operator.negated


def _matches_any(condition: Condition, value: str, context: Context) -> bool:
    return any(_matches(condition.operator, operand, value, context) for operand in condition.operands)


def _matches(operator: Operator, operand: Operand, value: str, context: Context) -> bool:
    """The operator's positive form. A value that cannot be read as the family demands does not match."""
    if isinstance(operand, Template):
        return _text_matches(operator.family, operand, value, context)
    if isinstance(operand, bool):
        return operands.boolean(value) is operand
    if isinstance(operand, Decimal):
        found = operands.number(value) if operator.family is Family.NUMERIC else operands.instant(value)
        return found is not None and _ORDER[operator.comparison](found, operand)
    if isinstance(operand, bytes):
        return operands.binary(value) == operand
    address = operands.address(value)
    return address is not None and address.version == operand.version and address in operand


def _text_matches(family: Family, operand: Template, value: str, context: Context) -> bool:
    """Strings are case-sensitive but for the `IgnoreCase` operators; ARNs are compared part by part.

    A variable without value matches nothing: "There is no equal or like value", and an inverted operator then holds.
    """
    pattern = operand.resolve(context)
    if pattern is None:
        return False
    if family is Family.ARN:
        return arn_matches(pattern, value)
    if family is Family.STRING_IGNORE_CASE:
        return pattern.lowered().matches(value.lower())
    return pattern.matches(value)
