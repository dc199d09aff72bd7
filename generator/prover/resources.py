"""Resources: which ARNs a type of resource can have, and one of every kind that policies and claim can tell apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from generator.aws.actions import NO_RESOURCE_TYPE, Service
from generator.aws.names import AccountId, Arn
from generator.policy.pattern import ARN_SEGMENTS, Glob, Wild
from generator.policy.request import ANY_RESOURCE
from generator.prover.automaton import ALPHABET, ANY, Automaton, Token, Tokens, arn_tokens, automaton, literal, some
from generator.prover.cells import Language, cells_of

UNKNOWN_TYPE = "?"
"""The resource of an action that the catalogue does not know: any ARN, or none."""


@dataclass(frozen=True)
class Owner:
    """Who owns the resources, and in which partition; `region` is the one that samples are spelled with."""

    partition: str
    account: AccountId
    region: str = "us-east-1"


_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_REGION = "abcdefghijklmnopqrstuvwxyz0123456789-"
_BUCKET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
_DIGITS = (Token(frozenset("0123456789")),) * 12
_SEGMENT = Token(ALPHABET - {":", " "}, star=True)

_FORMS: dict[str, Tokens] = {
    "Region": some(_REGION),
    "BucketName": some(_BUCKET),
}
"""Variables of ARN formats with a known form. A bucket's name has no slash, which is what tells it from an object (Amazon S3 User
Guide, "General purpose bucket naming rules"; upper case and underscores are of buckets made before 2018). All others hold any text."""

_SAMPLES = {
    "BucketName": "amzn-s3-demo-bucket",
    "KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab",
    "RoleNameWithPath": "example",
}


@lru_cache(maxsize=4096)
def languages(kind: str, service: Service, partition: str, account: AccountId) -> tuple[Language, ...]:
    """The ARNs that a type of resource can have in `account` (whose id stands in them where the format has one)."""
    if kind == NO_RESOURCE_TYPE:
        return (Language(literal("*")),)
    if kind not in service.resource_types:
        start = (*literal(f"arn:{partition}:"), _SEGMENT, *literal(":"), _SEGMENT)
        owned = (*start, *literal(f":{account}:"), ANY)
        return (Language(owned), Language((*start, *literal("::"), ANY)), Language(literal("*")))
    return (Language(_tokens(service.resource_types[kind], partition, account)),)


def _tokens(form: str, partition: str, account: AccountId) -> Tokens:
    tokens: list[Token] = []
    for place, part in enumerate(_VARIABLE.split(form)):
        if place % 2 == 0:
            for piece in re.split(r"(\*)", part):
                tokens.extend((ANY,) if piece == "*" else literal(piece))
        elif part == "Partition":
            tokens.extend(literal(partition))
        elif part.endswith(("Account", "AccountId")):
            tokens.extend(literal(account) if part == "Account" and account else _DIGITS)
        else:
            tokens.extend(_FORMS.get(part, some(ALPHABET)))
    return tuple(tokens)


def sample(kind: str, service: Service, owner: Owner) -> str:
    """An ARN of the type as documentation would write it."""
    if kind not in service.resource_types:
        return ANY_RESOURCE
    known = {"Partition": owner.partition, "Account": owner.account, "Region": owner.region, **_SAMPLES}
    return _VARIABLE.sub(lambda found: known.get(found[1], "example"), service.resource_types[kind])


@lru_cache(maxsize=4096)
def kinds_of_resource(
    kind: str, service: Service, owner: Owner, patterns: tuple[Glob, ...], like: tuple[Glob, ...]
) -> tuple[Arn, ...]:
    """One ARN of every kind that `patterns` and `like` tell apart, those spelled after `like` first. Raises TooManyCellsError."""
    word = _SAMPLES["KeyId"] if kind == "key" else "example"
    samples = (*_samples((*like, *patterns), word, owner), sample(kind, service, owner))
    asked = _machines((*patterns, *like))
    found = (
        arn for language in languages(kind, service, owner.partition, owner.account) for arn in cells_of(language, asked, samples)
    )
    return tuple(map(Arn, dict.fromkeys(found)))


@lru_cache(maxsize=4096)
def _machines(globs: tuple[Glob, ...]) -> tuple[Automaton, ...]:
    """The automata of those patterns that some ARN matches, for all types of resource the same."""
    return tuple(automaton(tokens) for glob in globs if (tokens := arn_tokens(glob)) is not None)


@lru_cache(maxsize=4096)
def _samples(globs: tuple[Glob, ...], word: str, owner: Owner) -> tuple[str, ...]:
    return tuple(spelled for glob in globs for spelled in _spelled(glob, word, owner))


@lru_cache(maxsize=16384)
def _spelled(glob: Glob, word: str, owner: Owner) -> tuple[str, ...]:
    """The pattern with its wildcards filled in, the way the segments of an ARN usually look, the last with `word`."""
    if glob.exact is not None:
        return (glob.exact,)
    parts = glob.split(":", ARN_SEGMENTS - 1)
    if len(parts) < ARN_SEGMENTS:
        return ()
    usual = ("arn", owner.partition, "s3", owner.region, owner.account)
    head = [
        part.exact if part.exact is not None else usual[place] if part.everything else _filled(part, "x")
        for place, part in enumerate(parts[:-1])
    ]
    return tuple(":".join((*head, _filled(parts[-1], filler))) for filler in (word, ""))


def _filled(glob: Glob, filler: str) -> str:
    return "".join(part if isinstance(part, str) else filler if part is Wild.ANY else "x" for part in glob.parts)
