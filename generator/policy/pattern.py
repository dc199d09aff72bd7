"""IAM's wildcard patterns, as values that can be looked into: literals, `*` and `?`.

`*` stands for any number of characters, `?` for exactly one (IAM User Guide, "IAM JSON policy elements: Resource": "any
combination of characters" and "any single character"). Nothing else is special: brackets and backslashes are literal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache

ARN_SEGMENTS = 6
"""`arn:partition:service:region:account:resource`; the sixth keeps its own colons (IAM User Guide, "IAM identifiers")."""


class Wild(Enum):
    """A wildcard."""

    ANY = "*"
    ONE = "?"


_Run = str | tuple[str | None, ...]
"""Characters side by side: a text, or with `?` among them one entry a character, None for `?`."""


@dataclass(frozen=True)
class Glob:
    """A pattern: non-empty literals and wildcards, in order; two literals never stand side by side."""

    parts: tuple[str | Wild, ...]

    @staticmethod
    def of(parts: Iterable[str | Wild]) -> Glob:
        """The pattern in its one normal form: literals joined, runs of `*` reduced to one (with the `?` of the run first)."""
        normal: list[str | Wild] = []
        for part in parts:
            if isinstance(part, str):
                if normal and isinstance(normal[-1], str):
                    normal[-1] += part
                elif part:
                    normal.append(part)
            elif normal and normal[-1] is Wild.ANY:
                if part is Wild.ONE:
                    normal.insert(-1, part)
            else:
                normal.append(part)
        return Glob(tuple(normal))

    @staticmethod
    @lru_cache(maxsize=16384)
    def parse(text: str) -> Glob:
        """Every `*` and `?` of `text` is a wildcard."""
        return Glob.of(Wild(character) if character in "*?" else character for character in text)

    @staticmethod
    def literal(text: str) -> Glob:
        """No character of `text` is a wildcard."""
        return Glob.of((text,))

    @property
    def exact(self) -> str | None:
        """The one string that matches, if the pattern has no wildcard."""
        if not self.parts:
            return ""
        only = self.parts[0]
        return only if len(self.parts) == 1 and isinstance(only, str) else None

    @property
    def everything(self) -> bool:
        """True iff every string matches."""
        return self.parts == (Wild.ANY,)

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else part.value for part in self.parts)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Worked out once: patterns are looked up all the time."""
        return hash(self.parts)

    def lowered(self) -> Glob:
        """The pattern for text that is compared without regard to case, in lower case."""
        return Glob(tuple(part.lower() if isinstance(part, str) else part for part in self.parts))

    def matches(self, text: str) -> bool:
        """True iff `text` as a whole matches, in time at most proportional to the product of the lengths (no backtracking)."""
        runs = self._runs
        head, tail = runs[0], runs[-1]
        if len(runs) == 1:
            return len(head) == len(text) and _fits(head, text, 0)
        if len(head) + len(tail) > len(text) or not _fits(head, text, 0) or not _fits(tail, text, len(text) - len(tail)):
            return False
        position, end = len(head), len(text) - len(tail)
        for run in runs[1:-1]:
            found = _find(run, text, position, end)
            if found < 0:
                return False
            position = found + len(run)
        return True

    def split(self, separator: str, maximum: int) -> tuple[Glob, ...]:
        """Cut at the first `maximum` literal occurrences of `separator`; wildcards are never cut."""
        pieces: list[list[str | Wild]] = [[]]
        for part in self.parts:
            if isinstance(part, Wild):
                pieces[-1].append(part)
                continue
            first, *rest = part.split(separator, maximum - len(pieces) + 1)
            pieces[-1].append(first)
            pieces.extend([piece] for piece in rest)
        return tuple(Glob.of(piece) for piece in pieces)

    @cached_property
    def arn_parts(self) -> tuple[Glob, ...]:
        """The pattern cut at its first five literal colons."""
        return self.split(":", ARN_SEGMENTS - 1)

    @cached_property
    def readings(self) -> tuple[Glob, ...]:
        """Patterns that together match, part by part, what this one matches as a `Resource` (see `resource_matches`).

        Behind each part that ends in `*` stand further parts `*`, one for each colon that it swallows, in all ways, until what
        follows stands in the sixth part, which keeps its own colons. A run of wildcards counts as ending in its `*`.
        """
        if self.everything or len(self.arn_parts) < ARN_SEGMENTS:
            return (self,)
        return tuple(dict.fromkeys(Glob.of(pieces) for pieces in _swallowing(self.arn_parts, 0)))

    @cached_property
    def _runs(self) -> tuple[_Run, ...]:
        """What stands between the `*`."""
        runs: list[list[str | None]] = [[]]
        for part in self.parts:
            if part is Wild.ANY:
                runs.append([])
            elif part is Wild.ONE:
                runs[-1].append(None)
            else:
                runs[-1].extend(str(part))
        return tuple(tuple(run) if None in run else "".join(map(str, run)) for run in runs)


def _swallowing(parts: tuple[Glob, ...], place: int) -> Iterator[tuple[str | Wild, ...]]:
    """`parts` from the given place of an ARN on, joined by colons, with every number of colons swallowed."""
    first, *rest = parts
    ends_in_any = bool(first.parts) and first.parts[-1] is Wild.ANY
    for more in range(ARN_SEGMENTS - place if ends_in_any and rest else 1):
        start = (*first.parts, *(":", Wild.ANY) * more)
        if not rest:
            yield start
        elif place + more >= ARN_SEGMENTS - 1:
            yield (*start, *(piece for part in rest for piece in (":", *part.parts)))
        else:
            yield from ((*start, ":", *end) for end in _swallowing(tuple(rest), place + more + 1))


def arn_matches(pattern: Glob, arn: str) -> bool:
    """Match an ARN part by part, as the ARN condition operators do: in the first five parts no wildcard reaches across a colon.

    "Each of the six colon-delimited components of the ARN is checked separately" (IAM User Guide, "IAM JSON policy elements:
    Condition operators", ARN condition operators). The pattern `*` alone matches everything, also the `*` of an action without
    resource. Claims are read the same way.
    """
    if pattern.everything:
        return True
    patterns = pattern.arn_parts
    texts = arn.split(":", ARN_SEGMENTS - 1)
    return len(patterns) == len(texts) == ARN_SEGMENTS and all(map(Glob.matches, patterns, texts))


def resource_matches(pattern: Glob, arn: str) -> bool:
    """Match an ARN as `Resource` and `NotResource` do: part by part, but a `*` that ends a part may reach across colons.

    "If the `*` wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon boundaries" (IAM
    User Guide, "IAM JSON policy elements: Resource"). So `arn:aws:s3:*:*:a` selects the object `arn:aws:s3:::bucket/x:a` too.
    """
    return any(arn_matches(reading, arn) for reading in pattern.readings)


def _fits(run: _Run, text: str, start: int) -> bool:
    if isinstance(run, str):
        return text.startswith(run, start)
    return all(wanted is None or wanted == text[start + index] for index, wanted in enumerate(run))


def _find(run: _Run, text: str, start: int, end: int) -> int:
    """The first place in `text[start:end]` where `run` fits, or -1."""
    if isinstance(run, str):
        return text.find(run, start, end)
    return next((place for place in range(start, end - len(run) + 1) if _fits(run, text, place)), -1)
