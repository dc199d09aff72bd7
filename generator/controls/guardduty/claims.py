"""What guardduty claims, from the catalogue of AWS's actions; written before its statements and never derived from them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.aws.actions import NO_RESOURCE_TYPE, service
from generator.aws.names import Arn
from generator.control import claim_of
from generator.controls.guardduty.naming import SLUG
from generator.controls.guardduty.scope import Scope
from generator.package.model import OWN_ACCOUNT, ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals

KINDS = (
    "customdetectionruleassociation",
    "detector",
    "filter",
    "ipset",
    "publishingDestination",
    "threatentityset",
    "threatintelset",
    "trustedentityset",
)
"""What GuardDuty keeps in an account, but malware protection plans, which belong to the owners of buckets."""

HARMLESS = (
    NamedAction("guardduty:CreateMalwareProtectionPlan", "protects a bucket of the account's own, and changes nothing else"),
    NamedAction("guardduty:SendObjectMalwareScan", "asks for a scan of an object"),
    NamedAction("guardduty:SendSecurityTelemetry", "the agents of runtime monitoring report with it"),
    NamedAction("guardduty:StartMalwareScan", "asks for a scan of an instance"),
)
"""The only writes without a resource that weaken nothing."""

LEAVING = (
    NamedAction("organizations:AcceptHandshake", "an invitation that is accepted takes the account into another organization"),
    NamedAction("organizations:LeaveOrganization", "takes the account out of reach of every SCP, and GuardDuty's member away"),
)
"""How an account leaves the organization by itself (AWS Organizations API)."""

_READS = ("guardduty:Describe*", "guardduty:Get*", "guardduty:List*")
_SCANS = ("guardduty:Send*", "guardduty:StartMalware*")
_ANYWHERE = (Arn("*"),)


def denied_changes() -> int:
    """How many actions of today the guard denies to members."""
    catalogue, harmless = service("guardduty"), {each.action for each in HARMLESS}
    known = catalogue.actions.values() if catalogue else ()
    return sum(
        "Write" in action.level and action.name not in harmless and bool({NO_RESOURCE_TYPE, *KINDS} & set(action.type_names))
        for action in known
    )


def claims(scope: Scope) -> Iterator[Claim]:
    """All claims, the denials first."""
    if scope.members:
        yield from _denials(scope)
        yield from _of_members(scope)
    yield _membership(scope)
    yield from _of_audit(scope)


def _denials(scope: Scope) -> Iterator[Claim]:
    denied = partial(
        claim_of,
        SLUG,
        expect=Expectation.DENIED,
        layer=ClaimLayer.SCP,
        principals=Principals(accounts=scope.members),
        account=OWN_ACCOUNT,
    )
    yield denied(
        "members-cannot-change-detectors",
        "no principal of a member account, its root user included, changes what GuardDuty keeps there: detectors, filters, lists, "
        "rules, destinations of findings",
        actions=(
            ActionSet("guardduty", levels=("Write",), resource_types=KINDS, unknown=True, known_harmless=(*_READS, *_SCANS)),
        ),
        resources=scope.things,
    )
    yield denied(
        "members-cannot-leave",
        "no principal of a member account, its root user included, leaves or suspends GuardDuty, archives findings, makes lists or "
        "rules, or takes members of its own",
        actions=(ActionSet("guardduty", levels=("Write",), resource_types=("-",), excluded=HARMLESS),),
        resources=_ANYWHERE,
    )


def _membership(scope: Scope) -> Claim:
    return claim_of(
        SLUG,
        "accounts-stay-in-the-organization",
        "no principal of any account but the management account, Audit and root users included, takes the account out of the "
        "organization, where neither GuardDuty's administrator nor any SCP reaches it",
        expect=Expectation.DENIED,
        layer=ClaimLayer.SCP,
        principals=Principals(accounts=tuple(sorted({*scope.members, scope.audit}))),
        actions=(ActionSet("organizations", named=LEAVING),),
        resources=_ANYWHERE,
        account=OWN_ACCOUNT,
    )


def _of_members(scope: Scope) -> Iterator[Claim]:
    allowed = partial(
        claim_of,
        SLUG,
        expect=Expectation.ALLOWED,
        layer=ClaimLayer.SCP,
        principals=Principals(accounts=scope.members),
        account=OWN_ACCOUNT,
    )
    yield allowed(
        "members-may-look",
        "member accounts still look at their own protection and findings",
        actions=(ActionSet("guardduty", levels=("Read", "List"), resource_types=("-", *KINDS)),),
        resources=(*_ANYWHERE, *scope.things),
    )
    yield allowed(
        "agents-report",
        "the agents of runtime monitoring still report, and owners still ask for scans",
        actions=(ActionSet("guardduty", named=HARMLESS),),
        resources=(*_ANYWHERE, *scope.things),
    )
    yield allowed(
        "buckets-keep-their-plans",
        "owners of buckets still manage the malware protection that they chose for them",
        actions=(ActionSet("guardduty", levels=("Write", "Read"), resource_types=("malwareprotectionplan",)),),
        resources=(Arn(f"arn:{scope.partition}:guardduty:*:*:malware-protection-plan/*"),),
    )


def _of_audit(scope: Scope) -> Iterator[Claim]:
    yield claim_of(
        SLUG,
        "administrator-works",
        "the Audit account, which administers GuardDuty for all, still does everything: findings, lists, members, and the deployment",
        expect=Expectation.ALLOWED,
        layer=ClaimLayer.SCP,
        principals=Principals(accounts=(scope.audit,)),
        actions=(ActionSet("guardduty", levels=("Write", "Read", "List"), resource_types=("-", *KINDS)),),
        resources=(*_ANYWHERE, *scope.things),
        account=OWN_ACCOUNT,
    )
