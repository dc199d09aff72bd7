"""What a remote holds, whatever kind it is, and what every kind can do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

REGULAR = "100644"
"""The mode that git gives to a file that is neither executable nor a link; a package has no other."""


@dataclass(frozen=True)
class Stored:
    """A file in a remote. `mode` is git's; a zip has only regular files."""

    content: bytes
    mode: str = REGULAR

    @property
    def identity(self) -> str:
        """Git's id of the content with its mode: the same for the same file in any remote."""
        return f"{self.mode} {blob_id(self.content)}"


@dataclass(frozen=True)
class Remote:
    """A remote at one moment.

    `revision` is the commit, or the version of the zip; empty when there is nothing yet. `written` holds path and identity of every
    file that this program ever wrote there, as far back as the remote remembers. `last` is the newest revision of ours. `attempt` is
    what the writer of the revision called it, where the revision's own name is not known before it is written.
    """

    revision: str
    files: Mapping[str, Stored]
    written: frozenset[tuple[str, str]]
    last: str = ""
    attempt: str = ""


@dataclass(frozen=True)
class Unwritten:
    """The remote did not take the revision, as far as can be told.

    `lost`: the connection broke, so that it may hold it all the same. `attempt` is what the revision would be, where that is known:
    below us, curl and botocore may send a request again whose answer they lost, and then hear that the remote has moved, to our own.
    """

    attempt: str = ""
    lost: Exception | None = None


class Target(Protocol):
    """Somewhere that a package is delivered to. Both methods raise OutsideError for what trying again does not mend."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def read(self) -> Remote:
        """What it holds now."""

    def write(self, remote: Remote, tree: Mapping[str, Stored], message: str) -> str | Unwritten:
        """Make `tree` its next revision, if it still holds `remote`: all of it or nothing. Returns the revision."""

    def rollback(self, before: Remote, revision: str) -> str:
        """The commands that bring back what `before` holds, once `revision` is written; empty when there was nothing."""


def shown(text: str) -> str:
    """`text` for a message: what does not print, as control characters and bytes that are not UTF-8, as hexadecimal escapes."""
    return "".join(
        mark if mark.isprintable() else "".join(f"\\x{byte:02x}" for byte in mark.encode(errors="surrogateescape"))
        for mark in text
    )


def blob_id(content: bytes) -> str:
    """Git's name for a file with this content (gitformat: `blob`, size, NUL, content)."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
