"""Limits that AWS sets on what a package holds, as data: value, unit, source and date. Nothing else in the program knows these numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ORGANIZATIONS_LIMITS = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"
CLOUDFORMATION_LIMITS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
CREATE_POLICY = "https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html"
CREATE_OU = "https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganizationalUnit.html"
CREATE_STACK_SET = "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackSet.html"


@dataclass(frozen=True)
class QuotaProfile:
    """What AWS Organizations allows its policies, as it stood on the day that gives the profile its name (ISO 8601).

    Sizes count every character of the document that the API gets, blanks included (the console alone strips them). `per_target`
    counts what is attached directly to one root, OU or account, AWS's own `FullAWSAccess` and `RCPFullAWSAccess` included.
    """

    name: str
    scp_characters: int
    scps_per_target: int
    rcp_characters: int
    rcps_per_target: int
    source: str = ORGANIZATIONS_LIMITS


_PROFILES = (
    QuotaProfile(name="2024-11-13", scp_characters=5_120, scps_per_target=5, rcp_characters=5_120, rcps_per_target=5),
    QuotaProfile(name="2026-05-15", scp_characters=10_240, scps_per_target=10, rcp_characters=5_120, rcps_per_target=5),
)

PROFILES: Mapping[str, QuotaProfile] = MappingProxyType({profile.name: profile for profile in _PROFILES})
"""By name. 2024-11-13: RCPs appear. 2026-05-15: SCPs double in size and number, in commercial regions, GovCloud and China."""

NEWEST = _PROFILES[-1].name
"""The profile that holds when the user names none."""


@dataclass(frozen=True)
class Quota:
    """One limit: `value` is the largest number allowed, `date` when it was last compared with `source`."""

    value: int
    unit: str
    source: str
    date: str


POLICY_NAME = Quota(128, "characters", CREATE_POLICY, "2026-10-27")
POLICY_DESCRIPTION = Quota(512, "characters", CREATE_POLICY, "2026-10-27")
OU_NAME = Quota(128, "characters", CREATE_OU, "2026-10-27")
OU_DEPTH = Quota(5, "levels below the root", ORGANIZATIONS_LIMITS, "2026-10-27")
STACK_SET_NAME = Quota(128, "characters", CREATE_STACK_SET, "2026-10-27")
TEMPLATE_BYTES = Quota(460_800, "bytes", CLOUDFORMATION_LIMITS, "2026-10-27")
TEMPLATE_RESOURCES = Quota(500, "resources", CLOUDFORMATION_LIMITS, "2026-10-27")
TEMPLATE_PARAMETERS = Quota(200, "parameters", CLOUDFORMATION_LIMITS, "2026-10-27")
TEMPLATE_OUTPUTS = Quota(200, "outputs", CLOUDFORMATION_LIMITS, "2026-10-27")
TEMPLATE_MAPPINGS = Quota(200, "mappings", CLOUDFORMATION_LIMITS, "2026-10-27")
PARAMETER_VALUE = Quota(4_096, "bytes", CLOUDFORMATION_LIMITS, "2026-10-27")
