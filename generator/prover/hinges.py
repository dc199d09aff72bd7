"""Hinges: what a denial rests on beside the policies. Whoever may change the trust of a role that a claim spares becomes that role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.aws.names import AccountId, Arn
from generator.policy.pattern import ARN_SEGMENTS, Glob, arn_matches
from generator.prover.claim import Claim, Expectation
from generator.prover.estate import Estate
from generator.prover.selection import selects

CHANGES_TRUST = "iam:UpdateAssumeRolePolicy"
"""The action that stands for all by which a role becomes somebody else's."""

RESERVED = ":role/aws-reserved/"
"""Roles that only AWS changes, such as those of IAM Identity Center (IAM User Guide, "Unmodifiable roles")."""

_ACCOUNT_PART = 4


@dataclass(frozen=True)
class Hinge:
    """A role that a claim of denial spares, in an account whose principals no claim keeps from changing it."""

    claim: Claim
    role: Arn
    account: AccountId


def open_hinges(claims: Iterable[Claim], estate: Estate) -> tuple[Hinge, ...]:
    """The spared roles that no claim guards, each once.

    Left out: roles of the management account, which no SCP reaches, reserved roles, and patterns over all accounts, which name no
    account that could be guarded.
    """
    claims = tuple(claims)
    found: dict[Arn, Hinge] = {}
    for claim in claims:
        if claim.expect is Expectation.DENIED:
            for hinge in _hinges(claim):
                guarded = any(_guards(other, hinge) for other in claims)
                if hinge.account != estate.management_account and not guarded:
                    found.setdefault(hinge.role, hinge)
    return tuple(found.values())


def _hinges(claim: Claim) -> Iterator[Hinge]:
    for pattern in claim.principals.excepted:
        parts = pattern.split(":", ARN_SEGMENTS - 1)
        if len(parts) == ARN_SEGMENTS and parts[-1].startswith("role/") and RESERVED not in pattern:
            account = parts[_ACCOUNT_PART]
            if account.isdigit():
                yield Hinge(claim, pattern, AccountId(account))


def _guards(claim: Claim, hinge: Hinge) -> bool:
    """True iff the claim denies the account's principals to change the trust of the role."""
    who = claim.principals
    return (
        claim.expect is Expectation.DENIED
        and not who.service
        and not who.only
        and (not who.accounts or hinge.account in who.accounts)
        and hinge.account not in who.excepted_accounts
        and any(selects(chosen, CHANGES_TRUST) for chosen in claim.actions)
        and any(arn_matches(Glob.parse(pattern), hinge.role) for pattern in claim.resources)
    )
