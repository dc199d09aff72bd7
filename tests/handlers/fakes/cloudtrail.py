"""CloudTrail, as far as handlers need it: delegated administrators of the organization's trails."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from tests.handlers.fakes.iam import OWNERS, Iam
from tests.handlers.fakes.organizations import MANAGEMENT, MEMBERS, Organizations, account_arn
from tests.handlers.fakes.service import Call, RefusedError, Service

CLOUDTRAIL = "cloudtrail.amazonaws.com"
ROLES = tuple(name for name, owner in OWNERS.items() if owner.endswith(CLOUDTRAIL))
INSUFFICIENT = "InsufficientDependencyServiceAccessPermissionException"


@dataclass(kw_only=True)
class CloudTrail(Service):
    """`ready_after` counts the calls until CloudTrail sees the trusted access that was enabled."""

    name: ClassVar[str] = "cloudtrail"
    administrators: list[str] = field(default_factory=list)
    ready_after: int = 0

    def register_organization_delegated_admin(self, call: Call) -> dict[str, Any]:
        """Looks at trusted access and roles, makes the roles, and registers with Organizations, all on the caller's permissions."""
        account = call.given["MemberAccountId"]
        self._ready(call)
        for name in ROLES:
            self._with_role(call, name)
        if account == MANAGEMENT:
            raise RefusedError("CannotDelegateManagementAccountException")
        if account not in MEMBERS:
            raise RefusedError("AccountNotFoundException")
        if account in self.administrators:
            raise RefusedError("AccountRegisteredException")
        if len(self.administrators) == 3:
            raise RefusedError("DelegatedAdminAccountLimitExceededException")
        self._require_organizations(call, "organizations:RegisterDelegatedAdministrator", account)
        self.administrators.append(account)
        return {}

    def deregister_organization_delegated_admin(self, call: Call) -> dict[str, Any]:
        account = call.given["DelegatedAdminAccountId"]
        self._ready(call)
        if account not in self.administrators:
            raise RefusedError("AccountNotRegisteredException")
        self._require_organizations(call, "organizations:DeregisterDelegatedAdministrator", account)
        self.administrators.remove(account)
        return {}

    def _ready(self, call: Call) -> None:
        self.require(call, "organizations:ListAWSServiceAccessForOrganization", code=INSUFFICIENT)
        if CLOUDTRAIL not in self.cloud.the(Organizations).trusted or self.ready_after:
            self.ready_after = max(0, self.ready_after - 1)
            raise RefusedError("CloudTrailAccessNotEnabledException")

    def _with_role(self, call: Call, name: str) -> None:
        iam = self.cloud.the(Iam)
        try:
            if (call.account, name) not in iam.roles:
                self.require(call, "iam:GetRole", iam.role_arn(call.account, name))
                iam.answer(
                    replace(call, prefix="iam", operation="CreateServiceLinkedRole", given={"AWSServiceName": OWNERS[name]})
                )
            self.require(call, "iam:GetRole", iam.role_arn(call.account, name))
        except RefusedError as error:
            raise RefusedError("InsufficientIAMAccessPermissionException", str(error)) from error

    def _require_organizations(self, call: Call, action: str, account: str) -> None:
        context = {"organizations:ServicePrincipal": CLOUDTRAIL}
        self.require(call, action, account_arn(account), code=INSUFFICIENT, **context)
