"""What a run said is what the same run would say again: `check`, `templates` and `build`, when nothing that decides it has changed since.

Looked up before anything slow is imported. Every byte is read and digested that the run would read: the package (by the same reader),
the inputs, the Guard rules, the program itself. Only a plain run is looked up, with defaults for all that could bring in something
else. What is kept is the output as it was written, so that nothing can be shown otherwise than it was.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from generator.checks.cache import Cache, open_cache
from generator.checks.fingerprint import SHIPPED_RULES, fingerprint
from generator.errors import InputError
from generator.package.digest import package_digest, sha256
from generator.package.files import BUILT_ROOT, TEMPLATES
from generator.package.readers import MAX_FILE_BYTES, read

INPUTS = ("landing-zone.yaml", "organization.yaml", "policy-ledger.yaml")
BUILT = (TEMPLATES.rstrip("/"), BUILT_ROOT.rstrip("/"), "runbooks")
"""What a build reads, and the folders that it owns."""

_BESIDE = ("landing-zone.yaml", "organization.yaml")
"""What a check reads beside the package, where it is there."""
_CHECK_LENGTHS = (1, 2)


class Command(StrEnum):
    """What can be looked up."""

    CHECK = "check"
    BUILD = "build"
    TEMPLATES = "templates"


@dataclass(frozen=True)
class Said:
    """What a run wrote to stdout and to stderr, and its exit code."""

    output: bytes
    notes: str
    code: int


@dataclass(frozen=True)
class Screen:
    """What decides how the same findings look."""

    colour: bool
    encoding: str


@dataclass(frozen=True)
class Request:
    """A plain run: no options but the format."""

    command: Command
    path: Path
    form: str
    screen: Screen

    def name(self, state: str) -> str:
        """The name of what this run says in that state of all files it reads."""
        parts = (self.command, str(self.path), self.form, self.screen.colour, self.screen.encoding, state)
        return sha256(json.dumps([*parts, fingerprint((SHIPPED_RULES,))]).encode()).removeprefix("sha256:")


def screen(stream: TextIO, environment: Mapping[str, str]) -> Screen:
    """Colours on a terminal that shows them, for a user who wants them (https://no-color.org)."""
    wanted = not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    return Screen(stream.isatty() and wanted, stream.encoding or "utf-8")


def plain(arguments: Sequence[str], shown_on: Screen) -> Request | None:
    """The request that the arguments spell: `build`, or `check [PATH] [--format FORM]` in this order; None for all else."""
    match arguments:
        case ["build"]:
            return Request(Command.BUILD, Path(), "text", shown_on)
        case ["check", *rest]:
            form = "text"
            match rest:
                case [*before, "--format", given]:
                    rest, form = before, given
                case _:
                    pass
            if len(rest) > 1 or any(each.startswith("-") for each in rest):
                return None
            return Request(Command.CHECK, Path(*rest), form, shown_on)
        case _:
            return None


def state(request: Request) -> str | None:
    """A digest over every file that the run reads; None where only the run itself can say what is wrong with them."""
    try:
        if request.command is Command.BUILD:
            return built_state(given(request.path, INPUTS), dict(_below(request.path, BUILT)))
        package = read(request.path)
        return _digest(package.files, given(request.path, _BESIDE), package.root_shown_as)
    except (InputError, OSError, ValueError):
        return None


def built_state(inputs: Mapping[str, bytes], built: Mapping[str, bytes]) -> str:
    """The state of a tree that holds these inputs, and in the folders of a build these files."""
    return _digest(built, inputs, "")


def recall(request: Request, environment: Mapping[str, str]) -> Said | None:
    """What the run said when all was as it is now; None if nobody knows."""
    cache = open_cache(request.path, environment)
    now = state(request) if cache else None
    return look_up(cache, request, now) if cache and now else None


def look_up(cache: Cache, request: Request, now: str) -> Said | None:
    """What the run said in a state that the caller has worked out; None if nobody knows."""
    content = cache.get(request.name(now))
    if content is None:
        return None
    output, notes, code = json.loads(content)
    return Said(b64decode(output), notes, code)


def keep(cache: Cache, request: Request, found: str, said: Said) -> None:
    """Remember what the run said in the state that it `found`."""
    content = json.dumps([b64encode(said.output).decode(), said.notes, said.code])
    cache.put(request.name(found), content.encode())
    cache.tidy()


def _digest(files: Mapping[str, bytes], inputs: Mapping[str, bytes], shown_as: str) -> str:
    return sha256(json.dumps([package_digest(files), package_digest(inputs), shown_as]).encode())


def given(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Those of the files that are there."""
    return {name: _content(str(folder / name)) for name in names if (folder / name).is_file()}


def _below(root: Path, folders: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Every file of the folders. ValueError for what no build has made."""
    for folder in folders:
        if (root / folder).is_dir():
            for path in _walk(str(root / folder)):
                yield os.path.relpath(path, root), _content(path)


def _walk(folder: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.is_symlink():
            raise ValueError(entry.path)
        if entry.is_dir():
            yield from _walk(entry.path)
        elif entry.is_file():
            yield entry.path
        else:
            raise ValueError(entry.path)


def _content(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 # one of the few things that a run that finds its verdict does
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(path)
    return content
