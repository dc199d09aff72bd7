"""Which resource a value of a template names, and what a resource waits for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from generator.cfct.document import Node
from generator.checks.templates.evaluate import call
from generator.checks.templates.template import FUNCTION_TYPES, Declared, Template

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z0-9.]+)?\}")


def target(node: Node | None, template: Template) -> Declared | None:
    """The resource whose name or ARN a value is: `!Ref x`, `!GetAtt x.Arn` or `!Sub "${x.Arn}"`."""
    if node is None:
        return None
    function, argument = call(node)
    if argument is None:
        return None
    name: object = None
    match function:
        case "Ref":
            name = argument.data
        case "Fn::GetAtt":
            name = _first(argument)
        case "Fn::Sub":
            found = _VARIABLE.fullmatch(argument.data) if isinstance(argument.data, str) else None
            name = found[1] if found else None
    return template.resources.get(name) if isinstance(name, str) else None


def function_of(custom: Declared, template: Template) -> Declared | None:
    """The function of the same template that makes a custom resource."""
    token = target(custom.setting("ServiceToken"), template)
    return token if token and token.type in FUNCTION_TYPES else None


def waits_for(name: str, template: Template) -> frozenset[str]:
    """All resources that are made before this one, whether it names them or lists them in `DependsOn`."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        resource = template.resources.get(waiting.pop())
        new = set(_needed(resource.node)) - found if resource else set()
        found |= new
        waiting.extend(new)
    return frozenset(found)


def _needed(resource: Node) -> Iterator[str]:
    depends = resource.get("DependsOn")
    if depends is not None:
        names = depends.data if isinstance(depends.data, list) else [depends.data]
        yield from (name for name in names if isinstance(name, str))
    properties = resource.get("Properties")
    waiting = [properties] if properties else []
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children.values())
        if isinstance(node.data, dict):
            yield from _named(node.children)


def _named(children: Mapping[object, Node]) -> Iterator[str]:
    reference, attribute, text = (children.get(key) for key in ("Ref", "Fn::GetAtt", "Fn::Sub"))
    if reference is not None and isinstance(reference.data, str):
        yield reference.data
    if attribute is not None and isinstance(name := _first(attribute), str):
        yield name
    if text is not None:
        whole = text if isinstance(text.data, str) else text.get(0)
        if whole is not None and isinstance(whole.data, str):
            yield from (match[1] for match in _VARIABLE.finditer(whole.data))


def _first(attribute: Node) -> object:
    """The resource of a `Fn::GetAtt`, as a list or as `x.Arn`."""
    if isinstance(attribute.data, str):
        return attribute.data.partition(".")[0]
    first = attribute.get(0)
    return first.data if first else None
