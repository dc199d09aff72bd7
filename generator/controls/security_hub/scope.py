"""Whom the guard of security-hub binds, and whom it lets through: the same for its claims and its statement."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws.names import AccountId, Arn, RootId
from generator.control import execution_role
from generator.controls.security_hub.options import SecurityHubOptions
from generator.landing_zone.organization import Organization


@dataclass(frozen=True)
class Scope:
    """Everything of Security Hub, by ARN pattern, in every account.

    `members` are the accounts of today that the guard binds: all but the management account, which no SCP reaches, and Audit, which
    administers Security Hub for all. `exempt` are roles that the guard lets through in every account.
    """

    target: RootId
    audit: AccountId
    members: tuple[AccountId, ...]
    resources: Arn
    exempt: tuple[Arn, ...] = ()


def scope(organization: Organization, options: SecurityHubOptions) -> Scope:
    """The scope of the guard in this organization."""
    beyond = (organization.management_account, organization.audit)
    return Scope(
        target=organization.root_id,
        audit=organization.audit,
        members=tuple(account.id for account in organization.accounts if account.id not in beyond),
        resources=Arn(f"arn:{organization.partition}:securityhub:*:*:*"),
        exempt=(execution_role(organization.partition, "*"),) if options.control_tower_controls else (),
    )
