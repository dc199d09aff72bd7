"""What the comment above a Guard rule says: its title, why it is asked, how bad a violation is, and which published controls ask the same.

    # A trail writes digests of its log files
    # Without digests nobody can show that a log file was not changed.
    # Level: warning
    # - CIS 3.2: log file validation is on
    # - NIST AU-9, SI-7: changes to the record are noticed

All of it is optional: rules that others wrote have comments of their own, which are then read as title and reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.aws.frameworks import Framework
from generator.checks.finding import Level

_REFERENCE = re.compile(rf"- (?P<framework>{'|'.join(Framework.__members__)}) (?P<ids>[^:]+): (?P<reason>.+)")
_LEVEL = re.compile(rf"Level: (?P<level>{'|'.join(Level)})")


@dataclass(frozen=True)
class Reference:
    """Controls of one framework that ask what the rule asks, and the reason in a few words."""

    framework: Framework
    ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Header:
    """The comment's parts. A rule without a level of its own is an error when it fails."""

    title: str = ""
    why: str = ""
    references: tuple[Reference, ...] = ()
    level: Level = Level.ERROR

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
    levels = [Level(found["level"]) for line in lines if (found := _LEVEL.fullmatch(line))]
    words = [line for line in lines if line and not _REFERENCE.fullmatch(line) and not _LEVEL.fullmatch(line)]
    return Header(words[0] if words else "", " ".join(words[1:]), references, levels[0] if levels else Level.ERROR)


def _reference(found: re.Match[str]) -> Reference:
    ids = tuple(each.strip() for each in found["ids"].split(","))
    return Reference(Framework[found["framework"]], ids, found["reason"])
