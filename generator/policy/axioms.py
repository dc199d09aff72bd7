"""Request axioms: what can occur together in one request, as sourced data.

A prover that knows too few of them finds false witnesses; one that knows too many proves falsely. So each has its source, and
what the sources leave open stays open: a key is REQUIRED or FORBIDDEN for a type of sender only where a page says so.
Source of all unless said otherwise: IAM User Guide, "AWS global condition context keys" (`KEYS`, the entry of the key) and "IAM
policy elements: Variables and tags", table "Principal key values" (`TABLE`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from generator.policy.request import PrincipalType

KEYS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"
TABLE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable"


class Presence(Enum):
    """Whether a key is in the context of a request."""

    REQUIRED = "always there"
    OPTIONAL = "may be there"
    FORBIDDEN = "never there"


_ALL = frozenset(PrincipalType)
_SIGNED = _ALL - {PrincipalType.ANONYMOUS, PrincipalType.IDENTITY_PROVIDER}
_ROLES = frozenset({PrincipalType.ROLE_SESSION, PrincipalType.SERVICE_LINKED_ROLE})
_SERVICE = frozenset({PrincipalType.SERVICE})
_IDENTITIES = _SIGNED - _SERVICE
_UNSIGNED = _ALL - _SIGNED


@dataclass(frozen=True)
class KeyAxiom:
    """For which senders a key is always, and for which it is never, in the context. For all others it may be."""

    key: str
    required: frozenset[PrincipalType]
    forbidden: frozenset[PrincipalType]
    source: str

    def presence(self, sender: PrincipalType) -> Presence:
        """The key's presence for one type of sender."""
        if sender in self.required:
            return Presence.REQUIRED
        return Presence.FORBIDDEN if sender in self.forbidden else Presence.OPTIONAL


def _always(key: str) -> KeyAxiom:
    return KeyAxiom(key, _ALL, frozenset(), f"{KEYS}: `{key}` is always included in the request context")


KEY_AXIOMS: tuple[KeyAxiom, ...] = (
    _always("aws:CurrentTime"),
    _always("aws:EpochTime"),
    _always("aws:RequestedRegion"),
    _always("aws:SecureTransport"),
    _always("aws:UserAgent"),
    _always("aws:ViaAWSService"),
    KeyAxiom(
        "aws:PrincipalArn",
        _IDENTITIES,
        _UNSIGNED | _SERVICE,
        f"{KEYS}: all signed requests; of roles, users, federated users and root users",
    ),
    KeyAxiom(
        "aws:PrincipalAccount",
        _IDENTITIES | {PrincipalType.ANONYMOUS},
        frozenset(),
        f"{KEYS}: all requests, also anonymous ones (`anonymous`); which account a service has is not said",
    ),
    KeyAxiom(
        "aws:PrincipalType",
        _IDENTITIES | {PrincipalType.ANONYMOUS},
        frozenset(),
        f"{KEYS}: all requests, also anonymous ones; which type a service has is not said",
    ),
    KeyAxiom("aws:PrincipalOrgID", frozenset(), _UNSIGNED | _SERVICE, f"{KEYS}: only if the sender belongs to an organization"),
    KeyAxiom(
        "aws:PrincipalOrgPaths", frozenset(), _UNSIGNED | _SERVICE, f"{KEYS}: only if the sender belongs to an organization"
    ),
    KeyAxiom("aws:PrincipalIsAWSService", _SIGNED, _UNSIGNED, f"{KEYS}: all signed requests; not anonymous ones"),
    KeyAxiom("aws:PrincipalServiceName", _SERVICE, _ALL - _SERVICE, f"{KEYS}: only if a service principal calls"),
    KeyAxiom("aws:PrincipalServiceNamesList", _SERVICE, _ALL - _SERVICE, f"{KEYS}: only if a service principal calls"),
    KeyAxiom(
        "aws:Username",
        frozenset({PrincipalType.USER}),
        _ALL - {PrincipalType.USER},
        f"{KEYS}: always for IAM users, and for nobody else; {TABLE}",
    ),
    KeyAxiom(
        "aws:UserId",
        _IDENTITIES | {PrincipalType.ANONYMOUS},
        frozenset(),
        f"{KEYS}: all requests; which id a service has is not said",
    ),
    KeyAxiom(
        "aws:TokenIssueTime", _ROLES | {PrincipalType.FEDERATED_USER}, _UNSIGNED, f"{KEYS}: only with temporary credentials"
    ),
    KeyAxiom("aws:MultiFactorAuthPresent", frozenset(), _UNSIGNED, f"{KEYS}: only with temporary credentials"),
    KeyAxiom("aws:MultiFactorAuthAge", frozenset(), _UNSIGNED, f"{KEYS}: only if the sender used MFA"),
    KeyAxiom(
        "aws:FederatedProvider", frozenset(), _ALL - _ROLES, f"{KEYS}: only for role sessions issued by an identity provider"
    ),
    KeyAxiom(
        "aws:SourceIdentity", frozenset(), _ALL - _ROLES, f"{KEYS}: only for sessions of a role assumed with a source identity"
    ),
    KeyAxiom("aws:AssumedRoot", frozenset(), _ALL - {PrincipalType.ROOT}, f"{KEYS}: only for root sessions by `sts:AssumeRoot`"),
    KeyAxiom(
        "aws:SourceAccount", frozenset(), _ALL - _SERVICE, f"{KEYS}: only if a service principal calls on a resource's behalf"
    ),
    KeyAxiom("aws:SourceArn", frozenset(), _ALL - _SERVICE, f"{KEYS}: only if a service principal calls on a resource's behalf"),
    KeyAxiom(
        "aws:SourceOrgID", frozenset(), _ALL - _SERVICE, f"{KEYS}: only if a service principal calls on a resource's behalf"
    ),
    KeyAxiom(
        "aws:SourceOrgPaths", frozenset(), _ALL - _SERVICE, f"{KEYS}: only if a service principal calls on a resource's behalf"
    ),
    KeyAxiom(
        "aws:CalledVia", frozenset(), _ALL - _IDENTITIES, f"{KEYS}: only if a service calls with an IAM principal's credentials"
    ),
    KeyAxiom(
        "aws:CalledViaFirst",
        frozenset(),
        _ALL - _IDENTITIES,
        f"{KEYS}: only if a service calls with an IAM principal's credentials",
    ),
    KeyAxiom(
        "aws:CalledViaLast",
        frozenset(),
        _ALL - _IDENTITIES,
        f"{KEYS}: only if a service calls with an IAM principal's credentials",
    ),
)
"""Presence of the global keys by type of sender."""

PRINCIPAL_TYPES: Mapping[PrincipalType, str] = {
    PrincipalType.ROOT: "Account",
    PrincipalType.USER: "User",
    PrincipalType.FEDERATED_USER: "FederatedUser",
    PrincipalType.ROLE_SESSION: "AssumedRole",
    PrincipalType.SERVICE_LINKED_ROLE: "AssumedRole",
    PrincipalType.ANONYMOUS: "Anonymous",
}
"""Values of `aws:PrincipalType` (`TABLE`); services and identity providers are not in that table."""

ANONYMOUS_ACCOUNT = "anonymous"
"""`aws:PrincipalAccount` and `aws:UserId` of an anonymous caller (`KEYS`, `TABLE`)."""

_BY_KEY = {axiom.key.lower(): axiom for axiom in KEY_AXIOMS}
_PREFIX_RULES = (("aws:principaltag/", _UNSIGNED | _SERVICE | {PrincipalType.ROOT}),)


@cache
def presence(key: str, sender: PrincipalType) -> Presence:
    """Whether `key` is in the context of a request by such a sender; OPTIONAL for keys without axiom.

    `aws:PrincipalTag/...` needs "an IAM user with attached tags" or a role with tags or session tags (`KEYS`).
    """
    axiom = _BY_KEY.get(key.lower())
    if axiom:
        return axiom.presence(sender)
    for prefix, forbidden in _PREFIX_RULES:
        if key.lower().startswith(prefix) and sender in forbidden:
            return Presence.FORBIDDEN
    return Presence.OPTIONAL
