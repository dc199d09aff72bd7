"""Senders: who can send the requests of a claim, one of every kind that policies and claim can tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from generator.aws.names import AccountId
from generator.policy.completion import complete
from generator.policy.conditions import Condition
from generator.policy.keys import Context
from generator.policy.operators import Family
from generator.policy.pattern import ARN_SEGMENTS, Glob, arn_matches
from generator.policy.request import Principal, PrincipalType, Request, principal_of
from generator.prover.accounts import accounts
from generator.prover.automaton import ALPHABET, ANY, OTHER, Token, Tokens, arn_tokens, folded, glob_tokens, literal, some
from generator.prover.cells import Language, representatives
from generator.prover.choices import service_names
from generator.prover.claim import Principals
from generator.prover.estate import Estate
from generator.prover.fragment import account_context, settled
from generator.prover.places import Place, places
from generator.prover.values import patterns_of, samples_of
from generator.prover.vocabulary import Vocabulary

_NAME = Token(frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-"))
_PATH = Token(ALPHABET - {" ", OTHER}, star=True)
_WEB_ACTIONS = frozenset({"sts:assumerolewithsaml", "sts:assumerolewithwebidentity"})
_ACCOUNT_PART = 4


@dataclass(frozen=True)
class Sender:
    """One sender; `known` says where it and the owner of the resources stand, as far as that is not derived."""

    principal: Principal
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def senders(who: Principals, estate: Estate, words: Vocabulary, actions: Iterable[str]) -> Iterator[Sender]:
    """Everyone whom the claim means, the ordinary before the exotic. Raises TooManyCellsError."""
    if who.service:
        yield from _services(who.service, estate, words)
        return
    for account in accounts(who.accounts, estate, words):
        if account in who.excepted_accounts:
            continue
        root = principal_of(f"arn:{estate.partition}:iam::{account}:root")
        for place in places(root, _known(root, {}, estate, words), estate, words):
            for principal in _principals(account, place, who, estate, words):
                if means(who, principal):
                    yield Sender(principal, place)
    nobody = Principal(PrincipalType.ANONYMOUS)
    provider = principal_of("accounts.google.com")
    web = any(action.lower() in _WEB_ACTIONS for action in actions)
    for principal in (nobody, provider) if web else (nobody,):
        if not who.accounts and means(who, principal):
            for place in places(principal, _known(principal, {}, estate, words), estate, words):
                yield Sender(principal, place)


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


def _known(principal: Principal, place: Place, estate: Estate, words: Vocabulary) -> Context:
    """All that variables can stand for in what is asked of such a sender; nothing where there are none."""
    if not words.variables:
        return Context()
    owner = words.owner or principal.account
    request = Request(principal, "none:None", (), owner, Context({**place, **words.fixed}))
    whole = complete(request, estate.surroundings(principal.account, owner)).context
    return account_context(whole, settled(principal.type, words.fixed))


def _principals(account: AccountId, place: Place, who: Principals, estate: Estate, words: Vocabulary) -> Iterator[Principal]:
    said: list[Tokens] = [tokens for text in (*who.only, *who.excepted) if (tokens := arn_tokens(Glob.parse(text))) is not None]
    said += [literal(arn) for arn in words.fixed.get("aws:principalarn", ())]
    fixed_names = [(ANY, *literal(f"/{name}")) for name in words.fixed.get("aws:username", ())]
    spelled = [text.replace("*", account, 1) if ":*:" in text else text.replace("*", "example") for text in who.only]
    iam, sts = f"arn:{estate.partition}:iam::{account}:", f"arn:{estate.partition}:sts::{account}:"
    kinds = (
        (Language((*literal(f"{iam}role/"), _PATH, _NAME), (_linked(iam), _slash(iam, "role/"))), f"{iam}role/Admin"),
        (Language((*literal(f"{iam}user/"), _PATH, _NAME), (_slash(iam, "user/"),)), f"{iam}user/alice"),
        (Language(literal(f"{iam}root")), f"{iam}root"),
        (Language((*literal(f"{sts}federated-user/"), *some(_NAME.allowed))), f"{sts}federated-user/alice"),
    )
    about, named = words.about("aws:principalarn"), words.about("aws:username")
    for language, sample in kinds:
        context = _known(principal_of(sample), place, estate, words)
        asked = [*said, *(tokens for condition in about for tokens in patterns_of(condition, context))]
        if principal_of(sample).type is PrincipalType.USER:
            asked += [*fixed_names, *(tokens for condition in named for tokens in _username_patterns(condition, context))]
        like = [_in_account(word, account) for condition in about for word in samples_of(condition, context)]
        for arn in representatives(language, asked, (sample, *like, *spelled)):
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


def _services(name: str, estate: Estate, words: Vocabulary) -> Iterator[Sender]:
    glob = Glob.parse(name)
    fixed = words.fixed.get("aws:principalservicename", ())
    example = principal_of("example.amazonaws.com")
    for place in places(example, _known(example, {}, estate, words), estate, words):
        context = _known(example, place, estate, words)
        patterns = [tokens for condition in words.about("aws:principalservicename") for tokens in patterns_of(condition, context)]
        samples = (str(glob), "cloudtrail.amazonaws.com", "example.amazonaws.com", "ec2.amazonaws.com.cn")
        for word in service_names((*patterns, glob_tokens(glob), *map(literal, fixed)), samples):
            if glob.matches(word):
                yield Sender(Principal(PrincipalType.SERVICE, name=word), place)
