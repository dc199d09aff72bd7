"""What `generator.handlers.guardduty_organization` may do, in the administrator's account."""

from __future__ import annotations

from generator.aws.names import Arn
from generator.handlers.permissions.guardduty_administrator import GUARDDUTY, MALWARE_PROTECTION
from generator.handlers.permissions.model import Condition, Permission

_DETECTORS = "arn:{partition}:guardduty:{region}:{audit}:detector/*"
_ROLES = "arn:{partition}:iam::{audit}:role/aws-service-role/"
_HERE = Condition("StringEquals", "aws:RequestedRegion", ("{region}",))

PERMISSIONS = (
    Permission(
        (
            "guardduty:CreateDetector",
            "guardduty:DescribeOrganizationConfiguration",
            "guardduty:ListDetectors",
            "guardduty:UpdateOrganizationConfiguration",
        ),
        (Arn("*"),),
        "finds or makes the own detector, and says what is on in every account, in this region; the actions take no resource",
        _HERE,
    ),
    Permission(
        ("guardduty:GetDetector", "guardduty:UpdateDetector"),
        (Arn(_DETECTORS),),
        "configures the own detector, whose id GuardDuty chooses",
    ),
    Permission(
        ("guardduty:CreateMembers", "guardduty:GetMembers"),
        (Arn("*"),),
        "makes the management account a member; the actions take no resource",
        _HERE,
    ),
    Permission(
        ("guardduty:GetMemberDetectors", "guardduty:UpdateMemberDetectors"),
        (Arn("*"),),
        "gives the management account the chosen plans and no others; the actions take no resource",
        _HERE,
    ),
    Permission(
        ("guardduty:CreatePublishingDestination", "guardduty:ListPublishingDestinations"),
        (Arn("*"),),
        "exports findings to the bucket; the actions take no resource",
        _HERE,
    ),
    Permission(
        ("guardduty:DescribePublishingDestination", "guardduty:UpdatePublishingDestination"),
        (Arn(f"{_DETECTORS}/publishingdestination/*"),),
        "sees whether the export works, and where it goes; its id is GuardDuty's to choose",
    ),
    Permission(
        ("guardduty:DeleteMembers", "guardduty:DisassociateMembers", "guardduty:ListMembers", "guardduty:StopMonitoringMembers"),
        (Arn("*"),),
        "stops protection when the stack goes, if the landing zone says so; the actions take no resource",
        _HERE,
    ),
    Permission(
        ("organizations:DescribeOrganization",),
        (Arn("*"),),
        "learns which account is the management account; the action takes no resource",
    ),
    Permission(
        ("iam:CreateServiceLinkedRole",),
        (
            Arn(f"{_ROLES}{GUARDDUTY}/AWSServiceRoleForAmazonGuardDuty"),
            Arn(f"{_ROLES}{MALWARE_PROTECTION}/AWSServiceRoleForAmazonGuardDutyMalwareProtection"),
        ),
        "GuardDuty makes its own roles for the caller, with the detector and with malware protection",
        Condition("StringEquals", "iam:AWSServiceName", (GUARDDUTY, MALWARE_PROTECTION)),
    ),
    Permission(
        ("iam:GetRole",),
        (Arn(f"{_ROLES}{MALWARE_PROTECTION}/AWSServiceRoleForAmazonGuardDutyMalwareProtection"),),
        "GuardDuty looks, for the caller, whether the role of its malware protection is there",
    ),
)
