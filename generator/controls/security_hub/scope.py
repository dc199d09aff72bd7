"""Whom the guard of security-hub binds, and whom it lets through: the same for its claims and its statement."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws.names import AccountId, Arn, OrganizationId, RootId
from generator.control import execution_role
from generator.landing_zone.organization import Organization


@dataclass(frozen=True)
class Scope:
    """Everything of Security Hub in every member account but `audit`, which administers it; `execution` deploys everywhere."""

    organization: OrganizationId
    target: RootId
    management: AccountId
    audit: AccountId
    execution: Arn
    resources: Arn


def scope(organization: Organization) -> Scope:
    """The scope of the guard in this organization."""
    return Scope(
        organization=organization.id,
        target=organization.root_id,
        management=organization.management_account,
        audit=organization.audit,
        execution=execution_role(organization.partition, "*"),
        resources=Arn(f"arn:{organization.partition}:securityhub:*:*:*"),
    )
