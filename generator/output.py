"""Where a build goes: `templates/`, `manifest/` and `runbooks/`, which it owns, and the ledger beside the inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from generator.build import Built
from generator.errors import InputError, Problem, Where
from generator.files import write_file, write_folders
from generator.package.files import BUILT_ROOT, TEMPLATES
from generator.package.ledger import FILE_NAME, Ledger
from generator.package.model import Runbook

RUNBOOKS = "runbooks"
_OURS = b"Written by `cfctgen build`"
"""In the first lines of every file that can hold a comment."""

_FIRST_LINES = 400


def write(built: Built, out: Path) -> None:
    """Write everything that `built` holds below `out`. Raises InputError for files in its folders that no build has written."""
    folders = {
        TEMPLATES.rstrip("/"): dict(_below(TEMPLATES, built)),
        BUILT_ROOT.rstrip("/"): {name: content for name, content in built.files.files.items() if not name.startswith(TEMPLATES)},
        RUNBOOKS: _runbooks(built.runbooks),
    }
    _refuse_foreign(out, tuple(folders), built.ledger)
    write_folders(out, folders)
    write_file(out / FILE_NAME, built.ledger.text().encode())


def write_runbooks(runbooks: tuple[Runbook, ...], out: Path) -> None:
    """Write the runbooks alone: they tell how to mend what keeps the package from being written. Raises InputError as `write`."""
    _refuse_foreign(out, (RUNBOOKS,), Ledger())
    write_folders(out, {RUNBOOKS: _runbooks(runbooks)})


def _runbooks(runbooks: tuple[Runbook, ...]) -> Mapping[str, bytes]:
    return {runbook.path: runbook.text.encode() for runbook in runbooks}


def _below(folder: str, built: Built) -> Iterator[tuple[str, bytes]]:
    return ((name.removeprefix(folder), content) for name, content in built.files.files.items() if name.startswith(folder))


def _refuse_foreign(out: Path, folders: tuple[str, ...], ledger: Ledger) -> None:
    foreign = tuple(_foreign(out, folders, ledger))
    if foreign:
        raise InputError(foreign)


def _foreign(out: Path, folders: tuple[str, ...], ledger: Ledger) -> Iterator[Problem]:
    """Files that a build would remove and that no build has made."""
    policies = {f"{entry.name}.json" for entry in ledger.entries}
    for folder in folders:
        for path in sorted((out / folder).rglob("*")):
            if path.is_dir() or (path.suffix == ".json" and path.name in policies):
                continue
            with path.open("rb") as file:
                ours = _OURS in file.read(_FIRST_LINES)
            if not ours:
                yield Problem(
                    Where(str(path)),
                    f"this file was not written by cfctgen, and `{folder}/` is rewritten by every build",
                    "move it elsewhere; what CfCT should deploy besides belongs in a repository of its own",
                )
