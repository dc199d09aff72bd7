"""The reference semantics: whether AWS would allow a request, and which statements decide.

Sources: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access", "Policy evaluation for
requests within a single account", "Cross-account policy evaluation logic"; AWS KMS Developer Guide, "Key policies in AWS KMS".
An explicit deny anywhere decides first, then RCPs, SCPs, and the accounts' own policies. Not modelled: KMS grants, ACLs, VPC
endpoint policies, and S3 Block Public Access.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.aws.names import Arn
from generator.policy.decision import DecidingStatement, Decision, allowed, deciding, denied
from generator.policy.layers import ControlPolicies, rcp_layer, scp_layer
from generator.policy.model import ALWAYS_ALLOWED, Effect, Grant, Policy, PolicyKind, Statement
from generator.policy.request import PrincipalType, Request

ROOT_KEEPS = frozenset({"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"})
"""What the root user of a bucket's owner can do "even if their bucket policy explicitly denies the root principal's access"
(Amazon S3 API Reference, PutBucketPolicy); only organization and VPC endpoint policies can stop it."""

TRUST_ACTIONS = frozenset(
    {"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession", "sts:setsourceidentity"}
)
"""What a role's trust policy governs (IAM User Guide, "Pass session tags in AWS STS", "Monitor and control actions taken with assumed
roles": both need permission in the trust policy)."""

_NO_IDENTITY_POLICIES = frozenset({PrincipalType.SERVICE, PrincipalType.IDENTITY_PROVIDER, PrincipalType.ANONYMOUS})
_KEY_PREFIX = "key/"


@dataclass(frozen=True)
class AccountPolicies:
    """What the two accounts themselves say.

    `identity` are the sender's policies, its groups' included. `boundary` limits them, as does `session`. `resource` is the policy on
    the resource: bucket policy, key policy (kind KEY: it governs the keys among a request's resources, not their aliases), role
    trust policy (kind TRUST).
    """

    identity: tuple[Policy, ...] = ()
    resource: Policy | None = None
    boundary: Policy | None = None
    session: Policy | None = None


NO_POLICIES = AccountPolicies()
"""Accounts that say nothing: everything is implicitly denied, except to a root user."""


def evaluate(request: Request, controls: ControlPolicies, policies: AccountPolicies = NO_POLICIES) -> Decision:
    """Allowed iff no policy denies the request explicitly, both organization layers let it pass, and the accounts' policies allow it."""
    if request.action.lower() in ALWAYS_ALLOWED:
        return allowed(f"no permission is needed for `{request.action}`")
    layers = (rcp_layer(request, controls), scp_layer(request, controls), account_decision(request, policies))
    explicit = (layer for layer in layers if not layer.allowed and layer.statements)
    implicit = (layer for layer in layers if not layer.allowed)
    return next(explicit, None) or next(implicit, layers[-1])


def account_decision(request: Request, policies: AccountPolicies) -> Decision:
    """The account-level policies alone: denied if denied on any resource, and explicit denies speak first."""
    decisions = tuple(_Judgement(request, policies, resource).decision() for resource in request.resources)
    if not decisions:
        return denied("the request names no resource")
    refused = sorted((decision for decision in decisions if not decision.allowed), key=lambda decision: not decision.statements)
    return (
        refused[0]
        if refused
        else allowed(decisions[-1].reason, (found for decision in decisions for found in decision.statements))
    )


@dataclass(frozen=True)
class _Judgement:
    """One resource of a request against the account-level policies."""

    request: Request
    policies: AccountPolicies
    resource: Arn

    def decision(self) -> Decision:
        denies = tuple(self.explicit_denies())
        if denies:
            return denied("a policy denies it explicitly", denies)
        if self.request.same_account:
            return self.within_account()
        return self.across_accounts()

    def within_account(self) -> Decision:
        """Either side suffices, but the key or trust policy itself must allow where there is one to be had.

        Allows of the resource's policy: `DIRECT` are not limited by implicit denies elsewhere, `ROLE` are by boundary and session
        policies, `ACCOUNT` hand over to the identity policies.
        """
        direct, role, account = (self.resource_grants(grant) for grant in Grant)
        if direct:
            return allowed("the resource's policy allows the sender itself", direct)
        if role and self.limits_allow():
            return allowed("the resource's policy allows the sender's role", role)
        if self.gatekeeper and not account:
            return denied(f"the {self.gatekeeper} does not allow it")
        handed_over = account if self.gatekeeper else ()
        if self.is_root:
            return allowed("the root user has all rights in its account", handed_over)
        own = self.identity_grants()
        if own:
            return allowed("the sender's own policies allow it", (*own, *handed_over))
        return denied("neither the sender's policies nor the resource's policy allow it")

    def across_accounts(self) -> Decision:
        """Both sides must allow: "the request is allowed only if both evaluations return a decision of Allow".

        Services, identity providers and anonymous callers have no policies of their own: the resource's policy decides.
        """
        granted = tuple(statement for grant in Grant for statement in self.resource_grants(grant))
        if not granted:
            return denied("the resource's policy does not allow it")
        if self.request.principal.type in _NO_IDENTITY_POLICIES:
            return allowed("the resource's policy allows it", granted)
        own = self.identity_grants()
        if not own and not self.is_root:
            return denied("the sender's own policies do not allow it")
        return allowed("the resource's policy and the sender's own policies allow it", (*granted, *own))

    @property
    def is_root(self) -> bool:
        return self.request.principal.type is PrincipalType.ROOT

    @property
    def gatekeeper(self) -> str:
        """The policy without which nothing is allowed: "IAM role trust policies and KMS key policies [...] must explicitly allow"."""
        if self.request.service == "kms" and _resource_part(self.resource).startswith(_KEY_PREFIX):
            return "key policy"
        return "trust policy" if self.request.action.lower() in TRUST_ACTIONS else ""

    @property
    def resource_policy(self) -> Policy | None:
        policy = self.policies.resource
        applies = policy is not None and (policy.kind is not PolicyKind.KEY or self.gatekeeper == "key policy")
        return policy if applies else None

    def explicit_denies(self) -> Iterator[DecidingStatement]:
        """Every Deny that selects the request, whatever else allows it."""
        for policy in (*self.policies.identity, self.policies.boundary, self.policies.session):
            yield from self.selected(policy, Effect.DENY)
        owner_root = self.is_root and self.request.same_account and self.request.action.lower() in ROOT_KEEPS
        if not owner_root:
            yield from (statement for grant in Grant for statement in self.resource_statements(Effect.DENY, grant))

    def resource_grants(self, grant: Grant) -> tuple[DecidingStatement, ...]:
        return tuple(self.resource_statements(Effect.ALLOW, grant))

    def resource_statements(self, effect: Effect, grant: Grant) -> Iterator[DecidingStatement]:
        policy = self.resource_policy
        if policy is None:
            return
        context = self.request.context_for(self.resource)
        for statement in policy.statements:
            if (
                self.grant_of(statement) is grant
                and statement.effect is effect
                and statement.selects(self.request.action, self.resource, context)
            ):
                yield deciding(policy, statement, self.resource)

    def grant_of(self, statement: Statement) -> Grant | None:
        """How the statement names the sender.

        "The `NotPrincipal` element with a `Deny` effect will always deny any IAM principal that has a permissions boundary policy
        attached, regardless of the values specified" ("AWS JSON policy elements: NotPrincipal").
        """
        if statement.principals is None:
            return None
        if statement.principals.negated and self.policies.boundary is not None:
            return Grant.DIRECT
        return statement.principals.grant(self.request.principal)

    def identity_grants(self) -> tuple[DecidingStatement, ...]:
        """The Allows of the identity policies, if boundary and session policy allow as well.

        A federated user has its user's rights only as far as the session policy passed with `GetFederationToken` allows: without
        one "the resulting federated user session has no permissions" (AWS STS API Reference, GetFederationToken).
        """
        unlimited_federation = self.request.principal.type is PrincipalType.FEDERATED_USER and self.policies.session is None
        if unlimited_federation or not self.limits_allow():
            return ()
        return tuple(statement for policy in self.policies.identity for statement in self.selected(policy, Effect.ALLOW))

    def limits_allow(self) -> bool:
        limits = (self.policies.boundary, self.policies.session)
        return all(policy is None or any(self.selected(policy, Effect.ALLOW)) for policy in limits)

    def selected(self, policy: Policy | None, effect: Effect) -> Iterator[DecidingStatement]:
        context = self.request.context_for(self.resource)
        for statement in policy.statements if policy else ():
            if policy and statement.effect is effect and statement.selects(self.request.action, self.resource, context):
                yield deciding(policy, statement, policy.kind)


def _resource_part(resource: Arn) -> str:
    parts = resource.split(":", 5)
    return parts[-1] if len(parts) > 1 else ""
