"""Publish one package to one target: read, lay, write, and again if the target moved meanwhile."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from generator.errors import OutsideError, Problem
from generator.git import GitFailed
from generator.package.digest import package_digest
from generator.package.files import PackageFiles
from generator.publish.checked import Seal
from generator.publish.lay import Foreign, Laid, lay
from generator.publish.message import commit_message
from generator.publish.remote import Remote, Stored, Target, Unwritten, shown

_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
"""Seconds after each failed attempt, and then one last look. Whoever was faster needs a push each, so a handful of rivals fits."""


@dataclass(frozen=True)
class Published:
    """How it ended. `revision` is what the target holds now; `before` what it held; `is_new` whether this run wrote it."""

    revision: str
    before: Remote
    laid: Laid
    is_new: bool


@dataclass(frozen=True)
class Order:
    """What to publish. `organization` is the id that the message names."""

    files: PackageFiles
    sealed: Seal
    organization: str
    foreign: Foreign


def publish(order: Order, target: Target, tell: Callable[[str], None], sleep: Callable[[float], None]) -> Published:
    """Deliver the package. Whatever happens, the target holds what it held before or the whole package.

    OutsideError when it cannot be delivered. A ValueError, when `order.sealed` is another package's, is a fault of the caller's.
    """
    if package_digest(order.files.files) != order.sealed.package:
        raise ValueError("the seal is of another package")
    lost: Unwritten | None = None
    first: Remote | None = None
    changes: Laid | None = None
    attempts: set[str] = set()
    pauses = iter(_PAUSES)
    while True:
        remote = _read(target, lost)
        laid = lay(order.files.files, remote, order.foreign, target.name)
        if laid.is_unchanged:
            is_new = lost is not None or bool(attempts & {remote.revision, remote.attempt})
            return Published(
                remote.revision, first if first and is_new else remote, changes if changes and is_new else laid, is_new
            )
        pause = next(pauses, None)
        if pause is None:
            raise OutsideError(_gave_up(target, lost))
        first, changes = remote, laid
        tell(f"writing {len(laid.tree)} files to {target.name}")
        revision = target.write(remote, laid.tree, commit_message(laid, order.sealed, order.organization))
        if not isinstance(revision, Unwritten):
            return Published(revision, remote, laid, is_new=True)
        attempts |= {revision.attempt} - {""}
        if revision.lost:
            lost = revision
            tell("the connection broke; looking whether the package arrived")
        else:
            tell(f"{target.name} has moved meanwhile; trying again on top of it")
        sleep(pause)


def preview(order: Order, target: Target) -> Published:
    """What `publish` would do; the target is only read."""
    remote = target.read()
    return Published(remote.revision, remote, lay(order.files.files, remote, order.foreign, target.name), is_new=False)


def diff(published: Published) -> str:
    """The change as a unified diff; files that are not text are only named."""
    return "".join(_diff(published.before.files, published.laid))


def _read(target: Target, lost: Unwritten | None) -> Remote:
    try:
        return target.read()
    except OutsideError as error:
        if lost is None:
            raise
        raise OutsideError(_unknown(target, error)) from error


def _unknown(target: Target, error: OutsideError) -> Problem:
    problem = f"the connection broke while {target.name} was written, and then: {error.problems[0].problem}"
    return Problem(None, problem, "it holds the old package or the new one, whole; run this again, and it says which")


def _gave_up(target: Target, lost: Unwritten | None) -> Problem:
    if lost:
        problem = f"the connection to {target.name} broke {len(_PAUSES)} times"
        if isinstance(lost.lost, GitFailed) and lost.lost.signal:
            problem = f"git was ended by signal {lost.lost.signal} while {target.name} was written"
        return Problem(None, problem, "check the network; it holds what it held before, and it is safe to run this again")
    problem = f"{target.name} was changed by others during each of {len(_PAUSES)} attempts"
    return Problem(None, problem, "find out who publishes there, then run this again; nothing was changed")


def _diff(before: Mapping[str, Stored], laid: Laid) -> Iterator[str]:
    for path in sorted({*laid.added, *laid.changed, *laid.removed}):
        old, new = before.get(path), laid.tree.get(path)
        old_text, new_text = _text(old), _text(new)
        old_name = f"a/{shown(path)}" if old else "/dev/null"
        new_name = f"b/{shown(path)}" if new else "/dev/null"
        if old_text is None or new_text is None:
            yield f"--- {old_name}\n+++ {new_name}\n(not text)\n"
            continue
        lines = difflib.unified_diff(old_text.splitlines(), new_text.splitlines(), old_name, new_name, lineterm="")
        yield from (f"{line}\n" for line in lines)


def _text(stored: Stored | None) -> str | None:
    try:
        return stored.content.decode() if stored else ""
    except UnicodeDecodeError:
        return None
