"""Lay a package on what a remote holds: what is ours is replaced, what is CfCT's sample goes, what is anyone else's is not touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from generator.errors import OutsideError, Problem
from generator.publish.remote import Remote, Stored, shown
from generator.publish.samples import is_sample

_SHOWN = 20


class Foreign(StrEnum):
    """What to do with files in the remote that this program never wrote."""

    REFUSE = "refuse"
    KEEP = "keep"
    REMOVE = "remove"


@dataclass(frozen=True)
class Laid:
    """The next revision, and how it differs from the present one; every tuple holds sorted paths.

    `samples` and `foreign` are those of `changed` and `removed` that CfCT or somebody else wrote.
    """

    tree: Mapping[str, Stored]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    samples: tuple[str, ...]
    foreign: tuple[str, ...]

    @property
    def is_unchanged(self) -> bool:
        """Whether the remote holds exactly this already."""
        return not (self.added or self.changed or self.removed)


def lay(package: Mapping[str, bytes], remote: Remote, foreign: Foreign, name: str) -> Laid:
    """The next revision of the remote called `name`. OutsideError with all foreign files that `foreign` does not settle."""
    laid = {path: Stored(content) for path, content in package.items()}
    samples = {path for path, stored in remote.files.items() if laid.get(path) != stored and is_sample(path, stored)}
    others = {
        path
        for path, stored in remote.files.items()
        if laid.get(path) != stored and path not in samples and (path, stored.identity) not in remote.written
    }
    in_the_way = {path for path in others if path in laid or _is_folder_of(path, laid) or any(_parents(path, laid))}
    if foreign is Foreign.REFUSE and others:
        raise OutsideError(_foreign(others, name))
    if foreign is Foreign.KEEP and in_the_way:
        raise OutsideError(_blocked(in_the_way, name))
    kept = others if foreign is Foreign.KEEP else set()
    tree = laid | {path: remote.files[path] for path in kept}
    return Laid(
        tree=dict(sorted(tree.items())),
        added=tuple(sorted(tree.keys() - remote.files.keys())),
        changed=tuple(sorted(path for path in tree.keys() & remote.files.keys() if tree[path] != remote.files[path])),
        removed=tuple(sorted(remote.files.keys() - tree.keys())),
        kept=tuple(sorted(kept)),
        samples=tuple(sorted(samples)),
        foreign=tuple(sorted(others - kept)),
    )


def _is_folder_of(path: str, laid: Mapping[str, Stored]) -> bool:
    return any(other.startswith(f"{path}/") for other in laid)


def _parents(path: str, laid: Mapping[str, Stored]) -> Iterator[bool]:
    parts = path.split("/")
    return ("/".join(parts[:depth]) in laid for depth in range(1, len(parts)))


def _foreign(paths: set[str], name: str) -> Problem:
    return Problem(
        None,
        f"{name} holds files that cfctgen did not write: {_listed(paths)}",
        "add `--foreign keep` to leave them there, or `--foreign remove` to remove them; nothing was changed",
    )


def _blocked(paths: set[str], name: str) -> Problem:
    return Problem(
        None,
        f"{name} holds files that cannot be kept, because the package has its own in their place: {_listed(paths)}",
        "move what they say into landing-zone.yaml or a repository of your own, then add `--foreign remove`; nothing was changed",
    )


def _listed(paths: set[str]) -> str:
    listed = sorted(paths)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(f"`{shown(path)}`" for path in listed[:_SHOWN]) + more
