"""A package as git remembers it: the bytes that were committed, never a working tree, a filter or a network.

`REV` is the folder one stands in, at that revision; `REV:PATH` is a folder by its path from the repository's root, as git writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from generator.errors import InputError, OutsideError, Problem, Where
from generator.git import GitFailed, GitNotFound, Repository, TreeEntry
from generator.package.files import BUILT_ROOT, MANIFEST, TEMPLATES, PackageFiles
from generator.package.readers import CFCT_FOLDER, Budget, leads_out, read

_LINK = "120000"
_SUBMODULE = "160000"
_BRACES = re.compile(r"\{[^}]*\}")
"""`main@{2026-01-01 12:00}`: a colon in braces is part of a date."""


def read_named(name: str, folder: Path, environ: Mapping[str, str]) -> PackageFiles:
    """The package at a path, which wins, or at a git revision seen from `folder`. InputError when it is neither.

    OutsideError when git fails. `environ` is the environment that git gets.
    """
    path = Path(name)
    if path.exists() or path.is_symlink():
        return read(path)
    return read_revision(name, folder, environ)


def read_revision(name: str, folder: Path, environ: Mapping[str, str]) -> PackageFiles:
    """The package at a git revision. Errors as for `read_named`."""
    with _told(name):
        repository = Repository(folder, environ)
        return _package(name, repository, repository.tree(_tree(repository, name)))


def read_base(name: str, folder: Path, environ: Mapping[str, str]) -> PackageFiles | None:
    """The package that `folder` held at a revision; None when it held none, or nothing has been committed yet.

    Errors as for `read_named`; InputError, too, when `folder` is not in a git repository.
    """
    with _told(name):
        repository = Repository(folder, environ)
        if not repository.exists():
            problem = "this folder is not in a git repository, so nobody knows what has changed"
            raise _error(str(folder), problem, "leave `--changed` out, to judge all of it")
        if name == "HEAD" and repository.object_id("HEAD^{commit}") is None:
            return None
    try:
        return read_revision(name, folder, environ)
    except NoPackageError:
        return None


def read_file(name: str, folder: Path, file: str, environ: Mapping[str, str]) -> bytes | None:
    """What a file of `folder` held at a revision; None when there was none. Errors as for `read_named`."""
    with _told(name):
        repository = Repository(folder, environ)
        commit = repository.object_id(f"{name}^{{commit}}")
        found = repository.object_id(f"{commit}:./{file}") if commit else None
        return repository.contents((found,))[found] if found else None


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except GitNotFound as error:
        problem = Problem(
            Where(name),
            "there is nothing at this path, and no git on this machine to look for a revision",
            "install git, or name a path",
        )
        raise InputError(problem) from error
    except GitFailed as error:
        problem = Problem(
            Where(name),
            f"git cannot read this revision: {error.said}",
            "see that `git log` works here, and that the revision was fetched whole",
        )
        raise OutsideError(problem) from error


class NoPackageError(InputError):
    """The revision exists, and has no package in that folder."""


def _tree(repository: Repository, name: str) -> str:
    if ":" in _BRACES.sub("", name):
        found = repository.object_id(name)
        if found is None:
            raise _error(
                name,
                "there is nothing at this path, and git knows no such revision or folder in it",
                "see `git log` and `git ls-tree`",
            )
    else:
        commit = repository.object_id(f"{name}^{{commit}}")
        if commit is None:
            raise _error(
                name,
                "there is nothing at this path, and git knows no such revision",
                "name a folder, a zip, or a git revision such as `HEAD~1`",
            )
        found = repository.object_id(f"{commit}:./")
        if found is None:
            problem = Problem(
                Where(name), "this revision does not have this folder", "write `REV:PATH`, with the path that the folder had then"
            )
            raise NoPackageError(problem)
    if repository.kind(found) != "tree":
        raise _error(name, "this is a file in that revision", "name the folder that holds `manifest.yaml`")
    return found


@dataclass(frozen=True)
class _Root:
    """Where a package lies in a tree: `folders` by the prefix that their files get in the package."""

    folders: Mapping[str, str]
    shown_as: str = ""


_ROOTS = (
    (MANIFEST, _Root({"": ""})),
    (CFCT_FOLDER + MANIFEST, _Root({"": CFCT_FOLDER}, CFCT_FOLDER)),
    (BUILT_ROOT + MANIFEST, _Root({"": BUILT_ROOT, TEMPLATES: TEMPLATES}, BUILT_ROOT)),
)
"""In the order in which a folder is read (`readers`)."""


def _package(name: str, repository: Repository, entries: tuple[TreeEntry, ...]) -> PackageFiles:
    paths = {entry.path for entry in entries}
    root = next((root for manifest, root in _ROOTS if manifest in paths), None)
    if root is None:
        problem = f"this revision has no `{MANIFEST}` in the folder, nor in `{CFCT_FOLDER}` or `{BUILT_ROOT}` below it"
        raise NoPackageError(Problem(Where(name), problem, "write `REV:PATH` with the folder of a CfCT package"))
    wanted = dict(_wanted(name, root, entries))
    contents = repository.contents(tuple(wanted.values()))
    return PackageFiles({path: contents[oid] for path, oid in wanted.items()}, root.shown_as)


def _wanted(name: str, root: _Root, entries: tuple[TreeEntry, ...]) -> Iterator[tuple[str, str]]:
    """Path in the package and object id, of what a package holds; refuses what the reader of folders refuses."""
    budget = Budget(Path(name))
    for entry in entries:
        for inside, folder in root.folders.items():
            if not entry.path.startswith(folder):
                continue
            path = inside + entry.path.removeprefix(folder)
            if any(part.startswith(".") and part != ".." for part in PurePosixPath(path).parts):
                continue
            _refuse(name, entry)
            budget.take(entry.path, entry.size)
            yield path, entry.oid


def _refuse(name: str, entry: TreeEntry) -> None:
    place = f"{name}:{entry.path}"
    if leads_out(entry.path):
        raise _error(place, "this path leads out of the package", "rename the file")
    if entry.mode == _LINK:
        raise _error(
            place,
            "a symbolic link; CfCT's copy of the package would not hold what it points to",
            "replace the link by the file itself",
        )
    if entry.mode == _SUBMODULE:
        raise _error(place, "a submodule; CfCT's copy of the package would not hold what is in it", "commit the files themselves")


def _error(name: str, problem: str, remedy: str) -> InputError:
    return InputError(Problem(Where(name), problem, remedy))
