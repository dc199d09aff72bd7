"""Findings for people: by file, the source line with a caret, the remedy below, a summary at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from generator.checks.finding import Finding, Level
from generator.package.files import PackageFiles

_WIDTH = 120
"""Longer source lines (policies are one line) are cut to the part around the caret."""

_BOLD = "1"
_CARET = "1;32"
_COLOURS: Mapping[Level, str] = MappingProxyType({Level.ERROR: "1;31", Level.WARNING: "1;33", Level.INFO: "1;36"})
_UNPRINTABLE = dict.fromkeys((*range(32), *range(127, 160)), " ")
"""What a file holds must not steer the terminal it is shown on."""


def render(findings: Sequence[Finding], files: PackageFiles, *, colour: bool = False) -> str:
    """The report; `colour` for a terminal that shows it."""
    names = {files.shown(path): path for path in files.files}
    return _Report(files, names, colour).render(findings)


class _Report:
    def __init__(self, files: PackageFiles, names: Mapping[str, str], colour: bool) -> None:
        self._files = files
        self._names = names
        self._colour = colour

    def render(self, findings: Sequence[Finding]) -> str:
        groups = groupby(findings, key=lambda each: each.path)
        parts = [part for path, group in groups for part in self._file(path, tuple(group))]
        return "\n".join([*parts, self._summary(findings)]) + "\n"

    def _file(self, path: str, findings: Sequence[Finding]) -> Iterator[str]:
        content = self._files.files.get(self._names.get(path, ""), b"").decode("utf-8", errors="replace").split("\n")
        yield self._paint(path, _BOLD)
        for finding in findings:
            place = ":".join(str(number) for number in (finding.line, finding.column) if number)
            level = self._paint(finding.level.value, _COLOURS[finding.level])
            yield f"  {place + ': ' if place else ''}{level}: {finding.message.translate(_UNPRINTABLE)}  [{finding.rule}]"
            if 0 < finding.line <= len(content):
                yield from self._excerpt(content[finding.line - 1], finding)
            yield f"         fix: {finding.remedy.translate(_UNPRINTABLE)}"
        yield ""

    def _excerpt(self, line: str, finding: Finding) -> Iterator[str]:
        shown = line.rstrip("\r").translate(_UNPRINTABLE)
        start = max(0, finding.column - 1 - _WIDTH // 2) if len(shown) > _WIDTH else 0
        before, after = "…" if start else "", "…" if len(shown) > start + _WIDTH else ""
        yield f"{finding.line:>6} | {before}{shown[start : start + _WIDTH]}{after}"
        if finding.column:
            yield f"{'':>6} | {' ' * (finding.column - 1 - start + len(before))}{self._paint('^', _CARET)}"

    def _summary(self, findings: Sequence[Finding]) -> str:
        if not findings:
            return "no findings"
        counts = [(sum(finding.level is level for finding in findings), level) for level in Level]
        words = [self._paint(f"{count} {_plural(level, count)}", _COLOURS[level]) for count, level in counts if count]
        files = len({finding.path for finding in findings})
        return f"{', '.join(words)} in {files} {'file' if files == 1 else 'files'}"

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def _plural(level: Level, count: int) -> str:
    return level.value if count == 1 or level is Level.INFO else f"{level.value}s"
