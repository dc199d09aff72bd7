"""Makes an account Security Hub's delegated administrator in this region, and says what Security Hub lacks here to judge by.

`AWS::SecurityHub::DelegatedAdmin` fails where the designation is there already, and trusted access has no resource type at all.
`Custom::SecurityHubAdministrator` has two properties: `AdministratorAccount`, a member account's id, and `Integrations`, names of
AWS products whose findings are expected. It runs in the management account, once in every region.

Another administrator is never replaced: removing it ends central configuration and disassociates every member, in all regions
(Security Hub User Guide, "Removing or changing the delegated administrator"). Deleting the resource leaves everything as it is.

What is missing fails nothing. It is in the attributes `Recorder` and `Missing`, and in the function's log, because a control
without AWS Config has no data, and looks as quiet as one that passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3

from generator.handlers.custom_resource import (
    ONE_ATTEMPT,
    Clock,
    Context,
    Request,
    RequestError,
    log,
    persist,
    serve,
    wait_until,
)
from generator.handlers.trusted_access import create_service_linked_role, enable_trusted_access

SERVICE = "securityhub.amazonaws.com"
SERVICE_LINKED_ROLE = "AWSServiceRoleForSecurityHub"
ADMINISTRATOR_ID = "security-hub-administrator"
ENABLED = "ENABLED"
ACCOUNT_DIGITS = 12

NOT_SEEN_YET = ("InvalidAccessException", "InvalidInputException", "ResourceConflictException")
"""Security Hub's codes for what it refuses, and so also for trusted access, and for another region's call, that it does not see yet."""

NO_HUB = ("InvalidAccessException", "ResourceNotFoundException")
"""How DescribeHub says that Security Hub is off in this account and region (API reference)."""


def handler(event: Mapping[str, Any], context: Context) -> None:
    """Lambda calls this."""
    serve(event, context, ADMINISTRATOR_ID, {"Create": ensure, "Update": ensure})


def ensure(request: Request) -> Mapping[str, str]:
    """Create and update: each step is done only if its outcome is missing, the designation last."""
    wanted = request.properties.get("AdministratorAccount")
    expected = request.properties.get("Integrations")
    if not isinstance(wanted, str) or len(wanted) != ACCOUNT_DIGITS or not (wanted.isascii() and wanted.isdigit()):
        raise RequestError(f"`AdministratorAccount` must be an account id of 12 digits, not `{wanted}`")
    if not isinstance(expected, list):
        raise RequestError(f"`Integrations` must be a list of names of products, not `{expected}`")
    clock = request.clock
    hub = boto3.client("securityhub", config=ONE_ATTEMPT)
    refuse_another(clock, hub, wanted)
    enable_trusted_access(clock, SERVICE)
    # Without the role the hub is not enabled.
    create_service_linked_role(clock, SERVICE, SERVICE_LINKED_ROLE)
    # Only the management account gets no hub by becoming a member (Security Hub User Guide, "Setting up AWS Security Hub").
    enable_hub(clock, hub)
    designate(clock, hub, wanted)
    return {"Recorder": recorder(clock), "Missing": missing(clock, hub, expected)}


def refuse_another(clock: Clock, hub: Any, wanted: str) -> None:  # noqa: ANN401  # botocore makes its clients at run time
    """Stop, naming it, if another account is administrator: in this region, or in another one, as AWS Organizations knows."""
    organizations = boto3.client("organizations", config=ONE_ATTEMPT)
    pages = organizations.get_paginator("list_delegated_administrators")

    def registered() -> set[str]:
        found = pages.paginate(ServicePrincipal=SERVICE)
        return {account["Id"] for page in found for account in page["DelegatedAdministrators"]}

    here = persist(clock, "listing administrators", lambda: administrators(hub))
    everywhere = persist(clock, "looking for delegated administrators of Security Hub", registered)
    others = {*(here or ()), *(everywhere or ())} - {wanted}
    if others:
        raise RequestError(
            f"account {', '.join(sorted(others))} is Security Hub's delegated administrator already, so {wanted} cannot be; nothing "
            "was changed. Name that account as Audit, or remove it first: the runbook security-hub-administrator.md says how",
            "AnotherAdministrator",
        )


def administrators(hub: Any) -> dict[str, str]:  # noqa: ANN401  # as above
    """The delegated administrators in this region, with their status."""
    pages = hub.get_paginator("list_organization_admin_accounts").paginate()
    return {account["AccountId"]: account["Status"] for page in pages for account in page["AdminAccounts"]}


def enable_hub(clock: Clock, hub: Any) -> None:  # noqa: ANN401  # as above
    """Enable Security Hub here if it is off, without standards: those are the administrator's business."""
    if persist(clock, "looking for the hub", hub.describe_hub, fine=NO_HUB) is None:
        persist(
            clock,
            "enabling Security Hub",
            lambda: hub.enable_security_hub(EnableDefaultStandards=False, ControlFindingGenerator="SECURITY_CONTROL"),
            fine=("ResourceConflictException",),
        )


def designate(clock: Clock, hub: Any, wanted: str) -> None:  # noqa: ANN401  # as above
    """Make the account administrator of this region, and wait until Security Hub says so.

    Each attempt looks first: central configuration designates the account in linked regions by itself (Security Hub User Guide,
    "Enabling central configuration").
    """

    def designated() -> bool:
        return administrators(hub).get(wanted) == ENABLED

    def attempt() -> None:
        if not designated():
            hub.enable_organization_admin_account(AdminAccountId=wanted)

    persist(clock, f"making {wanted} delegated administrator of Security Hub", attempt, waiting_for=NOT_SEEN_YET)
    wait_until(clock, f"waiting for {wanted} to be administrator", designated)


def recorder(clock: Clock) -> str:
    """Whether AWS Config records in this account and region: in words, for whoever reads the stack's outputs."""
    config = boto3.client("config", config=ONE_ATTEMPT)
    doing = "looking at AWS Config's recorder"
    answer = persist(clock, doing, config.describe_configuration_recorder_status) or {}
    found = answer.get("ConfigurationRecordersStatus", [])
    if any(status.get("recording") for status in found):
        return "recording"
    said = "stopped" if found else "none"
    log.warning("AWS Config's recorder: %s; controls of Security Hub have no data in this account and region", said)
    return said


def missing(clock: Clock, hub: Any, expected: list[str]) -> str:  # noqa: ANN401  # as above
    """The expected products that send nothing to this account's hub. Each subscribes itself when it is switched on."""
    pages = hub.get_paginator("list_enabled_products_for_import")

    def subscribed() -> set[str]:
        return {arn.rpartition("/")[2] for page in pages.paginate() for arn in page["ProductSubscriptions"]}

    # A hub that was enabled a moment ago is refused for a while.
    known = persist(clock, "listing integrations", subscribed, waiting_for=NO_HUB) or set()
    absent = sorted(set(expected) - known)
    if absent:
        log.warning("no findings are taken from %s in this account and region", ", ".join(absent))
    return " ".join(absent) or "none"
