"""Which files CfCT's build stage looks at: a grep over the manifest's text and two over file names (run-validation.sh 101, 161 and 201).

The check that files exist does not read the manifest. Its pipeline: lines that hold `_file:`, without those that begin with spaces and `#`; runs of spaces squeezed; then the third field by
single spaces. What it extracts is therefore what stands after the key when the line is indented and the key is the first word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.package.files import TEMPLATES

PARAMETERS = "parameters/"

_COMMENT = re.compile(r"^ *#")
_SPACES = re.compile(r" +")
_FIELD = 2

REMOTE_PREFIXES = ("s3", "http")
"""A path that begins so is taken for a remote one: in the build stage in lower case only (run-validation.sh 104 and 131), in the
deploy stage without regard to case (stage_to_s3.py 50-52)."""

_TEMPLATE = re.compile(r".template$|.yaml$|.yml$|.json$")
_PARAMETERS = re.compile(r".json")
_NO_PARAMETERS = re.compile(r".j2")
"""CfCT's own patterns (run-validation.sh 161, 176 and 201), in which the dot is any character."""


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
    """Whether CfCT's deploy stage takes `path` for a remote file."""
    return path.lower().startswith(REMOTE_PREFIXES)


def is_downloaded(path: str) -> bool:
    """Whether CfCT's build stage downloads `path`; any other it looks for in the package."""
    return path.startswith(REMOTE_PREFIXES)


def is_validated_template(path: str) -> bool:
    """Whether the build stage takes a file of the package for a template: by the end of its name, `templates/notes-json` too."""
    return path.startswith(TEMPLATES) and bool(_TEMPLATE.search(_found(path, TEMPLATES)))


def is_validated_parameters(path: str) -> bool:
    """Whether the build stage takes a file of the package for a parameter file, which has to be JSON."""
    found = _found(path, PARAMETERS)
    return path.startswith(PARAMETERS) and bool(_PARAMETERS.search(found)) and not _NO_PARAMETERS.search(found)


def _found(path: str, folder: str) -> str:
    """The file as `find .` prints it in the folder."""
    return f"./{path.removeprefix(folder)}"
