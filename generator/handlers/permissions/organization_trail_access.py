"""What `generator.handlers.organization_trail_access` may do, in the management account."""

from __future__ import annotations

from generator.aws.names import Arn
from generator.handlers.permissions.model import Condition, Permission

CLOUDTRAIL = "cloudtrail.amazonaws.com"
CLOUDTRAIL_CONTEXT = "context.cloudtrail.amazonaws.com"
"""Registering a delegated administrator also makes the role of this service, on the caller's permissions (CloudTrail user guide,
cloudtrail-delegated-administrator and -permissions; without it the call fails: aws-security-reference-architecture-examples 305)."""

_ROLES = "arn:{partition}:iam::{management_account}:role/"
_SERVICE_LINKED_ROLES = (
    Arn(f"{_ROLES}aws-service-role/{CLOUDTRAIL}/AWSServiceRoleForCloudTrail"),
    Arn(f"{_ROLES}aws-service-role/{CLOUDTRAIL_CONTEXT}/AWSServiceRoleForCloudTrailEventContext"),
)
_NAMES_WITHOUT_PATH = (
    Arn(f"{_ROLES}AWSServiceRoleForCloudTrail"),
    Arn(f"{_ROLES}AWSServiceRoleForCloudTrailEventContext"),
)

PERMISSIONS = (
    Permission(
        ("organizations:ListAWSServiceAccessForOrganization",),
        (Arn("*"),),
        "sees whether trusted access is on; CloudTrail also asks it for the caller; the action takes no resource",
    ),
    Permission(
        ("organizations:EnableAWSServiceAccess",),
        (Arn("*"),),
        "turns trusted access on, for CloudTrail only; the action takes no resource",
        Condition("StringEquals", "organizations:ServicePrincipal", (CLOUDTRAIL,)),
    ),
    Permission(
        ("cloudtrail:RegisterOrganizationDelegatedAdmin", "cloudtrail:DeregisterOrganizationDelegatedAdmin"),
        (Arn("*"),),
        "registers and deregisters the delegated administrator; the actions take no resource",
    ),
    Permission(
        ("organizations:RegisterDelegatedAdministrator", "organizations:DeregisterDelegatedAdministrator"),
        (Arn("arn:{partition}:organizations::{management_account}:account/{organization}/*"),),
        "CloudTrail does this for the caller; any account, because an update deregisters the former one, for CloudTrail only",
        Condition("StringEquals", "organizations:ServicePrincipal", (CLOUDTRAIL,)),
    ),
    Permission(
        ("iam:GetRole",),
        (*_SERVICE_LINKED_ROLES, *_NAMES_WITHOUT_PATH),
        "sees whether CloudTrail's service-linked roles exist; a role that does not exist has no path yet",
    ),
    Permission(
        ("iam:CreateServiceLinkedRole",),
        _SERVICE_LINKED_ROLES,
        "creates CloudTrail's service-linked roles; CloudTrail does the same for the caller",
        Condition("StringEquals", "iam:AWSServiceName", (CLOUDTRAIL, CLOUDTRAIL_CONTEXT)),
    ),
)
