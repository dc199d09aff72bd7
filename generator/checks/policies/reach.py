"""What a statement can select at all: an action on a resource that it can have, and a request that meets every condition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from generator.aws.actions import NO_RESOURCE_TYPE, Service, service
from generator.aws.names import AccountId
from generator.checks.finding import Level
from generator.checks.policies.actions import read, selected
from generator.checks.policies.book import Book, PolicyCheck, PolicyFile, Written, is_below
from generator.checks.policies.conditions import is_unsuited
from generator.checks.rule import Objection, Rule
from generator.policy.conditions import Condition, holds
from generator.policy.keys import Context, same_key
from generator.policy.model import PolicyKind
from generator.policy.pattern import ARN_SEGMENTS
from generator.policy.variables import Template
from generator.prover.cells import Language
from generator.prover.covering import contradictory, selects_one_of
from generator.prover.fragment import templates
from generator.prover.resources import languages

_TYPES = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"
)
_LOGIC = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html"
)

MEETS_RESOURCE = Rule(
    "CT213",
    Level.WARNING,
    "an action can have one of its statement's resources",
    "the statement never selects the action, so that a Deny leaves it open",
    "name a resource that the action takes, or `*`",
    _TYPES,
)
SELECTS_SOMETHING = Rule(
    "CT214",
    Level.WARNING,
    "some request meets all conditions of a statement",
    "the statement does nothing",
    "correct the conditions: all of a statement must hold at once, and the values of one are alternatives",
    _LOGIC,
)

_RESOURCE_PART = 5
_ANYTHING = frozenset("*?:/")


def _unmet(book: Book) -> Iterator[Objection]:
    for _, written in book.statements:
        resources = written.statement.resources
        if resources is None or resources.negated or written.statement.actions.negated:
            continue
        patterns = resources.patterns
        if any(template.text == "*" for template in patterns):
            continue
        for text, where in written.texts("Action"):
            if not _can_meet(text, patterns, book.partition):
                shown = f"`{patterns[0].text}`" if len(patterns) == 1 else f"the {len(patterns)} resources of the statement"
                yield Objection(where, f"`{text}` takes no resource that {shown} can mean", _takes(text))


def _can_meet(text: str, patterns: Sequence[Template], partition: str) -> bool:
    """False only if the catalogue knows every action meant, and none takes a resource that the patterns match."""
    pattern = read(text)
    catalogue = service(pattern.service) if pattern.service else None
    names = tuple(selected(pattern, catalogue)) if catalogue else ()
    if catalogue is None or not names:
        return True
    kinds = {kind for name in names if (action := catalogue.action(name)) for kind in action.type_names}
    if kinds == {NO_RESOURCE_TYPE}:
        return any(_names_all(template) for template in patterns)
    return any(
        selects_one_of(template, _languages(kind, catalogue.prefix, partition)) for kind in sorted(kinds) for template in patterns
    )


def _names_all(template: Template) -> bool:
    """A pattern for all resources of a service, which older examples of AWS write where an action takes none."""
    parts = template.text.split(":", ARN_SEGMENTS - 1)
    return len(parts) < ARN_SEGMENTS or set(parts[_RESOURCE_PART]) <= _ANYTHING


@cache
def _languages(kind: str, prefix: str, partition: str) -> tuple[Language, ...]:
    catalogue = service(prefix)
    return languages(kind, catalogue, partition, AccountId("")) if catalogue else ()


def _takes(text: str) -> str:
    """What to write, for one action that is named in full."""
    pattern = read(text)
    catalogue: Service | None = service(pattern.service)
    action = catalogue.action(text) if catalogue else None
    if action is None or catalogue is None:
        return ""
    forms = [catalogue.resource_types[kind] for kind in action.type_names if kind in catalogue.resource_types]
    shown = " or ".join(f"`{form}`" for form in forms)
    return f"it takes {shown}" if forms else 'it takes no type of resource: write `"Resource": "*"`'


def _selects_nothing(book: Book) -> Iterator[Objection]:
    for policy, written in book.statements:
        conditions = tuple(condition for condition in written.statement.conditions if not is_unsuited(condition))
        if contradictory(conditions, policy.kind):
            contradiction = _smallest(conditions, policy.kind)
            keys = " and ".join(dict.fromkeys(f"`{condition.operator}` on `{condition.key}`" for condition in contradiction))
            whole = "no value of the key meets it" if len(contradiction) == 1 else "they exclude each other"
            yield Objection(contradiction[-1].where, f"no request meets {keys}: {whole}")
        else:
            yield from _no_account(book, policy, written)


def _smallest(conditions: Sequence[Condition], kind: PolicyKind) -> tuple[Condition, ...]:
    """Conditions that contradict each other, and would not without any one of them."""
    kept = tuple(conditions)
    for condition in conditions:
        fewer = tuple(other for other in kept if other is not condition)
        if contradictory(fewer, kind):
            kept = fewer
    return kept


def _no_account(book: Book, policy: PolicyFile, written: Written) -> Iterator[Objection]:
    """An SCP binds the principals of the accounts below its targets, whose ids are known; an OU without accounts says nothing."""
    organization = book.subject.organization
    if organization is None or policy.kind is not PolicyKind.SCP:
        return
    asked = [
        condition
        for condition in written.statement.conditions
        if same_key(condition.key) == "aws:principalaccount" and not any(it.variables for it in templates(condition))
    ]
    if not asked:
        return
    reached = [
        account.id
        for account in organization.accounts
        if account.id != organization.management_account and any(is_below(account.ou or "", path) for path in policy.paths)
    ]
    contexts = [Context({"aws:PrincipalAccount": (account,)}) for account in reached]
    if reached and not any(all(holds(condition, context) for condition in asked) for context in contexts):
        count = f"{len(reached)} accounts" if len(reached) > 1 else "only account"
        yield Objection(asked[-1].where, f"none of the {count} that the policy reaches meets this condition")


CHECKS = (PolicyCheck(MEETS_RESOURCE, _unmet), PolicyCheck(SELECTS_SOMETHING, _selects_nothing))
