"""What the comment above a Guard rule says: its title, why it is asked, how bad a violation is, and which published controls ask the same.

    # A trail writes digests of its log files
    # Without digests nobody can show that a log file was not changed.
    # Level: warning
    # - CIS 3.2: log file validation is on
    # - NIST AU-9, SI-7: changes to the record are noticed

All of it is optional: rules that others wrote have comments of their own, which are then read as title and reason.

`Level: error` is for a hole in anybody's template, and is what a rule has that names no level. `Level: house` is for what one house asks
of its own landing zone, and others rightly do otherwise: an error at home, a warning in a package of somebody else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.aws.frameworks import Framework
from generator.checks.finding import Level

_REFERENCE = re.compile(rf"- (?P<framework>{'|'.join(Framework.__members__)}) (?P<ids>[^:]+): (?P<reason>.+)")
_HOUSE = "house"
_LEVEL = re.compile(rf"Level: (?P<level>{'|'.join((*Level, _HOUSE))})")


@dataclass(frozen=True)
class Reference:
    """Controls of one framework that ask what the rule asks, and the reason in a few words."""

    framework: Framework
    ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Header:
    """The comment's parts. `level` is the one at home, and `house` says that it is a warning elsewhere."""

    title: str = ""
    why: str = ""
    references: tuple[Reference, ...] = ()
    level: Level = Level.ERROR
    house: bool = False

    def level_for(self, *, home: bool) -> Level:
        """How bad a failure is, in a package of this house or in somebody else's."""
        return Level.WARNING if self.house and not home else self.level

    @property
    def word(self) -> str:
        """The level as it is written."""
        return _HOUSE if self.house else self.level.value

    @property
    def frameworks(self) -> frozenset[Framework]:
        """The frameworks that are named."""
        return frozenset(reference.framework for reference in self.references)


def read_header(before: str) -> Header:
    """The header in the text between the rule before, or the file's beginning, and the rule: its last block of comment lines."""
    lines: list[str] = []
    for line in reversed(before.splitlines()):
        if line.startswith("#"):
            lines.insert(0, line.lstrip("#").strip())
        elif lines:
            break
    references = tuple(_reference(found) for line in lines if (found := _REFERENCE.fullmatch(line)))
    word = next((found["level"] for line in lines if (found := _LEVEL.fullmatch(line))), Level.ERROR.value)
    words = [line for line in lines if line and not _REFERENCE.fullmatch(line) and not _LEVEL.fullmatch(line)]
    level = Level.ERROR if word == _HOUSE else Level(word)
    return Header(words[0] if words else "", " ".join(words[1:]), references, level, house=word == _HOUSE)


def _reference(found: re.Match[str]) -> Reference:
    ids = tuple(each.strip() for each in found["ids"].split(","))
    return Reference(Framework[found["framework"]], ids, found["reason"])
