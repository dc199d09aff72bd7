"""A package as others hand it over: a built tree, a CfCT package folder, or a zip of one; never a byte from outside of it."""

from __future__ import annotations

import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from generator.errors import InputError, Problem, Where
from generator.package.files import BUILT_ROOT, MANIFEST, TEMPLATES, PackageFiles

CFCT_FOLDER = "custom-control-tower-configuration/"
"""The second place where CfCT looks for `manifest.yaml` (CfCT 2.8.4 template, line 701); the root wins."""

DAMAGED_ZIP = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, OSError, ValueError,
)  # fmt: skip
"""What zipfile raises for a damaged or encrypted archive: its own errors, or the decompressor's (bz2 raises OSError and ValueError)."""

MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_TOTAL_BYTES = 128 * 1024 * 1024
MAX_FILES = 20_000
"""Far above what CfCT's sources take (CodeCommit: 7 MB a commit), far below what hurts a machine."""


def read(path: Path) -> PackageFiles:
    """The package at `path`. InputError when it is none, or when it is not safe to read."""
    if path.is_dir():
        return _from_folder(path)
    if path.is_file():
        return _from_zip(path)
    if path.exists() or path.is_symlink():
        raise _error(
            path, "this is neither a folder nor a zip file", "name the folder that holds `manifest.yaml`, or a zip of it"
        )
    raise _error(path, "there is nothing at this path", "name the folder that holds `manifest.yaml`, or a zip of it")


def _from_folder(path: Path) -> PackageFiles:
    if (path / MANIFEST).is_file():
        return PackageFiles(dict(_walk(path, path, Budget(path))))
    if (path / CFCT_FOLDER / MANIFEST).is_file():
        return PackageFiles(dict(_walk(path / CFCT_FOLDER, path, Budget(path))), root_shown_as=CFCT_FOLDER)
    if (path / BUILT_ROOT / MANIFEST).is_file():
        budget = Budget(path)
        files = dict(_walk(path / BUILT_ROOT, path, budget))
        if (path / TEMPLATES).is_dir():
            files |= {TEMPLATES + name: content for name, content in _walk(path / TEMPLATES, path, budget)}
        return PackageFiles(files, root_shown_as=BUILT_ROOT)
    raise _error(
        path,
        f"there is no `{MANIFEST}` in this folder, nor in `{CFCT_FOLDER}` or `{BUILT_ROOT}` below it",
        "name the folder of a CfCT package, or build one first with `cfctgen build`",
    )


class Budget:
    """What may still be read; a file counts before it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._bytes = MAX_TOTAL_BYTES
        self._files = MAX_FILES

    def take(self, name: str, size: int) -> None:
        """Count a file. InputError when it, or all together, are too much."""
        self._files -= 1
        self._bytes -= size
        if size > MAX_FILE_BYTES:
            raise _error(
                self._path / name,
                f"the file has {size:,} bytes",
                f"a package holds no file above {MAX_FILE_BYTES:,} bytes; remove it",
            )
        if self._bytes < 0:
            raise _error(self._path, f"the package holds more than {MAX_TOTAL_BYTES:,} bytes", "remove what CfCT does not need")
        if self._files < 0:
            raise _error(self._path, f"the package holds more than {MAX_FILES:,} files", "remove what CfCT does not need")


def _walk(folder: Path, root: Path, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """Files below `folder` by their path relative to it; names that begin with a dot are not part of a package."""
    top = root.resolve()
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        if not current.resolve().is_relative_to(top):
            raise _error(current, "this folder is a symbolic link out of the package", "replace the link by what it points to")
        try:
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError as error:
            raise _error(current, f"the folder cannot be read: {(error.strerror or '').lower()}", "make it readable") from error
        for entry in entries:
            if entry.name.startswith("."):
                continue
            place = current / entry.name
            if entry.is_symlink():
                raise _error(
                    place,
                    "a symbolic link; CfCT's copy of the package would not hold what it points to",
                    "replace the link by the file itself",
                )
            if entry.is_dir():
                waiting.append(place)
            elif entry.is_file():
                yield place.relative_to(folder).as_posix(), _content(place, budget)
            else:
                raise _error(place, "this is no regular file", "remove it from the package")


def _content(place: Path, budget: Budget) -> bytes:
    try:
        with place.open("rb") as stream:
            budget.take(place.name, os.fstat(stream.fileno()).st_size)
            return stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _error(place, f"the file cannot be read: {(error.strerror or '').lower()}", "make it readable") from error


def _from_zip(path: Path) -> PackageFiles:
    try:
        with zipfile.ZipFile(path) as archive:
            files = dict(_members(path, archive))
    except PermissionError as error:
        raise _error(path, "the file may not be read", "make it readable") from error
    except DAMAGED_ZIP as error:
        raise _error(path, f"the zip file cannot be read: {str(error).lower()}", "make it again, without encryption") from error
    if MANIFEST in files:
        return PackageFiles(files)
    if CFCT_FOLDER + MANIFEST in files:
        inside = {name.removeprefix(CFCT_FOLDER): content for name, content in files.items() if name.startswith(CFCT_FOLDER)}
        return PackageFiles(inside, root_shown_as=CFCT_FOLDER)
    raise _error(
        path,
        f"the zip holds no `{MANIFEST}` at its root, nor in `{CFCT_FOLDER}`",
        "zip the content of the package folder, not the folder itself",
    )


def _members(path: Path, archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    budget = Budget(path)
    seen: set[str] = set()
    for member in archive.infolist():
        name = member.filename
        parts = PurePosixPath(name).parts
        place = path / name
        if leads_out(name):
            raise _error(place, "this path leads out of the package", "make the zip with paths relative to the package")
        if member.is_dir() or any(part.startswith(".") for part in parts):
            continue
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _error(
                place,
                "a symbolic link; CfCT's copy of the package would not hold what it points to",
                "replace the link by the file itself",
            )
        normal = PurePosixPath(name).as_posix()
        if normal in seen:
            raise _error(place, "the zip holds this file twice", "make it again from the package folder")
        seen.add(normal)
        budget.take(name, member.file_size)
        with archive.open(member) as stream:
            # a zip can understate a member's size, so the limit is kept while unpacking, not believed
            content = stream.read(member.file_size + 1)
        if len(content) > member.file_size:
            raise _error(place, "the file is larger than the zip says", "make the zip again")
        yield normal, content


def leads_out(name: str) -> bool:
    """Whether a path of an archive or of a git tree would lead out of the folder it is unpacked in, on any system."""
    parts = PurePosixPath(name).parts
    return name.startswith("/") or "\\" in name or ".." in parts or (bool(parts) and ":" in parts[0])


def _error(path: Path, problem: str, remedy: str) -> InputError:
    return InputError(Problem(Where(path.as_posix()), problem, remedy))
