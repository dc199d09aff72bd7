"""Gathers the findings of other regions in this one, Security Hub's home region.

An account has one aggregator, and `AWS::SecurityHub::FindingAggregator` fails where there is one already, so this takes it over.
`Custom::SecurityHubAggregator` has one property, `LinkedRegions`: names of regions with a blank between them, `all`, or `none`.
It runs in the delegated administrator's account, and waits until Security Hub takes that account for the administrator, because
central configuration comes next. Deleting the resource leaves the aggregator, without which central configuration ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3

from generator.handlers.custom_resource import ONE_ATTEMPT, Clock, Context, Request, RequestError, persist, serve, wait_until
from generator.handlers.security_hub_administration import await_administration

AGGREGATOR_ID = "security-hub-aggregator"
ALL = "all"
NONE = "none"


def handler(event: Mapping[str, Any], context: Context) -> None:
    """Lambda calls this."""
    serve(event, context, AGGREGATOR_ID, {"Create": ensure, "Update": ensure})


def ensure(request: Request) -> Mapping[str, str]:
    """Create and update: make the aggregator, or change the one that is there, and wait until it links what it should."""
    text = request.properties.get("LinkedRegions")
    if not isinstance(text, str) or not text.split():
        raise RequestError(f"`LinkedRegions` must be names of regions, `{ALL}` or `{NONE}`, not `{text}`")
    wanted = linking(text)
    clock, hub = request.clock, boto3.client("securityhub", config=ONE_ATTEMPT)
    await_administration(clock, hub)
    arn = found(clock, hub)
    if arn and linked(clock, hub, arn) != wanted:
        persist(
            clock, "changing the finding aggregator", lambda: hub.update_finding_aggregator(FindingAggregatorArn=arn, **wanted)
        )
    if not arn:
        made = persist(clock, "creating the finding aggregator", lambda: hub.create_finding_aggregator(**wanted)) or {}
        arn = made["FindingAggregatorArn"]
    wait_until(clock, "waiting for the finding aggregator", lambda: linked(clock, hub, arn) == wanted)
    return {"Arn": arn}


def linking(text: str) -> dict[str, Any]:
    """The API's parameters for what `LinkedRegions` says."""
    if text == ALL:
        return {"RegionLinkingMode": "ALL_REGIONS"}
    if text == NONE:
        return {"RegionLinkingMode": "NO_REGIONS"}
    return {"RegionLinkingMode": "SPECIFIED_REGIONS", "Regions": sorted(text.split())}


def found(clock: Clock, hub: Any) -> str:  # noqa: ANN401  # botocore makes its clients at run time
    """The ARN of the account's aggregator, or nothing. It can be listed from every region, but changed in its own only."""
    pages = hub.get_paginator("list_finding_aggregators")

    def listed() -> list[str]:
        return [entry["FindingAggregatorArn"] for page in pages.paginate() for entry in page["FindingAggregators"]]

    for arn in persist(clock, "looking for a finding aggregator", listed) or ():
        home, here = arn.split(":")[3], hub.meta.region_name
        if home != here:
            raise RequestError(
                f"findings are gathered in {home} already, so they cannot be in {here}; nothing was changed. An account has one "
                f"finding aggregator: delete the one in {home} first, which ends central configuration there"
            )
        return arn
    return ""


def linked(clock: Clock, hub: Any, arn: str) -> dict[str, Any]:  # noqa: ANN401  # as above
    """What the aggregator links, in the form of the API's parameters; nothing while it cannot be seen yet."""
    doing = "looking at the finding aggregator"
    answer = persist(
        clock, doing, lambda: hub.get_finding_aggregator(FindingAggregatorArn=arn), fine=("ResourceNotFoundException",)
    )
    if not answer:
        return {}
    mode = {"RegionLinkingMode": answer["RegionLinkingMode"]}
    return {**mode, "Regions": sorted(answer["Regions"])} if answer.get("Regions") else mode
