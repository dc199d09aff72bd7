"""Collecting every problem of a document, and reading the small shapes that its elements are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from generator.errors import Problem, Where
from generator.policy.json_source import Array, Node, Number, Object

Text = tuple[str, Where]
"""A string and where it stands."""


class Doubt(Enum):
    """What this program objects to and AWS may take: it rests on a table that ages, or on words of AWS that differ."""

    KEY = auto()
    """A global key that the table does not have."""
    OPERATOR = auto()
    """An operator in other capitals than AWS documents."""
    SEVERAL = auto()
    """A key with several values, compared as if it had one."""


@dataclass(frozen=True)
class Doubtful:
    """One doubt, and the number of the statement that it is about."""

    doubt: Doubt
    statement: int
    problem: Problem


@dataclass
class Problems:
    """The problems found so far. `statement` is the number of the one that is being read."""

    found: list[Problem] = field(default_factory=list)
    doubts: list[Doubtful] = field(default_factory=list)
    statement: int = 0

    def add(self, where: Where, problem: str, remedy: str) -> None:
        """Note one more."""
        self.found.append(Problem(where, problem, remedy))

    def doubt(self, doubt: Doubt, where: Where, problem: str, remedy: str) -> None:
        """Note something that may be right."""
        self.doubts.append(Doubtful(doubt, self.statement, Problem(where, problem, remedy)))


def shape(node: Node) -> str:
    """What a value is, for messages."""
    if isinstance(node.value, bool):
        return "a boolean"
    for kind, name in ((str, "a string"), (Number, "a number"), (Array, "a list"), (Object, "an object")):
        if isinstance(node.value, kind):
            return name
    return "null"


def strings(node: Node, element: str, problems: Problems) -> tuple[Text, ...]:
    """A string, or a non-empty list of strings."""
    if isinstance(node.value, str):
        return ((node.value, node.where),)
    if not isinstance(node.value, Array):
        problems.add(node.where, f"`{element}` is {shape(node)}", "write a string or a list of strings")
        return ()
    if not node.value.items:
        problems.add(node.where, f"`{element}` is an empty list", "write at least one value, or remove the statement")
    texts: list[Text] = []
    for item in node.value.items:
        if isinstance(item.value, str):
            texts.append((item.value, item.where))
        else:
            problems.add(item.where, f"`{element}` holds {shape(item)}", "write strings only")
    return tuple(texts)
