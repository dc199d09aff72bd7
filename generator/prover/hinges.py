"""Hinges: what a denial rests on beside the policies: whoever becomes a principal that a claim spares, or sets a tag, is past it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.aws.actions import service
from generator.aws.names import AccountId, Arn
from generator.policy.keys import same_key
from generator.policy.pattern import ARN_SEGMENTS, Glob, arn_matches
from generator.prover.claim import Claim, Expectation
from generator.prover.estate import Estate
from generator.prover.selection import selects

TAKEOVERS = {
    "role/": ("iam:UpdateAssumeRolePolicy", "iam:CreateRole"),
    "user/": ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:CreateUser"),
}
"""By which actions someone becomes a role or a user of that name: by its trust policy or its credentials, or by making it where there
is none (AWS IAM API Reference, the actions' own pages)."""

ALIASES = ("kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias")
"""What changes the value of `kms:ResourceAliases` (AWS KMS Developer Guide, "Use aliases to control access to KMS keys")."""

RESERVED = ":role/aws-reserved/"
"""Roles that only AWS changes, such as those of IAM Identity Center (IAM User Guide, "Unmodifiable roles")."""

CONTROL_TOWER = "role/aws-controltower-*"
"""Roles that Control Tower makes in every enrolled account and guards there itself: the mandatory control "Disallow changes to AWS IAM
roles set up by AWS Control Tower and AWS CloudFormation" denies making and changing them (AWS Control Tower Controls Reference Guide,
`AWS-GR_IAM_ROLE_CHANGE_PROHIBITED`). In an account that a pattern names they need a claim all the same."""

_ACCOUNT_PART = 4
_WILDCARDS = frozenset("*?")


@dataclass(frozen=True)
class Hinge:
    """What a claim of denial rests on, and an action by which it turns because no claim denies it.

    `spared` is a principal's pattern, or empty if `key` is what hangs: a condition key that the claim's context fixes. `account` is the one
    whose principals can do it, empty for a key.
    """

    claim: Claim
    spared: Arn
    account: AccountId
    action: str
    key: str = ""

    def sentence(self) -> str:
        """The hinge in words."""
        if self.key:
            return (
                f"the claim is about requests with a certain `{self.key}`, and no claim denies `{self.action}`, which changes it"
            )
        return f"the claim spares `{self.spared}`, and no claim keeps principals of {self.account} from `{self.action}` on it"


def open_hinges(claims: Iterable[Claim], estate: Estate) -> tuple[Hinge, ...]:
    """What the claims of denial rest on and no claim guards, each principal and each key once.

    Left out: principals of the management account, which no SCP reaches, reserved roles, and Control Tower's in accounts that neither
    pattern nor claim names.
    """
    claims = tuple(claims)
    denials = tuple(claim for claim in claims if claim.expect is Expectation.DENIED)
    guards = tuple(claim for claim in denials if not (claim.context or claim.principals.service or claim.principals.only))
    found: dict[tuple[str, str], Hinge] = {}
    for claim in denials:
        for hinge in (*_principals(claim, estate, guards), *_keys(claim, guards)):
            found.setdefault((hinge.spared, hinge.key), hinge)
    return tuple(found.values())


def _principals(claim: Claim, estate: Estate, guards: tuple[Claim, ...]) -> Iterator[Hinge]:
    for pattern in claim.principals.excepted:
        parts = pattern.split(":", ARN_SEGMENTS - 1)
        if len(parts) < ARN_SEGMENTS or RESERVED in pattern or _guards_itself(parts, claim):
            continue
        for account in _accounts(parts[_ACCOUNT_PART], claim, estate):
            there = Arn(":".join((*parts[:_ACCOUNT_PART], account, parts[-1])))
            for action in _takeovers(parts[-1]):
                if not any(_guards(guard, action, there, account) for guard in guards):
                    yield Hinge(claim, pattern, account, action)


def _guards_itself(parts: list[str], claim: Claim) -> bool:
    anywhere = bool(set(parts[_ACCOUNT_PART]) & _WILDCARDS) and not claim.principals.accounts
    return anywhere and Glob.parse(CONTROL_TOWER).matches(parts[-1])


def _accounts(part: str, claim: Claim, estate: Estate) -> Iterator[AccountId]:
    """The accounts in which a spared principal can be: with a wildcard, those of the claim, or else all of the organization."""
    listed = claim.principals.accounts or tuple(estate.accounts)
    named = listed if set(part) & _WILDCARDS else (AccountId(part),) if part else ()
    glob = Glob.parse(part)
    without = {estate.management_account, *claim.principals.excepted_accounts}
    yield from (account for account in named if glob.matches(account) and account not in without)


def _takeovers(resource: str) -> Iterator[str]:
    """The actions that matter to what the last part of a pattern can name: roles, users, or both."""
    start = resource
    for wildcard in _WILDCARDS:
        start = start.partition(wildcard)[0]
    for kind, actions in TAKEOVERS.items():
        if start.startswith(kind) or (start != resource and kind.startswith(start)):
            yield from actions


def _guards(guard: Claim, action: str, resource: Arn, account: AccountId) -> bool:
    """True iff the claim denies the account's principals, but those that it spares, the action on the resource."""
    who = guard.principals
    return (
        (not who.accounts or account in who.accounts)
        and account not in who.excepted_accounts
        and guard.resource_account in ("", account)
        and any(selects(chosen, action) for chosen in guard.actions)
        and any(arn_matches(Glob.parse(pattern), resource) for pattern in guard.resources)
    )


def _keys(claim: Claim, guards: tuple[Claim, ...]) -> Iterator[Hinge]:
    """Tags and aliases that the claim's context fixes, with an action by which the resource gets another."""
    for key in claim.context:
        for action in _changers(key, claim):
            if not any(_keeps(guard, action, claim) for guard in guards):
                yield Hinge(claim, Arn(""), AccountId(""), action, key)


def _changers(key: str, claim: Claim) -> Iterator[str]:
    name = same_key(key)
    if name == "kms:resourcealiases":
        yield from ALIASES
    if name.startswith("aws:resourcetag/") or "existingobjecttag/" in name:
        for catalogue in filter(None, (service(chosen.service) for chosen in claim.actions)):
            yield from (action.name for action in catalogue.actions.values() if "Tagging" in action.level)


def _keeps(guard: Claim, action: str, claim: Claim) -> bool:
    """True iff the guard denies the action to all whom the claim means, on all that it is about."""
    who, meant = guard.principals, claim.principals
    return (
        (not who.accounts or (bool(meant.accounts) and set(meant.accounts) <= set(who.accounts)))
        and set(who.excepted) <= set(meant.excepted)
        and set(who.excepted_accounts) <= set(meant.excepted_accounts)
        and guard.resource_account == claim.resource_account
        and any(selects(chosen, action) for chosen in guard.actions)
        and all(
            any(arn_matches(Glob.parse(pattern), resource) for pattern in guard.resources) or "*" in guard.resources
            for resource in claim.resources
        )
    )
