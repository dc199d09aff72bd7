"""What the role of each Lambda function may do: the least that its handler needs, with the reason, for whoever writes the role.

Not part of any bundle. Writing to the function's log group is not listed: the handler does not ask for it, the runtime does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from generator.aws.names import AccountId, Arn, OrganizationId

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


@dataclass(frozen=True)
class Condition:
    """One line of an IAM condition: the key must have one of the values."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Permission:
    """One statement that allows something. `reason` says what for, and why `*` where a resource is that wide."""

    actions: tuple[str, ...]
    resources: tuple[Arn, ...]
    reason: str
    condition: Condition | None = None

    @property
    def statement(self) -> Mapping[str, object]:
        """The statement as IAM's JSON."""
        allowed = {"Effect": "Allow", "Action": list(self.actions), "Resource": list(self.resources)}
        if self.condition is None:
            return allowed
        return {**allowed, "Condition": {self.condition.operator: {self.condition.key: list(self.condition.values)}}}


REQUIRED_PERMISSIONS: Mapping[str, tuple[Permission, ...]] = {
    "generator.handlers.organization_trail_access": (
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
    ),
}
"""Handler module to permissions; `{partition}`, `{management_account}` and `{organization}` are filled in by `permissions`."""


def permissions(
    module_name: str, partition: str, management_account: AccountId, organization: OrganizationId
) -> tuple[Permission, ...]:
    """What the role of that handler's function may do in this organization."""
    return tuple(
        replace(
            permission,
            resources=tuple(
                Arn(resource.format(partition=partition, management_account=management_account, organization=organization))
                for resource in permission.resources
            ),
        )
        for permission in REQUIRED_PERMISSIONS[module_name]
    )
