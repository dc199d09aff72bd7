"""Whether a whole text matches a Java regular expression, for the part of that language that is read the same everywhere.

CloudFormation judges `AllowedPattern` by Java's rules and matches the whole value. Python's `re` differs in places and can be made to run
for ever by a pattern, so this is a matcher of its own: it keeps the set of all places that a match can have reached, one bit each. What
it does not know (back references, look-behind, possessive quantifiers, named groups, inline flags, unions of classes) it does not judge.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass

_LONGEST_TEXT = 1_000
_LONGEST_PATTERN = 500
_DEEPEST = 20
_STEPS = 50_000
"""Enough for any pattern that a person writes; beyond, no verdict."""

_UNLIMITED = -1
_WORD = string.ascii_letters + string.digits + "_"
_CLASSES = {"d": string.digits, "w": _WORD, "s": " \t\n\x0b\f\r"}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_SPECIAL = frozenset("\\^$.|?*+()[]{}")

_Ends = Callable[[int], int]
"""From a set of places, as bits, to the set of places where the piece can end."""


class _UndecidedError(Exception):
    """The pattern, or the work it needs, is beyond this matcher."""


def whole_match(pattern: str, text: str) -> bool | None:
    """Whether `pattern` matches all of `text`; None if that cannot be said."""
    plain = all(character.isprintable() for character in text)  # `.` and `$` treat line ends in ways of their own
    if len(text) > _LONGEST_TEXT or len(pattern) > _LONGEST_PATTERN or not plain:
        return None
    try:
        ends = _Parser(pattern, _Run(text)).parse()
        return bool(ends(1) >> len(text) & 1)
    except _UndecidedError:
        return None


@dataclass
class _Run:
    """The text, and the work that is left."""

    text: str
    steps: int = _STEPS

    def work(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise _UndecidedError

    def one(self, accepts: Callable[[str], bool]) -> _Ends:
        """One character."""
        places = sum(1 << index for index, character in enumerate(self.text) if accepts(character))

        def ends(starts: int) -> int:
            self.work()
            return (starts & places) << 1

        return ends

    def only_at(self, place: int) -> _Ends:
        return lambda starts: starts & 1 << place

    def ahead(self, inner: _Ends, *, wanted: bool) -> _Ends:
        def ends(starts: int) -> int:
            found = 0
            while starts:
                self.work()
                place = starts & -starts
                starts ^= place
                if bool(inner(place)) is wanted:
                    found |= place
            return found

        return ends

    def repeated(self, inner: _Ends, least: int, most: int) -> _Ends:
        def ends(starts: int) -> int:
            current = starts
            for _ in range(least):
                self.work()
                current = inner(current)
            reached, new, count = current, current, least
            while new and count != most:
                self.work()
                new = inner(new) & ~reached
                reached |= new
                count += 1
            return reached

        return ends


def _sequence(pieces: list[_Ends]) -> _Ends:
    def ends(starts: int) -> int:
        for piece in pieces:
            starts = piece(starts)
        return starts

    return ends


def _choice(branches: list[_Ends]) -> _Ends:
    def ends(starts: int) -> int:
        found = 0
        for branch in branches:
            found |= branch(starts)
        return found

    return ends


class _Parser:
    def __init__(self, pattern: str, run: _Run) -> None:
        self._pattern = pattern
        self._run = run
        self._place = 0
        self._depth = 0

    def parse(self) -> _Ends:
        ends = self._alternatives()
        if self._place < len(self._pattern):
            raise _UndecidedError
        return ends

    def _next(self) -> str:
        return self._pattern[self._place : self._place + 1]

    def _take(self) -> str:
        character = self._next()
        if not character:
            raise _UndecidedError
        self._place += 1
        return character

    def _takes(self, text: str) -> bool:
        found = self._pattern.startswith(text, self._place)
        self._place += len(text) if found else 0
        return found

    def _alternatives(self) -> _Ends:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _UndecidedError
        branches = [self._pieces()]
        while self._takes("|"):
            branches.append(self._pieces())
        self._depth -= 1
        return _choice(branches)

    def _pieces(self) -> _Ends:
        pieces: list[_Ends] = []
        while self._next() not in ("", "|", ")"):
            pieces.append(self._quantified(self._piece()))
        return _sequence(pieces)

    def _piece(self) -> _Ends:
        if self._takes("("):
            return self._group()
        if self._takes("^"):
            return self._run.only_at(0)
        if self._takes("$"):
            return self._run.only_at(len(self._run.text))
        return self._run.one(self._character())

    def _character(self) -> Callable[[str], bool]:
        character = self._take()
        match character:
            case "[":
                return self._class()
            case ".":
                return lambda _: True
            case "\\":
                return self._escape()
            case _ if character in _SPECIAL and character not in "]}":
                raise _UndecidedError
            case _:
                return character.__eq__

    def _group(self) -> _Ends:
        wanted: bool | None = None
        if self._takes("?"):
            kind = self._take()
            if kind not in ":=!":
                raise _UndecidedError
            wanted = None if kind == ":" else kind == "="
        inner = self._alternatives()
        if not self._takes(")"):
            raise _UndecidedError
        return inner if wanted is None else self._run.ahead(inner, wanted=wanted)

    def _quantified(self, piece: _Ends) -> _Ends:
        if self._takes("*"):
            limits = (0, _UNLIMITED)
        elif self._takes("+"):
            limits = (1, _UNLIMITED)
        elif self._takes("?"):
            limits = (0, 1)
        elif self._takes("{"):
            limits = self._counts()
        else:
            return piece
        self._takes("?")  # as few as possible, or as many: for a whole match it is the same
        if self._next() in tuple("*+?{"):
            raise _UndecidedError
        return self._run.repeated(piece, *limits)

    def _counts(self) -> tuple[int, int]:
        end = self._pattern.find("}", self._place)
        least, comma, most = self._pattern[self._place : end].partition(",")
        if end < 0 or not least.isdigit() or not (most == "" or most.isdigit()):
            raise _UndecidedError
        self._place = end + 1
        if not comma:
            return int(least), int(least)
        if most and int(most) < int(least):
            raise _UndecidedError
        return int(least), int(most) if most else _UNLIMITED

    def _class(self) -> Callable[[str], bool]:
        negated = self._takes("^")
        tests: list[Callable[[str], bool]] = []
        while not (tests and self._takes("]")):
            low = self._member()
            if isinstance(low, str) and self._next() == "-" and self._pattern[self._place + 1 : self._place + 2] != "]":
                self._take()
                high = self._member()
                if not isinstance(high, str) or high < low:
                    raise _UndecidedError
                tests.append(_between(low, high))
            else:
                tests.append(low.__eq__ if isinstance(low, str) else low)
        return lambda character: any(test(character) for test in tests) is not negated

    def _member(self) -> str | Callable[[str], bool]:
        """One character of a class, or a class in it. `[` and `&&` in a class are Java's own."""
        character = self._take()
        if character in "[]" or (character == "&" and self._next() == "&"):
            raise _UndecidedError
        if character != "\\":
            return character
        if self._next() in _CONTROLS:
            return _CONTROLS[self._take()]
        return self._take() if not self._next().isalnum() and self._next() else self._escape()

    def _escape(self) -> Callable[[str], bool]:
        character = self._take()
        if character.lower() in _CLASSES:
            members = _CLASSES[character.lower()]
            return (lambda each: each not in members) if character.isupper() else (lambda each: each in members)
        if character in _CONTROLS:
            return _CONTROLS[character].__eq__
        if character.isalnum():
            raise _UndecidedError
        return character.__eq__


def _between(low: str, high: str) -> Callable[[str], bool]:
    return lambda character: low <= character <= high
