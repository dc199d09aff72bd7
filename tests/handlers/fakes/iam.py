"""IAM, as far as handlers need it: service-linked roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

from tests.handlers.fakes.organizations import LONG_AGO
from tests.handlers.fakes.service import Call, Need, RefusedError, Service

OWNERS: Mapping[str, str] = MappingProxyType(
    {
        "AWSServiceRoleForAmazonGuardDuty": "guardduty.amazonaws.com",
        "AWSServiceRoleForAmazonGuardDutyMalwareProtection": "malware-protection.guardduty.amazonaws.com",
        "AWSServiceRoleForCloudTrail": "cloudtrail.amazonaws.com",
        "AWSServiceRoleForCloudTrailEventContext": "context.cloudtrail.amazonaws.com",
        "AWSServiceRoleForSecurityHub": "securityhub.amazonaws.com",
    }
)
"""Names of service-linked roles, and whose they are."""


@dataclass(kw_only=True)
class Iam(Service):
    """`roles` are the service-linked ones, as account and name."""

    name: ClassVar[str] = "iam"
    denied: ClassVar[str] = "AccessDenied"
    roles: set[tuple[str, str]] = field(default_factory=set)

    def role_arn(self, account: str, name: str) -> str:
        """Where the role is, or would be looked for: without its path as long as it does not exist."""
        path = f"aws-service-role/{OWNERS[name]}/" if (account, name) in self.roles else ""
        return f"arn:aws:iam::{account}:role/{path}{name}"

    def needs(self, call: Call) -> tuple[Need, ...]:
        """Of a role the parameters know the name, or the service, but not the path."""
        if service := call.given.get("AWSServiceName"):
            arn = f"arn:aws:iam::{call.account}:role/aws-service-role/{service}/{_role_of(service)}"
            return (Need(call.action, (arn,), {"iam:AWSServiceName": service}),)
        return (Need(call.action, (self.role_arn(call.account, call.given["RoleName"]),)),)

    def get_role(self, call: Call) -> dict[str, Any]:
        name = call.given["RoleName"]
        if (call.account, name) not in self.roles:
            raise RefusedError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
        return {"Role": self._role(call.account, name)}

    def create_service_linked_role(self, call: Call) -> dict[str, Any]:
        name = _role_of(call.given["AWSServiceName"])
        if (call.account, name) in self.roles:
            raise RefusedError("InvalidInput", f"Service role name {name} has been taken in this account")
        self.roles.add((call.account, name))
        return {"Role": self._role(call.account, name)}

    def _role(self, account: str, name: str) -> dict[str, Any]:
        arn = self.role_arn(account, name)
        path = arn.partition(":role")[2].removesuffix(name)
        return {"Path": path, "RoleName": name, "RoleId": "AROAEXAMPLEEXAMPLE00", "Arn": arn, "CreateDate": LONG_AGO}


def _role_of(service: str) -> str:
    return next(name for name, owner in OWNERS.items() if owner == service)
