"""CloudWatch Logs' filter patterns for JSON log events, decided as its user guide says ("Filter pattern syntax").

The guide does not say what a comparison with `!=` is where the property is missing. So it is unknown here, and a test whose answer
hangs on it fails.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MISSING = object()

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<sign>&&|\|\||!=|<=|>=|=|<|>|\(|\)|\{|\})
      | (?P<selector>\$(?:\.[A-Za-z_][\w-]*|\[\d+\]|\['[^']*'\])*)
      | (?P<quoted>"(?:[^"\\]|\\.)*")
      | (?P<word>[^\s&|=<>!(){}"]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^']*)'\]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

Truth = bool | None
"""None: the documentation does not say."""


def matches(pattern: str, event: Mapping[str, Any]) -> bool:
    """Whether the event matches. ValueError for a pattern that is none, and where the answer is not documented."""
    reader = _Reader(_tokens(pattern), event)
    reader.take("{")
    truth = reader.either()
    reader.take("}")
    if reader.rest:
        raise ValueError(f"after the pattern: {reader.rest}")
    if truth is None:
        raise ValueError(f"what {pattern} says of a missing property is not documented")
    return truth


def _tokens(pattern: str) -> list[tuple[str, str]]:
    found, at = [], 0
    pattern = pattern.strip()
    while at < len(pattern):
        match = _TOKEN.match(pattern, at)
        if match is None or match.lastgroup is None:
            raise ValueError(f"cannot read {pattern[at:]}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


@dataclass
class _Reader:
    """Reads and decides at once: `&&` binds tighter than `||`."""

    rest: list[tuple[str, str]]
    event: Mapping[str, Any]

    def take(self, *wanted: str) -> str:
        kind, text = self.rest.pop(0) if self.rest else ("end", "")
        if wanted and text not in wanted and kind not in wanted:
            raise ValueError(f"`{text}` where one of {wanted} belongs")
        return text

    def next_is(self, text: str) -> bool:
        return bool(self.rest) and self.rest[0][1] == text

    def either(self) -> Truth:
        truth = self.both()
        while self.next_is("||"):
            self.take()
            other = self.both()
            truth = True if True in {truth, other} else None if None in {truth, other} else False
        return truth

    def both(self) -> Truth:
        truth = self.one()
        while self.next_is("&&"):
            self.take()
            other = self.one()
            truth = False if False in {truth, other} else None if None in {truth, other} else True
        return truth

    def one(self) -> Truth:
        if self.next_is("("):
            self.take()
            truth = self.either()
            self.take(")")
            return truth
        value = _at(self.take("selector"), self.event)
        sign = self.take("sign", "IS", "NOT", "EXISTS")
        if sign == "EXISTS":
            return value is not MISSING
        if sign == "NOT":
            self.take("EXISTS")
            return value is MISSING
        if sign == "IS":
            wanted = {"TRUE": True, "FALSE": False, "NULL": None}[self.take("TRUE", "FALSE", "NULL")]
            return value is wanted
        return _compare(value, sign, self.take("quoted", "word"))


def _at(selector: str, event: Any) -> Any:
    value = event
    for name, index, quoted in _STEP.findall(selector):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else MISSING
        else:
            value = value.get(name or quoted, MISSING) if isinstance(value, dict) else MISSING
    return value


def _compare(value: Any, sign: str, text: str) -> Truth:
    if value is MISSING:
        return None if sign == "!=" else False
    if isinstance(value, dict | list):
        return False  # "If a property selector points to an array or object, the filter will not match"
    quoted = text.startswith('"')
    wanted = json.loads(text) if quoted else text
    if sign in _ORDER:
        return _is_number(value) and _ORDER[sign](value, float(wanted))
    equal = value == float(wanted) if _is_number(value) and not quoted and _NUMBER.fullmatch(wanted) else _alike(wanted, value)
    return equal if sign == "=" else not equal


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _alike(wanted: str, value: Any) -> bool:
    """A `*` is any text, at either end or between; case counts."""
    if not isinstance(value, str):
        return False
    return re.fullmatch(".*".join(re.escape(part) for part in wanted.split("*")), value, re.DOTALL) is not None
