"""What CloudFormation calls to make and to change resources, by AWS's own statement: the handlers of the resource types' schemas.

The schemas come with cfn-lint, one file a type; only those of the types at hand are read, and cfn-lint itself is not imported.
"""

from __future__ import annotations

import json
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict, cast

from generator.aws.actions import service

_DATA = ("data", "schemas")
_PREFERRED = "us-east-1"
"""Every type is there first."""

_NO_CHANGE = frozenset({"Read", "List", "Tagging"})
"""Levels of actions that a resource without tags does without, or that change nothing."""
_CREATE = ("create", "put", "register", "enable", "start", "add", "allocate")
_UPDATE = ("update", "put", "modify", "set")


class Operation(StrEnum):
    """What CloudFormation does to a resource."""

    CREATE = "create"
    UPDATE = "update"


_VERBS = {Operation.CREATE: _CREATE, Operation.UPDATE: _UPDATE}


class _Handler(TypedDict):
    permissions: list[str]


class _Schema(TypedDict, total=False):
    handlers: dict[str, _Handler]


@cache
def needed(resource_type: str, operation: Operation) -> tuple[str, ...]:
    """The actions without which the operation cannot succeed, whatever the properties.

    A handler lists what it may call for any properties (`s3:PutBucketLogging` for a bucket without logging too). Certain are the action
    that is named after the type (`CreateBucket` for `AWS::S3::Bucket`), and else a handler's only one that changes something.
    """
    permissions = _permissions(resource_type, operation)
    noun = resource_type.rpartition("::")[2].lower()
    named = tuple(it for it in permissions if it.partition(":")[2].lower() in {f"{verb}{noun}" for verb in _VERBS[operation]})
    if named:
        return named[:1]
    writes = tuple(it for it in permissions if _changes(it))
    return writes if len(writes) == 1 else ()


def _changes(permission: str) -> bool:
    catalogue = service(permission.partition(":")[0])
    action = catalogue.action(permission) if catalogue else None
    return action is None or action.level not in _NO_CHANGE


def _permissions(resource_type: str, operation: Operation) -> tuple[str, ...]:
    schema = _schema(resource_type)
    handler = schema.get("handlers", {}).get(operation.value) if schema else None
    found = handler.get("permissions", []) if handler else []
    split = (it.partition(":") for it in found if ":" in it and "*" not in it)
    return tuple(dict.fromkeys(f"{prefix.lower()}:{name}" for prefix, _, name in split))


@cache
def _schema(resource_type: str) -> _Schema | None:
    folder = _folder()
    name = _types().get(resource_type)
    if folder is None or name is None:
        return None
    try:
        return cast("_Schema", json.loads((folder / "resources" / f"{name}.json").read_text("utf-8")))
    except (OSError, ValueError):
        return None


@cache
def _types() -> dict[str, str]:
    folder = _folder()
    if folder is None:
        return {}
    try:
        return cast("dict[str, str]", json.loads((folder / "providers" / f"{_PREFERRED}.json").read_text("utf-8")))
    except (OSError, ValueError):
        return {}


@cache
def _folder() -> Path | None:
    spec = find_spec("cfnlint")
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places)), *_DATA) if places else None
