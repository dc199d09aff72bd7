"""Statements against each other: whether one selects any request at all, and whether another selects every request that it selects.

Both answers are given only when they are proved: each part is looked at for itself (actions, resources, conditions), over all values
that it can have, some of which may never occur together. So a yes is a yes for every request; a no says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from generator.policy.conditions import Condition
from generator.policy.keys import Context, same_key
from generator.policy.model import ActionPattern, Actions, PolicyKind, Resources, Statement
from generator.policy.pattern import Glob, Wild
from generator.policy.request import PrincipalType
from generator.policy.variables import Template, Variable
from generator.prover.automaton import Tokens, arn_tokens, glob_tokens
from generator.prover.cells import Language, TooManyCellsError, is_covered
from generator.prover.choices import Setting, group_of
from generator.prover.fragment import OUTSIDE_KEYS, Settled, is_exact, templates
from generator.prover.relations import follows, overlap
from generator.prover.search import Clause, Demand, Kind, solutions
from generator.prover.values import is_mixed

_BOUND = (PrincipalType.ROLE_SESSION, PrincipalType.USER, PrincipalType.ROOT, PrincipalType.FEDERATED_USER)
_EVERYONE = (*_BOUND, PrincipalType.SERVICE, PrincipalType.ANONYMOUS, PrincipalType.IDENTITY_PROVIDER)
_SENDERS = {PolicyKind.SCP: _BOUND, PolicyKind.RCP: _EVERYONE}
MAX_STARS = 16
MAX_OPEN_PLACES = 5
"""The `*` of patterns that are looked at together, and the `?` behind a `*` in each: past it an automaton has too many states, and a
pattern counts as not covered rather than as slow to decide."""

MAX_CONDITIONS = 16
MAX_WILDCARDS = 24
"""Conditions, and wildcards in them, that are looked at together; past it nothing is proved of them."""

_MANY = 40
_NOTHING_SETTLED = Settled(frozenset(), frozenset())
_NO_CONTEXT = Context()


def covers(outer: Statement, inner: Statement, kind: PolicyKind) -> bool:
    """True only if `outer` selects every request that `inner` selects, both of policies of `kind`, for whatever is asked of them."""
    return reaches_all(outer, inner) and conditions_cover(outer.conditions, inner.conditions, kind)


def reaches_all(outer: Statement, inner: Statement) -> bool:
    """True only if `outer` is about every action on every resource that `inner` is about, with the same effect."""
    return (
        outer.effect is inner.effect
        and actions_cover(outer.actions, inner.actions)
        and resources_cover(outer.resources, inner.resources)
    )


def contradictory(conditions: Sequence[Condition], kind: PolicyKind) -> bool:
    """True only if no request meets all conditions at once. `kind` says of which policy: whose requests it binds."""
    plain = _plain(condition for condition in conditions if _is_followed(condition))
    return bool(plain) and not _possible(plain, (), kind)


def _plain(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """The conditions on keys that are read in one way only: if these alone contradict each other, all do."""
    by_key: dict[str, list[Condition]] = {}
    for condition in conditions:
        by_key.setdefault(same_key(condition.key), []).append(condition)
    return tuple(condition for found in by_key.values() if not is_mixed(found) for condition in found)


def _is_followed(condition: Condition) -> bool:
    """True iff the search looks at every class of values: no variables, no key of whose values too little is known."""
    variables = any(template.variables for template in templates(condition))
    return not variables and same_key(condition.key) not in OUTSIDE_KEYS and is_exact(condition, _NOTHING_SETTLED)


def _possible(held: Sequence[Condition], failing: Sequence[Condition], kind: PolicyKind) -> bool:
    """True unless no sender can meet all of `held` while one of `failing` fails (if there are any)."""
    if len(held) + len(failing) > MAX_CONDITIONS or _wildcards((*held, *failing)) > MAX_WILDCARDS:
        return True
    clauses = [Clause(Kind.ALL_HOLD, (tuple(Demand(condition, 0) for condition in held),))]
    if failing:
        clauses.append(Clause(Kind.SOME_FAILS, (tuple(Demand(condition, 0) for condition in failing),)))
    try:
        return any(next(solutions(clauses, Setting(sender, _NO_CONTEXT, {})), None) is not None for sender in _SENDERS[kind])
    except TooManyCellsError:
        return True


def _wildcards(conditions: Iterable[Condition]) -> int:
    return sum(isinstance(part, Wild) for it in conditions for template in templates(it) for part in template.parts)


def conditions_cover(outer: Sequence[Condition], inner: Sequence[Condition], kind: PolicyKind) -> bool:
    """True only if all of `outer` hold wherever all of `inner` do. What both say alike needs no search."""
    asked = [condition for condition in outer if not any(_same(condition, other) for other in inner)]
    if not asked:
        return True
    if not all(map(_is_followed, asked)):
        return False
    groups = {group_of(condition.key) for condition in asked}
    known = tuple(condition for condition in inner if _is_followed(condition) and group_of(condition.key) in groups)
    together = (*known, *asked)
    return len(_plain(together)) == len(together) and not _possible(known, asked, kind)


def _same(one: Condition, other: Condition) -> bool:
    """True iff the conditions are the same, but for where they stand; the order of values says nothing."""
    return (
        one.operator == other.operator and same_key(one.key) == same_key(other.key) and set(one.operands) == set(other.operands)
    )


def actions_cover(outer: Actions, inner: Actions) -> bool:
    """True only if `outer` selects every action that `inner` selects, known or not."""
    if outer.spared - inner.spared:
        return False
    if outer.negated and inner.negated:
        return _names_cover(inner.patterns, outer.patterns)
    if outer.negated:
        return not any(_names_meet(one, other) for one in inner.patterns for other in outer.patterns)
    if inner.negated:
        return any(not pattern.service for pattern in outer.patterns)
    return _names_cover(outer.patterns, inner.patterns)


def _names_cover(wide: Sequence[ActionPattern], narrow: Sequence[ActionPattern]) -> bool:
    """True iff every action that one of `narrow` matches is matched by one of `wide`."""
    for pattern in narrow:
        beside = [it for it in wide if it.service in ("", pattern.service)]
        if pattern in beside or any(not it.service for it in beside):
            continue
        if not beside or not language_covered(glob_tokens(pattern.name), tuple(glob_tokens(it.name) for it in beside)):
            return False
    return True


def _names_meet(one: ActionPattern, other: ActionPattern) -> bool:
    if one.service and other.service and one.service != other.service:
        return False
    return overlap(glob_tokens(one.name), glob_tokens(other.name))


@lru_cache(maxsize=4096)
def language_covered(narrow: Tokens, wide: tuple[Tokens, ...]) -> bool:
    """True only if every string that `narrow` matches is matched by one of `wide`."""
    beside = tuple(tokens for tokens in wide if overlap(tokens, narrow))
    if any(follows(narrow, tokens) for tokens in beside):
        return True
    if len(beside) < 2 or sum(map(_stars, beside)) > MAX_STARS or max(map(_open_places, (narrow, *beside))) > MAX_OPEN_PLACES:  # noqa: PLR2004  # one alone was asked above
        return False
    try:
        return is_covered(Language(narrow), beside)
    except TooManyCellsError:
        return False


def _stars(tokens: Tokens) -> int:
    return sum(token.star for token in tokens)


def _open_places(tokens: Tokens) -> int:
    """How many single characters behind the first `*` can be nearly anything."""
    first = next((place for place, token in enumerate(tokens) if token.star), len(tokens))
    return sum(not token.star and len(token.allowed) > _MANY for token in tokens[first:])


def resources_cover(outer: Resources | None, inner: Resources | None) -> bool:
    """True only if `outer` selects every resource that `inner` selects, in every context."""
    if outer is None or inner is None:
        return outer is inner
    if outer.negated and inner.negated:
        return _templates_cover(inner.patterns, outer.patterns)
    if outer.negated:
        return not any(_templates_meet(one, other) for one in inner.patterns for other in outer.patterns)
    if inner.negated:
        return any(_is_everything(template) for template in outer.patterns)
    return _templates_cover(outer.patterns, inner.patterns)


def _is_everything(template: Template) -> bool:
    return template.glob is not None and template.glob.everything


def _templates_cover(wide: Sequence[Template], narrow: Sequence[Template]) -> bool:
    """True only if every resource that one of `narrow` matches is matched by one of `wide`.

    A variable of the narrow side is taken for any text, which is more than it can be; wide ones must be the same text.
    """
    if any(_is_everything(template) for template in wide):
        return True
    texts = {template.text for template in wide}
    plain = tuple(dict.fromkeys(tokens for template in wide if template.glob for tokens in _readings(template.glob)))
    for template in narrow:
        if template.text in texts:
            continue
        if not all(language_covered(tokens, plain) for tokens in _readings(widened(template))):
            return False
    return True


def _templates_meet(one: Template, other: Template) -> bool:
    first, second = _readings(widened(one)), _readings(widened(other))
    return any(overlap(left, right) for left in first for right in second)


def widened(template: Template) -> Glob:
    """The pattern with `*` for each variable: it matches all that the template can match."""
    return Glob.of(Wild.ANY if isinstance(part, Variable) else part for part in template.parts)


@lru_cache(maxsize=4096)
def _readings(glob: Glob) -> tuple[Tokens, ...]:
    return tuple(tokens for reading in glob.readings if (tokens := arn_tokens(reading)) is not None)


def selects_one_of(template: Template, languages: Iterable[Language]) -> bool:
    """False only if no string of the languages is a resource that the template matches."""
    found = _readings(widened(template))
    return any(overlap(tokens, language.tokens) for language in languages for tokens in found)


def selects_all_of(patterns: Sequence[Template], languages: Iterable[Language]) -> bool:
    """True only if every string of the languages is a resource that one of the patterns matches."""
    if any(_is_everything(template) for template in patterns):
        return True
    plain = tuple(dict.fromkeys(tokens for template in patterns if template.glob for tokens in _readings(template.glob)))
    return all(language_covered(language.tokens, plain) for language in languages)
