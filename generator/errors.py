"""What can go wrong, as values: every error says what is wrong, where, and what to do about it.

Modules below the command line raise these and never print or exit; `generator.cli` alone turns them into text and an exit code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Where:
    """A place in a file. `line` and `column` count from 1; 0 means the whole file (or the whole line)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.path, *(str(number) for number in (self.line, self.column) if number)]
        return ":".join(parts)


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong. `problem` and `remedy` are lower case without a final period, in the user's own words."""

    where: Where | None
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.problem}\n  fix: {self.remedy}"


class CfctgenError(Exception):
    """Base of every error this program raises on purpose; carries all problems found, not the first."""

    exit_code = 2

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class InputError(CfctgenError):
    """An input file or an argument is wrong (exit code 2)."""


class PackageError(CfctgenError):
    """The inputs are well-formed, but no CfCT package can hold what they ask for (exit code 2)."""


class OutsideError(CfctgenError):
    """A service, a network or the disk failed (exit code 3)."""

    exit_code = 3
