"""What security-hub claims, from the catalogue of AWS's actions; written before its statements and never derived from them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.aws.actions import service
from generator.aws.names import Arn
from generator.control import claim_of
from generator.controls.security_hub.scope import Scope
from generator.package.model import OWN_ACCOUNT, ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals, Slug

READS = (
    "securityhub:BatchGet*",
    "securityhub:Describe*",
    "securityhub:Get*",
    "securityhub:List*",
    "securityhub:Send*",
)
"""How Security Hub names what changes nothing; `Send` hands findings to custom actions (service authorization reference, checked in
tests/controls)."""

IMPORTS = NamedAction("securityhub:BatchImportFindings", "a workload's own tool reports its own findings with it")

_TYPES = (
    "aggregatorv2",
    "automation-rule",
    "automation-rulev2",
    "configuration-policy",
    "connector",
    "connectorv2",
    "finding-aggregator",
    "hub",
    "hubv2",
    "product",
)
_EVERYTHING = ("Write", "Read", "List")


def denied_changes() -> int:
    """How many actions of today the guard denies to members."""
    catalogue = service("securityhub")
    known = catalogue.actions.values() if catalogue else ()
    return sum("Write" in action.level and action.name != IMPORTS.action for action in known)


def claims(slug: Slug, scope: Scope) -> Iterator[Claim]:
    """All claims, the denials first."""
    if scope.members:
        yield from _denials(slug, scope)
    yield from _allowances(slug, scope)


def _denials(slug: Slug, scope: Scope) -> Iterator[Claim]:
    denied = partial(
        claim_of,
        slug,
        expect=Expectation.DENIED,
        layer=ClaimLayer.SCP,
        principals=Principals(accounts=scope.members, excepted=scope.exempt),
        account=OWN_ACCOUNT,
    )
    yield denied(
        "members-cannot-change-security-hub",
        "no principal of a member account but Audit switches Security Hub off, leaves its administrator, or changes standards, controls, "
        "findings, members, rules or policies",
        actions=(
            ActionSet(
                "securityhub",
                levels=("Write",),
                resource_types=_TYPES,
                excluded=(IMPORTS,),
                unknown=True,
                known_harmless=READS,
            ),
        ),
        resources=(scope.resources,),
    )
    yield denied(
        "members-cannot-configure-security-hub",
        "no principal of a member account but Audit makes a rule, a policy or an aggregator, or changes a control",
        actions=(ActionSet("securityhub", levels=("Write",), resource_types=("-",)),),
        resources=(Arn("*"),),
    )


def _allowances(slug: Slug, scope: Scope) -> Iterator[Claim]:
    allowed = partial(claim_of, slug, expect=Expectation.ALLOWED, layer=ClaimLayer.ANY, account=OWN_ACCOUNT)
    everything = (
        ActionSet("securityhub", levels=_EVERYTHING, resource_types=_TYPES),
        ActionSet("securityhub", levels=_EVERYTHING, resource_types=("-",)),
    )
    everywhere = (scope.resources, Arn("*"))
    yield allowed(
        "administrator-is-let-through",
        "the Audit account, which administers Security Hub for all, still does everything, and the deployment there",
        principals=Principals(accounts=(scope.audit,)),
        actions=everything,
        resources=everywhere,
    )
    if scope.exempt:
        yield allowed(
            "control-tower-is-let-through",
            "Control Tower's execution role still switches on its own Security Hub controls in every account",
            principals=Principals(only=scope.exempt),
            actions=everything,
            resources=everywhere,
        )
    yield allowed(
        "members-may-look-and-report",
        "every account still looks at its own findings, and its tools report their own",
        principals=Principals(),
        actions=(
            ActionSet("securityhub", levels=("Read", "List"), resource_types=_TYPES, named=(IMPORTS,)),
            ActionSet("securityhub", levels=("Read", "List"), resource_types=("-",)),
        ),
        resources=everywhere,
    )
