"""Comments of a YAML text, and what each one stands at.

Found between the tokens of the YAML scanner, because a `#` inside a string or a block of text is no comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import yaml

from generator.cfct.document import Node

_LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line in YAML 1.1 (5.4)."""

_COMMENT = re.compile("#[^\n\r\x85\u2028\u2029]*")
_HEADER = re.compile("[|>][-+0-9]*[ \t]+(?=#)")
"""How a block of text begins when a comment follows on the same line; the scanner counts that comment as part of the block."""


@dataclass(frozen=True)
class Comment:
    """A comment from its `#` on.

    `at` is the line it stands at: its own, or, if it has its line to itself (`above`), the next one that holds more than a comment; 0
    when a blank line or the end of the file comes first.
    """

    text: str
    line: int
    column: int
    at: int
    above: bool


@dataclass(frozen=True)
class Span:
    """The lines of an entry, both included."""

    first: int
    last: int


def comments(text: str) -> tuple[Comment, ...]:
    """Every comment in `text`, in order; of a text that is not YAML, those before the place where it is not."""
    lines = _BREAK.split(text)
    return tuple(_comment(lines, line, column, found) for line, column, found in _found(text))


def spans(root: Node) -> tuple[Span, ...]:
    """The entries of a file: what its top-level lists and mappings hold, such as the resources of a manifest or of a template."""
    sections = sorted((node for node in root.children.values() if node.key_line), key=lambda node: node.key_line)
    ends = (*(node.key_line - 1 for node in sections[1:]), _END)
    return tuple(span for section, end in zip(sections, ends, strict=False) for span in _items(section, end))


def first_line(text: str) -> int:
    """The first line that holds more than a comment; 0 if none does."""
    return next((number for number, line in enumerate(_BREAK.split(text), start=1) if _is_code(line)), 0)


_END = 2**31


def _items(section: Node, end: int) -> Iterator[Span]:
    """What an alias or a merge brings in stands elsewhere, and is no entry here."""
    starts = sorted(
        {line for node in section.children.values() if section.key_line <= (line := node.key_line or node.line) <= end}
    )
    for first, following in pairwise((*starts, end + 1)):
        yield Span(first, following - 1)


def _found(text: str) -> Iterator[tuple[int, int, str]]:
    """Line, column and text of each comment."""
    index, line, column = 0, 1, 1
    try:
        for token in yaml.scan(text, Loader=_LOADER):
            gap_end = token.start_mark.index
            header = _HEADER.match(text, gap_end) if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">") else None
            yield from _in_gap(text[index:gap_end], line, column)
            if header:
                mark = token.start_mark
                found = _COMMENT.match(text, header.end())
                yield mark.line + 1, mark.column + 1 + len(header[0]), found[0] if found else ""
            index, line, column = token.end_mark.index, token.end_mark.line + 1, token.end_mark.column + 1
    except yaml.YAMLError:
        return


def _in_gap(gap: str, line: int, column: int) -> Iterator[tuple[int, int, str]]:
    if "#" not in gap:
        return
    for number, part in enumerate(_BREAK.split(gap)):
        found = _COMMENT.search(part)
        if found:
            yield line + number, found.start() + (column if number == 0 else 1), found[0]


def _comment(lines: list[str], line: int, column: int, text: str) -> Comment:
    if lines[line - 1][: column - 1].strip():
        return Comment(text, line, column, line, above=False)
    for number in range(line + 1, len(lines) + 1):
        following = lines[number - 1].strip()
        if not following.startswith("#"):
            return Comment(text, line, column, number if following else 0, above=True)
    return Comment(text, line, column, 0, above=True)


def _is_code(line: str) -> bool:
    stripped = line.strip()
    return bool(stripped) and not stripped.startswith("#")
