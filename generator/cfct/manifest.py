"""The manifest as CfCT 2.8.4 reads it: what is well-formed becomes values, and every value knows its place.

The reading is lenient, so that one wrong key hides nothing else: what has the wrong type is left out here, and the judges say so
from `Manifest.document` (`generator.checks.manifest.schema`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Hashable
from dataclasses import dataclass

from generator.aws.names import Region
from generator.cfct import version_one
from generator.cfct.document import Document, Node, Style, read
from generator.errors import Problem, Where
from generator.package.files import MANIFEST, PackageFiles

STACK_SET = "stack_set"
SCP = "scp"
RCP = "rcp"
POLICIES = frozenset({SCP, RCP})
DEPLOY_METHODS = frozenset({STACK_SET, SCP, RCP})
"""The enum of `deploy_method` (CfCT 2.8.4, validation/manifest-v2.schema.yaml)."""

STACK_SET_PREFIX = "CustomControlTower-"
"""CfCT puts it before each name (manifest_parser.py, stack_set_state_machine_input_v2)."""


@dataclass(frozen=True)
class Parameter:
    """`value` is what YAML gave: CfCT's own conversion follows later."""

    key: str
    value: object


@dataclass(frozen=True)
class Export:
    """An entry of `export_outputs`."""

    name: str
    value: str


@dataclass(frozen=True)
class Resource:
    """One entry of `resources`. Account ids are text even where YAML made them numbers, as CfCT turns them back (`map(str, …)`).

    An entry of manifest version 2020-01-01 has the same form (`generator.cfct.version_one`).
    """

    name: str
    description: str | None
    resource_file: str
    deploy_method: str
    accounts: tuple[str, ...]
    organizational_units: tuple[str, ...]
    regions: tuple[Region, ...]
    parameters: tuple[Parameter, ...]
    parameter_file: str
    exports: tuple[Export, ...]
    default_region: Region
    node: Node
    version_one: bool = False

    @property
    def target_regions(self) -> tuple[Region, ...]:
        """Without regions of its own a resource has the manifest's (manifest_parser.py 455-460)."""
        return self.regions or (self.default_region,)

    @property
    def file(self) -> str:
        """`resource_file` as a path of the package: `./x` is `x`."""
        return posixpath.normpath(self.resource_file) if self.resource_file else ""

    @property
    def parameters_path(self) -> str:
        """`parameter_file` as a path of the package."""
        return posixpath.normpath(self.parameter_file) if self.parameter_file else ""

    def written(self, key: str) -> str:
        """What the user's manifest calls a key that names a file: version 2020-01-01 has words of its own."""
        return version_one.WRITTEN.get(self.deploy_method, {}).get(key, key) if self.version_one else key

    @property
    def is_policy(self) -> bool:
        """Whether it is an SCP or an RCP."""
        return self.deploy_method in POLICIES

    @property
    def is_stack_set(self) -> bool:
        """Whether it is a stack set; an entry with an unknown `deploy_method` is neither."""
        return self.deploy_method == STACK_SET

    def items(self, *path: str) -> tuple[Node, ...]:
        """The items of the list at `path`; none if there is no list."""
        node: Node | None = self.node
        for step in path:
            node = node.get(step) if node else None
        return tuple(node.children.values()) if node and isinstance(node.data, list) else ()

    def place(self, *path: Hashable) -> Node:
        """The node at `path` in this entry, or the deepest one there is."""
        return self.node.at(*path)


@dataclass(frozen=True)
class Manifest:
    """`path` is the one that the user can open. `document.root` is never None here."""

    path: str
    region: Region
    enable_stack_set_deletion: bool
    resources: tuple[Resource, ...]
    document: Document
    version_one: bool = False

    def where(self, node: Node) -> Where:
        """Where a node stands: at its key if it has one."""
        return Where(self.path, node.key_line or node.line, node.key_column or node.column)


@dataclass(frozen=True)
class ManifestReading:
    """`manifest` is None when there is none or it is not YAML; `problems` holds the reason, and duplicate keys."""

    manifest: Manifest | None
    problems: tuple[Problem, ...] = ()


def parse(files: PackageFiles) -> ManifestReading:
    """The manifest of a package."""
    shown = files.shown(MANIFEST)
    content = files.files.get(MANIFEST)
    if content is None:
        return ManifestReading(
            None, (Problem(Where(shown), f"the package has no `{MANIFEST}`", "write one; CfCT looks for it at the root"),)
        )
    document = read(content, shown, Style.MANIFEST)
    if document.root is None:
        return ManifestReading(None, document.problems)
    root = document.root
    region = Region(_text(root, "region"))
    is_old = version_one.is_version_one(root)
    entries = tuple(version_one.entries(root)) if is_old else _items(root, "resources")
    manifest = Manifest(
        path=shown,
        region=region,
        enable_stack_set_deletion=not is_old and root.at("enable_stack_set_deletion").data is True,
        resources=tuple(_resource(entry, region, is_old=is_old) for entry in entries if isinstance(entry.data, dict)),
        document=document,
        version_one=is_old,
    )
    return ManifestReading(manifest, document.problems)


def _resource(entry: Node, region: Region, *, is_old: bool) -> Resource:
    targets = entry.get("deployment_targets") or entry
    description = entry.get("description")
    return Resource(
        name=_text(entry, "name"),
        description=description.data if description and isinstance(description.data, str) else None,
        resource_file=_text(entry, "resource_file"),
        deploy_method=_text(entry, "deploy_method"),
        accounts=tuple(str(item.data) for item in _items(targets, "accounts")),
        organizational_units=tuple(item.data for item in _items(targets, "organizational_units") if isinstance(item.data, str)),
        regions=tuple(Region(item.data) for item in _items(entry, "regions") if isinstance(item.data, str)),
        parameters=tuple(
            Parameter(_text(item, "parameter_key"), item.at("parameter_value").data)
            for item in _items(entry, "parameters")
            if item.children
        ),
        parameter_file=_text(entry, "parameter_file"),
        exports=tuple(
            Export(_text(item, "name"), _text(item, "value")) for item in _items(entry, "export_outputs") if item.children
        ),
        default_region=region,
        node=entry,
        version_one=is_old,
    )


def _text(node: Node, key: str) -> str:
    child = node.get(key)
    return child.data if child and isinstance(child.data, str) else ""


def _items(node: Node, key: str) -> tuple[Node, ...]:
    child = node.get(key)
    return tuple(child.children.values()) if child and isinstance(child.data, list) else ()
