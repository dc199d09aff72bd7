"""Conditions: keys that exist, operators that can read them, and keys that the statement's requests can have at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.aws.actions import service
from generator.checks.finding import Level
from generator.checks.policies.actions import selected
from generator.checks.policies.book import Book, PolicyCheck
from generator.checks.policies.condition_keys import (
    SUITED,
    TRAVELLING,
    Key,
    global_type,
    in_use,
    keys_of_actions,
    known,
    meets,
    prefixes,
    spelled,
)
from generator.checks.rule import Objection, Rule
from generator.landing_zone.nearest import nearest
from generator.policy.conditions import Condition
from generator.policy.keys import is_multivalued, same_key
from generator.policy.model import Statement
from generator.policy.operators import Family, Qualifier
from generator.policy.problems import Doubt

_KEYS = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"
_OPERATORS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"
_SEVERAL = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html"
)

KEY_KNOWN = Rule(
    "CT207",
    Level.WARNING,
    "a condition key exists",
    "AWS takes the policy; no request has the key, so that the condition never holds, or always if it is negated",
    "correct the key, or suppress the finding if the key is newer than this catalogue",
    _KEYS,
)
OPERATOR_SUITS = Rule(
    "CT208",
    Level.WARNING,
    "a condition operator can read the values of its key",
    "a value of another type never matches",
    "use an operator for the key's type",
    _OPERATORS,
)
WILDCARD_READ = Rule(
    "CT209",
    Level.WARNING,
    "wildcards stand with operators that read them",
    "`StringEquals` and its kin take `*` and `?` for themselves, so that the value matches next to nothing",
    "use `StringLike` or `StringNotLike`, or write `${*}` if you mean the character",
    _OPERATORS,
)
SET_OPERATOR_SUITS = Rule(
    "CT210",
    Level.WARNING,
    "a set operator stands with keys that can have several values, and with no others",
    "`ForAllValues` also holds where the key is absent; without a set operator only one value is compared",
    "remove the set operator, or add the one that you mean",
    _SEVERAL,
)
KEY_AVAILABLE = Rule(
    "CT211",
    Level.WARNING,
    "a service's condition key belongs to requests for one of the statement's actions",
    "the key is absent from all of them, so that the condition says nothing about the requests",
    "put the condition into a statement with the actions that have the key",
    _KEYS,
)

OPERATOR_SPELLED = Rule(
    "CT222",
    Level.WARNING,
    "a condition operator is spelled as AWS documents it",
    "IAM has refused `stringEquals`, and AWS publishes a policy with `Stringlike`: nobody can rely on either",
    "write the operator with AWS's capitals",
    _OPERATORS,
)

_ESCAPE = re.compile(r"\$\{[^}]*\}")
_EXACT_TEXT = frozenset({Family.STRING, Family.STRING_IGNORE_CASE})


def _conditions(book: Book) -> Iterator[tuple[Statement, Condition]]:
    for _, written in book.statements:
        for condition in written.statement.conditions:
            yield written.statement, condition


def _prefix(condition: Condition) -> str:
    return same_key(condition.key).partition(":")[0]


def _of_service(condition: Condition) -> bool:
    """Of global keys the reader of the policy says what is doubtful (`_doubts`); a host is an identity provider, whose claims only it knows."""
    return _prefix(condition) != "aws" and not set("./") & set(_prefix(condition))


def _doubts(book: Book, doubt: Doubt) -> Iterator[Objection]:
    for policy in book.policies:
        for doubtful in policy.doubts:
            problem = doubtful.problem
            if doubtful.doubt is doubt and problem.where:
                yield Objection(problem.where, problem.problem, problem.remedy)


def _misspelled(book: Book) -> Iterator[Objection]:
    yield from _doubts(book, Doubt.OPERATOR)


def _unknown(book: Book) -> Iterator[Objection]:
    yield from _doubts(book, Doubt.KEY)
    for _, condition in _conditions(book):
        prefix = _prefix(condition)
        if not _of_service(condition) or known(condition.key) is not None:
            continue
        names = spelled(prefix)
        if names:
            yield Objection(condition.where, f"`{prefix}` has no condition key `{condition.key}`", nearest(condition.key, names))
        elif prefix in prefixes():
            yield Objection(condition.where, f"`{prefix}` has no condition keys of its own, and none is called `{condition.key}`")
        else:
            remedy = nearest(prefix, prefixes() | {"aws", "saml"})
            yield Objection(
                condition.where, f"no service has the prefix `{prefix}` of the condition key `{condition.key}`", remedy
            )


def _type(condition: Condition) -> str:
    """The type of the condition's key where the sources leave no doubt: a text of a service's key can hold anything."""
    if _prefix(condition) == "aws":
        return global_type(condition.key)
    found = known(condition.key)
    return found.type if found and found.type != "String" else ""


def is_unsuited(condition: Condition) -> bool:
    """True iff the operator cannot read the values of the key."""
    kind = _type(condition)
    return kind in SUITED and condition.operator.family not in SUITED[kind]


def _unsuited(book: Book) -> Iterator[Objection]:
    for _, condition in _conditions(book):
        if is_unsuited(condition):
            read = _plural(condition.operator.family.value)
            yield Objection(
                condition.where, f"`{condition.operator}` reads {read}, but `{condition.key}` is of type {_type(condition)}"
            )


def _plural(name: str) -> str:
    return f"{name}es" if name.endswith("s") else f"{name}s"


def _literal_wildcard(book: Book) -> Iterator[Objection]:
    """A lone `*` can be the value of a service's key (`lambda:Principal`), but of no global key."""
    for _, written in book.statements:
        for condition in written.statement.conditions:
            if condition.operator.family not in _EXACT_TEXT:
                continue
            for text, where in written.values(condition.where):
                bare = _ESCAPE.sub("", text)
                lone = text == "*" and _prefix(condition) != "aws"
                if not lone and ("*" in bare or ("?" in bare and _prefix(condition) == "aws")):
                    yield Objection(
                        where,
                        f"`{condition.operator}` compares `{condition.key}` with `{text}` as it stands: its wildcards are characters",
                        f"use `{_with_wildcards(condition)}`, or write `${{*}}` if you mean the character",
                    )


def _with_wildcards(condition: Condition) -> str:
    like = "StringNotLike" if condition.operator.negated else "StringLike"
    return str(condition.operator).replace(condition.operator.base, like)


def _wrong_set(book: Book) -> Iterator[Objection]:
    yield from _doubts(book, Doubt.SEVERAL)
    for _, condition in _conditions(book):
        found = _counted(condition)
        if found is None or condition.operator.family is Family.NULL:
            continue
        asked = condition.operator.qualifier is not Qualifier.NONE
        if asked and not found.several:
            yield Objection(
                condition.where,
                f"`{condition.key}` has one value at most, and `{condition.operator}` is for keys with several",
                f"write `{str(condition.operator).partition(':')[2]}`",
            )
        elif found.several and not asked:
            yield Objection(
                condition.where,
                f"`{condition.key}` can have several values in a request, and `{condition.operator}` compares one",
                f"write `ForAnyValue:{condition.operator}` or `ForAllValues:{condition.operator}`",
            )


def _counted(condition: Condition) -> Key | None:
    """The key, if the sources say how many values it can have."""
    if _prefix(condition) != "aws":
        return known(condition.key) if _of_service(condition) else None
    kind = global_type(condition.key)
    return Key(condition.key, kind, is_multivalued(condition.key)) if kind else None


def _unavailable(book: Book) -> Iterator[Objection]:
    for statement, condition in _conditions(book):
        if not _of_service(condition) or same_key(condition.key) in TRAVELLING or known(condition.key) is None:
            continue
        by_service = _all_actions(statement)
        services = {_prefix(condition), *(actions[0].partition(":")[0] for actions in by_service)}
        if not by_service or not any(in_use(prefix, condition.key) for prefix in services):
            continue
        if not any(meets(name, condition.key) for actions in by_service for name in keys_of_actions(actions)):
            yield Objection(
                condition.where,
                f"requests for {_named(statement)} never have `{condition.key}`: the condition {_outcome(condition)}",
            )


def _all_actions(statement: Statement) -> tuple[tuple[str, ...], ...]:
    """Every action that the statement selects, by pattern; none if that cannot be known."""
    if statement.actions.negated:
        return ()
    found: list[tuple[str, ...]] = []
    for pattern in statement.actions.patterns:
        catalogue = service(pattern.service) if pattern.service else None
        some = tuple(selected(pattern, catalogue)) if catalogue else ()
        if not some:
            return ()
        found.append(some)
    return tuple(found)


def _named(statement: Statement) -> str:
    first, *others = (f"`{pattern.text}`" for pattern in statement.actions.patterns)
    return first if not others else f"{first} and {len(others)} more" if len(others) > 1 else f"{first} and {others[0]}"


def _outcome(condition: Condition) -> str:
    operator = condition.operator
    if operator.family is Family.NULL:
        return "always holds" if condition.operands[0] is True else "never holds"
    if operator.qualifier is Qualifier.ALL_VALUES:
        return "always holds"
    plain = operator.qualifier is Qualifier.NONE and operator.negated
    return "always holds" if operator.if_exists or plain else "never holds"


CHECKS = (
    PolicyCheck(KEY_KNOWN, _unknown),
    PolicyCheck(OPERATOR_SUITS, _unsuited),
    PolicyCheck(WILDCARD_READ, _literal_wildcard),
    PolicyCheck(SET_OPERATOR_SUITS, _wrong_set),
    PolicyCheck(KEY_AVAILABLE, _unavailable),
    PolicyCheck(OPERATOR_SPELLED, _misspelled),
)
