"""Switches Security Hub on for every account of the organization in this region, where there is no central configuration.

`Custom::SecurityHubOrganization` has two properties: `AdministratorAccount`, the account that it runs in, and `DefaultStandards`,
`true` if accounts that join get AWS's default standards. It runs in the delegated administrator's account, once in every region:
accounts that join are enabled by themselves, those that are there already become members now. The attribute `NotAdded` names those
that AWS does not take, and why. CloudFormation's `AWS::SecurityHub::OrganizationConfiguration` is missing in some regions and
takes no members. Deleting the resource leaves every account's hub on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3

from generator.handlers.custom_resource import (
    LONGEST_PAUSE,
    ONE_ATTEMPT,
    Clock,
    Context,
    Request,
    RequestError,
    log,
    persist,
    plain,
    serve,
    wait_until,
)
from generator.handlers.security_hub_administration import await_administration

ORGANIZATION_ID = "security-hub-organization"
AT_ONCE = 50
"""Accounts that CreateMembers takes in one call (API reference)."""

ROUNDS = 12
"""How often an account is asked for, in more than three minutes: what AWS takes shows late, and some accounts are ready late."""

PAUSE = 5.0
"""Seconds before the members are looked at again, times the rounds so far, and at most `LONGEST_PAUSE`."""

NO_REASON = "AWS gives no reason"
TOLD = 5
LONGEST_RESULT = 100
"""Accounts, and characters of what AWS says of each, that fit into an attribute."""


def handler(event: Mapping[str, Any], context: Context) -> None:
    """Lambda calls this."""
    serve(event, context, ORGANIZATION_ID, {"Create": ensure, "Update": ensure})


def ensure(request: Request) -> Mapping[str, str]:
    """Create and update: accounts that join first, so that none slips through between the two, then those that are there."""
    defaults = request.properties.get("DefaultStandards")
    if defaults not in {"true", "false"}:
        raise RequestError(f"`DefaultStandards` must be `true` or `false`, not `{defaults}`")
    own = str(request.properties.get("AdministratorAccount"))
    clock, hub = request.clock, boto3.client("securityhub", config=ONE_ATTEMPT)
    enable_joining(clock, hub, "DEFAULT" if defaults == "true" else "NONE")
    return add_members(clock, hub, own)


def enable_joining(clock: Clock, hub: Any, standards: str) -> None:  # noqa: ANN401  # botocore makes its clients at run time
    """Enable Security Hub, with these standards, in accounts that join from now on."""
    wanted = {"AutoEnable": True, "AutoEnableStandards": standards}

    def differs() -> bool:
        known = await_administration(clock, hub)
        if known.get("OrganizationConfiguration", {}).get("ConfigurationType") == "CENTRAL":
            raise RequestError(
                "Security Hub is configured centrally already, from another home region; nothing was changed. Stop central "
                "configuration there first, or switch this control off"
            )
        return {name: known.get(name) for name in wanted} != wanted

    if differs():
        persist(clock, "enabling accounts that join", lambda: hub.update_organization_configuration(**wanted))
        wait_until(clock, "waiting for the organization's configuration", lambda: not differs())


def add_members(clock: Clock, hub: Any, own: str) -> Mapping[str, str]:  # noqa: ANN401  # as above
    """Make every active account a member that is none, which enables Security Hub in it: how many were added, and which were not.

    Everybody is asked in each round, so that accounts which AWS does not take keep nobody else waiting. One that AWS still does not
    take after `ROUNDS` is told and fails nothing: the stack would never be there for the others, nor what CfCT deploys after it.
    """
    missing = waiting = absent(clock, hub, own)
    results = dict[str, str]()
    for number in range(1, ROUNDS + 1):
        if not waiting:
            break
        for start in range(0, len(waiting), AT_ONCE):
            results |= add(clock, hub, waiting[start : start + AT_ONCE])
        clock.pause(min(number * PAUSE, LONGEST_PAUSE))
        waiting = absent(clock, hub, own)
    left = {account: results.get(account, NO_REASON) for account in waiting}
    for account, result in left.items():
        log.warning("account %s is no member: %s", account, result)
    return {"Added": str(len(set(missing) - set(waiting))), "NotAdded": told(left)}


def add(clock: Clock, hub: Any, accounts: list[str]) -> dict[str, str]:  # noqa: ANN401  # as above
    """Add so many accounts: of each, what AWS says if it does not take the account this time."""
    details = [{"AccountId": account} for account in accounts]
    doing = f"adding {len(accounts)} members, {accounts[0]} first"
    answer = persist(clock, doing, lambda: hub.create_members(AccountDetails=details), fine=("ResourceConflictException",))
    refused = {each["AccountId"]: each.get("ProcessingResult") for each in (answer or {}).get("UnprocessedAccounts", ())}
    return {account: str(refused.get(account) or NO_REASON) for account in accounts}


def told(left: Mapping[str, str]) -> str:
    """The first accounts with AWS's words, short enough for an attribute; the log has all of them."""
    if not left:
        return "none"
    first = "; ".join(f"{account} ({plain(result)[:LONGEST_RESULT]})" for account, result in list(left.items())[:TOLD])
    more = len(left) - TOLD
    return f"{first}; and {more} more, see the function's log" if more > 0 else first


def absent(clock: Clock, hub: Any, own: str) -> list[str]:  # noqa: ANN401  # as above
    """The organization's active accounts that are no members, but the administrator itself."""
    organizations = boto3.client("organizations", config=ONE_ATTEMPT)
    accounts = organizations.get_paginator("list_accounts")
    members = hub.get_paginator("list_members")

    def listed() -> set[str]:
        return {each["Id"] for page in accounts.paginate() for each in page["Accounts"] if each["Status"] == "ACTIVE"}

    def associated() -> set[str]:
        return {each["AccountId"] for page in members.paginate(OnlyAssociated=True) for each in page["Members"]}

    everybody = persist(clock, "listing accounts", listed) or set()
    return sorted(everybody - {own} - (persist(clock, "listing members", associated) or set()))
