"""Turns GuardDuty on for every account of the organization in this region, and exports its findings.

CloudFormation has no resource type for the organization's side, and one for a detector fails where a detector is already, which the
designation of the administrator makes. `Custom::GuarddutyOrganization` runs in the administrator's account, in every region:

- `Frequency`: how often GuardDuty exports what it found again
- `Plans`, `Agents`: the protection plans and agents that are on; those known here and not listed are off
- `AutoEnable`: `true`, or `false` where an organization policy says what is on
- `BucketArn`, `KeyArn`, `ExportRegions`: where findings go, from these regions
- `StopOnDelete`: `true` lets a delete stop protection; otherwise a delete leaves it on

A plan that the region has not got is left out: GuardDuty lists, for a detector and for an organization, the plans that are there.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import boto3

from generator.handlers.custom_resource import ONE_ATTEMPT, Clock, Context, Request, RequestError, log, persist, serve, wait_until
from generator.handlers.guardduty_detector import detectors, ensured_detector, every, guardduty_client, pages

ORGANIZATION_ID = "guardduty-organization"
PLANS = (
    "AI_PROTECTION",
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "LAMBDA_NETWORK_LOGS",
    "RDS_LOGIN_EVENTS",
    "RUNTIME_MONITORING",
    "S3_DATA_EVENTS",
)
"""What a stack decides about. `EKS_RUNTIME_MONITORING` is what runtime monitoring was before, and excludes it (API reference)."""

AGENTS = ("EC2_AGENT_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EKS_ADDON_MANAGEMENT")
STATUS = ("Status", "ENABLED", "DISABLED")
AUTO_ENABLE = ("AutoEnable", "ALL", "NONE")
"""How a detector, and how an organization, says that a plan is on or off."""

NOT_ADMINISTRATOR_YET = ("BadRequestException: do not have required AWS Organization master permission",)
NO_ACCESS_YET = ("BadRequestException: does not have permission",)
"""A policy that was written a moment ago need not hold everywhere yet."""

MEMBERS_A_CALL = 50
"""The longest list of accounts that GuardDuty takes (API reference, DisassociateMembers)."""


def handler(event: Mapping[str, Any], context: Context) -> None:
    """Lambda calls this."""
    serve(event, context, ORGANIZATION_ID, {"Create": ensure, "Update": ensure, "Delete": stop})


def ensure(request: Request) -> Mapping[str, str]:
    """Create and update: whatever already is as it should be is only looked at."""
    properties, clock, guardduty = request.properties, request.clock, guardduty_client()
    wanted = {*properties.get("Plans", ()), *properties.get("Agents", ())}
    if unknown := sorted(wanted - {*PLANS, *AGENTS}):
        raise RequestError(f"no protection plan or agent is called `{', '.join(unknown)}`")
    automatic = properties.get("AutoEnable") == "true"
    detector = ensured_detector(clock, guardduty)
    missing = set_detector(clock, guardduty, detector, str(properties.get("Frequency")), wanted if automatic else None)
    if automatic:
        missing |= set_organization(clock, guardduty, detector, "ALL", wanted)
    if missing:
        log.warning("not available in this region: %s", ", ".join(sorted(missing)))
    management = join_management(clock, guardduty, detector)
    if automatic:
        set_member(clock, guardduty, detector, management, wanted)
    if os.environ.get("AWS_REGION") in properties.get("ExportRegions", ()):
        export(clock, guardduty, detector, {"DestinationArn": properties["BucketArn"], "KmsKeyArn": properties["KeyArn"]})
    return {"DetectorId": detector, "NotAvailable": ", ".join(sorted(missing))}


def stop(request: Request) -> None:
    """Delete: only where the stack says so, stop monitoring every member, let it go, and suspend the own detector."""
    if request.properties.get("StopOnDelete") != "true":
        return
    clock, guardduty = request.clock, guardduty_client()
    for detector in detectors(clock, guardduty):
        if request.properties.get("AutoEnable") == "true":
            set_organization(clock, guardduty, detector, "NONE", ())
        members = every(clock, "listing members", guardduty.list_members, "Members", DetectorId=detector, OnlyAssociated="true")
        accounts = sorted(member["AccountId"] for member in members)
        for start in range(0, len(accounts), MEMBERS_A_CALL):
            for name in ("stop_monitoring_members", "disassociate_members", "delete_members"):
                for_members(clock, guardduty, name, detector, accounts[start : start + MEMBERS_A_CALL])
        persist(clock, "suspending the detector", partial(guardduty.update_detector, DetectorId=detector, Enable=False))


def for_members(clock: Clock, guardduty: Any, name: str, detector: str, accounts: list[str]) -> None:  # noqa: ANN401  # botocore makes its clients at run time
    """Call an operation on members; GuardDuty says of each one that it left out, and why."""
    call = getattr(guardduty, name)
    answer = persist(clock, name.replace("_", " "), lambda: call(DetectorId=detector, AccountIds=accounts))
    for left in answer["UnprocessedAccounts"] if answer else ():
        raise RequestError(f"{name.replace('_', ' ')} failed for account {left['AccountId']}: {left['Result']}")


def features(listed: list[dict[str, Any]], wanted: Collection[str], words: tuple[str, str, str]) -> list[dict[str, Any]]:
    """The plans that are there, each on or off as `wanted`, in `words`; with the agents that are there."""
    word, on, off = words
    return [
        {
            "Name": plan["Name"],
            word: on if plan["Name"] in wanted else off,
            **(
                {"AdditionalConfiguration": agents}
                if (agents := features(plan.get("AdditionalConfiguration") or [], wanted, words))
                else {}
            ),
        }
        for plan in sorted(listed, key=lambda plan: str(plan["Name"]))
        if plan["Name"] in {*PLANS, *AGENTS}
    ]


def named(listed: list[dict[str, Any]]) -> set[str]:
    """The plans and agents of a list."""
    return {plan["Name"] for plan in listed} | {
        agent["Name"] for plan in listed for agent in plan.get("AdditionalConfiguration") or ()
    }


def set_detector(
    clock: Clock,
    guardduty: Any,  # noqa: ANN401  # as above
    detector: str,
    frequency: str,
    wanted: Collection[str] | None,
) -> set[str]:
    """Enable the own detector with the plans (None leaves them alone); the plans that the region has not got."""
    now = persist(clock, "looking at the detector", lambda: guardduty.get_detector(DetectorId=detector)) or {}
    listed = now.get("Features") or []
    plans = [] if wanted is None else features(listed, wanted, STATUS)
    same = wanted is None or plans == [each for each in said(listed, STATUS) if each["Name"] in PLANS]
    if now.get("Status") != "ENABLED" or now.get("FindingPublishingFrequency") != frequency or not same:
        change: dict[str, Any] = {
            "Enable": True,
            "FindingPublishingFrequency": frequency,
            **({"Features": plans} if plans else {}),
        }
        persist(clock, "configuring the detector", lambda: guardduty.update_detector(DetectorId=detector, **change))
    return set(wanted or ()) - named(listed)


def said(listed: list[dict[str, Any]], words: tuple[str, str, str]) -> list[dict[str, Any]]:
    """What GuardDuty says of plans, without times, in the order and form of `features`."""
    word = words[0]
    return [
        {
            "Name": plan["Name"],
            word: plan.get(word),
            **({"AdditionalConfiguration": agents} if (agents := said(plan.get("AdditionalConfiguration") or [], words)) else {}),
        }
        for plan in sorted(listed, key=lambda plan: str(plan["Name"]))
        if plan["Name"] in {*PLANS, *AGENTS}
    ]


def set_organization(
    clock: Clock,
    guardduty: Any,  # noqa: ANN401  # as above
    detector: str,
    members: str,
    wanted: Collection[str],
) -> set[str]:
    """Say what is on in every account, those to come included, and wait until GuardDuty shows it; the plans that are not there.

    `ALL` covers accounts that are there, that come, and that were removed (API reference, UpdateOrganizationConfiguration); it may
    take GuardDuty a day to reach all of them, for which nobody waits here.
    """

    def shown() -> tuple[str, list[dict[str, Any]]]:
        """The setting of members, and the plans, of all pages."""
        now, listed = "", list[dict[str, Any]]()
        doing = "looking at the organization's configuration"
        for page in pages(
            clock, doing, guardduty.describe_organization_configuration, NOT_ADMINISTRATOR_YET, DetectorId=detector
        ):
            now = page.get("AutoEnableOrganizationMembers") or now
            listed += page.get("Features") or []
        return now, listed

    def done() -> bool:
        now, listed = shown()
        return now == members and said(listed, AUTO_ENABLE) == features(listed, wanted, AUTO_ENABLE)

    if not done():
        plans = features(shown()[1], wanted, AUTO_ENABLE)
        persist(
            clock,
            "configuring the organization",
            lambda: guardduty.update_organization_configuration(
                DetectorId=detector, AutoEnableOrganizationMembers=members, **({"Features": plans} if plans else {})
            ),
            waiting_for=NOT_ADMINISTRATOR_YET,
        )
        wait_until(clock, "waiting for the organization's configuration", done)
    return set(wanted) - named(shown()[1])


def join_management(clock: Clock, guardduty: Any, detector: str) -> str:  # noqa: ANN401  # as above
    """Make the management account a member, the one account that has to be added (GuardDuty User Guide, "Adding members"); its id."""
    organizations = boto3.client("organizations", config=ONE_ATTEMPT)
    told = persist(clock, "looking for the management account", organizations.describe_organization) or {}
    account = str(told["Organization"]["MasterAccountId"])
    details = [{"AccountId": account, "Email": told["Organization"]["MasterAccountEmail"]}]

    def joined() -> bool:
        known = persist(
            clock, "looking for members", lambda: guardduty.get_members(DetectorId=detector, AccountIds=[account])
        ) or {"Members": ()}
        return any(member["RelationshipStatus"] == "Enabled" for member in known["Members"])

    def join() -> bool:
        if joined():
            return True
        answer = persist(
            clock,
            f"making {account} a member",
            lambda: guardduty.create_members(DetectorId=detector, AccountDetails=details),
            waiting_for=NOT_ADMINISTRATOR_YET,
        ) or {"UnprocessedAccounts": ()}
        for left in answer["UnprocessedAccounts"]:
            log.warning("account %s is no member yet: %s", left["AccountId"], left["Result"])
        return joined()

    wait_until(clock, f"making the management account {account} a member; the function's log has GuardDuty's answers", join)
    return account


def set_member(
    clock: Clock,
    guardduty: Any,  # noqa: ANN401  # as above
    detector: str,
    account: str,
    wanted: Collection[str],
) -> None:
    """Give a member the plans, on or off, and wait until GuardDuty shows them.

    The management account's detector was made before there was an administrator, with every plan on but runtime monitoring (API
    reference, CreateDetector). The organization's setting switches on what is chosen, and nothing off.
    """
    doing = f"setting the plans of account {account}"

    def shown() -> list[dict[str, Any]]:
        now = persist(
            clock,
            f"looking at the plans of account {account}",
            lambda: guardduty.get_member_detectors(DetectorId=detector, AccountIds=[account]),
        ) or {"MemberDataSourceConfigurations": ()}
        return [plan for member in now["MemberDataSourceConfigurations"] for plan in member.get("Features") or ()]

    def done() -> bool:
        listed = shown()
        plans = features(listed, wanted, STATUS)
        if listed and said(listed, STATUS) == plans:
            return True
        if plans:
            answer = persist(
                clock,
                doing,
                lambda: guardduty.update_member_detectors(DetectorId=detector, AccountIds=[account], Features=plans),
            ) or {"UnprocessedAccounts": ()}
            for left in answer["UnprocessedAccounts"]:
                log.warning("the plans of account %s are not set yet: %s", left["AccountId"], left["Result"])
        return False

    wait_until(clock, f"{doing}; the function's log has GuardDuty's answers", done)


def export(clock: Clock, guardduty: Any, detector: str, wanted: dict[str, str]) -> None:  # noqa: ANN401  # as above
    """Send findings to the bucket, and wait until GuardDuty could write there. A detector has at most one such destination."""
    doing = "listing destinations of findings"
    listed = every(clock, doing, guardduty.list_publishing_destinations, "Destinations", DetectorId=detector)
    found = [destination["DestinationId"] for destination in listed if destination["DestinationType"] == "S3"]

    def publishing(destination: str) -> bool:
        now = persist(
            clock,
            "looking at the destination of findings",
            lambda: guardduty.describe_publishing_destination(DetectorId=detector, DestinationId=destination),
        ) or {"Status": ""}
        return bool(now["Status"] == "PUBLISHING" and wanted.items() <= now["DestinationProperties"].items())

    if not found:
        made = persist(
            clock,
            "making a destination of findings",
            lambda: guardduty.create_publishing_destination(
                DetectorId=detector, DestinationType="S3", DestinationProperties=wanted
            ),
            waiting_for=NO_ACCESS_YET,
        ) or {"DestinationId": ""}
        found = [made["DestinationId"]]
    elif not publishing(found[0]):
        persist(
            clock,
            "changing the destination of findings",
            lambda: guardduty.update_publishing_destination(
                DetectorId=detector, DestinationId=found[0], DestinationProperties=wanted
            ),
            waiting_for=NO_ACCESS_YET,
        )
    wait_until(clock, f"waiting until GuardDuty can write to {wanted['DestinationArn']}", lambda: publishing(found[0]))
