"""What `generator.handlers.guardduty_policy_type` may do, in the management account."""

from __future__ import annotations

from generator.aws.names import Arn
from generator.handlers.permissions.model import Condition, Permission

PERMISSIONS = (
    Permission(
        ("organizations:ListRoots",),
        (Arn("*"),),
        "sees whether the policy type is enabled; the action takes no resource",
    ),
    Permission(
        ("organizations:EnablePolicyType",),
        (Arn("arn:{partition}:organizations::{management_account}:root/{organization}/*"),),
        "enables the policy type on the organization's one root",
        Condition("StringEquals", "organizations:PolicyType", ("GUARDDUTY_POLICY",)),
    ),
)
