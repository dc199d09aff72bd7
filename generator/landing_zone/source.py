"""From a path to a document: the first stage of the loader. What can be wrong with a file before YAML begins is found here."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from generator.errors import InputError, Problem, Where
from generator.landing_zone.document import Document, parse

SIZE_LIMIT = 8 * 1024 * 1024
"""Bytes. 10,000 accounts in 1,000 OUs with their policies take about 4 MiB; what is larger is some other file."""

_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters outside YAML's printable set (YAML 1.1, 5.1), which includes lone surrogates and NUL."""


def read_text(path: Path) -> str:
    """The text of a UTF-8 file of at most `SIZE_LIMIT` bytes, without byte order mark. Raises InputError."""
    data = _read(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        where = _where(path, before.decode("utf-8", errors="replace"))
        byte = error.object[error.start]
        raise InputError(
            Problem(where, f"byte {error.start + 1} of the file is 0x{byte:02x}, which is not UTF-8", "save the file as UTF-8")
        ) from error
    if found := _NOT_TEXT.search(text):
        where = _where(path, text[: found.start()])
        raise InputError(Problem(where, f"character U+{ord(found[0]):04X} is not allowed in YAML", "remove it"))
    return text


def read_document(path: Path, empty: str) -> Document:
    """The file as a document; `empty` is the remedy for a file without content. Raises InputError when it can't be read at all."""
    return parse(path, read_text(path), empty)


def _read(path: Path) -> bytes:
    whole_file = Where(str(path))
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            what = "a folder" if path.is_dir() else "no regular file"
            raise InputError(Problem(whole_file, f"this is {what}", "name a YAML file"))
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        raise InputError(Problem(whole_file, "there is no such file", "check the path")) from error
    except PermissionError as error:
        raise InputError(Problem(whole_file, "the file may not be read", "grant yourself read permission")) from error
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise InputError(Problem(whole_file, f"the file cannot be read: {reason}", "check the path and the disk")) from error
    except ValueError as error:  # a NUL byte in the path
        raise InputError(Problem(None, f"{str(path)!r} is not a path", "check the path")) from error
    if len(data) > SIZE_LIMIT:
        raise InputError(
            Problem(
                whole_file,
                f"the file is larger than {SIZE_LIMIT:,} bytes",
                "check that this is the file you mean; inputs are far smaller",
            )
        )
    return data


def _where(path: Path, before: str) -> Where:
    return Where(str(path), before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
