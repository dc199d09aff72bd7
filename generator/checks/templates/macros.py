"""Macros: what CfCT's tools and StackSets cannot expand."""

from __future__ import annotations

from collections.abc import Iterator

from generator.cfct.document import Node
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.checks.templates.template import LOOP, templates

NO_LOOP = Rule(
    "CT306",
    Level.ERROR,
    "no template makes its resources in a loop",
    "CfCT's build stage runs cfn_nag, which is no longer maintained and breaks on `Fn::ForEach` among the resources; nothing is deployed",
    "write the resources out",
    f"{cfct('run-validation.sh 189')}; https://github.com/aws-solutions/aws-control-tower-customizations/issues/197",
)
MACRO_EVERYWHERE = Rule(
    "CT307",
    Level.WARNING,
    "a template uses only macros that AWS hosts",
    "a macro of your own works only in the account in which it was made; a stack set needs it in each account and region that it goes to, and "
    "CfCT does not see that it is missing",
    "expand the macro before you build the package, or be sure that every account and region has it",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros.html",
)

_HOSTED = "AWS::"
_USE = "Fn::Transform"


def _loops(subject: Subject) -> Iterator[Objection]:
    for template in templates(subject):
        for name, node in template.root.at("Resources").children.items():
            if isinstance(name, str) and name.startswith(LOOP):
                yield Objection(template.at_key(node), f"`{name}` makes resources in a loop, on which cfn_nag breaks")


def _own_macros(subject: Subject) -> Iterator[Objection]:
    for template in templates(subject):
        for use in _uses(template.root):
            if isinstance(use.data, str) and not use.data.startswith(_HOSTED):
                yield Objection(template.where(use), f"the macro `{use.data}` is none of AWS's")


def _uses(root: Node) -> Iterator[Node]:
    """The names of the macros: those of the whole template, and those of a part."""
    top = root.get("Transform")
    if top is not None:
        yield from (_name(item) for item in (top.children.values() if isinstance(top.data, list) else (top,)))
    waiting = [root]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children.values())
        use = node.get(_USE)
        if use is not None:
            yield from (_name(item) for item in (use.children.values() if isinstance(use.data, list) else (use,)))


def _name(use: Node) -> Node:
    return use.at("Name") if isinstance(use.data, dict) else use


CHECKS = (Check(NO_LOOP, _loops), Check(MACRO_EVERYWHERE, _own_macros))
