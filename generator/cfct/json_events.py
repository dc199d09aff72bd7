r"""JSON text as the events that PyYAML would make of it, so that one builder makes the values of both.

YAML is nearly a superset of JSON, but not quite: it refuses a character that JSON writes as two escapes (`\ud83d\ude00`), reads
`1e5` as text, folds line ends inside of strings that are none for JSON, and takes keys of 1,024 characters at most.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator

import yaml

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s{}\[\]:,"]+')
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""As in YAML 1.1, so that places in JSON and in YAML are counted alike."""

_TAG = "tag:yaml.org,2002:"
_WORDS = {"true": f"{_TAG}bool", "false": f"{_TAG}bool", "null": f"{_TAG}null"}
_FRACTION = re.compile("[.eE]")


class NotJsonError(Exception):
    """The text is not JSON; `line` and `column` count from 1, and are 0 where the place is not known."""

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


def events(text: str) -> Iterator[yaml.Event]:
    """The events of one document. NotJsonError at once if this is not JSON; later, at a text that cannot be sent."""
    mark = _marks(text)
    try:
        json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        place = mark(error.pos)
        raise NotJsonError(_lower(error.msg), place.line + 1, place.column + 1) from error
    except ValueError as error:
        raise NotJsonError(_lower(str(error))) from error
    except RecursionError as error:
        raise NotJsonError("it nests too deeply") from error
    return _events(text, mark)


def _events(text: str, mark: Callable[[int], yaml.Mark]) -> Iterator[yaml.Event]:
    """The text is known to be JSON, so its grammar needs no second look."""
    yield yaml.DocumentStartEvent(mark(0), mark(0))
    for found in _TOKEN.finditer(text):
        start, end = mark(found.start()), mark(found.end())
        token = found[0]
        match token[0]:
            case "{":
                yield yaml.MappingStartEvent(None, None, True, start, end)
            case "[":
                yield yaml.SequenceStartEvent(None, None, True, start, end)
            case "}":
                yield yaml.MappingEndEvent(start, end)
            case "]":
                yield yaml.SequenceEndEvent(start, end)
            case '"':
                yield yaml.ScalarEvent(None, f"{_TAG}str", (False, True), _string(token, start), start, end, '"')
            case _:
                tag = _WORDS.get(token) or (f"{_TAG}float" if _FRACTION.search(token) else f"{_TAG}int")
                yield yaml.ScalarEvent(None, tag, (True, False), token, start, end)


def _string(token: str, start: yaml.Mark) -> str:
    """Half of a character that is written as two escapes cannot be sent to anybody, though Python's `json` takes it."""
    value = str(json.loads(token))
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise NotJsonError("a text holds half of a character", start.line + 1, start.column + 1)
    return value


def _marks(text: str) -> Callable[[int], yaml.Mark]:
    """Finds the place of a character."""
    starts = [0, *(found.end() for found in _LINE_END.finditer(text))]

    def mark(position: int) -> yaml.Mark:
        line = bisect_right(starts, position) - 1
        return yaml.Mark("", position, line, position - starts[line], None, 0)

    return mark


def _refuse(constant: str) -> float:
    raise ValueError(f"`{constant}` is no number of JSON")


def _lower(reason: str) -> str:
    return reason[:1].lower() + reason[1:]
