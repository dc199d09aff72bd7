"""What `generator.handlers.security_hub_administrator` may do, in the management account.

Security Hub looks at the organization and registers the administrator on the caller's permissions (managed policy
AWSSecurityHubOrganizationsAccess). Nothing here takes anything back.
"""

from __future__ import annotations

from generator.aws.names import Arn
from generator.handlers.permissions.model import Condition, Permission

SECURITY_HUB = "securityhub.amazonaws.com"

_ROLES = "arn:{partition}:iam::{management_account}:role/"
_ROLE = "AWSServiceRoleForSecurityHub"
_SERVICE_LINKED_ROLE = Arn(f"{_ROLES}aws-service-role/{SECURITY_HUB}/{_ROLE}")

PERMISSIONS = (
    Permission(
        (
            "securityhub:DescribeHub",
            "securityhub:EnableOrganizationAdminAccount",
            "securityhub:EnableSecurityHub",
            "securityhub:ListEnabledProductsForImport",
            "securityhub:ListOrganizationAdminAccounts",
        ),
        (Arn("arn:{partition}:securityhub:{region}:{management_account}:hub/default"),),
        "makes the own hub and the administrator, if they are not there, in this region, and sees which products send findings",
    ),
    Permission(
        (
            "organizations:DescribeOrganization",
            "organizations:ListAWSServiceAccessForOrganization",
            "organizations:ListDelegatedAdministrators",
        ),
        (Arn("*"),),
        "sees who is administrator, and whether trusted access is on; Security Hub asks for the caller; the actions take no resource",
    ),
    Permission(
        ("organizations:EnableAWSServiceAccess",),
        (Arn("*"),),
        "turns trusted access on, for Security Hub only; the action takes no resource",
        Condition("StringEquals", "organizations:ServicePrincipal", (SECURITY_HUB,)),
    ),
    Permission(
        ("organizations:RegisterDelegatedAdministrator",),
        (Arn("arn:{partition}:organizations::{management_account}:account/{organization}/{audit}"),),
        "Security Hub does this for the caller; the Audit account only, for Security Hub only",
        Condition("StringEquals", "organizations:ServicePrincipal", (SECURITY_HUB,)),
    ),
    Permission(
        ("iam:GetRole",),
        (_SERVICE_LINKED_ROLE, Arn(f"{_ROLES}{_ROLE}")),
        "sees whether Security Hub's service-linked role exists; a role that does not exist has no path yet",
    ),
    Permission(
        ("iam:CreateServiceLinkedRole",),
        (_SERVICE_LINKED_ROLE,),
        "creates Security Hub's service-linked role",
        Condition("StringEquals", "iam:AWSServiceName", (SECURITY_HUB,)),
    ),
    Permission(
        ("config:DescribeConfigurationRecorderStatus",),
        (Arn("*"),),
        "sees whether AWS Config records, without which controls have no data; asked without a name, so for any recorder",
    ),
)
