"""Findings for people: by file, the source line with a caret, the remedy below, a summary at the end."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from generator.checks.finding import Finding, Level
from generator.checks.report.places import joined
from generator.checks.suppression import Suppressed
from generator.package.files import PackageFiles

_WIDTH = 120
"""Longer source lines (policies are one line) are cut to the part around the caret."""

_BOLD = "1"
_CARET = "1;32"
_COLOURS: Mapping[Level, str] = MappingProxyType({Level.ERROR: "1;31", Level.WARNING: "1;33", Level.INFO: "1;36"})
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line in YAML 1.1, so that line numbers are those of its reader."""


def render(
    findings: Sequence[Finding],
    files: PackageFiles,
    *,
    suppressed: Sequence[Suppressed] = (),
    colour: bool = False,
    folder: str = "",
) -> str:
    """The report; `colour` for a terminal that shows it, `folder` if the findings' paths begin with it (`places`)."""
    names = {joined(folder, files.shown(path)): path for path in files.files}
    return _Report(files, names, colour).render(findings, len(suppressed))


def printable(text: str) -> str:
    """`text` without anything that could steer a terminal or hide itself.

    That is control characters, changes of direction, spaces that are none. A tab becomes a blank, all others their escapes.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def _escape(character: str) -> str:
    return " " if character == "\t" else character.encode("unicode_escape").decode()


def _cells(text: str) -> int:
    """How many columns of a terminal a printable text takes: Chinese characters two, accents that combine none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(each) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(each) in "WF" else 1
        for each in text
    )


class _Report:
    def __init__(self, files: PackageFiles, names: Mapping[str, str], colour: bool) -> None:
        self._files = files
        self._names = names
        self._colour = colour

    def render(self, findings: Sequence[Finding], suppressed: int) -> str:
        groups = groupby(findings, key=lambda each: each.path)
        parts = [part for path, group in groups for part in self._file(path, tuple(group))]
        return "\n".join([*parts, self._summary(findings, suppressed)]) + "\n"

    def _file(self, path: str, findings: Sequence[Finding]) -> Iterator[str]:
        wanted = any(finding.line for finding in findings)
        content = self._files.files.get(self._names.get(path, ""), b"") if wanted else b""
        lines = _BREAK.split(content.decode("utf-8-sig", errors="replace"))
        yield self._paint(printable(path) or "the package", _BOLD)
        for finding in findings:
            place = ":".join(str(number) for number in (finding.line, finding.column) if number)
            level = self._paint(finding.level.value, _COLOURS[finding.level])
            yield f"  {place + ': ' if place else ''}{level}: {printable(finding.message)}  [{printable(finding.rule)}]"
            if 0 < finding.line <= len(lines):
                yield from self._excerpt(lines[finding.line - 1], finding)
            yield f"         fix: {printable(finding.remedy)}"
        yield ""

    def _excerpt(self, line: str, finding: Finding) -> Iterator[str]:
        start = max(0, min(finding.column - 1, len(line)) - _WIDTH // 2) if len(line) > _WIDTH else 0
        before, after = "…" if start else "", "…" if len(line) > start + _WIDTH else ""
        yield f"{finding.line:>6} | {before}{printable(line[start : start + _WIDTH])}{after}".rstrip()
        if finding.column:
            blanks = len(before) + _cells(printable(line[start : finding.column - 1]))
            yield f"{'':>6} | {' ' * blanks}{self._paint('^', _CARET)}"

    def _summary(self, findings: Sequence[Finding], suppressed: int) -> str:
        hidden = f"{suppressed} suppressed" if suppressed else ""
        if not findings:
            return ", ".join(filter(None, ("no findings", hidden)))
        counts = [(sum(finding.level is level for finding in findings), level) for level in Level]
        words = [self._paint(f"{count} {_plural(level, count)}", _COLOURS[level]) for count, level in counts if count]
        files = len({finding.path for finding in findings})
        return ", ".join(filter(None, (f"{', '.join(words)} in {files} {'file' if files == 1 else 'files'}", hidden)))

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def _plural(level: Level, count: int) -> str:
    return level.value if count == 1 or level is Level.INFO else f"{level.value}s"
