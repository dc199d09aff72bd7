"""JSON text as values that know their line and column, so that every later complaint can point at its place.

The standard parser drops positions and keeps the last of two equal keys. AWS rejects duplicates ("Individual elements must not
contain multiple instances of the same key", IAM User Guide, "Grammar of the IAM JSON policy language"), so losing one would
hide an error.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]  # the C scanner of the standard library, absent from its stubs

from generator.errors import InputError, Problem, Where

MAXIMUM_DEPTH = 32
"""Deeper nesting is refused: the deepest policy AWS accepts has seven levels, and recursion stays bounded."""

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Number:
    """A JSON number as written, since `10` and `10.0` differ as text but not as numbers."""

    text: str


@dataclass(frozen=True)
class Array:
    """A JSON array."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Object:
    """A JSON object; keys are unique, in the order of the text."""

    members: tuple[Member, ...]


@dataclass(frozen=True)
class Node:
    """A JSON value and where it starts."""

    value: str | bool | Number | Array | Object | None
    where: Where


@dataclass(frozen=True)
class Member:
    """A key of an object, where the key stands, and its value."""

    key: str
    where: Where
    node: Node


def read(text: str, path: str) -> Node:
    """Parse one JSON document.

    Raises `InputError` with every duplicate key, or with the first place at which the text is no JSON.
    """
    reader = _Reader(text, path)
    node = reader.document()
    if reader.duplicates:
        raise InputError(reader.duplicates)
    return node


class _Reader:
    """A recursive-descent reader, bounded by `MAXIMUM_DEPTH`."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path
        self.line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.position = 0
        self.duplicates: list[Problem] = []

    def where(self, position: int) -> Where:
        line = bisect_right(self.line_starts, position)
        return Where(self.path, line, position - self.line_starts[line - 1] + 1)

    def fail(self, problem: str, remedy: str, position: int | None = None) -> InputError:
        return InputError(Problem(self.where(self.position if position is None else position), problem, remedy))

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.position)
        self.position = found.end() if found else self.position

    def at(self, character: str) -> bool:
        return self.text.startswith(character, self.position)

    def document(self) -> Node:
        if self.text.startswith("\ufeff"):
            raise self.fail("the text starts with a byte order mark", "save the file as UTF-8 without a byte order mark")
        self.skip()
        if self.position == len(self.text):
            raise self.fail("the document is empty", "write a policy document: a JSON object with `Version` and `Statement`")
        node = self.node(0)
        self.skip()
        if self.position != len(self.text):
            raise self.fail("there is text after the end of the document", "remove what follows the closing brace")
        return node

    def node(self, depth: int) -> Node:
        if depth > MAXIMUM_DEPTH:
            raise self.fail(f"more than {MAXIMUM_DEPTH} levels of nesting", "a policy document needs seven levels at most")
        where = self.where(self.position)
        if self.at('"'):
            return Node(self.string(), where)
        if self.at("{"):
            return Node(self.object(depth), where)
        if self.at("["):
            return Node(self.array(depth), where)
        number = _NUMBER.match(self.text, self.position)
        if number:
            self.position = number.end()
            return Node(Number(number.group()), where)
        for word, value in _WORDS.items():
            if self.at(word):
                self.position += len(word)
                return Node(value, where)
        raise self.fail(f"expected a JSON value, found {self.found()}", "write a string, list or object here")

    def found(self) -> str:
        return f"`{self.text[self.position]}`" if self.position < len(self.text) else "the end of the text"

    def string(self) -> str:
        start = self.position
        try:
            value, self.position = scanstring(self.text, start + 1, True)
        except JSONDecodeError as error:
            raise self.fail(
                f"the string is not valid JSON: {error.msg.lower()}",
                "close the string and escape `\\` and control characters",
                start,
            ) from None
        if _SURROGATE.search(value):
            raise self.fail(
                "the string holds half of a surrogate pair", "write the character itself or both halves of its escape", start
            )
        return str(value)

    def expect(self, character: str, after: str) -> None:
        self.skip()
        if not self.at(character):
            raise self.fail(f"expected `{character}` after {after}, found {self.found()}", f"write `{character}`")
        self.position += 1

    def array(self, depth: int) -> Array:
        self.position += 1
        self.skip()
        items: list[Node] = []
        if self.at("]"):
            self.position += 1
            return Array(())
        while True:
            self.skip()
            items.append(self.node(depth + 1))
            if not self.more("]", "a list item"):
                return Array(tuple(items))

    def object(self, depth: int) -> Object:
        self.position += 1
        self.skip()
        members: dict[str, Member] = {}
        if self.at("}"):
            self.position += 1
            return Object(())
        while True:
            self.skip()
            start = self.position
            if not self.at('"'):
                raise self.fail(
                    f"expected a key in double quotes, found {self.found()}",
                    "write the key as a JSON string; JSON has no trailing commas",
                )
            key = self.string()
            self.expect(":", f"the key `{key}`")
            self.skip()
            member = Member(key, self.where(start), self.node(depth + 1))
            if key in members:
                self.duplicates.append(
                    Problem(
                        member.where,
                        f"`{key}` stands here a second time; the first is at {members[key].where}",
                        "keep one of them",
                    )
                )
            members.setdefault(key, member)
            if not self.more("}", f"the value of `{key}`"):
                return Object(tuple(members.values()))

    def more(self, end: str, after: str) -> bool:
        self.skip()
        if self.at(","):
            self.position += 1
            return True
        if not self.at(end):
            raise self.fail(f"expected `,` or `{end}` after {after}, found {self.found()}", f"write `,` or `{end}`")
        self.position += 1
        return False
