"""Lets CloudTrail work for the whole organization: trusted access, its service-linked role, and a delegated administrator.

CloudFormation has no resource type for any of the three. `Custom::OrganizationTrailAccess` has one property,
`DelegatedAdministrator`: a member account's id, or empty for none. It runs in the management account's home region, before the
organization trail is created.

What the stack declares, it manages: an account that already is delegated administrator is taken over. Deleting the resource
leaves trusted access and the service-linked role, which every other organization trail needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3

from generator.handlers.custom_resource import ONE_ATTEMPT, Clock, Context, Request, RequestError, persist, serve
from generator.handlers.trusted_access import create_service_linked_role, enable_trusted_access

SERVICE = "cloudtrail.amazonaws.com"
SERVICE_LINKED_ROLE = "AWSServiceRoleForCloudTrail"
PROPERTY = "DelegatedAdministrator"
PHYSICAL_ID = "organization-trail-access"

ACCESS_OFF = "CloudTrailAccessNotEnabledException"
"""Also what CloudTrail answers until it sees the trusted access that was just enabled."""

BUSY = "ConflictException"
"""Another change is under way: CloudTrail asks to try again later (API reference)."""

FULL = "DelegatedAdminAccountLimitExceededException"
"""An organization has at most three delegated administrators for CloudTrail (CloudTrail user guide, cloudtrail-delegated-administrator)."""

ACCOUNT_DIGITS = 12

REMEDIES = {
    FULL: "three accounts have that role already: deregister one of them, or leave `DelegatedAdministrator` empty",
    "AccountNotFoundException": "name an account of this organization",
    "CannotDelegateManagementAccountException": "the management account cannot be named: name a member account",
    "NotOrganizationManagementAccountException": "deploy this stack to the management account",
    "OrganizationNotInAllFeaturesModeException": "enable all features of the organization",
}


def handler(event: Mapping[str, Any], context: Context) -> None:
    """Lambda calls this."""
    serve(event, context, PHYSICAL_ID, {"Create": ensure, "Update": ensure, "Delete": delete})


def ensure(request: Request) -> None:
    """Create and update: the same three things, each done only if it is missing.

    The new administrator comes before the old one goes, so that there is always one; only when there is no room for both is it
    the other way round. Registering comes last: a create that fails has nothing to take back.
    """
    wanted = account(request.properties.get(PROPERTY))
    if wanted is None:
        raise RequestError(f"`{PROPERTY}` must be empty or an account id of 12 digits, not `{request.properties.get(PROPERTY)}`")
    former = account(request.old.get(PROPERTY)) or ""
    leaving = former if former != wanted else ""
    enable_trusted_access(request.clock, SERVICE)
    create_service_linked_role(request.clock, SERVICE, SERVICE_LINKED_ROLE)
    if wanted:
        try:
            register(request.clock, wanted)
        except RequestError as error:
            if error.code != FULL or not leaving:
                raise
            deregister(request.clock, leaving, waiting_for=(ACCESS_OFF,))
            leaving = ""
            register(request.clock, wanted, waiting_for=(FULL,))
    if leaving:
        deregister(request.clock, leaving, waiting_for=(ACCESS_OFF,))


def delete(request: Request) -> None:
    """Deregister the administrator; that there is none, or no trusted access to administer, is fine."""
    if former := account(request.properties.get(PROPERTY)):
        deregister(request.clock, former, fine=(ACCESS_OFF,))


def account(value: object) -> str | None:
    """The account id, or empty, that the property holds; None if it holds neither."""
    if isinstance(value, str) and (not value or (len(value) == ACCOUNT_DIGITS and value.isascii() and value.isdigit())):
        return value
    return None


def register(clock: Clock, administrator: str, *, waiting_for: tuple[str, ...] = ()) -> None:
    """Make the account delegated administrator; that it is one already is fine."""
    cloudtrail = boto3.client("cloudtrail", config=ONE_ATTEMPT)
    try:
        persist(
            clock,
            f"registering {administrator} as delegated administrator of CloudTrail",
            lambda: cloudtrail.register_organization_delegated_admin(MemberAccountId=administrator),
            waiting_for=(ACCESS_OFF, BUSY, *waiting_for),
            fine=("AccountRegisteredException",),
        )
    except RequestError as error:
        if error.code in REMEDIES:
            raise RequestError(f"{error}; {REMEDIES[error.code]}", error.code) from error
        raise


def deregister(clock: Clock, administrator: str, *, waiting_for: tuple[str, ...] = (), fine: tuple[str, ...] = ()) -> None:
    """Take the role of delegated administrator from the account; that it has not got it is fine."""
    cloudtrail = boto3.client("cloudtrail", config=ONE_ATTEMPT)
    persist(
        clock,
        f"deregistering {administrator} as delegated administrator of CloudTrail",
        lambda: cloudtrail.deregister_organization_delegated_admin(DelegatedAdminAccountId=administrator),
        waiting_for=(BUSY, *waiting_for),
        fine=("AccountNotRegisteredException", "AccountNotFoundException", *fine),
    )
