"""Values of inline parameters: what YAML and CfCT make of them before CloudFormation gets them as text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.cfct.document import Node
from generator.cfct.manifest import Manifest, Resource
from generator.cfct.parameters import text_of
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.errors import Where

_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9_]*)")

NOT_LOST = Rule(
    "CT060",
    Level.ERROR,
    "an inline parameter value reaches CloudFormation",
    "CfCT makes empty text of 0 and of an empty list and a list of its keys of a mapping, and YAML reads a number that begins with 0, or has a colon, in another base",
    "put the value in quotes",
    cfct("manifest.py 53-64 (String of yorm 1.6.2); YAML 1.1 integers"),
)
AS_WRITTEN = Rule(
    "CT061",
    Level.WARNING,
    "an inline parameter value reaches CloudFormation as it is written",
    "CfCT gets what YAML makes of an unquoted value, and turns that into text: `1.10` becomes `1.1`, `yes` becomes `true`",
    "put the value in quotes",
    cfct("manifest.py 53-64 (String of yorm 1.6.2)"),
)


def _lost(subject: Subject) -> Iterator[Objection]:
    for where, name, node in _inline(subject):
        sent = text_of(node.data)
        if isinstance(node.data, dict) and node.data:
            yield Objection(
                where, f"the value of `{name}` is a mapping, of which CfCT passes on the keys: `{sent}`", "write it as one text"
            )
        elif _is_lost(node.data) and not sent:
            yield Objection(where, f"the value of `{name}` is `{node.text or node.data}`, which becomes empty text")
        elif _in_another_base(node):
            yield Objection(where, f"the value of `{name}` is `{node.text}`, which YAML reads as `{sent}`")


def _is_lost(data: object) -> bool:
    """Zero, in whatever notation, and empty collections; null and empty text are empty for everybody."""
    return data is not None and not isinstance(data, (str, bool))


def _in_another_base(node: Node) -> bool:
    return isinstance(node.data, int) and not isinstance(node.data, bool) and not _DECIMAL.fullmatch(node.text)


def _other_text(subject: Subject) -> Iterator[Objection]:
    for where, name, node in _inline(subject):
        sent = text_of(node.data)
        is_scalar = node.data is not None and not isinstance(node.data, (str, list, dict))
        if is_scalar and sent and not _in_another_base(node) and sent.lower() != node.text.lower():
            yield Objection(where, f"the value of `{name}` is `{node.text}`, which becomes `{sent}`")


def _inline(subject: Subject) -> Iterator[tuple[Where, str, Node]]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        if manifest:
            yield from _of(manifest, resource)


def _of(manifest: Manifest, resource: Resource) -> Iterator[tuple[Where, str, Node]]:
    items = (item for item in resource.items("parameters") if item.children)
    for parameter, item in zip(resource.parameters, items, strict=True):
        node = item.get("parameter_value")
        if node is not None:
            yield Where(manifest.path, node.line, node.column), parameter.key, node


CHECKS = (Check(NOT_LOST, _lost), Check(AS_WRITTEN, _other_text))
