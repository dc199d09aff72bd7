"""YAML and JSON text as plain data that remembers where each value stands, safe on any input.

Built on libyaml's events and not on PyYAML's object tree: no recursion (deep nesting is a problem, not a crash), no expansion of
aliases beyond a budget, no object construction. Values are what `yaml.safe_load` gives, because CfCT reads its manifest with it.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from generator.cfct import json_events
from generator.cfct.json_events import NotJsonError
from generator.errors import Problem, Where

MAX_BYTES = 8 * 1024 * 1024
"""More than any file of a package can use: CodeCommit takes 6 MB a file, CloudFormation 460,800 bytes a template."""

MAX_DEPTH = 100

MAX_INTEGER_BITS = 4_096
"""Far above every number that AWS takes, below what Python refuses to write in decimal. YAML has ways to write more in few characters."""

MAX_NODES = 500_000
"""Counted with every alias expanded, so that a few lines of nested aliases cannot become gigabytes."""

_LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
_SCALAR_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value")
)
_COLLECTION_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("map", "seq"))


class Style(Enum):
    """What kind of text.

    CfCT's manifest is YAML. A CloudFormation template is JSON if it can be read as such, else YAML with `!Ref` and its kin, where dates
    are strings. A parameter file is JSON and nothing else.
    """

    MANIFEST = "manifest"
    TEMPLATE = "template"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place (from 1). `data` is plain Python; `text` and `quoted` say how a scalar was written; `size` counts nodes."""

    data: object
    line: int
    column: int
    children: Mapping[Hashable, Node] = field(default_factory=dict)
    text: str = ""
    quoted: bool = False
    key_line: int = 0
    key_column: int = 0
    size: int = 1

    def at(self, *path: Hashable) -> Node:
        """The node at `path`, or the deepest one on the way to it."""
        node = self
        for step in path:
            if step not in node.children:
                return node
            node = node.children[step]
        return node

    def get(self, step: Hashable) -> Node | None:
        """The child under a key or an index."""
        return self.children.get(step)

    def below(self, key: Node) -> Node:
        """This node as the value of a key. Every value of every file comes through here: `dataclasses.replace` takes five times as long."""
        return Node(self.data, self.line, self.column, self.children, self.text, self.quoted, key.line, key.column, self.size)


@dataclass(frozen=True)
class Document:
    """`root` is None when nothing could be read; `problems` then says why. Duplicate keys are problems of a readable document."""

    root: Node | None
    problems: tuple[Problem, ...] = ()


def read(content: bytes, path: str, style: Style) -> Document:
    """The one document in `content`; problems name `path`."""
    try:
        return _Builder(path, style).build(_decode(content, path, style))
    except _UnreadableError as error:
        return Document(None, (error.problem,))


class _UnreadableError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def _decode(content: bytes, path: str, style: Style) -> str:
    if len(content) > MAX_BYTES:
        raise _UnreadableError(
            Problem(
                Where(path),
                f"the file has {len(content):,} bytes",
                f"keep it below {MAX_BYTES:,} bytes; nothing that CfCT deploys is larger",
            )
        )
    try:
        # nobody who reads JSON skips a byte order mark
        return content.decode("utf-8" if style is Style.JSON else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        raise _UnreadableError(
            Problem(Where(path, line, column), "the file is not UTF-8", "save it as UTF-8 without a byte order mark")
        ) from error


class _Scalars(SafeConstructor, Resolver):
    """PyYAML's reading of one scalar, without its composer."""

    def __init__(self) -> None:
        SafeConstructor.__init__(self)
        Resolver.__init__(self)

    def tag(self, event: yaml.ScalarEvent) -> str:
        return str(self.resolve(yaml.ScalarNode, event.value, event.implicit))  # type: ignore[no-untyped-call] # PyYAML has no types here

    def value(self, text: str, tag: str) -> object:
        return self.construct_object(yaml.ScalarNode(tag, text))


@dataclass
class _Open:
    """A collection that has begun and not ended: `children` of a mapping, items of a sequence, and the key that waits for its value."""

    start: yaml.Event
    anchor: str | None
    tag: str
    mapping: bool
    children: dict[Hashable, Node] = field(default_factory=dict)
    merged: list[Node] = field(default_factory=list)
    key: Node | None = None
    size: int = 1


class _Builder:
    def __init__(self, path: str, style: Style) -> None:
        self._path = path
        self._style = style
        self._scalars = _Scalars()
        self._anchors: dict[str, Node | None] = {}
        self._problems: list[Problem] = []
        self._open: list[_Open] = []
        self._root: Node | None = None

    def build(self, text: str) -> Document:
        documents = 0
        try:
            for event in self._events(text):
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        raise self._unreadable(
                            event, "a second YAML document begins here", "keep one document per file: remove the `---`"
                        )
                self._take(event)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = Where(self._path, mark.line + 1, mark.column + 1) if mark else Where(self._path)
            reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
            raise _UnreadableError(Problem(where, f"this is not YAML: {reason}", "correct the syntax at this place")) from error
        except NotJsonError as error:
            where = Where(self._path, error.line, error.column)
            raise _UnreadableError(
                Problem(where, f"this is not JSON: {error.reason}", "correct the syntax at this place")
            ) from error
        if self._root is None:
            raise _UnreadableError(Problem(Where(self._path), "the file is empty", "write its content, or remove the file"))
        return Document(self._root, tuple(self._problems))

    def _events(self, text: str) -> Iterator[yaml.Event]:
        """JSON may be indented with tabs, which YAML forbids; a tab inside a JSON string would be an error anyway, so places stay right."""
        looks_like_json = text.lstrip().startswith("{")
        if self._style is Style.JSON and text.strip():
            return json_events.events(text)
        if self._style is Style.TEMPLATE and looks_like_json:
            with contextlib.suppress(NotJsonError):
                return json_events.events(text)
        return yaml.parse(text.replace("\t", " ") if looks_like_json else text, Loader=_LOADER)

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._add(event, self._scalar(event), event.anchor)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            if len(self._open) >= MAX_DEPTH:
                raise self._unreadable(event, f"more than {MAX_DEPTH} levels of nesting", "flatten the file")
            if event.anchor:
                self._anchors[event.anchor] = None
            self._open.append(_Open(event, event.anchor, event.tag or "", isinstance(event, yaml.MappingStartEvent)))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = self._open.pop()
            self._add(done.start, self._collection(done), done.anchor)
        elif isinstance(event, yaml.AliasEvent):
            target = self._anchors.get(event.anchor or "")
            if target is None:
                raise self._unreadable(
                    event, f"the alias `*{event.anchor}` names no finished anchor before it", "write the value out"
                )
            place = _place(event)
            self._add(event, replace(target, line=place[0], column=place[1]), None)

    def _add(self, event: yaml.Event, node: Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        parent.size += node.size
        if parent.size > MAX_NODES:
            raise self._unreadable(event, f"more than {MAX_NODES:,} values, aliases expanded", "write less, or use fewer aliases")
        if not parent.mapping:
            parent.children[len(parent.children)] = node
        elif parent.key is None:
            self._open_key(event, parent, node)
        else:
            self._close_key(parent, parent.key, node)
            parent.key = None

    def _open_key(self, event: yaml.Event, parent: _Open, node: Node) -> None:
        if node.children or isinstance(node.data, (dict, list)):
            raise self._unreadable(event, "a collection is used as a key", "use a plain word as the key")
        if isinstance(node.data, Hashable) and node.data in parent.children:
            self._problems.append(
                Problem(
                    Where(self._path, node.line, node.column),
                    f"`{node.text}` is given twice here",
                    "remove one of the two; YAML keeps only the last",
                )
            )
        parent.key = node

    def _close_key(self, parent: _Open, key: Node, node: Node) -> None:
        if key.text == "<<" and not key.quoted:
            parent.merged.extend(node.children.values() if isinstance(node.data, list) else (node,))
        elif isinstance(key.data, Hashable):
            parent.children[key.data] = node.below(key)

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        line, column = _place(event)
        quoted = bool(event.style)
        tag = event.tag
        if tag and tag.startswith("!") and tag != "!":
            plain = Node(event.value, line, column, text=event.value, quoted=quoted)
            return self._short_form(event, tag, plain)
        if not tag or tag == "!":
            tag = self._scalars.tag(event)
        if tag not in _SCALAR_TAGS:
            raise self._unreadable(event, f"the tag `{tag}` is not allowed", "write a plain value")
        if tag == _MERGE or (self._style is Style.TEMPLATE and tag.endswith(":timestamp")):
            tag = _STRING
        if tag == _STRING:
            return Node(event.value, line, column, text=event.value, quoted=quoted)
        try:
            data = self._scalars.value(event.value, tag)
        except (ValueError, yaml.YAMLError) as error:
            raise self._unreadable(
                event, f"YAML cannot read `{event.value[:60]}` as the value it looks like", "put it in quotes"
            ) from error
        if isinstance(data, int) and data.bit_length() > MAX_INTEGER_BITS:
            raise self._unreadable(event, f"YAML reads `{event.value[:60]}` as a number too long to be one", "put it in quotes")
        if isinstance(data, float) and not math.isfinite(data):
            raise self._unreadable(event, f"YAML reads `{event.value}` as no finite number", "put it in quotes")
        return Node(data, line, column, text=event.value, quoted=quoted)

    def _collection(self, done: _Open) -> Node:
        line, column = _place(done.start)
        children = done.children
        for source in done.merged:
            for key, node in source.children.items():
                children.setdefault(key, node)
        data: object = (
            {key: node.data for key, node in children.items()} if done.mapping else [node.data for node in children.values()]
        )
        node = Node(data, line, column, children, size=done.size)
        if not done.tag or done.tag == "!" or done.tag in _COLLECTION_TAGS:
            return node
        return self._short_form(done.start, done.tag, node)

    def _short_form(self, event: yaml.Event, tag: str, node: Node) -> Node:
        """`!GetAtt a.b` as `{"Fn::GetAtt": ["a", "b"]}`, the form that Guard's rules and CloudFormation's JSON know."""
        if self._style is Style.MANIFEST or not tag.startswith("!"):
            raise self._unreadable(event, f"the tag `{tag}` is not allowed", "write a plain value")
        name = tag[1:] if tag in ("!Ref", "!Condition") else f"Fn::{tag[1:]}"
        if tag == "!GetAtt" and isinstance(node.data, str):
            resource, _, attribute = node.data.partition(".")
            parts = (resource, attribute)
            children: dict[Hashable, Node] = {index: replace(node, data=part, text=part) for index, part in enumerate(parts)}
            node = replace(node, data=list(parts), children=children)
        inner = replace(node, key_line=node.line, key_column=node.column)
        return Node({name: node.data}, node.line, node.column, {name: inner}, size=node.size + 1)

    def _unreadable(self, event: yaml.Event, problem: str, remedy: str) -> _UnreadableError:
        return _UnreadableError(Problem(Where(self._path, *_place(event)), problem, remedy))


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)
