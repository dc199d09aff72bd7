"""What the role of each Lambda function may do: the least that its handler needs, with the reason, for whoever writes the role.

One module a handler, under the handler's name. Not part of any bundle. Writing to the function's log group is not listed: the
handler does not ask for it, the runtime does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from generator.aws.names import Arn
from generator.handlers.permissions import (
    guardduty_administrator,
    guardduty_organization,
    guardduty_policy_type,
    organization_trail_access,
    security_hub_administrator,
    security_hub_aggregator,
    security_hub_organization,
    template_gate_rules,
)
from generator.handlers.permissions.model import Condition, Permission
from generator.landing_zone.organization import Organization

__all__ = ["REQUIRED_PERMISSIONS", "Condition", "Permission", "permissions"]

REQUIRED_PERMISSIONS: Mapping[str, tuple[Permission, ...]] = {
    "guardduty_administrator": guardduty_administrator.PERMISSIONS,
    "guardduty_organization": guardduty_organization.PERMISSIONS,
    "guardduty_policy_type": guardduty_policy_type.PERMISSIONS,
    "organization_trail_access": organization_trail_access.PERMISSIONS,
    "security_hub_administrator": security_hub_administrator.PERMISSIONS,
    "security_hub_aggregator": security_hub_aggregator.PERMISSIONS,
    "security_hub_organization": security_hub_organization.PERMISSIONS,
    "template_gate_rules": template_gate_rules.PERMISSIONS,
}
"""Handler to permissions, with placeholders that `permissions` fills in."""

OWN_REGION = "${AWS::Region}"
"""The region of the stack. One template goes to many regions, so CloudFormation fills it in (`generator.package.functions`)."""


def permissions(handler: str, organization: Organization) -> tuple[Permission, ...]:
    """What the role of that handler's function may do in this organization.

    Resources and the values of conditions may hold `{partition}`, `{organization}` (its id), `{management_account}`, `{audit}`,
    `{log_archive}`, `{home_region}`, and `{region}` for the region that the function runs in.
    """
    places = {
        "partition": organization.partition,
        "organization": organization.id,
        "management_account": organization.management_account,
        "audit": organization.audit,
        "log_archive": organization.log_archive,
        "home_region": organization.home_region,
        "region": OWN_REGION,
    }
    return tuple(_filled(permission, places) for permission in REQUIRED_PERMISSIONS[handler])


def _filled(permission: Permission, places: Mapping[str, str]) -> Permission:
    condition = permission.condition
    return replace(
        permission,
        resources=tuple(Arn(resource.format_map(places)) for resource in permission.resources),
        condition=condition
        and replace(
            condition,
            key=condition.key,
            values=tuple(value.format_map(places) for value in condition.values),
        ),
    )
