"""Security Hub, as far as handlers need it: hubs, administrators, members, the organization's configuration, the aggregator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.handlers.fakes.iam import Iam
from tests.handlers.fakes.organizations import MANAGEMENT, MEMBERS, Organizations, account_arn
from tests.handlers.fakes.service import Call, Need, RefusedError, Service

SECURITY_HUB = "securityhub.amazonaws.com"
ROLE = "AWSServiceRoleForSecurityHub"
Place = tuple[str, str]


@dataclass(kw_only=True)
class SecurityHub(Service):
    """State by region, hubs by account and region.

    `ready_after` counts the attempts to designate until Security Hub sees the trusted access, `seen_after` the looks until the
    administrator is told how the organization is configured. `central` says from which region the organization is configured
    centrally. `slow` are accounts that are taken as members at the second attempt only, `refused` those that never are, and why.
    """

    name: ClassVar[str] = "securityhub"
    hubs: set[Place] = field(default_factory=set)
    products: dict[Place, list[str]] = field(default_factory=dict)
    administrators: dict[str, str] = field(default_factory=dict)
    joining: dict[str, tuple[bool, str]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    aggregators: dict[Place, dict[str, Any]] = field(default_factory=dict)
    central: str = ""
    ready_after: int = 0
    seen_after: int = 0
    slow: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)

    def needs(self, call: Call) -> tuple[Need, ...]:
        """There is one hub for each account and region; an aggregator's ARN is its own."""
        if arn := call.given.get("FindingAggregatorArn"):
            return (Need(call.action, (arn,)),)
        if call.operation in {"CreateFindingAggregator", "ListFindingAggregators"}:
            return (Need(call.action),)
        return (Need(call.action, (f"arn:aws:securityhub:{call.region}:{call.account}:hub/default",)),)

    def describe_hub(self, call: Call) -> dict[str, Any]:
        self._subscribed(call)
        return {"HubArn": f"arn:aws:securityhub:{call.region}:{call.account}:hub/default"}

    def enable_security_hub(self, call: Call) -> dict[str, Any]:
        if call.place in self.hubs:
            raise RefusedError("ResourceConflictException", "Account is already subscribed to Security Hub", 409)
        if (call.account, ROLE) not in self.cloud.the(Iam).roles:
            raise RefusedError("AccessDeniedException", "Security Hub has no service-linked role", 403)
        assert call.given["EnableDefaultStandards"] is False
        self.hubs.add(call.place)
        return {}

    def list_organization_admin_accounts(self, call: Call) -> dict[str, Any]:
        account = self.administrators.get(call.region)
        return {"AdminAccounts": [{"AccountId": account, "Status": "ENABLED"}] if account else []}

    def enable_organization_admin_account(self, call: Call) -> dict[str, Any]:
        """Registers with Organizations, on the caller's permissions, and enables the administrator's hub."""
        account = call.given["AdminAccountId"]
        organizations = self.cloud.the(Organizations)
        self.require(call, "organizations:DescribeOrganization")
        if SECURITY_HUB not in organizations.trusted or self.ready_after:
            self.ready_after = max(0, self.ready_after - 1)
            raise RefusedError("InvalidInputException", "Security Hub has no trusted access")
        if account == MANAGEMENT or account not in MEMBERS:
            raise RefusedError("InvalidInputException", f"{account} cannot be administrator")
        if account not in organizations.delegated.get(SECURITY_HUB, []):
            context = {"organizations:ServicePrincipal": SECURITY_HUB}
            self.require(call, "organizations:RegisterDelegatedAdministrator", account_arn(account), **context)
            organizations.delegated.setdefault(SECURITY_HUB, []).append(account)
        self.administrators[call.region] = account
        self.hubs.add((account, call.region))
        return {"AdminAccountId": account}

    def list_enabled_products_for_import(self, call: Call) -> dict[str, Any]:
        """One product a page."""
        self._subscribed(call)
        known = self.products.get(call.place, [])
        place = int(call.given.get("NextToken", 0))
        prefix = f"arn:aws:securityhub:{call.region}:{call.account}:product-subscription/aws/"
        more = {"NextToken": str(place + 1)} if place + 1 < len(known) else {}
        return {"ProductSubscriptions": [prefix + name for name in known[place : place + 1]], **more}

    def describe_organization_configuration(self, call: Call) -> dict[str, Any]:
        self._administers(call)
        enabled, standards = self.joining.get(call.region, (False, "DEFAULT"))
        kind = "CENTRAL" if self.central else "LOCAL"
        configuration = {"ConfigurationType": kind, "Status": "ENABLED"}
        return {"AutoEnable": enabled, "AutoEnableStandards": standards, "OrganizationConfiguration": configuration}

    def update_organization_configuration(self, call: Call) -> dict[str, Any]:
        self._administers(call)
        self.joining[call.region] = (call.given["AutoEnable"], call.given["AutoEnableStandards"])
        return {}

    def list_members(self, call: Call) -> dict[str, Any]:
        """Two members a page."""
        known, place = sorted(self.members.get(call.region, [])), int(call.given.get("NextToken", 0))
        page = [{"AccountId": account, "MemberStatus": "Enabled"} for account in known[place : place + 2]]
        return {"Members": page, **({"NextToken": str(place + 2)} if place + 2 < len(known) else {})}

    def create_members(self, call: Call) -> dict[str, Any]:
        asked = [each["AccountId"] for each in call.given["AccountDetails"]]
        assert len(asked) <= 50
        reasons = {**dict.fromkeys(self.slow, "try again"), **self.refused}
        refused = [account for account in asked if account in reasons]
        self.slow -= set(refused)
        taken = [account for account in asked if account not in refused]
        self.members.setdefault(call.region, []).extend(taken)
        self.hubs |= {(account, call.region) for account in taken}
        return {"UnprocessedAccounts": [{"AccountId": account, "ProcessingResult": reasons[account]} for account in refused]}

    def list_finding_aggregators(self, call: Call) -> dict[str, Any]:
        """Shown in every region of the account."""
        found = [{"FindingAggregatorArn": _arn(place)} for place in self.aggregators if place[0] == call.account]
        return {"FindingAggregators": found}

    def create_finding_aggregator(self, call: Call) -> dict[str, Any]:
        if any(account == call.account for account, _ in self.aggregators):
            raise RefusedError("InvalidInputException", "There is a finding aggregator already")
        self.aggregators[call.place] = dict(call.given)
        return self._aggregator(call.place)

    def get_finding_aggregator(self, call: Call) -> dict[str, Any]:
        if call.place not in self.aggregators:
            raise RefusedError("ResourceNotFoundException", "No such finding aggregator", 404)
        return self._aggregator(call.place)

    def update_finding_aggregator(self, call: Call) -> dict[str, Any]:
        self.aggregators[call.place] = {name: call.given[name] for name in ("RegionLinkingMode", "Regions") if name in call.given}
        return self._aggregator(call.place)

    def _aggregator(self, place: Place) -> dict[str, Any]:
        return {"FindingAggregatorArn": _arn(place), "FindingAggregationRegion": place[1], **self.aggregators[place]}

    def _subscribed(self, call: Call) -> None:
        if call.place not in self.hubs:
            raise RefusedError("InvalidAccessException", f"Account {call.account} is not subscribed to AWS Security Hub", 401)

    def _administers(self, call: Call) -> None:
        if self.administrators.get(call.region) != call.account or self.seen_after:
            self.seen_after = max(0, self.seen_after - 1)
            raise RefusedError(
                "InvalidAccessException", f"Account {call.account} is not an administrator for this organization", 401
            )


@dataclass(kw_only=True)
class Accounts(Organizations):
    """An organization that lists its accounts, one a page; `closed` ones are suspended."""

    closed: frozenset[str] = frozenset()

    def list_accounts(self, call: Call) -> dict[str, Any]:
        shown, place = sorted({MANAGEMENT, *MEMBERS}), int(call.given.get("NextToken", 0))
        status = "SUSPENDED" if shown[place] in self.closed else "ACTIVE"
        page = [{"Id": shown[place], "Arn": account_arn(shown[place]), "Status": status}]
        return {"Accounts": page, **({"NextToken": str(place + 1)} if place + 1 < len(shown) else {})}


def _arn(place: Place) -> str:
    account, region = place
    return f"arn:aws:securityhub:{region}:{account}:finding-aggregator/11111111-2222-3333-4444-555555555555"
