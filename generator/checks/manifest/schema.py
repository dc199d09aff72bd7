"""The manifest's schema: the keys and types that CfCT's own validation takes, with the place of each slip."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from generator.cfct.document import Node
from generator.cfct.manifest import DEPLOY_METHODS, Manifest
from generator.cfct.version_one import VERSION_ONE
from generator.checks.finding import Level
from generator.checks.manifest import migration
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.errors import Where

VERSION = dt.date(2021, 3, 15)
"""The manifest version whose schema has `resources` (manifest-v2.schema.yaml)."""

_SCHEMA = cfct("validation/manifest-v2.schema.yaml")


class _Kind(StrEnum):
    TEXT = "text"
    FLAG = "`true` or `false`"
    DATE = "an unquoted date"
    ANY = "any value"
    LIST = "a list"
    MAP = "a mapping"


@dataclass(frozen=True)
class _Shape:
    kind: _Kind
    required: bool = False
    keys: Mapping[str, _Shape] = field(default_factory=dict)
    items: _Shape | None = None
    one_of: frozenset[str] = frozenset()


_TEXT = _Shape(_Kind.TEXT)
_NEEDED_TEXT = _Shape(_Kind.TEXT, required=True)
_TARGETS = {
    "accounts": _Shape(_Kind.LIST, items=_Shape(_Kind.ANY)),
    "organizational_units": _Shape(_Kind.LIST, items=_TEXT),
}
_PARAMETER = {"parameter_key": _NEEDED_TEXT, "parameter_value": _Shape(_Kind.ANY, required=True)}
_EXPORT = {"name": _NEEDED_TEXT, "value": _NEEDED_TEXT}
_RESOURCE = {
    "name": _NEEDED_TEXT,
    "description": _TEXT,
    "resource_file": _NEEDED_TEXT,
    "deployment_targets": _Shape(_Kind.MAP, required=True, keys=_TARGETS),
    "parameter_file": _TEXT,
    "parameters": _Shape(_Kind.LIST, items=_Shape(_Kind.MAP, required=True, keys=_PARAMETER)),
    "deploy_method": _Shape(_Kind.TEXT, required=True, one_of=DEPLOY_METHODS),
    "regions": _Shape(_Kind.LIST, items=_TEXT),
    "export_outputs": _Shape(_Kind.LIST, items=_Shape(_Kind.MAP, required=True, keys=_EXPORT)),
}
_LIST_OF_TEXT = _Shape(_Kind.LIST, items=_TEXT)
_OLD_POLICY = {
    "name": _NEEDED_TEXT,
    "description": _TEXT,
    "policy_file": _NEEDED_TEXT,
    "apply_to_accounts_in_ou": _Shape(_Kind.LIST, required=True, items=_TEXT),
}
_OLD_RESOURCE = {
    "name": _NEEDED_TEXT,
    "deploy_to_account": _Shape(_Kind.LIST, items=_Shape(_Kind.ANY)),
    "deploy_to_ou": _LIST_OF_TEXT,
    "template_file": _NEEDED_TEXT,
    "parameter_file": _TEXT,
    "deploy_method": _NEEDED_TEXT,
    "depends_on": _LIST_OF_TEXT,
    "regions": _LIST_OF_TEXT,
    "ssm_parameters": _RESOURCE["export_outputs"],
}
_OLD_MANIFEST = _Shape(
    _Kind.MAP,
    required=True,
    keys={
        "region": _NEEDED_TEXT,
        "version": _Shape(_Kind.DATE, required=True),
        "organization_policies": _Shape(_Kind.LIST, items=_Shape(_Kind.MAP, required=True, keys=_OLD_POLICY)),
        "cloudformation_resources": _Shape(_Kind.LIST, items=_Shape(_Kind.MAP, required=True, keys=_OLD_RESOURCE)),
    },
)
"""Version 2020-01-01 (validation/manifest.schema.yaml), which CfCT still validates by and deploys (run-validation.sh 75-83)."""

_MANIFEST = _Shape(
    _Kind.MAP,
    required=True,
    keys={
        "region": _NEEDED_TEXT,
        "version": _Shape(_Kind.DATE, required=True),
        "enable_stack_set_deletion": _Shape(_Kind.FLAG),
        "resources": _Shape(_Kind.LIST, items=_Shape(_Kind.MAP, required=True, keys=_RESOURCE)),
    },
)

READABLE = Rule(
    "CT001",
    Level.ERROR,
    "the manifest is one YAML document without duplicate keys",
    "CfCT parses it first and stops when it cannot; of a key given twice it takes the last without a word",
    "correct the YAML",
    cfct("run-validation.sh 62"),
)
SHAPE = Rule(
    "CT002",
    Level.ERROR,
    "the manifest has the keys and types of its schema",
    "CfCT's build stage validates it and fails; a value of the wrong type that passes is converted to something else",
    "write the manifest as its schema says",
    _SCHEMA,
)
VERSION_DATE = Rule(
    "CT003",
    Level.ERROR,
    "`version` is the unquoted date 2021-03-15",
    "the schema compares it with a date; a quoted one is text and fails",
    "write `version: 2021-03-15` without quotes",
    f"{_SCHEMA} 6-9",
)


def _unreadable(subject: Subject) -> Iterator[Objection]:
    for problem in subject.reading.problems:
        yield Objection(problem.where or Where(""), problem.problem, problem.remedy)


def _misshaped(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    if manifest and manifest.document.root:
        yield from _compare(
            manifest, manifest.document.root, _OLD_MANIFEST if manifest.version_one else _MANIFEST, "the manifest"
        )


def _compare(manifest: Manifest, node: Node, shape: _Shape, name: str) -> Iterator[Objection]:
    if node.data is None:
        if shape.required:
            yield Objection(manifest.where(node), f"{name} is empty", f"give it {shape.kind}")
        return
    if not _fits(node.data, shape.kind):
        yield Objection(
            Where(manifest.path, node.line, node.column),
            f"{name} must be {shape.kind}, not `{node.text or _kind_of(node.data)}`",
            "put it in quotes" if shape.kind is _Kind.TEXT and node.text else f"write {shape.kind}",
        )
        return
    if shape.one_of and node.data not in shape.one_of:
        known = " or ".join(f"`{each}`" for each in sorted(shape.one_of))
        yield Objection(Where(manifest.path, node.line, node.column), f"{name} is `{node.text}`", f"write {known}")
    if shape.kind is _Kind.MAP:
        yield from _keys(manifest, node, shape, name)
    if shape.items:
        seen: set[object] = set()
        for index, item in enumerate(node.children.values(), start=1):
            yield from _compare(manifest, item, shape.items, f"item {index} of {name}")
            if name == "`regions`" and isinstance(item.data, str) and item.data in seen:
                yield Objection(
                    Where(manifest.path, item.line, item.column), f"the region `{item.text}` is listed twice", "list it once"
                )
            if isinstance(item.data, str):
                seen.add(item.data)


def _keys(manifest: Manifest, node: Node, shape: _Shape, name: str) -> Iterator[Objection]:
    for key, child in node.children.items():
        known = shape.keys.get(key) if isinstance(key, str) else None
        if known is None:
            yield Objection(manifest.where(child), f"unknown key `{key}` in {name}", _instead(str(key), shape))
        elif known.kind is not _Kind.DATE:
            yield from _compare(manifest, child, known, f"`{key}`")
    for key, known in shape.keys.items():
        if known.required and key not in node.children:
            yield Objection(Where(manifest.path, node.line, node.column), f"`{key}` is missing in {name}", f"add `{key}:`")


def _instead(key: str, shape: _Shape) -> str:
    if key in migration.KEYS:
        return f"this key belongs to manifest version 2020-01-01: {migration.KEYS[key]}"
    near = difflib.get_close_matches(key, shape.keys, n=1)
    return f"did you mean `{near[0]}`?" if near else f"remove it; known here are {', '.join(f'`{each}`' for each in shape.keys)}"


def _fits(data: object, kind: _Kind) -> bool:
    match kind:
        case _Kind.TEXT:
            return isinstance(data, str)
        case _Kind.FLAG:
            return isinstance(data, bool)
        case _Kind.LIST:
            return isinstance(data, list)
        case _Kind.MAP:
            return isinstance(data, dict)
        case _Kind.ANY | _Kind.DATE:
            return True


def _kind_of(data: object) -> str:
    return "a mapping" if isinstance(data, dict) else "a list" if isinstance(data, list) else str(data)


def _wrong_version(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    root = manifest.document.root if manifest else None
    version = root.get("version") if root else None
    if manifest is None or version is None or version.data is None or version.data in (VERSION, VERSION_ONE):
        return
    where = Where(manifest.path, version.line, version.column)
    if version.data in (str(VERSION), str(VERSION_ONE)):
        yield Objection(where, f"`version` is the text `{version.text}`, not a date", "remove the quotes")
    else:
        yield Objection(where, f"`version` is `{version.text}`; CfCT knows {VERSION} only")


CHECKS = (Check(READABLE, _unreadable), Check(SHAPE, _misshaped), Check(VERSION_DATE, _wrong_version))
