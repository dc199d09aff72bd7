"""What earlier runs found out, kept so that nothing is judged twice: a small store of authenticated entries, safe to delete.

It lies below the tree that is judged, so it may hold what others put there: a branch can bring a file that says "no finding". Every
entry therefore carries a code made with a secret that lies in the user's own cache folder and in no repository. An entry that somebody
else made, or changed, or moved to another name, counts as none. What cannot be read or written is no error: the work is done again.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path

from generator.errors import OutsideError

CACHE = Path(".cache") / "cfctgen"
"""Below the tree; git ignores it, and readers of packages skip names that begin with a dot."""

MAX_ENTRIES = 1_000
MAX_ENTRY_BYTES = 8 * 1024 * 1024
"""A run keeps one entry a template and judge; what is older than the newest thousand goes."""

_ENTRIES = "verdicts"
_CODE_BYTES = 32
_SECRET_BYTES = 32
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Cache:
    """The entries of one tree. `secret` has 32 bytes; without it nothing of an earlier run is believed."""

    tree: Path
    secret: bytes

    def get(self, name: str) -> bytes | None:
        """What was put under `name`, a digest; None if there is nothing that this user's cfctgen has put there."""
        place = self._folder / name
        try:
            descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(descriptor, "rb") as file:
                entry = file.read(MAX_ENTRY_BYTES + _CODE_BYTES + 1)
        except OSError:
            return None
        code, content = entry[:_CODE_BYTES], entry[_CODE_BYTES:]
        if len(content) > MAX_ENTRY_BYTES or not compare_digest(code, self._code(name, content)):
            return None
        with suppress(OSError):  # what is used stays
            os.utime(place)
        return content

    def put(self, name: str, content: bytes) -> None:
        """Keep `content` under `name`, a digest. Does nothing where nothing can be written, or where a link leads elsewhere."""
        from generator.files import write_file  # noqa: PLC0415 # a run that finds its verdict writes nothing

        if len(content) > MAX_ENTRY_BYTES or not self._is_ours():
            return
        with suppress(OutsideError):
            write_file(self._folder / name, self._code(name, content) + content)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever put here."""
        return not self._folder.is_dir()

    def tidy(self) -> None:
        """Remove the entries that were not used for longest, above the number that is kept."""
        if not self._is_ours():
            return
        with suppress(OSError):
            entries = sorted(
                os.scandir(self._folder), key=lambda each: each.stat(follow_symlinks=False).st_mtime_ns, reverse=True
            )
            for entry in entries[MAX_ENTRIES:]:
                Path(entry.path).unlink(missing_ok=True)

    @property
    def _folder(self) -> Path:
        return self.tree / CACHE / _ENTRIES

    def _code(self, name: str, content: bytes) -> bytes:
        return blake2b(name.encode() + b"\0" + content, key=self.secret, digest_size=_CODE_BYTES).digest()

    def _is_ours(self) -> bool:
        """Whether the folder of entries is in the tree itself; made, for the user alone and not for git, if it is not there."""
        from generator.files import write_file  # noqa: PLC0415 # as above

        try:
            for folder in (self.tree / CACHE.parent, self.tree / CACHE, self._folder):
                with suppress(FileExistsError):
                    folder.mkdir(mode=0o700)
                if not stat.S_ISDIR(folder.lstat().st_mode):
                    return False
            if not (self.tree / CACHE / ".gitignore").exists():
                write_file(self.tree / CACHE / ".gitignore", b"*\n")
        except (OSError, OutsideError):
            return False
        return True


def open_cache(tree: Path, environment: Mapping[str, str]) -> Cache | None:
    """The cache of a tree for the user whose `environment` this is; None if the user has no secret and none can be made."""
    place = _secret_file(environment)
    if place is None or not tree.is_dir():
        return None
    secret = _read_secret(place) or _make_secret(place)
    return Cache(tree, secret) if secret else None


def _secret_file(environment: Mapping[str, str]) -> Path | None:
    """Where the XDG base directory specification (0.8) puts what a program keeps for one user and can make again."""
    base = environment.get("XDG_CACHE_HOME", "")
    if not base.startswith("/"):
        home = os.path.expanduser("~")  # noqa: PTH111 # Path.home raises where there is no home
        base = str(Path(home) / ".cache") if home != "~" else ""
    return Path(base) / "cfctgen" / "key" if base else None


def _read_secret(place: Path) -> bytes | None:
    """The secret, unless others than its owner can read it: then they can make entries too."""
    try:
        with place.open("rb") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & _FOR_OTHERS:
                return None
            secret = file.read(_SECRET_BYTES + 1)
    except OSError:
        return None
    return secret if len(secret) == _SECRET_BYTES else None


def _make_secret(place: Path) -> bytes | None:
    """A new secret, unless a file is there already; of several runs at once the first wins."""
    import tempfile  # noqa: PLC0415 # once in a user's life

    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, aside = tempfile.mkstemp(dir=place.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(os.urandom(_SECRET_BYTES))
            os.link(aside, place)
        finally:
            Path(aside).unlink()
    except FileExistsError:
        pass
    except OSError:
        return None
    return _read_secret(place)
