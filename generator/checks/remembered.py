"""What a judge said of one piece of work before: the same work, judged by the same program, is not judged again.

The name of an entry is a digest over everything that can change the judge's mind, so nothing is ever out of date: other work simply
has another name. Only judges that take long and look at nothing else than what they name here are remembered.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple, dataclass
from hashlib import sha256

from generator.checks.cache import Cache
from generator.checks.finding import Finding, Level


@dataclass(frozen=True)
class Memory:
    """The findings of earlier runs. `fingerprint` tells the program that found them; without a `cache` nothing is remembered."""

    cache: Cache | None
    fingerprint: str

    def recall(self, *work: str | bytes) -> tuple[Finding, ...] | None:
        """The findings of exactly this work, or None if nobody knows. `work` begins with the judge's name."""
        content = self.cache.get(self._name(work)) if self.cache else None
        return None if content is None else tuple(_finding(row) for row in json.loads(content))

    def keep(self, findings: tuple[Finding, ...], *work: str | bytes) -> None:
        """Remember what was found."""
        if self.cache:
            self.cache.put(self._name(work), json.dumps([astuple(finding) for finding in findings]).encode())

    def judged(self, judge: Callable[[], tuple[Finding, ...]], *work: str | bytes) -> tuple[Finding, ...]:
        """The findings of the work, remembered or found now."""
        known = self.recall(*work)
        if known is None:
            known = judge()
            self.keep(known, *work)
        return known

    def _name(self, work: tuple[str | bytes, ...]) -> str:
        return digest(self.fingerprint, *work)


def digest(*parts: str | bytes) -> str:
    """One digest over several parts, none of which can pass for a part of its neighbour."""
    whole = sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(len(content).to_bytes(8))
        whole.update(content)
    return whole.hexdigest()


def _finding(row: tuple[str, int, int, str, str, str, str, str]) -> Finding:
    path, line, column, rule, level, message, remedy, source = row
    return Finding(path, line, column, rule, Level(level), message, remedy, source)


FORGETFUL = Memory(None, "")
"""Remembers nothing: every judge judges."""
