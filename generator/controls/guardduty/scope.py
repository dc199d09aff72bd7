"""What guardduty's guard protects, and against whom: the same for its claims and its statements."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws.names import AccountId, Arn, RootId
from generator.landing_zone.organization import Organization


@dataclass(frozen=True)
class Scope:
    """`things` are ARN patterns of what GuardDuty keeps in an account, of every account.

    `members` are the accounts of today that the guard binds: all but the management account, which no SCP reaches, and Audit, which
    administers GuardDuty for all.
    """

    partition: str
    root: RootId
    audit: AccountId
    members: tuple[AccountId, ...]
    things: tuple[Arn, ...]


def scope(organization: Organization) -> Scope:
    """The scope of the guard in this organization."""
    partition, audit = organization.partition, organization.audit
    beyond = (organization.management_account, audit)
    return Scope(
        partition=partition,
        root=organization.root_id,
        audit=audit,
        members=tuple(account.id for account in organization.accounts if account.id not in beyond),
        things=tuple(Arn(f"arn:{partition}:guardduty:*:*:{kind}/*") for kind in ("detection-rule", "detector")),
    )
