"""What a value of a template is in one account and region, as far as that is sure before anything is deployed.

A stack's name, another resource, an import, a value that CfCT fetches: all unknown, and whatever depends on them is unknown too.
So a judge that asks here never objects to what it only supposes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from generator.aws.names import Region
from generator.aws.partitions import PARTITIONS, partition_of
from generator.cfct.document import Node
from generator.checks.templates.template import Template

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_HIDDEN = "{{resolve:"
"""What a dynamic reference begins with."""

_LONGEST = 10_000
"""Characters; more than any property takes that is looked at, and a stop for texts that double with each level."""

_MAX_DEPTH = 100
"""Levels of functions in functions and conditions in conditions, so that no template exhausts the stack."""


@dataclass(frozen=True)
class Scene:
    """Where a template is looked at. `parameters` holds only those whose value is sure, as text."""

    template: Template
    account: str
    region: Region
    parameters: Mapping[str, str]
    conditions: dict[str, bool | None] = field(default_factory=dict, compare=False, repr=False)
    """Those that have been looked at."""

    def text(self, node: Node | None) -> str | None:
        """The value as text; None if it is not sure."""
        return _text(node, self, _MAX_DEPTH)

    def exists(self, resource: Node) -> bool | None:
        """Whether a resource is made here; None if that is not sure."""
        condition = resource.get("Condition")
        return True if condition is None else _named(condition.data, self, _MAX_DEPTH)


def _text(node: Node | None, scene: Scene, depth: int) -> str | None:
    if node is None or depth <= 0:
        return None
    if isinstance(node.data, (bool, int, float, str)):
        return None if _HIDDEN in node.text else as_written(node)
    function, argument = call(node)
    evaluate = _FUNCTIONS.get(function)
    return evaluate(argument, scene, depth) if evaluate and argument else None


def call(node: Node) -> tuple[str, Node | None]:
    """The intrinsic function that a value is, with its argument; no name for any other value."""
    if isinstance(node.data, dict) and len(node.children) == 1:
        ((name, argument),) = node.children.items()
        if isinstance(name, str) and (name in ("Ref", "Condition") or name.startswith("Fn::")):
            return name, argument
    return "", None


def as_written(node: Node) -> str | None:
    """A scalar of a template as CloudFormation takes it; None for what YAML reads otherwise than it is written, such as `yes` or `010`."""
    if isinstance(node.data, str):
        return node.data
    if isinstance(node.data, (bool, int, float)) and node.text in (str(node.data), str(node.data).lower()):
        return node.text.lower() if isinstance(node.data, bool) else node.text
    return None


def _reference(name: object, scene: Scene) -> str | None:
    if name == "AWS::Region":
        return scene.region
    if name == "AWS::AccountId":
        return scene.account
    partition = PARTITIONS.get(partition_of(scene.region) or "")
    if name == "AWS::Partition":
        return partition.id if partition else None
    if name == "AWS::URLSuffix":
        return partition.dns_suffix if partition else None
    return scene.parameters.get(name) if isinstance(name, str) else None


def _substituted(argument: Node, scene: Scene, depth: int) -> str | None:
    text = argument if isinstance(argument.data, str) else argument.get(0)
    own = argument.get(1)
    if text is None or not isinstance(text.data, str):
        return None
    names = {match[2].strip() for match in _VARIABLE.finditer(text.data) if not match[1]}
    values = {
        name: _text(own.get(name), scene, depth - 1) if own and own.get(name) else _reference(name, scene) for name in names
    }
    known = {name: value for name, value in values.items() if value is not None}
    size = sum(len(known.get(match[2].strip(), "")) for match in _VARIABLE.finditer(text.data))
    if len(known) < len(values) or size > _LONGEST:
        return None
    result = _VARIABLE.sub(lambda match: f"${{{match[2]}}}" if match[1] else known[match[2].strip()], text.data)
    return None if _HIDDEN in result else result


def _joined(argument: Node, scene: Scene, depth: int) -> str | None:
    between, items = argument.get(0), argument.get(1)
    if between is None or items is None or not isinstance(items.data, list) or not isinstance(between.data, str):
        return None
    parts = [_text(item, scene, depth - 1) for item in items.children.values()]
    known = [part for part in parts if part is not None]
    return between.data.join(known) if len(known) == len(parts) and sum(map(len, known)) <= _LONGEST else None


def _chosen(argument: Node, scene: Scene, depth: int) -> str | None:
    condition = argument.get(0)
    holds = _named(condition.data, scene, depth) if condition else None
    return None if holds is None else _text(argument.get(1 if holds else 2), scene, depth - 1)


def _mapped(argument: Node, scene: Scene, depth: int) -> str | None:
    steps = [_text(argument.get(index), scene, depth - 1) for index in range(3)]
    node = scene.template.root.get("Mappings")
    for step in steps:
        node = node.get(step) if node and step is not None else None
    return as_written(node) if node else None


def _named(name: object, scene: Scene, depth: int) -> bool | None:
    """Each condition is looked at once: while it is, and for one in a circle ever, it is unknown."""
    node = scene.template.condition(name) if isinstance(name, str) else None
    if not isinstance(name, str) or node is None or depth <= 0:
        return None
    if name not in scene.conditions:
        scene.conditions[name] = None
        scene.conditions[name] = _holds(node, scene, depth - 1)
    return scene.conditions[name]


def _holds(node: Node, scene: Scene, depth: int) -> bool | None:
    function, argument = call(node)
    if argument is None or depth <= 0:
        return None
    if function == "Condition":
        return _named(argument.data, scene, depth)
    items = tuple(argument.children.values())
    if function == "Fn::Equals":
        sides = [_text(item, scene, depth - 1) for item in items]
        return None if None in sides else len(set(sides)) == 1
    parts = [_holds(item, scene, depth - 1) for item in items]
    settle = _JUNCTIONS.get(function)
    return settle(parts) if settle and parts else None


def _not(parts: Sequence[bool | None]) -> bool | None:
    return None if None in parts else not parts[0]


def _and(parts: Sequence[bool | None]) -> bool | None:
    return False if False in parts else None if None in parts else True


def _or(parts: Sequence[bool | None]) -> bool | None:
    return True if True in parts else None if None in parts else False


_FUNCTIONS: Mapping[str, Callable[[Node, Scene, int], str | None]] = MappingProxyType(
    {
        "Ref": lambda argument, scene, _: _reference(argument.data, scene),
        "Fn::Sub": _substituted,
        "Fn::Join": _joined,
        "Fn::If": _chosen,
        "Fn::FindInMap": _mapped,
    }
)
_JUNCTIONS: Mapping[str, Callable[[Sequence[bool | None]], bool | None]] = MappingProxyType(
    {"Fn::Not": _not, "Fn::And": _and, "Fn::Or": _or}
)
