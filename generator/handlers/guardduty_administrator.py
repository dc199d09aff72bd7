"""Makes an account GuardDuty's delegated administrator in this region, and readies the management account to be a member.

CloudFormation has no resource type for it. `Custom::GuarddutyAdministrator` has two properties: `AdministratorAccount`, a member
account's id, and `Services`, the service principals that get trusted access and their service-linked role. It runs in the
management account, once in every region.

Another administrator is never replaced. An organization has the same one in all regions, and removing it takes every member away
from it, everywhere (GuardDuty User Guide, "Managing GuardDuty accounts with AWS Organizations"): no step for one region's stack.
Deleting the resource leaves everything as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3

from generator.handlers.custom_resource import ONE_ATTEMPT, Clock, Context, Request, RequestError, persist, serve, wait_until
from generator.handlers.guardduty_detector import ensured_detector, every, guardduty_client
from generator.handlers.trusted_access import create_service_linked_role, enable_trusted_access

GUARDDUTY = "guardduty.amazonaws.com"
SERVICE_LINKED_ROLES = {
    GUARDDUTY: "AWSServiceRoleForAmazonGuardDuty",
    "malware-protection.guardduty.amazonaws.com": "AWSServiceRoleForAmazonGuardDutyMalwareProtection",
}
ADMINISTRATOR_ID = "guardduty-administrator"
ENABLED = "ENABLED"
ID_DIGITS = 12

NOT_SEEN_YET = ("BadRequestException", "InvalidInputException")
"""GuardDuty's only codes for what it refuses, and so also for trusted access that it does not see yet."""


def handler(event: Mapping[str, Any], context: Context) -> None:
    """Lambda calls this."""
    serve(event, context, ADMINISTRATOR_ID, {"Create": ensure, "Update": ensure})


def ensure(request: Request) -> Mapping[str, str]:
    """Create and update: each step is done only if its outcome is missing, the designation last."""
    wanted = request.properties.get("AdministratorAccount")
    services = request.properties.get("Services")
    if not isinstance(wanted, str) or len(wanted) != ID_DIGITS or not (wanted.isascii() and wanted.isdigit()):
        raise RequestError(f"`AdministratorAccount` must be an account id of 12 digits, not `{wanted}`")
    if not isinstance(services, list) or not services or not all(service in SERVICE_LINKED_ROLES for service in services):
        raise RequestError(f"`Services` must list some of {', '.join(SERVICE_LINKED_ROLES)}, not `{services}`")
    clock, guardduty = request.clock, guardduty_client()
    refuse_another(clock, guardduty, wanted)
    for service in services:
        enable_trusted_access(clock, service)
        # Without the role nothing is enabled in the management account.
        create_service_linked_role(clock, service, SERVICE_LINKED_ROLES[service])
    # "Before the management account gets added as a GuardDuty member, it must have GuardDuty enabled" (GuardDuty User Guide, "Adding
    # members to the organization").
    detector = ensured_detector(clock, guardduty)
    designate(clock, guardduty, wanted)
    return {"DetectorId": detector}


def refuse_another(clock: Clock, guardduty: Any, wanted: str) -> None:  # noqa: ANN401  # botocore makes its clients at run time
    """Stop, naming it, if another account is administrator: in this region, or in another one, as AWS Organizations knows."""
    organizations = boto3.client("organizations", config=ONE_ATTEMPT)
    doing = "looking for delegated administrators of GuardDuty"
    registered = every(
        clock, doing, organizations.list_delegated_administrators, "DelegatedAdministrators", ServicePrincipal=GUARDDUTY
    )
    others = {account["Id"] for account in registered} | set(administrators(clock, guardduty))
    others.discard(wanted)
    if others:
        raise RequestError(
            f"account {', '.join(sorted(others))} is GuardDuty's delegated administrator already, so {wanted} cannot be; nothing was "
            "changed and protection goes on. Name that account as Audit, or remove it first in every region: the runbook "
            "guardduty-administrator.md says how",
            "AnotherAdministrator",
        )


def administrators(clock: Clock, guardduty: Any) -> dict[str, str]:  # noqa: ANN401  # as above
    """The delegated administrators in this region, with their status."""
    listed = every(clock, "listing administrators", guardduty.list_organization_admin_accounts, "AdminAccounts")
    return {account["AdminAccountId"]: account["AdminStatus"] for account in listed}


def designate(clock: Clock, guardduty: Any, wanted: str) -> None:  # noqa: ANN401  # as above
    """Make the account administrator of this region, and wait until GuardDuty says so."""

    def status() -> str:
        return administrators(clock, guardduty).get(wanted, "")

    if status() == ENABLED:
        return
    wait_until(clock, f"waiting until {wanted} is no longer being removed as administrator", lambda: not status())
    persist(
        clock,
        f"making {wanted} delegated administrator of GuardDuty",
        lambda: guardduty.enable_organization_admin_account(AdminAccountId=wanted),
        waiting_for=NOT_SEEN_YET,
    )
    wait_until(clock, f"waiting for {wanted} to be administrator", lambda: status() == ENABLED)
