"""What `generator.handlers.security_hub_aggregator` may do, in the delegated administrator's account."""

from __future__ import annotations

from generator.aws.names import Arn
from generator.handlers.permissions.model import Condition, Permission

PERMISSIONS = (
    Permission(
        ("securityhub:DescribeOrganizationConfiguration",),
        (Arn("arn:{partition}:securityhub:{region}:{audit}:hub/default"),),
        "sees whether Security Hub takes this account for the administrator already",
    ),
    Permission(
        ("securityhub:CreateFindingAggregator", "securityhub:ListFindingAggregators"),
        (Arn("*"),),
        "makes the finding aggregator, if there is none, in this region; the actions take no resource",
        Condition("StringEquals", "aws:RequestedRegion", ("{region}",)),
    ),
    Permission(
        ("securityhub:GetFindingAggregator", "securityhub:UpdateFindingAggregator"),
        (Arn("arn:{partition}:securityhub:{region}:{audit}:finding-aggregator/*"),),
        "changes which regions are linked; an aggregator's id is AWS's choice",
    ),
)
