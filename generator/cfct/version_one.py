"""Manifest version 2020-01-01, which CfCT 2.8.4 still takes, in the words of version 2021-03-15.

An entry of the old version becomes a node as the new version would have it, whose values keep their places in the user's file, so
every judge of entries judges both versions (run-validation.sh 75-83; manifest_parser.py 98-125, 233-286, 413-447).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterator, Mapping

from generator.cfct.document import Node

VERSION_ONE = dt.date(2020, 1, 1)
"""The enum of `version` (CfCT 2.8.4, validation/manifest.schema.yaml)."""

_POLICY_KEYS = {"name": "name", "description": "description", "policy_file": "resource_file"}
_STACK_SET_KEYS = {
    "name": "name",
    "template_file": "resource_file",
    "parameter_file": "parameter_file",
    "regions": "regions",
    "ssm_parameters": "export_outputs",
    "deploy_method": "deploy_method",
}
_POLICY_TARGETS = {"apply_to_accounts_in_ou": "organizational_units"}
_STACK_SET_TARGETS = {"deploy_to_account": "accounts", "deploy_to_ou": "organizational_units"}

WRITTEN = {"scp": {"resource_file": "policy_file"}, "stack_set": {"resource_file": "template_file"}}
"""By `deploy_method`, what version 2020-01-01 calls a key that names a file."""


def is_version_one(root: Node) -> bool:
    """Whether CfCT reads the manifest by the old schema; the build stage compares the text of `version` (run-validation.sh 73-75)."""
    version = root.get("version")
    return version is not None and version.text == str(VERSION_ONE)


def entries(root: Node) -> Iterator[Node]:
    """Every entry, policies first, as CfCT's stages come; RCPs cannot be written in this version (manifest_parser.py 177-179)."""
    for entry in _mappings(root, "organization_policies"):
        yield _entry(entry, _POLICY_KEYS, _POLICY_TARGETS, "scp")
    for entry in _mappings(root, "cloudformation_resources"):
        yield _entry(entry, _STACK_SET_KEYS, _STACK_SET_TARGETS, "")


def _mappings(root: Node, key: str) -> Iterator[Node]:
    child = root.get(key)
    if child is not None and isinstance(child.data, list):
        yield from (item for item in child.children.values() if isinstance(item.data, dict))


def _entry(entry: Node, keys: Mapping[str, str], targets: Mapping[str, str], deploy_method: str) -> Node:
    children = _renamed(entry, keys)
    if deploy_method:
        children["deploy_method"] = Node(deploy_method, entry.line, entry.column, text=deploy_method)
    elif (method := children.get("deploy_method")) is not None and isinstance(method.data, str):
        # CfCT compares it without regard to case (manifest_parser.py 271)
        children["deploy_method"] = Node(method.data.lower(), method.line, method.column, text=method.text)
    named = _renamed(entry, targets)
    first = min(named.values(), key=lambda node: (node.key_line, node.key_column), default=entry)
    children["deployment_targets"] = Node(
        _data(named), first.line, first.column, named, key_line=first.key_line, key_column=first.key_column
    )
    return Node(_data(children), entry.line, entry.column, children, size=entry.size)


def _renamed(entry: Node, keys: Mapping[str, str]) -> dict[Hashable, Node]:
    return {new: node for old, new in keys.items() if (node := entry.get(old)) is not None}


def _data(children: Mapping[Hashable, Node]) -> dict[Hashable, object]:
    return {key: node.data for key, node in children.items()}
