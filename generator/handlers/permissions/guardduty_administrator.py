"""What `generator.handlers.guardduty_administrator` may do, in the management account.

GuardDuty looks at the organization, trusts itself and registers the administrator on the caller's permissions (GuardDuty User Guide,
"Permissions required to designate a delegated GuardDuty administrator account"). Nothing here takes anything back.
"""

from __future__ import annotations

from generator.aws.names import Arn
from generator.handlers.permissions.model import Condition, Permission

GUARDDUTY = "guardduty.amazonaws.com"
MALWARE_PROTECTION = "malware-protection.guardduty.amazonaws.com"

_ROLES = "arn:{partition}:iam::{management_account}:role/"
_NAMES = {GUARDDUTY: "AWSServiceRoleForAmazonGuardDuty", MALWARE_PROTECTION: "AWSServiceRoleForAmazonGuardDutyMalwareProtection"}
_SERVICE_LINKED_ROLES = tuple(Arn(f"{_ROLES}aws-service-role/{service}/{name}") for service, name in _NAMES.items())
_NAMES_WITHOUT_PATH = tuple(Arn(f"{_ROLES}{name}") for name in _NAMES.values())
_ORGANIZATION = "arn:{partition}:organizations::{management_account}:"

PERMISSIONS = (
    Permission(
        (
            "guardduty:CreateDetector",
            "guardduty:EnableOrganizationAdminAccount",
            "guardduty:ListDetectors",
            "guardduty:ListOrganizationAdminAccounts",
        ),
        (Arn("*"),),
        "makes the own detector and the administrator, if they are not there, in this region; the actions take no resource",
        Condition("StringEquals", "aws:RequestedRegion", ("{region}",)),
    ),
    Permission(
        (
            "organizations:DescribeOrganization",
            "organizations:ListAWSServiceAccessForOrganization",
            "organizations:ListAccounts",
            "organizations:ListDelegatedAdministrators",
        ),
        (Arn("*"),),
        "sees who is administrator, and whether trusted access is on; GuardDuty asks for the caller; the actions take no resource",
    ),
    Permission(
        ("organizations:DescribeAccount",),
        (Arn(f"{_ORGANIZATION}account/{{organization}}/{{audit}}"),),
        "GuardDuty looks at the account that is to be administrator",
    ),
    Permission(
        ("organizations:DescribeOrganizationalUnit",),
        (Arn(f"{_ORGANIZATION}ou/{{organization}}/*"),),
        "GuardDuty looks at the units, whichever they are",
    ),
    Permission(
        ("organizations:EnableAWSServiceAccess",),
        (Arn("*"),),
        "turns trusted access on, for GuardDuty and its malware protection only; the action takes no resource",
        Condition("StringEquals", "organizations:ServicePrincipal", (GUARDDUTY, MALWARE_PROTECTION)),
    ),
    Permission(
        ("organizations:RegisterDelegatedAdministrator",),
        (Arn(f"{_ORGANIZATION}account/{{organization}}/{{audit}}"),),
        "GuardDuty registers the administrator for the caller, for itself only",
        Condition("StringEquals", "organizations:ServicePrincipal", (GUARDDUTY,)),
    ),
    Permission(
        ("iam:GetRole",),
        (*_SERVICE_LINKED_ROLES, *_NAMES_WITHOUT_PATH),
        "sees whether GuardDuty's service-linked roles exist; a role that does not exist has no path yet",
    ),
    Permission(
        ("iam:CreateServiceLinkedRole",),
        _SERVICE_LINKED_ROLES,
        "creates GuardDuty's service-linked roles",
        Condition("StringEquals", "iam:AWSServiceName", (GUARDDUTY, MALWARE_PROTECTION)),
    ),
)
