"""A finding: one thing a judge has against a package."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. An error makes `check` exit with 1 and `build` write nothing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong, where, and what to do. `line` and `column` count from 1; 0 means the whole file.

    `path` is the path that the user can open (`PackageFiles.shown`). `source` says who states the rule: a page of AWS, a file and
    line of CfCT, a Guard rule. `message` and `remedy` are lower case without a final period.
    """

    path: str
    line: int
    column: int
    rule: str
    level: Level
    message: str
    remedy: str
    source: str = ""
