"""AWS Organizations, as far as handlers need it: trusted access and delegated administrators."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from tests.handlers.fakes.service import Call, Need, RefusedError, Service

MANAGEMENT = "111111111111"
ORGANIZATION = "o-exampleorg1"
MEMBERS = frozenset({"222222222222", "333333333333", "444444444444", "555555555555", "666666666666"})
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def account_arn(account: str) -> str:
    return f"arn:aws:organizations::{MANAGEMENT}:account/{ORGANIZATION}/{account}"


@dataclass(kw_only=True)
class Organizations(Service):
    """`delegated` holds the delegated administrators of each service principal, in the order of registration."""

    name: ClassVar[str] = "organizations"
    trusted: set[str] = field(default_factory=lambda: {"account.amazonaws.com"})
    delegated: dict[str, list[str]] = field(default_factory=dict)

    def needs(self, call: Call) -> tuple[Need, ...]:
        """An account's ARN holds the organization's id, which no parameter does."""
        if "AccountId" in call.given and "ServicePrincipal" in call.given:
            context = {"organizations:ServicePrincipal": call.given["ServicePrincipal"]}
            return (Need(call.action, (account_arn(call.given["AccountId"]),), context),)
        return super().needs(call)

    def describe_organization(self, _call: Call) -> dict[str, Any]:
        return {"Organization": {"Id": ORGANIZATION, "MasterAccountId": MANAGEMENT, "FeatureSet": "ALL"}}

    def list_aws_service_access_for_organization(self, call: Call) -> dict[str, Any]:
        """One service a page."""
        shown, place = sorted(self.trusted), int(call.given.get("NextToken", 0))
        page = [{"ServicePrincipal": service} for service in shown[place : place + 1]]
        return {"EnabledServicePrincipals": page, **({"NextToken": str(place + 1)} if place + 1 < len(shown) else {})}

    def enable_aws_service_access(self, call: Call) -> dict[str, Any]:
        self.trusted.add(call.given["ServicePrincipal"])
        return {}

    def disable_aws_service_access(self, call: Call) -> dict[str, Any]:
        self.trusted.discard(call.given["ServicePrincipal"])
        return {}

    def list_delegated_administrators(self, call: Call) -> dict[str, Any]:
        """One account a page; accounts have only what handlers read."""
        service = call.given.get("ServicePrincipal")
        shown = sorted({account for name, accounts in self.delegated.items() for account in accounts if service in {None, name}})
        place = int(call.given.get("NextToken", 0))
        page = [{"Id": account, "Arn": account_arn(account), "Status": "ACTIVE"} for account in shown[place : place + 1]]
        return {"DelegatedAdministrators": page, **({"NextToken": str(place + 1)} if place + 1 < len(shown) else {})}

    def register_delegated_administrator(self, call: Call) -> dict[str, Any]:
        account, service = call.given["AccountId"], call.given["ServicePrincipal"]
        if service not in self.trusted:
            raise RefusedError("ConstraintViolationException", "You must enable trusted access for the service first.")
        if account not in MEMBERS:
            raise RefusedError("AccountNotFoundException", "You specified an account that doesn't exist.")
        if account in self.delegated.setdefault(service, []):
            raise RefusedError("AccountAlreadyRegisteredException", "The account is already a delegated administrator.")
        self.delegated[service].append(account)
        return {}

    def deregister_delegated_administrator(self, call: Call) -> dict[str, Any]:
        account, service = call.given["AccountId"], call.given["ServicePrincipal"]
        if account not in self.delegated.get(service, []):
            raise RefusedError("AccountNotRegisteredException", "The account is not a delegated administrator.")
        self.delegated[service].remove(account)
        return {}
