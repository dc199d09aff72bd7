"""Senders: who can send the requests of a claim, one of every kind that policies and claim can tell apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from generator.aws.names import AccountId
from generator.policy.conditions import Condition
from generator.policy.keys import Context, same_key
from generator.policy.operators import Family
from generator.policy.pattern import ARN_SEGMENTS, Glob, arn_matches
from generator.policy.request import Principal, PrincipalType, principal_of
from generator.prover.automaton import ALPHABET, ANY, Token, arn_tokens, folded, glob_tokens, literal, some
from generator.prover.cells import Language, Tokens, representatives
from generator.prover.claim import Principals
from generator.prover.estate import Estate
from generator.prover.values import patterns_of, samples_of

_NAME = Token(frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-"))
_PATH = Token(ALPHABET - {" "}, star=True)
_DIGIT = Token(frozenset("0123456789"))
_SERVICE_WORD = "abcdefghijklmnopqrstuvwxyz0123456789.-"
_WEB_ACTIONS = frozenset({"sts:assumerolewithsaml", "sts:assumerolewithwebidentity"})
_ACCOUNT_ID = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_OUTSIDERS = ("999999999999", "888888888888", "777777777777", "666666666666")
_MEMBERS = ("123456789012", "444455556666")
_ACCOUNT_PART = 4


class IrregularAccountError(Exception):
    """A pattern cuts account ids in a way that cannot be followed. `pattern` is its text."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.pattern = pattern


@dataclass(frozen=True)
class Sender:
    """One sender; `known` are keys that follow from its organization where that is not ours."""

    principal: Principal
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Vocabulary:
    """What claim and policies say: every text in which an account can stand, all conditions, and what the claim fixes."""

    texts: tuple[str, ...]
    conditions: tuple[Condition, ...]
    fixed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def about(self, *keys: str) -> tuple[Condition, ...]:
        """The conditions on some keys, given in lower case."""
        return tuple(condition for condition in self.conditions if same_key(condition.key) in keys)


def accounts(named: Sequence[AccountId], estate: Estate, words: Vocabulary) -> tuple[AccountId, ...]:
    """The accounts to look at: the named ones, or else one of every kind that stacks and patterns tell apart.

    Raises IrregularAccountError.
    """
    if named:
        return tuple(dict.fromkeys(named))
    mentioned = {AccountId(found) for text in words.texts for found in _ACCOUNT_ID.findall(text)}
    globs = tuple(_account_globs(words.texts))
    kinds: dict[tuple[object, ...], AccountId] = {}
    for account in estate.accounts:
        if account in mentioned or account == estate.management_account:
            continue
        kinds.setdefault((_stack_kind(estate, account, words), *(glob.matches(account) for glob in globs)), account)
    strangers = representatives(
        Language((_DIGIT,) * 12),
        [glob_tokens(glob) for glob in globs],
        _MEMBERS if not estate.accounts or estate.others.scps or estate.others.rcps else _OUTSIDERS,
        frozenset(estate.accounts) | mentioned,
    )
    management = (estate.management_account,) if estate.management_account else ()
    return tuple(dict.fromkeys((*sorted(kinds.values()), *sorted(mentioned), *management, *map(AccountId, strangers))))


def _account_globs(texts: Iterable[str]) -> Iterator[Glob]:
    """Patterns of accounts that are neither one account nor all."""
    found: set[Glob] = set()
    for text in texts:
        parts = text.split(":")
        if "${" in text or not re.search(r"[0-9]", text) or _ACCOUNT_ID.fullmatch(text):
            continue
        if parts[0] == "arn" and len(parts) > _ACCOUNT_PART:
            part = parts[_ACCOUNT_PART]
            if part not in ("", "*") and not _ACCOUNT_ID.fullmatch(part):
                found.add(Glob.parse(part))
        elif "*" in text and re.search(r"(?<![0-9a-z-])[0-9]{1,11}(?![0-9])", text):
            raise IrregularAccountError(text)
    yield from sorted(found, key=str)


def _stack_kind(estate: Estate, account: AccountId, words: Vocabulary) -> tuple[object, ...]:
    """Two accounts of one kind have the same policies at the same levels, and stand in the same place if a condition asks where."""
    stack = estate.stack(account)
    levels = tuple(tuple(id(policy) for policy in level.policies) for level in (*stack.scps, *stack.rcps))
    asks = words.about("aws:principalorgpaths", "aws:resourceorgpaths")
    return (*levels, len(stack.scps), stack.membership.paths if asks and stack.membership else ())


def senders(who: Principals, estate: Estate, words: Vocabulary, actions: Iterable[str]) -> Iterator[Sender]:
    """Everyone whom the claim means, the ordinary before the exotic. Raises IrregularAccountError and TooManyCellsError."""
    if who.service:
        yield from _services(who.service, words)
        return
    for account in accounts(who.accounts, estate, words):
        if account in who.excepted_accounts:
            continue
        for principal in _principals(account, who, estate, words):
            if means(who, principal):
                yield from _placed(principal, estate, words)
    if not who.accounts and not who.only:
        yield Sender(Principal(PrincipalType.ANONYMOUS))
        if any(action.lower() in _WEB_ACTIONS for action in actions):
            yield Sender(principal_of("accounts.google.com"))


def means(who: Principals, sender: Principal) -> bool:
    """True iff the claim is about this sender: the plain reading of `Principals`, which the replay of witnesses uses too."""
    if sender.type is PrincipalType.SERVICE_LINKED_ROLE:
        return False
    if who.service:
        return sender.type is PrincipalType.SERVICE and Glob.parse(who.service).matches(sender.name)
    if sender.type is PrincipalType.SERVICE or (who.accounts and sender.account not in who.accounts):
        return False
    if sender.account and sender.account in who.excepted_accounts:
        return False
    named = not who.only or any(arn_matches(Glob.parse(pattern), sender.arn) for pattern in who.only)
    return named and not any(arn_matches(Glob.parse(pattern), sender.arn) for pattern in who.excepted if sender.arn)


def _principals(account: AccountId, who: Principals, estate: Estate, words: Vocabulary) -> Iterator[Principal]:
    patterns: list[Tokens] = [
        tokens for text in (*who.only, *who.excepted) if (tokens := arn_tokens(Glob.parse(text))) is not None
    ]
    context = Context({"aws:PrincipalAccount": (account,)})
    about = words.about("aws:principalarn")
    patterns += [tokens for condition in about for tokens in patterns_of(condition, context)]
    words_of = [_in_account(word, account) for condition in about for word in samples_of(condition, context)]
    words_of += [text.replace("*", account, 1) if ":*:" in text else text.replace("*", "example") for text in who.only]
    iam, sts = f"arn:{estate.partition}:iam::{account}:", f"arn:{estate.partition}:sts::{account}:"
    names = [tokens for condition in words.about("aws:username") for tokens in _username_patterns(condition, context)]
    kinds = (
        (Language((*literal(f"{iam}role/"), _PATH, _NAME), (_linked(iam), _slash(iam, "role/"))), f"{iam}role/Admin", patterns),
        (Language((*literal(f"{iam}user/"), _PATH, _NAME), (_slash(iam, "user/"),)), f"{iam}user/alice", [*patterns, *names]),
        (Language(literal(f"{iam}root")), f"{iam}root", patterns),
        (
            Language((*literal(f"{sts}federated-user/"), *some(_NAME.allowed))),
            f"{sts}federated-user/alice",
            patterns,
        ),
    )
    for language, sample, asked in kinds:
        for arn in representatives(language, asked, (sample, *words_of)):
            yield principal_of(arn)


def _in_account(word: str, account: AccountId) -> str:
    """A sample ARN with the account in its place."""
    parts = word.split(":", ARN_SEGMENTS - 1)
    return ":".join((*parts[:_ACCOUNT_PART], account, parts[-1])) if len(parts) == ARN_SEGMENTS else word


def _linked(iam: str) -> Tokens:
    return (*literal(f"{iam}role/aws-service-role/"), ANY)


def _slash(iam: str, kind: str) -> Tokens:
    return (*literal(f"{iam}{kind}/"), ANY)


def _username_patterns(condition: Condition, context: Context) -> Iterator[Tokens]:
    """Patterns of a user's name as patterns of its ARN: what stands behind the last slash."""
    for operand in patterns_of(condition, context):
        inside = tuple(Token(token.allowed - {"/"}, token.star) for token in operand)
        fold = condition.operator.family is Family.STRING_IGNORE_CASE
        yield (ANY, *literal("/"), *(folded(inside) if fold else inside))


def _services(name: str, words: Vocabulary) -> Iterator[Sender]:
    glob = Glob.parse(name)
    nothing = Context()
    patterns = [tokens for condition in words.about("aws:principalservicename") for tokens in patterns_of(condition, nothing)]
    language = Language((*some(_SERVICE_WORD), *literal(".amazonaws.com")))
    samples = (str(glob), "cloudtrail.amazonaws.com", "example.amazonaws.com")
    for word in representatives(language, [*patterns, glob_tokens(glob)], samples):
        if glob.matches(word):
            yield Sender(Principal(PrincipalType.SERVICE, name=word))


def _placed(principal: Principal, estate: Estate, words: Vocabulary) -> Iterator[Sender]:
    """A sender of ours has its place; a stranger can belong to any other organization, or to none."""
    asked = words.about("aws:principalorgid", "aws:principalorgpaths", "aws:resourceorgid", "aws:resourceorgpaths")
    fixed_id, fixed_paths = (words.fixed.get(f"aws:principalorg{kind}", ()) for kind in ("id", "paths"))
    yield Sender(principal)
    if not (asked or fixed_id or fixed_paths) or estate.stack(principal.account).membership:
        return
    nothing = Context()
    identifiers = [it for it in asked if same_key(it.key).endswith("orgid")]
    paths = [it for it in asked if same_key(it.key).endswith("orgpaths")]
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    ours = frozenset({estate.organization} - {""})
    language = Language((*literal("o-"), *some(letters)))
    patterns = [tokens for condition in identifiers for tokens in patterns_of(condition, nothing)]
    known = fixed_id or tuple(path.partition("/")[0] for path in fixed_paths[:1])
    for identifier in known or representatives(language, patterns, ("o-otherorgid",), ours):
        below = Language((*literal(f"{identifier}/r-"), *some(letters + "-/"), *literal("/")))
        asked_paths = [tokens for condition in paths for tokens in patterns_of(condition, nothing)]
        found = representatives(below, asked_paths, (f"{identifier}/r-ab12/",))
        for place in [fixed_paths] if fixed_paths else [(path,) for path in found]:
            yield Sender(principal, {"aws:PrincipalOrgID": (identifier,), "aws:PrincipalOrgPaths": place})
