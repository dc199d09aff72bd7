"""What `generator.handlers.security_hub_organization` may do, in the delegated administrator's account."""

from __future__ import annotations

from generator.aws.names import Arn
from generator.handlers.permissions.model import Permission

PERMISSIONS = (
    Permission(
        (
            "securityhub:CreateMembers",
            "securityhub:DescribeOrganizationConfiguration",
            "securityhub:ListMembers",
            "securityhub:UpdateOrganizationConfiguration",
        ),
        (Arn("arn:{partition}:securityhub:{region}:{audit}:hub/default"),),
        "enables Security Hub in accounts that join, and in those that are there",
    ),
    Permission(
        ("organizations:ListAccounts",),
        (Arn("*"),),
        "sees which accounts there are; the action takes no resource",
    ),
)
