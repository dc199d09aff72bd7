"""What in a claim selects nothing: a slip there would let the claim hold of fewer requests than its author means.

A level or a type that no action has, a pattern that no resource can match, a key that no request holds: none of them is an error
of form, and each would make a part of the claim true of nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache

from generator.aws.actions import NO_RESOURCE_TYPE, Service, condition_keys, is_prefix, service
from generator.aws.names import Arn
from generator.policy.keys import unknown_key
from generator.policy.pattern import ARN_SEGMENTS, Glob
from generator.prover.automaton import arn_tokens
from generator.prover.claim import ActionSet, Claim
from generator.prover.relations import overlap
from generator.prover.resources import languages
from generator.prover.selection import cases, catalogue_of, read_pattern

_IDENTITY_PROVIDERS = "saml"
"""The prefix of keys that no service has but SAML's; those of OIDC issuers have a dot (`accounts.google.com:aud`)."""

_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True)
class Slip:
    """What is wrong with one field of a claim or of an action set; `place` counts its entries, None if it is the field itself."""

    field: str
    place: int | None
    problem: str
    remedy: str


@cache
def slips_of_actions(chosen: ActionSet) -> tuple[Slip, ...]:
    """Everything in an action set that the catalogue of actions does not know, or that selects nothing."""
    if not is_prefix(chosen.service):
        remedy = "write the prefix of its actions, lower case letters, digits and hyphens: `s3`"
        return (Slip("service", None, f"`{chosen.service[:64]}` is no prefix of a service", remedy),)
    catalogue = service(chosen.service)
    if catalogue is None:
        remedy = "write the prefix of its actions: `s3`"
        return (Slip("service", None, f"the catalogue of actions knows no service `{chosen.service}`", remedy),)
    found = (*_words(chosen, catalogue), *_names(chosen, catalogue), *_harmless(chosen, catalogue))
    return found or tuple(_empty(chosen))


def _words(chosen: ActionSet, catalogue: Service) -> Iterator[Slip]:
    levels = sorted({level for action in catalogue.actions.values() for level in action.level.split(", ")})
    types = sorted({name for action in catalogue.actions.values() for name in action.type_names})
    for field, given, known, what in (
        ("levels", chosen.levels, levels, "level"),
        ("resource_types", chosen.resource_types, types, "type of resource"),
    ):
        for place, word in enumerate(given):
            if word not in known:
                yield Slip(field, place, f"no action of `{catalogue.prefix}` has the {what} `{word}`", _remedy(word, known))


def _remedy(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"did you mean `{near[0]}`?" if near else f"write one of {', '.join(f'`{name}`' for name in known)}"


def _names(chosen: ActionSet, catalogue: Service) -> Iterator[Slip]:
    names = [action.name for action in catalogue.actions.values()]
    for field, given in (("named", chosen.named), ("excluded", chosen.excluded)):
        for place, entry in enumerate(given):
            if catalogue.action(entry.action) is None:
                near = get_close_matches(entry.action, names, n=1)
                remedy = f"did you mean `{near[0]}`?" if near else f"name an action of `{catalogue.prefix}`, or remove it"
                yield Slip(field, place, f"the catalogue knows no action `{entry.action}` of `{catalogue.prefix}`", remedy)


def _harmless(chosen: ActionSet, catalogue: Service) -> Iterator[Slip]:
    if chosen.known_harmless and not chosen.unknown:
        yield Slip(
            "known_harmless", None, "`known_harmless` stands without `unknown: true`", "write `unknown: true`, or remove it"
        )
    for place, text in enumerate(chosen.known_harmless):
        if read_pattern(text).service != catalogue.prefix:
            remedy = f"write `{catalogue.prefix}:` before it, for example `{catalogue.prefix}:Get*`"
            yield Slip("known_harmless", place, f"`{text}` is no pattern of actions of `{catalogue.prefix}`", remedy)


def _empty(chosen: ActionSet) -> Iterator[Slip]:
    if chosen.unknown and not any(cases((replace(chosen, levels=(), named=(), excluded=()),), ())):
        remedy = "name only what reads, for example `s3:Get*` and `s3:List*`"
        yield Slip("known_harmless", None, "`known_harmless` covers every action that AWS may yet invent", remedy)
    if (chosen.levels or not chosen.unknown) and not any(cases((replace(chosen, unknown=False),), ())):
        remedy = "choose levels and types that go together, or name actions"
        yield Slip("levels", None, f"no action of `{chosen.service}` has one of these levels and one of these types", remedy)


def slips_of_resources(claim: Claim) -> tuple[Slip, ...]:
    """The resource patterns that no resource of the claim's services looks like, for a claim whose actions have no slips.

    A pattern of a type that none of the chosen actions takes is let pass, so that claims can share their patterns. An action that
    AWS has yet to invent may take any resource.
    """
    if any(chosen.unknown for chosen in claim.actions):
        return ()
    catalogues = {chosen.service: catalogue_of(chosen) for chosen in claim.actions}
    return tuple(
        Slip("resources", place, f"no resource of {_listed(sorted(catalogues))} looks like `{pattern}`", _TYPES)
        for place, pattern in enumerate(claim.resources)
        if not any(
            _meets(kind, catalogue, pattern, claim)
            for catalogue in catalogues.values()
            for kind in (NO_RESOURCE_TYPE, *catalogue.resource_types)
        )
    )


_TYPES = "correct the pattern; the Service Authorization Reference shows the forms of a service's ARNs, `*` is for actions without resource"


def _listed(words: Sequence[str]) -> str:
    return " or ".join(f"`{word}`" for word in words)


def _meets(kind: str, catalogue: Service, pattern: Arn, claim: Claim) -> bool:
    """True iff a resource of that type, of the owner that the claim names, matches the pattern."""
    parts = pattern.split(":", ARN_SEGMENTS - 1)
    partition = parts[1] if len(parts) == ARN_SEGMENTS and not set(parts[1]) & set("*?") else "aws"
    tokens = arn_tokens(Glob.parse(pattern))
    found = languages(kind, catalogue, partition, claim.resource_account)
    return tokens is not None and any(overlap(language.tokens, tokens) for language in found)


def slip_of_sender(pattern: Arn) -> tuple[str, str] | None:
    """Problem and remedy of a pattern with six parts that no `aws:PrincipalArn` matches."""
    _, _, _, _, account, resource = pattern.split(":", ARN_SEGMENTS - 1)
    if resource.startswith("assumed-role/"):
        return (
            f"`{pattern}` is the ARN of a session, which no sender has",
            "write its role's: `arn:aws:iam::<account>:role/<name>`",
        )
    if not _ACCOUNT.fullmatch(account) and not set(account) & set("*?"):
        return f"`{pattern}` has no account id of 12 digits", "write 12 digits, or `*` for any account"
    return None


def slip_of_key(key: str) -> tuple[str, str] | None:
    """Problem and remedy of a condition key that no request holds."""
    unknown = unknown_key(key)
    prefix, colon, name = key.partition(":")
    if unknown or prefix.lower() == "aws" or prefix.lower() == _IDENTITY_PROVIDERS or "." in prefix:
        return unknown
    known: Mapping[str, str] | None = condition_keys(prefix) if colon and name else None
    if known is None:
        return f"`{key}` is no condition key", "write the key of AWS or of a service, for example `aws:SourceIp` or `s3:prefix`"
    lowered = key.lower()
    if any(lowered == form or ("${" in form and lowered.startswith(form.partition("${")[0])) for form in known):
        return None
    near = get_close_matches(lowered, known, n=1)
    remedy = (
        f"did you mean `{known[near[0]]}`?" if near else f"see which keys `{prefix}` has in the Service Authorization Reference"
    )
    return f"`{prefix}` has no condition key `{key}`", remedy
