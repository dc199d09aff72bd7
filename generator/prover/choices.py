"""Choices: the free condition keys in groups whose values depend on each other, and everything that a sender can put into them.

The groups follow the relations of `generator.policy.coherence`; keys that no relation binds are a group each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from generator.policy.axioms import Presence, presence
from generator.policy.completion import Surroundings
from generator.policy.conditions import Condition, holds
from generator.policy.keys import Context, same_key
from generator.policy.operands import instant
from generator.policy.pattern import ARN_SEGMENTS
from generator.policy.request import PrincipalType
from generator.prover.automaton import ANY, Token, Tokens, automaton, folded, literal, some
from generator.prover.cells import Language, TooManyCellsError, representatives
from generator.prover.values import Values, epoch, instants, patterns_of, single_values, spelled, value_lists

Choice = Mapping[str, Values]
"""Values by key, in lower case; a key with an empty tuple is absent."""

MAX_CHOICES = 4_096
"""Of one group; past it a claim is undecided rather than slow."""

VIA, CHAIN, FIRST, LAST = "aws:viaawsservice", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast"
PRESENT, AGE = "aws:multifactorauthpresent", "aws:multifactorauthage"
NOW, EPOCH = "aws:currenttime", "aws:epochtime"
ARN, ACCOUNT = "aws:sourcearn", "aws:sourceaccount"
ADDRESS, ENDPOINT = "aws:sourceip", "aws:sourcevpce"
TAG_KEYS, REQUEST_TAG = "aws:tagkeys", "aws:requesttag/"


def implied(fixed: Mapping[str, Values]) -> dict[str, Values]:
    """What must be in a request whose context holds `fixed`, as far as it is one thing (`generator.policy.coherence`)."""
    given = Context(fixed)
    found: dict[str, Values] = {}
    chain = given.get(CHAIN) or tuple(dict.fromkeys((*given.get(FIRST), *given.get(LAST))))
    if chain:
        found |= {"aws:CalledVia": chain, "aws:ViaAWSService": ("true",)}
        found |= {"aws:CalledViaFirst": chain[:1], "aws:CalledViaLast": chain[-1:]}
    for key, other, write in ((NOW, "aws:EpochTime", epoch), (EPOCH, "aws:CurrentTime", spelled)):
        moment = instant(given.one(key) or "")
        if moment is not None:
            found[other] = (write(moment),)
    if owner_in(given.one(ARN) or ""):
        found["aws:SourceAccount"] = (owner_in(given.one(ARN) or ""),)
    if given.get(AGE):
        found["aws:MultiFactorAuthPresent"] = ("true",)
    tags = tuple(key.partition("/")[2] for key in given.values if same_key(key).startswith(REQUEST_TAG))
    if tags:
        found["aws:TagKeys"] = tags
    return {key: values for key, values in found.items() if key not in given}


_DIGITS = tuple(Token(frozenset("0123456789")) for _ in range(12))
_WORD = "abcdefghijklmnopqrstuvwxyz0123456789-"
SERVICE_NAMES = tuple(Language((*some(_WORD + "."), *literal(end))) for end in (".amazonaws.com", ".amazonaws.com.cn"))
"""Service principals; in the China regions some end in `.cn` (IAM User Guide, "AWS service principals")."""


@dataclass(frozen=True)
class Setting:
    """In which circumstances keys get their values: who sends, what the accounts settle, and what the claim fixes."""

    sender: PrincipalType
    context: Context
    fixed: Mapping[str, Values]

    def lists(self, key: str, conditions: Sequence[Condition], language: Language | None = None) -> list[Values]:
        """Every value list of `key`, absence first where it can be absent."""
        if key in self.fixed:
            return [self.fixed[key]]
        there = presence(key, self.sender)
        if there is Presence.FORBIDDEN:
            return [()]
        asked = [it for it in conditions if same_key(it.key) == key]
        absent: list[Values] = [()] if there is Presence.OPTIONAL else []
        return [*absent, *value_lists(key, asked, self.context, language)]


def group_of(key: str) -> str:
    """The name of the group that a key belongs to."""
    name = same_key(key)
    if name.startswith(REQUEST_TAG):
        return TAG_KEYS
    return _GROUPS.get(name, name)


_GROUPS = {
    **dict.fromkeys((VIA, CHAIN, FIRST, LAST), CHAIN),
    **dict.fromkeys((PRESENT, AGE), PRESENT),
    **dict.fromkeys((NOW, EPOCH), NOW),
    **dict.fromkeys((ARN, ACCOUNT), ARN),
    **dict.fromkeys((ADDRESS, ENDPOINT), ADDRESS),
}


def choices(group: str, conditions: Sequence[Condition], setting: Setting) -> tuple[Choice, ...]:
    """What a sender can put into a group, one choice for every way in which the conditions can come out; the plainest first.

    Raises TooManyCellsError.
    """
    build = _BUILDERS.get(group, _alone)
    found: dict[tuple[bool, ...], Choice] = {}
    for count, choice in enumerate(build(group, conditions, setting)):
        if count > MAX_CHOICES:
            raise TooManyCellsError
        if any(choice.get(key, values) != values for key, values in setting.fixed.items()):
            continue
        put = setting.context.with_values(choice)
        found.setdefault(tuple(holds(condition, put) for condition in conditions), choice)
    return tuple(found.values())


def _alone(group: str, conditions: Sequence[Condition], setting: Setting) -> Iterator[Choice]:
    for values in setting.lists(group, conditions):
        yield {group: values}


def _network(_: str, conditions: Sequence[Condition], setting: Setting) -> Iterator[Choice]:
    """An address and a VPC endpoint exclude each other."""
    for address, endpoint in product(setting.lists(ADDRESS, conditions), setting.lists(ENDPOINT, conditions)):
        if not (address and endpoint):
            yield {ADDRESS: address, ENDPOINT: endpoint}


def _factor(_: str, conditions: Sequence[Condition], setting: Setting) -> Iterator[Choice]:
    """An age comes only with `true`."""
    for there, age in product(setting.lists(PRESENT, conditions), setting.lists(AGE, conditions)):
        if not age or there == ("true",):
            yield {PRESENT: there, AGE: age}
    if presence(PRESENT, setting.sender) is Presence.OPTIONAL and PRESENT not in setting.fixed:
        for age in setting.lists(AGE, conditions):
            yield {PRESENT: ("true",), AGE: age}


def _time(_: str, conditions: Sequence[Condition], setting: Setting) -> Iterator[Choice]:
    """One instant in both keys, among the instants and numbers that the conditions name."""
    operands = [operand for condition in conditions for operand in condition.operands]
    fixed = [instant(value) for key in (NOW, EPOCH) for value in setting.fixed.get(key, ())]
    usual = Decimal(int(Surroundings().epoch))
    for moment in [it for it in fixed if it is not None] or [usual, *instants((*operands, usual))]:
        yield {NOW: setting.fixed.get(NOW, (spelled(moment),)), EPOCH: setting.fixed.get(EPOCH, (epoch(moment),))}


def _called_via(_: str, conditions: Sequence[Condition], setting: Setting) -> Iterator[Choice]:
    """Nobody in between; a service that is not named; or chains of services, whose ends have keys of their own."""
    none: Choice = {CHAIN: (), FIRST: (), LAST: ()}
    yield {VIA: ("false",), **none}
    if presence(CHAIN, setting.sender) is Presence.FORBIDDEN:
        return
    yield {VIA: ("true",), **none}
    chained = [it for it in conditions if same_key(it.key) in (CHAIN, FIRST, LAST)]
    patterns = [tokens for condition in chained for tokens in patterns_of(condition, setting.context)]
    if CHAIN in setting.fixed:
        chain = setting.fixed[CHAIN]
        yield {VIA: ("true",), CHAIN: chain, FIRST: chain[:1], LAST: chain[-1:]}
        return
    fixed = tuple(value for key in (FIRST, LAST) for value in setting.fixed.get(key, ()))
    names = service_names(
        (*patterns, *map(literal, fixed)),
        ("cloudformation.amazonaws.com", "athena.amazonaws.com", "ec2.amazonaws.com.cn", *fixed),
    )
    for middle in _subsets(names):
        for first, last in product(names, names):
            chain = tuple(dict.fromkeys((first, *middle)))
            chain = (first,) if first == last and not middle else (*chain, last)
            yield {VIA: ("true",), CHAIN: chain, FIRST: (first,), LAST: (last,)}


def service_names(patterns: Iterable[Tokens], samples: Iterable[str]) -> tuple[str, ...]:
    """One service principal of every kind that patterns tell apart."""
    patterns, samples = tuple(patterns), tuple(samples)
    kinds: dict[tuple[bool, ...], str] = {}
    for language in SERVICE_NAMES:
        for name in representatives(language, patterns, samples):
            kinds.setdefault(tuple(automaton(tokens).matches(name) for tokens in patterns), name)
    return tuple(kinds.values())


def _subsets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    if len(names) > 6:  # noqa: PLR2004  # 64 sets and 36 pairs of ends are as many as MAX_CHOICES allows
        raise TooManyCellsError
    for size in range(1 << len(names)):
        yield tuple(name for place, name in enumerate(names) if size >> place & 1)


def _source(_: str, conditions: Sequence[Condition], setting: Setting) -> Iterator[Choice]:
    """An ARN with an account, whose account is then known; one without; or no ARN at all."""
    accounts = setting.lists(ACCOUNT, conditions)
    told = owner_in("".join(setting.fixed.get(ARN, ())))
    if told:
        yield {ACCOUNT: (told,), ARN: setting.fixed[ARN]}
        return
    if presence(ARN, setting.sender) is Presence.FORBIDDEN:
        yield from ({ACCOUNT: account} for account in accounts)
        return
    partition = (*literal("arn:aws"), Token(frozenset("-cgnousv"), star=True), *literal(":"), *some(_WORD), *literal(":"))
    region = (Token(frozenset(_WORD), star=True), *literal(":"))
    nameless = Language((*partition, *region, *literal(":"), *some_text()))
    asked = [condition for condition in conditions if same_key(condition.key) == ARN]
    for account in accounts:
        if ARN in setting.fixed:
            yield {ACCOUNT: account, ARN: setting.fixed[ARN]}
            continue
        yield {ACCOUNT: account, ARN: ()}
        languages = [nameless]
        if account:
            languages.append(Language((*partition, *region, *literal(f"{account[0]}:"), *some_text())))
        for language in languages:
            yield from ({ACCOUNT: account, ARN: (arn,)} for arn in single_values(ARN, asked, setting.context, language))
    if ACCOUNT not in setting.fixed and ARN not in setting.fixed:
        owned = Language((*partition, *region, *_DIGITS, *literal(":"), *some_text()))
        for arn in single_values(ARN, asked, setting.context, owned):
            yield {ACCOUNT: (arn.split(":")[4],), ARN: (arn,)}


def owner_in(arn: str) -> str:
    """The account in an ARN, or nothing."""
    parts = arn.split(":", ARN_SEGMENTS - 1)
    return parts[4] if len(parts) == ARN_SEGMENTS else ""


def some_text() -> tuple[Token, ...]:
    """Any text at all."""
    return (ANY,)


def _tags(_: str, conditions: Sequence[Condition], setting: Setting) -> Iterator[Choice]:
    """Every tag of the request is named in the list of its tags' keys, in any case, perhaps beside keys without a tag.

    The list of a request that takes tags away names keys, and the request has no `aws:RequestTag`.
    """
    asked = (*(same_key(it.key) for it in conditions), *setting.fixed)
    names = list(dict.fromkeys(key for key in asked if key.startswith(REQUEST_TAG)))
    listing = [it for it in conditions if same_key(it.key) == TAG_KEYS]
    patterns = [tokens for condition in listing for tokens in patterns_of(condition, setting.context)]
    for values in product(*(setting.lists(name, conditions) for name in names)):
        tags = dict(zip(names, values, strict=True))
        given = tuple(_tag(name, conditions) for name, value in tags.items() if value)
        if TAG_KEYS in setting.fixed:
            listed = setting.fixed[TAG_KEYS]
            if {key.lower() for key in given} <= {key.lower() for key in listed}:
                yield {**tags, TAG_KEYS: listed}
            continue
        spellings = [representatives(Language(folded(literal(key))), patterns, (key,)) for key in given]
        for listed in setting.lists(TAG_KEYS, conditions):
            for keys in product(*spellings):
                yield {**tags, TAG_KEYS: tuple(dict.fromkeys((*keys, *listed)))}


def _tag(name: str, conditions: Sequence[Condition]) -> str:
    """A tag's key as the policies spell it."""
    spelled_keys: Iterable[str] = (condition.key for condition in conditions)
    return next((key.partition("/")[2] for key in spelled_keys if same_key(key) == name), name.partition("/")[2])


_BUILDERS: Mapping[str, Callable[[str, Sequence[Condition], Setting], Iterator[Choice]]] = {
    CHAIN: _called_via,
    PRESENT: _factor,
    NOW: _time,
    ARN: _source,
    ADDRESS: _network,
    TAG_KEYS: _tags,
}
