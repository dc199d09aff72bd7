"""Which requests cannot occur: presence of keys by sender, and values that must agree with each other.

Sources as in `axioms`: the entry of each key on "AWS global condition context keys" and the table "Principal key values".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from generator.policy.axioms import ANONYMOUS_ACCOUNT, KEY_AXIOMS, KEYS, PRINCIPAL_TYPES, TABLE, Presence, presence
from generator.policy.keys import SINGLE_VALUED, Context, same_key
from generator.policy.operands import boolean, instant
from generator.policy.request import SERVICE_LINKED_PATH, Principal, PrincipalType, Request

BOOLEANS = ("aws:SecureTransport", "aws:ViaAWSService", "aws:PrincipalIsAWSService", "aws:MultiFactorAuthPresent")
"""Keys that are `true` or `false` wherever they are present."""

_SINGLE_VALUED = frozenset(map(same_key, SINGLE_VALUED))


@dataclass(frozen=True)
class CoherenceAxiom:
    """A relation between a request's facts that every request satisfies. `statement` says it in one clause."""

    statement: str
    satisfied: Callable[[Request], bool]
    source: str


def violations(request: Request) -> tuple[str, ...]:
    """What is impossible about the request; empty iff no axiom excludes it."""
    return (*_presence(request), *(axiom.statement for axiom in COHERENCE_AXIOMS if not axiom.satisfied(request)))


def _presence(request: Request) -> Iterator[str]:
    sender = request.principal.type
    for key in _required(sender):
        if key not in request.context:
            yield f"`{key}` is always present in a request by: {sender}"
    for key in request.context.values:
        if presence(key, sender) is Presence.FORBIDDEN:
            yield f"`{key}` is never present in a request by: {sender}"


@cache
def _required(sender: PrincipalType) -> tuple[str, ...]:
    return tuple(axiom.key for axiom in KEY_AXIOMS if axiom.presence(sender) is Presence.REQUIRED)


def _equals(key: str, value: str, context: Context) -> bool:
    """Absent, or exactly `value`."""
    return context.get(key) in ((), (value,))


def _principal_is_sound(request: Request) -> bool:
    sender = request.principal
    match sender.type:
        case PrincipalType.ANONYMOUS:
            return not (sender.arn or sender.account or sender.name)
        case PrincipalType.SERVICE | PrincipalType.IDENTITY_PROVIDER:
            return bool(sender.name) and not (sender.arn or sender.account)
    kind = _ARN_KINDS[sender.type]
    linked = f":{SERVICE_LINKED_PATH}" in sender.arn
    return kind.format(sender.account) in sender.arn and linked == (sender.type is PrincipalType.SERVICE_LINKED_ROLE)


_ARN_KINDS = {
    PrincipalType.ROOT: ":iam::{}:root",
    PrincipalType.USER: ":iam::{}:user/",
    PrincipalType.ROLE_SESSION: ":iam::{}:role/",
    PrincipalType.SERVICE_LINKED_ROLE: ":iam::{}:role/",
    PrincipalType.FEDERATED_USER: ":sts::{}:federated-user/",
}


def _account(sender: Principal) -> str:
    return ANONYMOUS_ACCOUNT if sender.type is PrincipalType.ANONYMOUS else sender.account


def _same_presence(one: str, other: str) -> Callable[[Request], bool]:
    return lambda request: (one in request.context) == (other in request.context)


def _paths_in(organization: str, paths: str) -> Callable[[Request], bool]:
    def satisfied(request: Request) -> bool:
        identifier = request.context.one(organization)
        return all(path.startswith(f"{identifier}/") for path in request.context.get(paths))

    return satisfied


def _called_via(request: Request) -> bool:
    chain = request.context.get("aws:CalledVia")
    if not chain:
        return "aws:CalledViaFirst" not in request.context and "aws:CalledViaLast" not in request.context
    ends = _equals("aws:CalledViaFirst", chain[0], request.context) and _equals("aws:CalledViaLast", chain[-1], request.context)
    return ends and _equals("aws:ViaAWSService", "true", request.context)


def _times_agree(request: Request) -> bool:
    now, epoch = request.context.one("aws:CurrentTime"), request.context.one("aws:EpochTime")
    return now is None or epoch is None or (instant(now) is not None and instant(now) == instant(epoch))


def _source_account(request: Request) -> bool:
    arn = request.context.one("aws:SourceArn")
    parts = arn.split(":") if arn else []
    account = parts[4] if len(parts) > 4 else ""  # noqa: PLR2004 (the account's place in an ARN)
    return not account or _equals("aws:SourceAccount", account, request.context)


def _request_tags(request: Request) -> bool:
    named = {key.lower() for key in request.context.get("aws:TagKeys")}
    tags = (key.partition("/")[2].lower() for key in request.context.values if key.lower().startswith("aws:requesttag/"))
    return all(tag in named for tag in tags)


def _type_agrees(request: Request) -> bool:
    expected = PRINCIPAL_TYPES.get(request.principal.type)
    return expected is None or _equals("aws:PrincipalType", expected, request.context)


COHERENCE_AXIOMS: tuple[CoherenceAxiom, ...] = (
    CoherenceAxiom("the sender's ARN, account and name fit its type", _principal_is_sound, TABLE),
    CoherenceAxiom("`aws:PrincipalType` is the sender's type", _type_agrees, TABLE),
    CoherenceAxiom(
        "`aws:PrincipalArn` is the sender's ARN, for a session its role's",
        lambda it: _equals("aws:PrincipalArn", it.principal.arn, it.context),
        KEYS,
    ),
    CoherenceAxiom(
        "`aws:PrincipalAccount` is the sender's account",
        lambda it: (
            it.principal.type in (PrincipalType.SERVICE, PrincipalType.IDENTITY_PROVIDER)
            or _equals("aws:PrincipalAccount", _account(it.principal), it.context)
        ),
        KEYS,
    ),
    CoherenceAxiom(
        "`aws:PrincipalIsAWSService` is true for services and for nobody else",
        lambda it: _equals("aws:PrincipalIsAWSService", str(it.principal.type is PrincipalType.SERVICE).lower(), it.context),
        KEYS,
    ),
    CoherenceAxiom(
        "`aws:PrincipalServiceName` is the service's name",
        lambda it: _equals("aws:PrincipalServiceName", it.principal.name, it.context),
        KEYS,
    ),
    CoherenceAxiom(
        "`aws:PrincipalServiceNamesList` holds the service's name",
        lambda it: (
            it.principal.type is not PrincipalType.SERVICE or it.principal.name in it.context.get("aws:PrincipalServiceNamesList")
        ),
        KEYS,
    ),
    CoherenceAxiom(
        "`aws:Username` ends the user's ARN",
        lambda it: _equals("aws:Username", it.principal.arn.rpartition("/")[2], it.context),
        TABLE,
    ),
    CoherenceAxiom(
        "`aws:PrincipalOrgID` comes with `aws:PrincipalOrgPaths`",
        _same_presence("aws:PrincipalOrgID", "aws:PrincipalOrgPaths"),
        KEYS,
    ),
    CoherenceAxiom(
        "`aws:PrincipalOrgPaths` start with `aws:PrincipalOrgID`", _paths_in("aws:PrincipalOrgID", "aws:PrincipalOrgPaths"), KEYS
    ),
    CoherenceAxiom(
        "`aws:ResourceAccount` owns the resources",
        lambda it: _equals("aws:ResourceAccount", it.resource_account, it.context),
        KEYS,
    ),
    CoherenceAxiom(
        "`aws:ResourceOrgPaths` start with `aws:ResourceOrgID`", _paths_in("aws:ResourceOrgID", "aws:ResourceOrgPaths"), KEYS
    ),
    CoherenceAxiom("`aws:CalledVia` agrees with its first, its last and `aws:ViaAWSService`", _called_via, KEYS),
    CoherenceAxiom(
        "`aws:ViaAWSService` is true only with an IAM principal's credentials",
        lambda it: bool(it.principal.arn) or _equals("aws:ViaAWSService", "false", it.context),
        KEYS,
    ),
    CoherenceAxiom("`aws:CurrentTime` and `aws:EpochTime` are one instant", _times_agree, KEYS),
    CoherenceAxiom(
        "`aws:MultiFactorAuthAge` comes only with `aws:MultiFactorAuthPresent` true",
        lambda it: "aws:MultiFactorAuthAge" not in it.context or it.context.get("aws:MultiFactorAuthPresent") == ("true",),
        KEYS,
    ),
    CoherenceAxiom(
        "`aws:SourceIp` is absent from requests through a VPC endpoint",
        lambda it: "aws:SourceIp" not in it.context or "aws:SourceVpce" not in it.context,
        KEYS,
    ),
    CoherenceAxiom("`aws:SourceAccount` is the account in `aws:SourceArn`", _source_account, KEYS),
    CoherenceAxiom("`aws:TagKeys` names every tag of the request", _request_tags, KEYS),
    CoherenceAxiom(
        "single-valued keys have one value",
        lambda it: all(len(found) <= 1 or same_key(key) not in _SINGLE_VALUED for key, found in it.context.given.items()),
        KEYS,
    ),
    CoherenceAxiom(
        "boolean keys are `true` or `false`",
        lambda it: all(boolean(value) is not None for key in BOOLEANS for value in it.context.get(key)),
        KEYS,
    ),
)
"""Relations between values."""
