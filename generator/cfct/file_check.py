"""CfCT's own check that files exist, which is a grep over the manifest's text and not a reading of it (run-validation.sh, 101).

Its pipeline: lines that hold `_file:`, without those that begin with spaces and `#`; runs of spaces squeezed; then the third field by
single spaces. What it extracts is therefore what stands after the key when the line is indented and the key is the first word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMMENT = re.compile(r"^ *#")
_SPACES = re.compile(r" +")
_FIELD = 2

REMOTE_PREFIXES = ("s3", "http")
"""A path that begins so is taken for a remote one (run-validation.sh 104 and 131; stage_to_s3.py 50-52, there without regard to case)."""


@dataclass(frozen=True)
class Extracted:
    """A word that CfCT takes for a path, and the manifest's line (from 1) it comes from."""

    line: int
    word: str


def extract(text: str) -> tuple[Extracted, ...]:
    """Every word that the pipeline yields, in order."""
    words: list[Extracted] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if "_file:" not in line or _COMMENT.match(line):
            continue
        fields = _SPACES.sub(" ", line).replace("\r", "").split(" ")
        field = line if len(fields) == 1 else fields[_FIELD] if len(fields) > _FIELD else ""
        words.extend(Extracted(number, word) for word in field.split())
    return tuple(words)


def is_remote(path: str) -> bool:
    """Whether CfCT takes `path` for a remote file."""
    return path.lower().startswith(REMOTE_PREFIXES)
