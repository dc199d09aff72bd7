"""Enables the organization policy type `GUARDDUTY_POLICY`, for which CloudFormation has no resource type.

`Custom::GuarddutyPolicyType` has one property, `RootId`, the organization's root. It runs in the management account. From then on
GuardDuty takes no notice of auto-enable settings, whether or not a policy is attached (GuardDuty User Guide, "Managing accounts using
organization policies"). Deleting the resource leaves the type enabled: policies of other stacks may need it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3

from generator.handlers.custom_resource import ONE_ATTEMPT, Context, Request, RequestError, persist, serve, wait_until

POLICY_TYPE = "GUARDDUTY_POLICY"
POLICY_TYPE_ID = "guardduty-policy-type"


def handler(event: Mapping[str, Any], context: Context) -> None:
    """Lambda calls this."""
    serve(event, context, POLICY_TYPE_ID, {"Create": ensure, "Update": ensure})


def ensure(request: Request) -> None:
    """Create and update: enable the type if it is not, and wait until AWS Organizations shows it."""
    clock, wanted = request.clock, request.properties.get("RootId")
    organizations = boto3.client("organizations", config=ONE_ATTEMPT)

    def enabled() -> bool:
        roots = (persist(clock, "looking at the root", organizations.list_roots) or {"Roots": ()})["Roots"]
        if wanted not in [root["Id"] for root in roots]:
            raise RequestError(
                f"`RootId` must be the organization's root {', '.join(root['Id'] for root in roots)}, not `{wanted}`"
            )
        return any(known == {"Type": POLICY_TYPE, "Status": "ENABLED"} for root in roots for known in root["PolicyTypes"])

    if not enabled():
        persist(
            clock,
            f"enabling policy type {POLICY_TYPE}",
            lambda: organizations.enable_policy_type(RootId=wanted, PolicyType=POLICY_TYPE),
            fine=("PolicyTypeAlreadyEnabledException",),
        )
        wait_until(clock, f"waiting for policy type {POLICY_TYPE}", enabled)
