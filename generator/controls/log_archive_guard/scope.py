"""What log-archive-guard protects, against whom, and where its policies have to stand: the same for its claims and its statements."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws.names import AccountId, Arn, OuId
from generator.control import Facts, Trust, account_of, execution_role
from generator.errors import PackageError, Problem
from generator.landing_zone.organization import Organization


@dataclass(frozen=True)
class GuardedRoles:
    """Trusted roles of one member account, which its own principals must not create or re-trust."""

    account: AccountId
    roles: tuple[Arn, ...]
    target: OuId


@dataclass(frozen=True)
class Scope:
    """Everything by ARN pattern. `keys` is empty where no key of the logs lies in the Log Archive account."""

    partition: str
    organization: Organization
    account: AccountId
    target: OuId
    buckets: tuple[Arn, ...]
    objects: tuple[Arn, ...]
    keys: tuple[Arn, ...]
    aliases: tuple[Arn, ...]
    regional: tuple[Arn, ...]
    access_points: tuple[Arn, ...]
    administrators: tuple[Arn, ...]
    writers: tuple[Arn, ...]
    readers: tuple[Arn, ...]
    guarded_roles: tuple[GuardedRoles, ...]
    trails: tuple[Arn, ...]
    trail_administrators: tuple[tuple[AccountId, OuId], ...]
    guarded_elsewhere: tuple[AccountId, ...]


def scope(organization: Organization, facts: Facts) -> Scope:
    """The scope of the guard in this organization. Raises PackageError when an account it has to bind is in no OU."""
    partition, account = organization.partition, organization.log_archive
    target = ou_of(organization, account, "the Log Archive account")
    administrators = tuple(sorted({execution_role(partition, account), *facts.trusted_as(Trust.ADMINISTRATOR)}))
    buckets = tuple(Arn(f"arn:{partition}:s3:::{bucket.name}") for bucket in facts.buckets if bucket.account == account)
    has_key = any(key.account == account for key in facts.keys)
    trail_administrators = tuple(
        (fact.account, ou_of(organization, fact.account, "CloudTrail's delegated administrator"))
        for fact in facts.trail_administrators
    )
    return Scope(
        partition=partition,
        organization=organization,
        account=account,
        target=target,
        buckets=buckets,
        objects=tuple(Arn(f"{bucket}/*") for bucket in buckets),
        keys=(Arn(f"arn:{partition}:kms:*:{account}:key/*"),) if has_key else (),
        aliases=(Arn(f"arn:{partition}:kms:*:{account}:alias/*"),) if has_key else (),
        regional=(Arn(f"arn:{partition}:s3:*:{account}:*"), Arn(f"arn:{partition}:s3-object-lambda:*:{account}:*")),
        access_points=(Arn(f"arn:{partition}:s3:*:{account}:accesspoint/*"),),
        administrators=administrators,
        writers=facts.trusted_as(Trust.WRITER),
        readers=facts.trusted_as(Trust.READER),
        guarded_roles=_guarded_roles(organization, facts, tuple(admin for admin, _ in trail_administrators)),
        trails=tuple(trail.arn for trail in facts.trails),
        trail_administrators=trail_administrators,
        guarded_elsewhere=tuple(fact.account for fact in facts.guarded_deployers),
    )


def ou_of(organization: Organization, account: AccountId, what: str) -> OuId:
    """The OU that `account` is directly in; raises PackageError when it is in the root."""
    unit = organization.ou_of(account)
    if unit is None:
        raise PackageError(
            Problem(
                None,
                f"{what} `{account}` is directly in the organization's root, where CfCT can attach no policy to it alone",
                "move it into an OU of its own kind, such as `Security`, and correct `ou` in organization.yaml",
            )
        )
    return unit.id


def _guarded_roles(
    organization: Organization, facts: Facts, trail_administrators: tuple[AccountId, ...]
) -> tuple[GuardedRoles, ...]:
    """The trusted roles that are an account's own to make, by account.

    Left out: the management account (no SCP reaches it) and the roles that IAM Identity Center keeps under `aws-reserved`, which
    AWS lets nobody but itself change (IAM User Guide, "Unmodifiable roles"). Control Tower's execution role counts in the accounts
    where the guard exempts it, and there alone: an account that is being enrolled makes its own.
    """
    exempt_accounts = (organization.log_archive, *trail_administrators)
    roles = {execution_role(organization.partition, account) for account in exempt_accounts}
    roles |= {arn for arn in facts.trusted_as(*Trust) if ":role/aws-reserved/" not in arn}
    roles |= {spared.arn for spared in facts.spared}
    # A pattern for every account (AWS Config's role) is guarded where its bearer is bound by our SCP.
    roles |= {Arn(arn.replace("::*:", f"::{organization.log_archive}:")) for arn in roles if account_of(arn) == "*"}
    by_account: dict[AccountId, list[Arn]] = {}
    for arn in sorted(roles):
        account = account_of(arn)
        if account not in (organization.management_account, "*"):
            by_account.setdefault(account, []).append(arn)
    return tuple(
        GuardedRoles(account, tuple(arns), ou_of(organization, account, "the account of a trusted role"))
        for account, arns in sorted(by_account.items())
    )
