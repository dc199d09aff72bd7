"""A policy document as values: what it says, where each statement stands, and which requests each part selects.

Everything is data that the prover can look into; `matches` methods are the reference reading of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from generator.aws.names import Arn
from generator.errors import Where
from generator.policy.conditions import Condition, holds
from generator.policy.keys import Context
from generator.policy.pattern import Glob, resource_matches
from generator.policy.request import Principal, PrincipalType
from generator.policy.variables import Template

CURRENT_VERSION = "2012-10-17"
"""The only language version with policy variables (IAM User Guide, "IAM JSON policy elements: Version")."""

OLD_VERSION = "2008-10-17"
"""What a document without `Version` means; `${...}` is then a literal (same page)."""


class PolicyKind(StrEnum):
    """What a document is attached to: decides which elements it may and must have."""

    SCP = "service control policy"
    RCP = "resource control policy"
    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"
    KEY = "key policy"

    @property
    def phrase(self) -> str:
        """The kind with its article, for messages."""
        return f"{'an' if self.value[0] in 'aeiou' else 'a'} {self.value}"


class Effect(StrEnum):
    """What a statement does with the requests that it selects."""

    ALLOW = "Allow"
    DENY = "Deny"


class PrincipalKey(StrEnum):
    """The kinds of name in a `Principal` element."""

    EVERYONE = "*"
    AWS = "AWS"
    SERVICE = "Service"
    FEDERATED = "Federated"
    CANONICAL_USER = "CanonicalUser"


class Grant(StrEnum):
    """How a `Principal` element names the sender, from the narrowest to the widest: it decides what else can limit an Allow.

    Source: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access", resource-based policies.
    """

    DIRECT = "direct"
    """A user, a session, a service, or `*`: not limited by implicit denies of identity policies, boundaries, session policies."""
    ROLE = "role"
    """A session's role, or the user behind a federated user: limited by boundaries and session policies."""
    ACCOUNT = "account"
    """The account: delegates to it, so that its identity policies must allow too."""


@dataclass(frozen=True)
class ActionPattern:
    """`service:Name` with wildcards in the name, or `*`: then `service` is empty. Both are kept in lower case."""

    text: str
    service: str
    name: Glob

    def matches(self, action: str) -> bool:
        """True iff `action` is meant: "The prefix and the action name are case insensitive" ("IAM JSON policy elements: Action")."""
        service, _, name = action.lower().partition(":")
        return (not self.service or self.service == service) and self.name.matches(name)


ALWAYS_ALLOWED = frozenset({"sts:getcalleridentity"})
"""What no policy can stop: "No permissions are required to perform this operation. If an administrator attaches a policy to your
identity that explicitly denies access [...], you can still perform this operation" (AWS STS API Reference, GetCallerIdentity)."""


@dataclass(frozen=True)
class Actions:
    """`Action`, or `NotAction` if `negated`. `spared`, in lower case, are actions that the statement cannot touch, whatever it says."""

    patterns: tuple[ActionPattern, ...]
    negated: bool = False
    spared: frozenset[str] = frozenset()

    def matches(self, action: str) -> bool:
        """True iff the element selects `action`."""
        lowered = action.lower()
        return lowered not in self.spared and self._names(lowered) is not self.negated

    def _names(self, lowered: str) -> bool:
        """True iff a pattern matches; only those of the action's service are tried, and exact ones looked up."""
        service, _, name = lowered.partition(":")
        return lowered in self._exact or any(glob.matches(name) for glob in (*self._wild(service), *self._wild("")))

    @cached_property
    def _exact(self) -> frozenset[str]:
        return frozenset(f"{it.service}:{it.name.exact}" for it in self.patterns if it.service and it.name.exact is not None)

    def _wild(self, service: str) -> tuple[Glob, ...]:
        return self._by_service.get(service, ())

    @cached_property
    def _by_service(self) -> Mapping[str, tuple[Glob, ...]]:
        """The names with wildcards, and those of any service (below no name)."""
        found: dict[str, tuple[Glob, ...]] = {}
        for it in self.patterns:
            if not it.service or it.name.exact is None:
                found[it.service] = (*found.get(it.service, ()), it.name)
        return found


@dataclass(frozen=True)
class Resources:
    """`Resource`, or `NotResource` if `negated`; templates of ARNs, or `*`."""

    patterns: tuple[Template, ...]
    negated: bool = False

    def matches(self, resource: Arn, context: Context) -> bool:
        """True iff the element selects `resource`.

        "[...] the resource that includes a policy variable with no value will not match any resource", in `NotResource` as well
        ("Policy variables with no value").
        """
        resolved = (pattern.resolve(context) for pattern in self.patterns)
        return any(pattern is not None and resource_matches(pattern, resource) for pattern in resolved) != self.negated

    @cached_property
    def varies(self) -> bool:
        """True iff a variable stands in a pattern, so that requests differ in what it selects."""
        return any(pattern.variables for pattern in self.patterns)


@dataclass(frozen=True)
class PrincipalName:
    """One name in a `Principal` element. An account is always kept as its 12 digits."""

    key: PrincipalKey
    value: str

    def grant(self, sender: Principal) -> Grant | None:
        """How this name means `sender`; None if it does not.

        "You cannot use a wildcard to match part of a principal name or ARN", so that names are compared whole and with case.
        """
        if self.key is PrincipalKey.EVERYONE:
            return Grant.DIRECT
        if self.key is not PrincipalKey.AWS:
            named = {PrincipalKey.SERVICE: PrincipalType.SERVICE, PrincipalKey.FEDERATED: PrincipalType.IDENTITY_PROVIDER}.get(
                self.key
            )
            return Grant.DIRECT if sender.type is named and sender.name == self.value else None
        if sender.account and self.value == sender.account:
            return Grant.ACCOUNT
        if self.value == (sender.session_arn or sender.arn):
            return Grant.DIRECT
        if self.value and self.value == sender.arn:
            return Grant.ROLE
        behind = sender.arn.replace(":sts:", ":iam:", 1).replace(":federated-user/", ":user/", 1)
        return Grant.ROLE if sender.type is PrincipalType.FEDERATED_USER and self.value == behind else None


@dataclass(frozen=True)
class Principals:
    """`Principal`, or `NotPrincipal` if `negated`."""

    names: tuple[PrincipalName, ...]
    negated: bool = False

    def grant(self, sender: Principal) -> Grant | None:
        """The narrowest way in which the element selects `sender`, or None.

        `NotPrincipal` exempts a user only if it and its account are named, a session only if it, its role and its account are:
        otherwise the statement "might deny access to the entire account" ("AWS JSON policy elements: NotPrincipal"). Read strictly
        here, since the page leaves it open which services do so.
        """
        found = {name.grant(sender) for name in self.names} - {None}
        if not self.negated:
            return min(found, key=list(Grant).index, default=None)  # type: ignore[arg-type]  # None is taken out
        return None if PrincipalKey.EVERYONE in {name.key for name in self.names} or _needed(sender) <= found else Grant.DIRECT


def _needed(sender: Principal) -> set[Grant | None]:
    """The names of itself that a sender needs in `NotPrincipal` to be exempt."""
    match sender.type:
        case PrincipalType.SERVICE | PrincipalType.IDENTITY_PROVIDER | PrincipalType.ANONYMOUS:
            return {Grant.DIRECT}
        case PrincipalType.ROOT:
            return {Grant.ACCOUNT}
        case PrincipalType.USER:
            return {Grant.DIRECT, Grant.ACCOUNT}
    return {Grant.DIRECT, Grant.ROLE, Grant.ACCOUNT}


@dataclass(frozen=True)
class Statement:
    """One statement. `sid` is empty where the document has none; `number` counts from 1.

    `principals` is None where the kind has no such element, `resources` where it needs none (trust policies).
    """

    number: int
    sid: str
    effect: Effect
    principals: Principals | None
    actions: Actions
    resources: Resources | None
    conditions: tuple[Condition, ...]
    where: Where

    @property
    def name(self) -> str:
        """What to call it in a message: its Sid, or its number."""
        return self.sid or f"statement {self.number}"

    def selects(self, action: str, resource: Arn, context: Context) -> bool:
        """True iff action, resource and conditions fit; whom it names is for the caller to ask."""
        return (
            self.actions.matches(action)
            and (self.resources is None or self.resources.matches(resource, context))
            and all(holds(condition, context) for condition in self.conditions)
        )


@dataclass(frozen=True)
class Policy:
    """A policy document. `name` is what messages call it: the policy's name, or the file's path."""

    name: str
    kind: PolicyKind
    version: str
    statements: tuple[Statement, ...]
    where: Where
