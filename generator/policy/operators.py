"""Condition operators as a table: family, negation, and the modifiers that a name can carry.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators". Whether names are case-sensitive no page says. IAM refused
`stringEquals` with `MalformedPolicyDocument: Invalid Condition type : stringEquals`
(https://github.com/ministryofjustice/modernisation-platform-environments/pull/8893), and AWS publishes a resource control policy with
`ForAnyValue:Stringlike` (https://github.com/aws-samples/resource-control-policy-examples, STS-protect-IAMRA-session-tags.json).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum, StrEnum
from typing import NamedTuple


class Family(Enum):
    """What an operator compares: decides how the policy's values are read."""

    STRING = "string"
    STRING_IGNORE_CASE = "string, ignoring case"
    STRING_LIKE = "string with wildcards"
    NUMERIC = "number"
    DATE = "date"
    BOOL = "boolean"
    BINARY = "binary"
    IP = "ip address"
    ARN = "arn"
    NULL = "null"


class Comparison(Enum):
    """How request value and policy value are compared; only numbers and dates have an order."""

    EQUAL = "="
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="


class Qualifier(StrEnum):
    """Set operators, for keys with several values in a request."""

    NONE = ""
    ANY_VALUE = "ForAnyValue"
    ALL_VALUES = "ForAllValues"


class _Meaning(NamedTuple):
    family: Family
    negated: bool = False
    comparison: Comparison = Comparison.EQUAL


BASES: dict[str, _Meaning] = {
    "StringEquals": _Meaning(Family.STRING),
    "StringNotEquals": _Meaning(Family.STRING, negated=True),
    "StringEqualsIgnoreCase": _Meaning(Family.STRING_IGNORE_CASE),
    "StringNotEqualsIgnoreCase": _Meaning(Family.STRING_IGNORE_CASE, negated=True),
    "StringLike": _Meaning(Family.STRING_LIKE),
    "StringNotLike": _Meaning(Family.STRING_LIKE, negated=True),
    "NumericEquals": _Meaning(Family.NUMERIC),
    "NumericNotEquals": _Meaning(Family.NUMERIC, negated=True),
    "NumericLessThan": _Meaning(Family.NUMERIC, comparison=Comparison.LESS),
    "NumericLessThanEquals": _Meaning(Family.NUMERIC, comparison=Comparison.LESS_EQUAL),
    "NumericGreaterThan": _Meaning(Family.NUMERIC, comparison=Comparison.GREATER),
    "NumericGreaterThanEquals": _Meaning(Family.NUMERIC, comparison=Comparison.GREATER_EQUAL),
    "DateEquals": _Meaning(Family.DATE),
    "DateNotEquals": _Meaning(Family.DATE, negated=True),
    "DateLessThan": _Meaning(Family.DATE, comparison=Comparison.LESS),
    "DateLessThanEquals": _Meaning(Family.DATE, comparison=Comparison.LESS_EQUAL),
    "DateGreaterThan": _Meaning(Family.DATE, comparison=Comparison.GREATER),
    "DateGreaterThanEquals": _Meaning(Family.DATE, comparison=Comparison.GREATER_EQUAL),
    "Bool": _Meaning(Family.BOOL),
    "BinaryEquals": _Meaning(Family.BINARY),
    "IpAddress": _Meaning(Family.IP),
    "NotIpAddress": _Meaning(Family.IP, negated=True),
    "ArnEquals": _Meaning(Family.ARN),
    "ArnLike": _Meaning(Family.ARN),
    "ArnNotEquals": _Meaning(Family.ARN, negated=True),
    "ArnNotLike": _Meaning(Family.ARN, negated=True),
    "Null": _Meaning(Family.NULL),
}
"""Every operator without modifiers. "The ArnEquals and ArnLike condition operators behave identically", negated ones too."""

_IF_EXISTS = "IfExists"
_SPELLINGS = {f"{base}{suffix}".lower(): f"{base}{suffix}" for base in BASES for suffix in ("", _IF_EXISTS)}
_QUALIFIERS = {qualifier.value: qualifier for qualifier in Qualifier if qualifier.value}

VARIABLE_FAMILIES = frozenset({Family.STRING, Family.STRING_IGNORE_CASE, Family.STRING_LIKE, Family.ARN})
"""Policy variables work "in any condition that involves the string operators or the ARN operators" and in no other."""

SINGLE_OPERAND_FAMILIES = frozenset({Family.BOOL, Family.NULL})
"""Access Analyzer: "The condition key does not support multiple Boolean values"."""


@dataclass(frozen=True)
class Operator:
    """A base operator with its modifiers."""

    base: str
    qualifier: Qualifier = Qualifier.NONE
    if_exists: bool = False

    @property
    def family(self) -> Family:
        """What it compares."""
        return BASES[self.base].family

    @property
    def negated(self) -> bool:
        """True iff it holds where its counterpart does not: several policy values then mean NOR."""
        return BASES[self.base].negated

    @property
    def comparison(self) -> Comparison:
        """How it compares."""
        return BASES[self.base].comparison

    def __str__(self) -> str:
        qualifier = f"{self.qualifier}:" if self.qualifier else ""
        return f"{qualifier}{self.base}{'IfExists' if self.if_exists else ''}"


class OperatorError(ValueError):
    """No such operator. `problem` and `remedy` are for the user; `meant` is the operator of that name in other capitals."""

    def __init__(self, problem: str, remedy: str, meant: Operator | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.meant = meant


def parse_operator(name: str) -> Operator:
    """Read an operator's name.

    Raises `OperatorError`. `Null` takes neither `IfExists` ("any condition operator name except the Null condition") nor, by the
    same logic, a set operator: it asks whether the key is there at all.
    """
    prefix, colon, rest = name.rpartition(":")
    qualifier = _QUALIFIERS.get(prefix) if colon else Qualifier.NONE
    if qualifier is None:
        raise OperatorError(
            f"`{prefix}` is no set operator", "write `ForAnyValue:` or `ForAllValues:` before the condition operator"
        )
    base = rest.removesuffix(_IF_EXISTS)
    if_exists = base != rest
    if base not in BASES:
        near = get_close_matches(rest.lower(), _SPELLINGS, n=1, cutoff=0.8)
        remedy = (
            f"did you mean `{_SPELLINGS[near[0]]}`? operator names are case-sensitive"
            if near
            else f"use one of {', '.join(BASES)}"
        )
        spelled = _SPELLINGS.get(rest.lower(), "")
        meant = Operator(spelled.removesuffix(_IF_EXISTS), qualifier, spelled.endswith(_IF_EXISTS)) if spelled else None
        raise OperatorError(f"`{name}` is no condition operator", remedy, meant if _can_be(meant) else None)
    if base == "Null" and if_exists:
        raise OperatorError(
            f"`{name}`: `Null` cannot carry `IfExists`", "write `Null`, which itself asks whether the key is present"
        )
    if base == "Null" and qualifier:
        raise OperatorError(f"`{name}`: `Null` cannot carry a set operator", "write `Null`, which asks about the key as a whole")
    return Operator(base, qualifier, if_exists)


def _can_be(operator: Operator | None) -> bool:
    return operator is not None and (operator.family is not Family.NULL or not (operator.if_exists or operator.qualifier))
