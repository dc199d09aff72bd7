"""GuardDuty, as far as handlers need it: administrators, detectors, plans, members and destinations, by account and region."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from tests.handlers.fakes.iam import Iam
from tests.handlers.fakes.organizations import MANAGEMENT, MEMBERS, Organizations, account_arn
from tests.handlers.fakes.service import Call, Need, RefusedError, Service

GUARDDUTY = "guardduty.amazonaws.com"
MALWARE_PROTECTION = "malware-protection.guardduty.amazonaws.com"
ROLE = "AWSServiceRoleForAmazonGuardDuty"
MALWARE_ROLE = "AWSServiceRoleForAmazonGuardDutyMalwareProtection"
AUDIT = "333333333333"
ROOT = "r-exam"
BAD = "BadRequestException"
PLANS = (
    "AI_PROTECTION",
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "EKS_RUNTIME_MONITORING",
    "LAMBDA_NETWORK_LOGS",
    "RDS_LOGIN_EVENTS",
    "RUNTIME_MONITORING",
    "S3_DATA_EVENTS",
)
AGENTS = ("EC2_AGENT_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EKS_ADDON_MANAGEMENT")
OFF_AT_FIRST = ("AI_PROTECTION", "EKS_RUNTIME_MONITORING", "RUNTIME_MONITORING")
A_CALL = 50

Place = tuple[str, str]


@dataclass(kw_only=True)
class WholeOrganization(Organizations):
    """With the management account's address, and policy types of the root."""

    policy_types: set[str] = field(default_factory=set)

    def needs(self, call: Call) -> tuple[Need, ...]:
        if call.operation == "EnablePolicyType":
            arn = f"arn:aws:organizations::{MANAGEMENT}:root/o-exampleorg1/{call.given['RootId']}"
            return (Need(call.action, (arn,), {"organizations:PolicyType": call.given["PolicyType"]}),)
        return super().needs(call)

    def describe_organization(self, call: Call) -> dict[str, Any]:
        told = super().describe_organization(call)["Organization"]
        return {"Organization": {**told, "MasterAccountEmail": "management@example.com"}}

    def list_roots(self, _call: Call) -> dict[str, Any]:
        types = [{"Type": each, "Status": "ENABLED"} for each in sorted(self.policy_types)]
        return {"Roots": [{"Id": ROOT, "Name": "Root", "PolicyTypes": types}]}

    def enable_policy_type(self, call: Call) -> dict[str, Any]:
        if call.given["PolicyType"] in self.policy_types:
            raise RefusedError("PolicyTypeAlreadyEnabledException")
        self.policy_types.add(call.given["PolicyType"])
        return {}


@dataclass(kw_only=True)
class GuardDuty(Service):
    """`administrators` are those of each region; `plans` what regions have, all where none is named.

    `ready_after` counts the refusals until trusted access, designation and policies are seen everywhere. `delivery` is what becomes
    of destinations.
    """

    name: ClassVar[str] = "guardduty"
    administrators: dict[str, str] = field(default_factory=dict)
    leaving: dict[str, int] = field(default_factory=dict)
    detectors: dict[Place, dict[str, Any]] = field(default_factory=dict)
    organizations: dict[Place, dict[str, Any]] = field(default_factory=dict)
    members: dict[Place, dict[str, str]] = field(default_factory=dict)
    destinations: dict[Place, dict[str, Any]] = field(default_factory=dict)
    without: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ready_after: int = 0
    refuses_members: int = 0
    refuses_plans: int = 0
    hidden_detectors: int = 0
    delivery: str = "PUBLISHING"

    def needs(self, call: Call) -> tuple[Need, ...]:
        """A destination's ARN spells its kind in lower case."""
        destination = call.given.get("DestinationId")
        if destination and not call.operation.startswith(("Create", "List")):
            arn = f"{self._arn(call)}/publishingdestination/{destination}"
            return (Need(call.action, (arn,)),)
        return super().needs(call)

    # administrators

    def list_organization_admin_accounts(self, call: Call) -> dict[str, Any]:
        if self.leaving.get(call.region):
            self.leaving[call.region] -= 1
            return {"AdminAccounts": [{"AdminAccountId": AUDIT, "AdminStatus": "DISABLE_IN_PROGRESS"}]}
        account = self.administrators.get(call.region)
        return {"AdminAccounts": [{"AdminAccountId": account, "AdminStatus": "ENABLED"}] if account else []}

    def enable_organization_admin_account(self, call: Call) -> dict[str, Any]:
        """Asks AWS Organizations for the caller, makes the administrator's detector, and registers it."""
        organizations, account = self.cloud.the(Organizations), call.given["AdminAccountId"]
        for operation in ("DescribeOrganization", "ListAWSServiceAccessForOrganization", "ListAccounts"):
            self.require(call, f"organizations:{operation}")
        self.require(call, "organizations:ListDelegatedAdministrators")
        self.require(call, "organizations:DescribeAccount", account_arn(account))
        unit = f"arn:aws:organizations::{MANAGEMENT}:ou/o-exampleorg1/ou-exam-c0ffee01"
        self.require(call, "organizations:DescribeOrganizationalUnit", unit)
        self._ready(GUARDDUTY in organizations.trusted, "The request failed because GuardDuty is not a trusted service.")
        if account not in MEMBERS:
            raise RefusedError(BAD, "The request failed because admin account passed is not member of AWS Organizations.")
        registered = organizations.delegated.get(GUARDDUTY, [])
        if {*registered, *self.administrators.values()} - {account}:
            raise RefusedError(
                BAD,
                "The request failed because another account is already enabled as GuardDuty delegated administrator for the "
                "organization.",
            )
        if account not in registered:
            given = {"AccountId": account, "ServicePrincipal": GUARDDUTY}
            organizations.changes()
            organizations.answer(replace(call, prefix="organizations", operation="RegisterDelegatedAdministrator", given=given))
        self.administrators[call.region] = account
        self._detector((account, call.region))
        return {}

    # detectors

    def list_detectors(self, call: Call) -> dict[str, Any]:
        if self.hidden_detectors:
            self.hidden_detectors -= 1
            return {"DetectorIds": []}
        return {"DetectorIds": [self._id(call.place)] if call.place in self.detectors else []}

    def create_detector(self, call: Call) -> dict[str, Any]:
        if call.place in self.detectors:
            message = "The request is rejected because a detector already exists for the current account."
            raise RefusedError(BAD, message)
        self._with_role(call, GUARDDUTY, ROLE)
        self._detector(call.place)
        return {"DetectorId": self._id(call.place)}

    def get_detector(self, call: Call) -> dict[str, Any]:
        return self._own(call)

    def update_detector(self, call: Call) -> dict[str, Any]:
        detector = self._own(call)
        plans = call.given.get("Features", [])
        self._take(detector["Features"], plans, "Status", call.region)
        if any(plan == {"Name": "EBS_MALWARE_PROTECTION", "Status": "ENABLED"} for plan in plans):
            self._with_role(call, MALWARE_PROTECTION, MALWARE_ROLE)
            self.require(call, "iam:GetRole", self.cloud.the(Iam).role_arn(call.account, MALWARE_ROLE))
        if "Enable" in call.given:
            detector["Status"] = "ENABLED" if call.given["Enable"] else "DISABLED"
        detector["FindingPublishingFrequency"] = call.given.get(
            "FindingPublishingFrequency", detector["FindingPublishingFrequency"]
        )
        return {}

    # the organization

    def describe_organization_configuration(self, call: Call) -> dict[str, Any]:
        """Two plans a page."""
        self._administers(call)
        now, start = self._organization(call.place), int(call.given.get("NextToken", 0))
        more = {"NextToken": str(start + 2)} if start + 2 < len(now["Features"]) else {}
        return {
            "MemberAccountLimitReached": False,
            "AutoEnableOrganizationMembers": now["Members"],
            "Features": now["Features"][start : start + 2],
            **more,
        }

    def update_organization_configuration(self, call: Call) -> dict[str, Any]:
        self._administers(call)
        now = self._organization(call.place)
        self._take(now["Features"], call.given.get("Features", []), "AutoEnable", call.region)
        now["Members"] = call.given["AutoEnableOrganizationMembers"]
        return {}

    # members

    def get_members(self, call: Call) -> dict[str, Any]:
        self._own(call)
        asked, known = call.given["AccountIds"], self.members.get(call.place, {})
        left = [{"AccountId": each, "Result": "not a member"} for each in asked if each not in known]
        return {"Members": [self._member(call, each) for each in asked if each in known], "UnprocessedAccounts": left}

    def create_members(self, call: Call) -> dict[str, Any]:
        self._administers(call)
        left = []
        for detail in call.given["AccountDetails"]:
            account = detail["AccountId"]
            if self.refuses_members or (account == MANAGEMENT and (account, call.region) not in self.detectors):
                self.refuses_members = max(0, self.refuses_members - 1)
                left.append({"AccountId": account, "Result": "GuardDuty is not enabled in the account."})
            else:
                self.members.setdefault(call.place, {})[account] = "Enabled"
        return {"UnprocessedAccounts": left}

    def get_member_detectors(self, call: Call) -> dict[str, Any]:
        """Says nothing of who is no member, and of foundational sources only outside `Features`."""
        self._own(call)
        known = self.members.get(call.place, {})
        listed = [each for each in call.given["AccountIds"] if known.get(each) == "Enabled"]
        left = [{"AccountId": each, "Result": "not a member"} for each in call.given["AccountIds"] if each not in listed]
        sources = {name: {"Status": "ENABLED"} for name in ("CloudTrail", "DNSLogs", "FlowLogs", "S3Logs")}
        plans = {
            each: [plan for plan in self.detectors[each, call.region]["Features"] if plan["Name"] in PLANS] for each in listed
        }
        shown = [{"AccountId": each, "DataSources": sources, "Features": plans[each]} for each in listed]
        return {"MemberDataSourceConfigurations": shown, "UnprocessedAccounts": left}

    def update_member_detectors(self, call: Call) -> dict[str, Any]:
        self._administers(call)
        left = []
        for account in call.given["AccountIds"]:
            if self.refuses_plans:
                self.refuses_plans -= 1
                left.append({"AccountId": account, "Result": "another change is under way"})
            else:
                self._take(self.detectors[account, call.region]["Features"], call.given["Features"], "Status", call.region)
        return {"UnprocessedAccounts": left}

    def list_members(self, call: Call) -> dict[str, Any]:
        """Fifty a page."""
        self._own(call)
        known, start = sorted(self.members.get(call.place, {})), int(call.given.get("NextToken", 0))
        more = {"NextToken": str(start + 50)} if start + 50 < len(known) else {}
        return {"Members": [self._member(call, each) for each in known[start : start + 50]], **more}

    def stop_monitoring_members(self, call: Call) -> dict[str, Any]:
        return self._set_members(call, "Disabled")

    def disassociate_members(self, call: Call) -> dict[str, Any]:
        now = self._organization(call.place)
        if "ALL" in {now["Members"], *(plan["AutoEnable"] for plan in now["Features"])}:
            raise RefusedError(BAD, "The request is rejected because auto-enable is set to ALL.")
        return self._set_members(call, "Removed")

    def delete_members(self, call: Call) -> dict[str, Any]:
        return self._set_members(call, "")

    # destinations

    def list_publishing_destinations(self, call: Call) -> dict[str, Any]:
        self._own(call)
        known = self.destinations.get(call.place)
        shown = {"DestinationId": "d-1", "DestinationType": "S3", "Status": known["Status"]} if known else {}
        return {"Destinations": [shown] if shown else []}

    def describe_publishing_destination(self, call: Call) -> dict[str, Any]:
        known = self.destinations[call.place]
        shown = {**known, "DestinationId": "d-1", "DestinationType": "S3", "PublishingFailureStartTimestamp": 0}
        if known["Status"] == "PENDING_VERIFICATION":
            known["Status"] = self.delivery
        return shown

    def create_publishing_destination(self, call: Call) -> dict[str, Any]:
        self._own(call)
        if call.place in self.destinations:
            raise RefusedError(BAD, "The request is rejected because a destination of this type exists.")
        self._point(call)
        return {"DestinationId": "d-1"}

    def update_publishing_destination(self, call: Call) -> dict[str, Any]:
        self._point(call)
        return {}

    # behind them

    def _point(self, call: Call) -> None:
        message = (
            "The request failed because the GuardDuty service principal does not have permission to the KMS key or the resource."
        )
        self._ready(ready=True, message=message)
        self.destinations[call.place] = {
            "Status": "PENDING_VERIFICATION",
            "DestinationProperties": dict(call.given["DestinationProperties"]),
        }

    def _ready(self, ready: bool, message: str) -> None:
        if not ready or self.ready_after:
            self.ready_after = max(0, self.ready_after - 1)
            raise RefusedError(BAD, message)

    def _administers(self, call: Call) -> None:
        self._own(call)
        message = "The request failed because you do not have required AWS Organization master permission."
        self._ready(self.administrators.get(call.region) == call.account, message)

    def _own(self, call: Call) -> dict[str, Any]:
        if call.place not in self.detectors or call.given["DetectorId"] != self._id(call.place):
            raise RefusedError(BAD, "The request is rejected because the input detectorId is not owned by the current account.")
        return self.detectors[call.place]

    def _detector(self, place: Place) -> None:
        plans = self._plans(place[1], "Status", lambda name: "DISABLED" if name in OFF_AT_FIRST else "ENABLED")
        known = {"Status": "ENABLED", "ServiceRole": ROLE, "FindingPublishingFrequency": "SIX_HOURS"}
        foundation = [{"Name": name, "Status": "ENABLED"} for name in ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS")]
        self.detectors.setdefault(place, {**known, "Features": [*foundation, *plans]})

    def _organization(self, place: Place) -> dict[str, Any]:
        plans = self._plans(place[1], "AutoEnable", lambda _: "NONE")
        return self.organizations.setdefault(place, {"Members": "NEW", "Features": plans})

    def _plans(self, region: str, word: str, first: Any) -> list[dict[str, Any]]:
        plans: list[dict[str, Any]] = [
            {"Name": name, word: first(name)} for name in PLANS if name not in self.without.get(region, ())
        ]
        for plan in plans:
            if plan["Name"] == "RUNTIME_MONITORING":
                plan["AdditionalConfiguration"] = [{"Name": agent, word: first("RUNTIME_MONITORING")} for agent in AGENTS]
        return plans

    def _take(self, known: list[dict[str, Any]], given: list[dict[str, Any]], word: str, region: str) -> None:
        if {"RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING"} <= {plan["Name"] for plan in given}:
            raise RefusedError(BAD, "The request is rejected because both runtime features are specified.")
        for plan in given:
            found = next((each for each in known if each["Name"] == plan["Name"]), None)
            if found is None:
                raise RefusedError(BAD, f"The request is rejected because {plan['Name']} is not supported in {region}.")
            found[word] = plan[word]
            self._take(found.get("AdditionalConfiguration", []), plan.get("AdditionalConfiguration", []), word, region)

    def _set_members(self, call: Call, status: str) -> dict[str, Any]:
        self._own(call)
        if len(call.given["AccountIds"]) > A_CALL:
            raise RefusedError(BAD, "The request is rejected because too many accounts are listed.")
        left = []
        for account in call.given["AccountIds"]:
            if self.refuses_members:
                left.append({"AccountId": account, "Result": "as the test wants it"})
            elif status:
                self.members[call.place][account] = status
            else:
                del self.members[call.place][account]
        return {"UnprocessedAccounts": left}

    def _member(self, call: Call, account: str) -> dict[str, str]:
        return {
            "AccountId": account,
            "MasterId": call.account,
            "Email": "member@example.com",
            "RelationshipStatus": self.members[call.place][account],
            "UpdatedAt": "2026-01-01T00:00:00Z",
        }

    def _with_role(self, call: Call, service: str, name: str) -> None:
        iam = self.cloud.the(Iam)
        if (call.account, name) not in iam.roles:
            given = {"AWSServiceName": service}
            iam.answer(replace(call, prefix="iam", operation="CreateServiceLinkedRole", given=given))

    def _arn(self, call: Call) -> str:
        return f"arn:aws:guardduty:{call.region}:{call.account}:detector/{call.given['DetectorId']}"

    @staticmethod
    def _id(place: Place) -> str:
        return f"{place[0]}abcdef{place[1].replace('-', '')}"
