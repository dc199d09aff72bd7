"""Filling in what a request's facts imply: a caller says who does what, the derived condition keys follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from generator.aws.names import AccountId
from generator.policy.axioms import ANONYMOUS_ACCOUNT, PRINCIPAL_TYPES, Presence, presence
from generator.policy.keys import Context
from generator.policy.request import SESSIONS, Principal, PrincipalType, Request

Values = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Membership:
    """Which organization an account belongs to, and where: paths `o-.../r-.../ou-.../`, as in `aws:PrincipalOrgPaths`."""

    organization: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Surroundings:
    """What stands in where the caller says nothing: an ordinary signed HTTPS request at a fixed time."""

    region: str = "us-east-1"
    time: str = "2026-01-01T00:00:00Z"
    epoch: str = "1767225600"
    user_agent: str = "aws-cli"
    memberships: Mapping[AccountId, Membership] = field(default_factory=dict)


DEFAULT_SURROUNDINGS = Surroundings()
"""Nobody belongs to an organization."""


def complete(request: Request, surroundings: Surroundings = DEFAULT_SURROUNDINGS) -> Request:
    """The request with every key that follows from its facts or is always there; what its context says already stays.

    The result breaks no axiom (`coherence.violations`) unless the given context contradicts the sender. An empty tuple in the given
    context keeps a key out. Ids of users and roles cannot be derived: `aws:UserId` gets a documentation id.
    """
    derived = {**_everywhere(surroundings), **_of_sender(request.principal, surroundings), **_of_resource(request, surroundings)}
    fitting = {key: values for key, values in derived.items() if presence(key, request.principal.type) is not Presence.FORBIDDEN}
    return replace(request, context=Context(fitting).with_values(request.context.given))


def _everywhere(surroundings: Surroundings) -> Values:
    return {
        "aws:CurrentTime": (surroundings.time,),
        "aws:EpochTime": (surroundings.epoch,),
        "aws:RequestedRegion": (surroundings.region,),
        "aws:SecureTransport": ("true",),
        "aws:UserAgent": (surroundings.user_agent,),
        "aws:ViaAWSService": ("false",),
    }


def _of_sender(sender: Principal, surroundings: Surroundings) -> Values:
    """Identity keys. A session carries the ARN of its role, "not the ARN of the user that assumed the role"."""
    found: Values = {"aws:PrincipalIsAWSService": (str(sender.type is PrincipalType.SERVICE).lower(),)}
    if sender.type in PRINCIPAL_TYPES:
        found["aws:PrincipalType"] = (PRINCIPAL_TYPES[sender.type],)
        found["aws:PrincipalAccount"] = (sender.account or ANONYMOUS_ACCOUNT,)
        found["aws:UserId"] = (_user_id(sender),)
    if sender.arn:
        found["aws:PrincipalArn"] = (sender.arn,)
        found["aws:Username"] = (sender.arn.rpartition("/")[2],)
    if sender.type in SESSIONS:
        found["aws:TokenIssueTime"] = (surroundings.time,)
    if sender.type is PrincipalType.SERVICE:
        found["aws:PrincipalServiceName"] = found["aws:PrincipalServiceNamesList"] = (sender.name,)
    membership = surroundings.memberships.get(sender.account)
    if membership:
        found["aws:PrincipalOrgID"] = (membership.organization,)
        found["aws:PrincipalOrgPaths"] = membership.paths
    return found


def _user_id(sender: Principal) -> str:
    name = (sender.session_arn or sender.arn).rpartition("/")[2]
    match sender.type:
        case PrincipalType.ROOT:
            return sender.account
        case PrincipalType.USER:
            return "AIDACKCEVSQ6C2EXAMPLE"
        case PrincipalType.FEDERATED_USER:
            return f"{sender.account}:{name}"
        case PrincipalType.ANONYMOUS:
            return ANONYMOUS_ACCOUNT
    return f"AROADBQP57FF2AEXAMPLE:{name}"


def _of_resource(request: Request, surroundings: Surroundings) -> Values:
    found: Values = {"aws:ResourceAccount": (request.resource_account,)} if request.resource_account else {}
    membership = surroundings.memberships.get(request.resource_account)
    if membership:
        found["aws:ResourceOrgID"] = (membership.organization,)
        found["aws:ResourceOrgPaths"] = membership.paths
    return found
