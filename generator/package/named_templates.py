"""Templates by their file names, wherever they lie: each with the manifest of the package that it is in, for that says where it goes."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.errors import InputError, Problem, Where
from generator.package.files import BUILT_ROOT, MANIFEST, TEMPLATES
from generator.package.readers import Budget

_INTENT = "landing-zone.yaml"
_REPOSITORY = ".git"
"""Git's folder, or the file that stands for it in a worktree or a submodule: no package reaches beyond."""


@dataclass(frozen=True)
class Named:
    """A template. `name` is how the user calls it, `path` its path in its package (without a package, its name)."""

    name: str
    path: str
    content: bytes


@dataclass(frozen=True)
class NamedTemplates:
    """Templates of one package, each once; or, without a `manifest`, of none. `house`: `landing-zone.yaml` lies beside the package."""

    manifest: bytes | None
    templates: tuple[Named, ...]
    house: bool = False


def read_named_templates(paths: Sequence[Path]) -> tuple[NamedTemplates, ...]:
    """The templates, those of one package together. InputError with every file that is not there, or not safe to read."""
    budget = Budget(Path())
    problems: list[Problem] = []
    packages: dict[Path | None, dict[str, Named]] = {}
    for path in paths:
        place = Path(os.path.abspath(path))  # noqa: PTH100 # `resolve` would follow links
        try:
            content = _content(path, budget)
            manifest = _manifest_of(place)
        except InputError as error:
            problems.extend(error.problems)
            continue
        inside = _inside(place, manifest) if manifest else path.as_posix()
        packages.setdefault(manifest, {}).setdefault(inside, Named(path.as_posix(), inside, content))
    if problems:
        raise InputError(problems)
    return tuple(
        NamedTemplates(_content(manifest, budget), tuple(named.values()), house=_is_at_home(manifest))
        if manifest
        else NamedTemplates(None, tuple(named.values()))
        for manifest, named in packages.items()
    )


def contents(groups: Sequence[NamedTemplates]) -> Mapping[str, bytes]:
    """The templates by the names that the user knows."""
    return {named.name: named.content for group in groups for named in group.templates}


def _manifest_of(place: Path) -> Path | None:
    """The manifest of the nearest folder that holds a package with this file, up to the root of the repository."""
    for folder in place.parents:
        if _is_file(folder / MANIFEST):
            return folder / MANIFEST
        if _is_file(folder / BUILT_ROOT / MANIFEST) and place.is_relative_to(folder / TEMPLATES):
            return folder / BUILT_ROOT / MANIFEST
        if (folder / _REPOSITORY).exists():
            return None
    return None


def _inside(place: Path, manifest: Path) -> str:
    """The path in the package: in a built tree `templates/` stands beside the folder of the manifest."""
    root = manifest.parent
    return place.relative_to(root if place.is_relative_to(root) else root.parent).as_posix()


def _is_at_home(manifest: Path) -> bool:
    """Whether the intent lies beside the package: in a built tree, beside the folder of the manifest."""
    root = manifest.parent
    return _is_file(root / _INTENT) or (root.name == BUILT_ROOT.rstrip("/") and _is_file(root.parent / _INTENT))


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _content(path: Path, budget: Budget) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as stream:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise _error(path, "this is no regular file", "name a template")
            budget.take(path.as_posix(), found.st_size)
            return stream.read(found.st_size)
    except FileNotFoundError as error:
        raise _error(path, "there is no such file", "name a template") from error
    except OSError as error:
        if path.is_symlink():
            problem = "a symbolic link; CfCT's copy of the package would not hold what it points to"
            raise _error(path, problem, "name the file itself") from error
        if path.is_dir():
            raise _error(path, "this is a folder", "name the templates in it, or judge a package with `cfctgen check`") from error
        raise _error(path, f"the file cannot be read: {(error.strerror or '').lower()}", "make it readable") from error


def _error(path: Path, problem: str, remedy: str) -> InputError:
    return InputError(Problem(Where(path.as_posix()), problem, remedy))
