"""The organization's two layers: service control policies on the sender's account, resource control policies on the resource's.

Sources: AWS Organizations User Guide, "SCP evaluation", "Service control policies (SCPs)" (effects on permissions, tasks and
entities not restricted), "Resource control policies (RCPs)", "RCP evaluation".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from generator.aws.names import AccountId, Arn
from generator.policy.coverage import rcp_covers
from generator.policy.decision import DecidingStatement, Decision, allowed, deciding, denied
from generator.policy.document import parse
from generator.policy.model import ALWAYS_ALLOWED, Effect, Policy, PolicyKind
from generator.policy.request import ANY_RESOURCE, SERVICE_LINKED_PATH, PrincipalType, Request

FULL_ACCESS_TEXT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
"""The content of `FullAWSAccess`, the SCP that AWS attaches to every root, OU and account until someone detaches it."""

FULL_ACCESS = parse(FULL_ACCESS_TEXT, PolicyKind.SCP, "FullAWSAccess")
"""`FullAWSAccess`, for levels from which it was not detached."""

_NO_SCP = {
    PrincipalType.SERVICE_LINKED_ROLE: "service control policies do not reach service-linked roles",
    PrincipalType.SERVICE: "service control policies do not reach aws services",
    PrincipalType.IDENTITY_PROVIDER: "service control policies do not reach senders outside the organization's accounts",
    PrincipalType.ANONYMOUS: "service control policies do not reach anonymous callers",
}


@dataclass(frozen=True)
class Level:
    """What is attached to one root, OU or account."""

    target: str
    policies: tuple[Policy, ...]


@dataclass(frozen=True)
class ControlPolicies:
    """The stacks of an organization by member account, root first and the account itself last.

    An account without an entry has none: it stands outside the organization (or is the management account, which neither kind
    reaches). SCP stacks list `FullAWSAccess` where it is attached; RCP stacks need not list `RCPFullAWSAccess`, which nobody can
    detach.
    """

    management_account: AccountId
    scps: Mapping[AccountId, tuple[Level, ...]] = field(default_factory=dict)
    rcps: Mapping[AccountId, tuple[Level, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scps", MappingProxyType(dict(self.scps)))
        object.__setattr__(self, "rcps", MappingProxyType(dict(self.rcps)))


def scp_layer(request: Request, controls: ControlPolicies) -> Decision:
    """The SCPs of the sender's account: none for the management account, and for accounts outside the organization."""
    account = request.principal.account
    if account == controls.management_account:
        return allowed("service control policies do not reach the management account")
    return scp_decision(request, controls.scps.get(account, ()))


def rcp_layer(request: Request, controls: ControlPolicies) -> Decision:
    """The RCPs of the account that owns the resources: none for the management account, whoever calls."""
    if request.resource_account == controls.management_account:
        return allowed("resource control policies do not reach resources of the management account")
    return rcp_decision(request, controls.rcps.get(request.resource_account, ()))


def scp_decision(request: Request, levels: tuple[Level, ...]) -> Decision:
    """What one stack of SCPs says. No level at all means no SCPs.

    "For a permission to be allowed for a specific account, there must be an explicit `Allow` statement at every level from the root
    through each OU in the direct path to the account" ("SCP evaluation"); one `Deny` at any level suffices. The root user of a
    member account is bound like everyone else. Each resource must pass.
    """
    if request.action.lower() in ALWAYS_ALLOWED:
        return allowed(f"no permission is needed for `{request.action}`")
    if request.principal.type in _NO_SCP:
        return allowed(_NO_SCP[request.principal.type])
    denies = tuple(_matching(request, levels, Effect.DENY))
    if denies:
        return denied("a service control policy denies it", denies)
    grants: list[DecidingStatement] = []
    for level in levels:
        for resource in request.resources:
            found = next(_selected(request, level, resource, Effect.ALLOW), None)
            if found is None:
                return denied(f"no service control policy at `{level.target}` allows it")
            grants.append(found)
    return allowed("every level of service control policies allows it" if levels else "no service control policy applies", grants)


def rcp_decision(request: Request, levels: tuple[Level, ...]) -> Decision:
    """What one stack of RCPs says: nothing but denies, since `RCPFullAWSAccess` always allows.

    They bind every sender, whatever its organization, root users and services included, but service-linked roles, and only the
    services and actions of `coverage`. They "apply to the resources that are authorized as part of an operation request": an
    action whose only resource is `*` has none, so that no RCP reaches it.
    """
    if request.action.lower() in ALWAYS_ALLOWED:
        return allowed(f"no permission is needed for `{request.action}`")
    if request.principal.type is PrincipalType.SERVICE_LINKED_ROLE:
        return allowed("resource control policies do not reach service-linked roles")
    if not rcp_covers(request.action):
        return allowed(f"resource control policies do not cover `{request.action}`")
    if request.aws_managed_key:
        return allowed("resource control policies do not reach aws managed keys")
    reached = tuple(resource for resource in request.resources if not _beyond_rcps(request, resource))
    denies = tuple(_matching(replace(request, resources=reached), levels, Effect.DENY))
    return denied("a resource control policy denies it", denies) if denies else allowed("no resource control policy denies it")


def _beyond_rcps(request: Request, resource: Arn) -> bool:
    """No resource at all, or a service-linked role that its service assumes ("not impacted by RCPs")."""
    linked = request.principal.type is PrincipalType.SERVICE and f":{SERVICE_LINKED_PATH}" in resource
    return resource == ANY_RESOURCE or linked


def _matching(request: Request, levels: tuple[Level, ...], effect: Effect) -> Iterator[DecidingStatement]:
    for level in levels:
        for resource in request.resources:
            yield from _selected(request, level, resource, effect)


def _selected(request: Request, level: Level, resource: Arn, effect: Effect) -> Iterator[DecidingStatement]:
    context = request.context_for(resource)
    for policy in level.policies:
        for statement in policy.statements:
            if statement.effect is effect and statement.selects(request.action, resource, context):
                yield deciding(policy, statement, level.target)
