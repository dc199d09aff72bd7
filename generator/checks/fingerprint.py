"""What decides a verdict besides the package: this program, what it uses, the Guard rules, and Python itself.

A version alone does not say which program it was: between two of them its modules and their data change. So the program counts with
every byte, and what was installed beside it with every name and version.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import generator
from generator import __version__
from generator.package.digest import package_digest, sha256

PROGRAM = Path(generator.__file__).parent
_IN_REPOSITORY = PROGRAM.resolve().parent / "guard_rules"
SHIPPED_RULES = _IN_REPOSITORY if _IN_REPOSITORY.is_dir() else Path(sys.prefix) / "share" / "cfctgen" / "guard_rules"
"""The Guard rules of this repository."""

_COMPILED = "__pycache__"
_INSTALLED = (".dist-info", ".egg-info")


def program_digest(program: Path = PROGRAM) -> str:
    """Over every file of the program but what Python compiles from it."""
    return package_digest({path[len(str(program)) + 1 :]: _bytes(path) for path in _files(str(program))})


def guard_digest(folders: Iterable[Path]) -> str:
    """Over the bytes of all Guard rules, the folders in their order. A folder that is not there has none."""
    return package_digest(
        {
            f"{number}/{folder.name}/{file.name}": file.read_bytes()
            for number, folder in enumerate(folders)
            for file in sorted(folder.glob("*.guard"))
        }
    )


def installed() -> tuple[str, ...]:
    """Name and version of everything that Python can import, as its installer has written them: `cfn_lint-1.58.0.dist-info`."""
    return tuple(sorted({name for path in sys.path if path for name in _names(path) if name.endswith(_INSTALLED)}))


def fingerprint(guard_folders: Iterable[Path]) -> str:
    """One digest over all that decides a verdict besides what is judged and how it is asked to be judged."""
    parts = (__version__, sys.version, program_digest(), guard_digest(guard_folders), *installed())
    return sha256("\n".join(parts).encode())


def _files(folder: str) -> Iterator[str]:
    """The paths of all files. Not with pathlib: this is a good part of a run that finds its verdict."""
    for entry in os.scandir(folder):
        if entry.is_dir():
            if entry.name != _COMPILED:
                yield from _files(entry.path)
        elif entry.is_file():
            yield entry.path


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 # as above
        return file.read()


def _names(path: str) -> list[str]:
    try:
        return os.listdir(path)  # noqa: PTH208 # as above
    except OSError:
        return []
