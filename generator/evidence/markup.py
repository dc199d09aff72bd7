"""Markdown from text that nobody vouches for: names of OUs, messages that quote a file. Whatever it holds, it stays text.

What is escaped: GitHub Flavored Markdown, "Backslash escapes", "Code spans" and "Tables". A pipe ends a table's cell even inside a code
span, and the ways to escape it there differ between readers, so that it is always written as a character reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_SPECIAL = {ord(character): f"\\{character}" for character in "\\`*_[]<>#~&!"} | {ord("|"): "&#124;"}
_CONTROL = dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029), " ")
"""Line ends above all: they would end a cell, a heading or a list."""

_MARKED = re.compile(r"`([^`]+)`|(https?://[^\s<>|`;,]*[^\s<>|`;,.)])")
"""How our own sentences mark the user's words, and the addresses in them."""


def escape(text: str) -> str:
    """`text` as it is, on one line."""
    return text.translate(_CONTROL).translate(_SPECIAL)


def code(text: str) -> str:
    """`text` as a code span: with a fence longer than any run of backticks in it, or as HTML if it holds a pipe."""
    plain = text.translate(_CONTROL)
    if "|" in plain or not plain.strip():
        return f"<code>{escape(plain)}</code>"
    fence = "`" * (max(map(len, re.findall(r"`+", plain)), default=0) + 1)
    pad = " " if plain[0] in "` " or plain[-1] in "` " else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def prose(text: str) -> str:
    """A sentence of ours: what stands in backticks becomes code, addresses become links, all else stays text."""
    return "".join(_parts(text))


def codes(texts: Iterable[str]) -> str:
    """Several code spans in a row."""
    return ", ".join(map(code, texts))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; cells are Markdown already."""
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from map(_row, rows)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _parts(text: str) -> Iterator[str]:
    done = 0
    for match in _MARKED.finditer(text):
        yield escape(text[done : match.start()])
        marked, address = match.groups()
        yield code(marked) if marked else f"<{address}>"
        done = match.end()
    yield escape(text[done:])
