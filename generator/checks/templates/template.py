"""A template as its parts: resources, parameters and conditions, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from generator.cfct.document import Node
from generator.checks.subject import Subject
from generator.errors import Where

FUNCTION_TYPES = ("AWS::Lambda::Function", "AWS::Serverless::Function")
LOOP = "Fn::ForEach::"
"""What the name of a loop begins with (AWS::LanguageExtensions)."""

_INCLUDED = "Fn::Transform"


@dataclass(frozen=True)
class Declared:
    """One resource or one parameter of a template."""

    name: str
    type: str
    node: Node

    def setting(self, *path: str) -> Node | None:
        """A property of a resource, if it is written out."""
        node = self.node.get("Properties")
        for step in path:
            node = node.get(step) if node else None
        return node

    @property
    def is_custom(self) -> bool:
        """Whether it is a custom resource, which a function or topic of the user's makes."""
        return self.type.startswith("Custom::") or self.type == "AWS::CloudFormation::CustomResource"

    @property
    def is_whole(self) -> bool:
        """Whether all its properties stand in the template: a macro may add others."""
        properties = self.node.get("Properties")
        return self.node.get(_INCLUDED) is None and (properties is None or properties.get(_INCLUDED) is None)


@dataclass(frozen=True)
class Template:
    """A template that can be read. `path` is its path in the package, `shown` the one that the user can open."""

    path: str
    shown: str
    root: Node

    @cached_property
    def resources(self) -> Mapping[str, Declared]:
        """The resources by name, without loops and other macros."""
        return self._declared("Resources")

    @cached_property
    def parameters(self) -> Mapping[str, Declared]:
        """The declared parameters by name."""
        return self._declared("Parameters")

    @property
    def is_whole(self) -> bool:
        """Whether all its parameters stand in the template: a macro over the whole of it may add others."""
        hosted = self.root.get("Transform")
        names = hosted.children.values() if hosted and isinstance(hosted.data, list) else (hosted,) if hosted else ()
        return all(isinstance(name.data, str) and name.data.startswith("AWS::") for name in names)

    def condition(self, name: str) -> Node | None:
        """The condition of this name."""
        return self.root.at("Conditions").get(name) if self.root.get("Conditions") else None

    def where(self, node: Node) -> Where:
        """Where a value stands."""
        return Where(self.shown, node.line, node.column)

    def at_key(self, node: Node) -> Where:
        """Where a value's key stands, or the value if it has none."""
        return Where(self.shown, node.key_line or node.line, node.key_column or node.column)

    def _declared(self, section: str) -> Mapping[str, Declared]:
        node = self.root.get(section)
        found: dict[str, Declared] = {}
        for name, child in node.children.items() if node else ():
            kind = child.get("Type")
            if isinstance(name, str) and kind is not None and isinstance(kind.data, str):
                found[name] = Declared(name, kind.data, child)
        return found


def templates(subject: Subject) -> tuple[Template, ...]:
    """Every template of the package that can be read and is one."""
    return subject.once(_templates)


def _templates(subject: Subject) -> tuple[Template, ...]:
    return tuple(_readable(subject))


def _readable(subject: Subject) -> Iterator[Template]:
    for path, document in subject.templates.items():
        root = document.root
        if root is not None and isinstance(root.data, dict) and "Resources" in root.data:
            yield Template(path, subject.files.shown(path), root)
