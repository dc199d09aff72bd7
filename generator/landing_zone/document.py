"""From text to plain data that knows its places: the second stage of the loader.

YAML is read as what JSON can say (text, numbers, booleans, null, lists, mappings with text keys) so that the loader and the JSON
Schemas judge the same thing. No object is ever constructed from a tag; aliases count against a budget of nodes, so that a few
lines cannot grow into gigabytes. A date without quotes stays text, since nothing here is a date.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from yaml.reader import ReaderError

from generator.errors import InputError, Problem, Where

NODE_LIMIT = 500_000
"""Nodes in one file, aliases counted as what they stand for. 10,000 accounts take about 100,000."""

DEPTH_LIMIT = 64
"""Levels of nesting. The deepest sensible input, an OU tree of five levels, takes 12."""

Plain = str | int | float | bool | list["Plain"] | dict[str, "Plain"] | None
"""What JSON can say."""

_SHORTEST_ID = 9
"""Digits from which on a number with a leading zero is taken for an id and not for a quantity."""

_LEADING_ZERO = re.compile(r"0[0-9_]+")
_Loader: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVERS: Mapping[str, Sequence[tuple[str, re.Pattern[str]]]] = yaml.SafeLoader.yaml_implicit_resolvers
_CONSTRUCTOR = yaml.constructor.SafeConstructor()
_TEXT_TAG = "tag:yaml.org,2002:str"
_NULL, _BOOL, _INT, _FLOAT = (f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float"))


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value. `raw` is what the file says, before YAML made it a number; None if it was in quotes and can only be text."""

    line: int
    column: int
    value: str | float | bool | None
    raw: str | None


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    line: int
    column: int
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping: key to the key's own place and the value."""

    line: int
    column: int
    nodes: Mapping[str, tuple[Scalar, Node]]


Node = Scalar | Items | Entries


@dataclass(frozen=True)
class Document:
    """One file, read. `problems` are those that did not keep the rest from being read."""

    path: str
    root: Node
    problems: tuple[Problem, ...]

    def where(self, node: Node) -> Where:
        """The node's place in the file."""
        return Where(self.path, node.line, node.column)

    def find(self, location: Sequence[str | int]) -> tuple[Node, str | int | None]:
        """The node at `location`, a path of keys and indexes, and its last key.

        Steps that do not exist are skipped: a missing key is looked for in the mapping that lacks it, and the names of
        alternatives that pydantic puts in its paths are no places.
        """
        node, last = self.root, None  # type: Node, str | int | None
        for step in location:
            if isinstance(node, Entries) and isinstance(step, str) and step in node.nodes:
                node, last = node.nodes[step][1], step
            elif isinstance(node, Items) and isinstance(step, int) and 0 <= step < len(node.nodes):
                node, last = node.nodes[step], step
        return node, last

    def key(self, location: Sequence[str | int], key: str) -> Node:
        """The key itself, where the mapping at `location` has it; otherwise the mapping."""
        node, _ = self.find(location)
        return node.nodes[key][0] if isinstance(node, Entries) and key in node.nodes else node


def plain(node: Node) -> Plain:
    """The data without places."""
    match node:
        case Scalar():
            return node.value
        case Items():
            return [plain(each) for each in node.nodes]
        case Entries():
            return {key: plain(value) for key, (_, value) in node.nodes.items()}


def parse(path: Path, text: str, empty: str) -> Document:
    """Read one YAML document; `empty` is the remedy for a file without content. Raises InputError when the rest can't be read."""
    reader = _Reader(str(path))
    try:
        root = reader.document(yaml.parse(text, Loader=_Loader), empty)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Where(str(path), mark.line + 1, mark.column + 1) if mark else Where(str(path))
        detail = " ".join(filter(None, (error.context, error.problem))).lower()
        wrong = Problem(
            where, f"this is not YAML: {detail}", "check indentation, quotes and brackets on this line and the one above"
        )
        raise InputError([*reader.problems, wrong]) from error
    except ReaderError as error:
        before = text.encode("utf-8", "surrogatepass")[: error.position].decode("utf-8", "replace")
        where = Where(str(path), before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise InputError([*reader.problems, Problem(where, "this character is not allowed in YAML", "remove it")]) from error
    return Document(str(path), root, tuple(reader.problems))


@dataclass
class _Reader:
    """Builds nodes from the parser's events; keeps what is wrong but can be read past."""

    path: str
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    count: int = 0

    def document(self, events: Iterator[yaml.Event], empty: str) -> Node:
        """The only document of the stream."""
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise self._fatal(event, "a second document begins here", "keep one document; remove the `---` in between")
                root = self._node(next(events), events, 1)
        if root is None or (isinstance(root, Scalar) and root.value is None):
            raise InputError([*self.problems, Problem(Where(self.path), "the file is empty", empty)])
        return root

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Node:
        self._count(event, 1)
        if depth > DEPTH_LIMIT:
            raise self._fatal(
                event, f"this is nested more than {DEPTH_LIMIT} levels deep", "check the indentation and the brackets"
            )
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self.count
        self._refuse_tag(event)
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._items(event, events, depth)
        else:
            node = self._entries(event, events, depth)
        if anchor := getattr(event, "anchor", None):
            self.anchors[anchor] = (node, self.count - before + 1)
        return node

    def _items(self, start: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Items:
        nodes: list[Node] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            nodes.append(self._node(event, events, depth + 1))
        return Items(*_place(start), tuple(nodes))

    def _entries(self, start: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Entries:
        nodes: dict[str, tuple[Scalar, Node]] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, Scalar) or not isinstance(key.value, str):
                shown = f"`{key.raw}` without quotes" if isinstance(key, Scalar) and key.raw else "this"
                self._note(
                    key,
                    f"{shown} is not text, and keys are text",
                    "write a name, in quotes where YAML would make it a number or boolean",
                )
            elif key.value in nodes:
                first = nodes[key.value][0]
                self._note(key, f"`{key.value}` is given twice, first on line {first.line}", "keep one of the two")
            else:
                nodes[key.value] = (key, value)
        return Entries(*_place(start), nodes)

    def _alias(self, event: yaml.AliasEvent) -> Node:
        if event.anchor not in self.anchors:
            raise self._fatal(event, f"`*{event.anchor}` refers to no anchor before it", "write the value out")
        node, size = self.anchors[event.anchor]
        self._count(event, size)
        return node

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        line, column = _place(event)
        if not event.implicit[0]:
            return Scalar(line, column, event.value, None)
        raw: str = event.value
        scalar = Scalar(line, column, plain_text_value(raw), raw)
        if _LEADING_ZERO.fullmatch(raw):
            digits = raw.replace("_", "")
            if isinstance(scalar.value, str):
                said = f"text to one YAML reader and the number {digits.lstrip('0') or '0'} to another"
            else:
                said = f"the number {scalar.value} in YAML, which takes a leading zero for octal"
            if len(digits) < _SHORTEST_ID:
                remedy = f'write `{int(digits)}`, or `"{digits}"` in quotes if this is text'
                self._note(scalar, f"`{raw}` without quotes is {said}", remedy)
                return Scalar(line, column, int(digits), None)
            self._note(scalar, f"`{raw}` without quotes is {said}", f'write `"{digits}"`, in quotes')
            return Scalar(line, column, digits, None)
        return scalar

    def _refuse_tag(self, event: yaml.Event) -> None:
        tag = getattr(event, "tag", None)
        if tag and tag != _TEXT_TAG:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            where = Where(self.path, *_place(event))
            self.problems.append(
                Problem(where, f"the tag `{shown}` is not allowed", "remove the tag; inputs are plain text, numbers and lists")
            )

    def _count(self, event: yaml.Event, size: int) -> None:
        self.count += size
        if self.count > NODE_LIMIT:
            raise self._fatal(
                event,
                f"the file holds more than {NODE_LIMIT:,} values, aliases counted as what they stand for",
                "remove the anchors and aliases, or check that this is the file you mean",
            )

    def _note(self, node: Node, problem: str, remedy: str) -> None:
        self.problems.append(Problem(Where(self.path, node.line, node.column), problem, remedy))

    def _fatal(self, event: yaml.Event, problem: str, remedy: str) -> InputError:
        return InputError([*self.problems, Problem(Where(self.path, *_place(event)), problem, remedy)])


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def plain_text_value(raw: str) -> str | float | bool | None:
    """What YAML 1.1 makes of an unquoted value; text where it would be no JSON value (dates, infinity, `0x_`)."""
    tag = next((tag for tag, pattern in _RESOLVERS.get(raw[:1], ()) if pattern.match(raw)), _TEXT_TAG)
    node = yaml.ScalarNode(tag, raw)
    try:
        if tag == _NULL:
            return None
        if tag == _BOOL:
            return bool(_CONSTRUCTOR.construct_yaml_bool(node))
        if tag == _INT:
            return int(_CONSTRUCTOR.construct_yaml_int(node))
        if tag == _FLOAT:
            number = float(_CONSTRUCTOR.construct_yaml_float(node))
            return number if math.isfinite(number) else raw
    except (ValueError, OverflowError):
        return raw
    return raw
