"""Write files so that nobody ever sees half of them: write aside, then rename."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from generator.errors import OutsideError, Problem, Where

_ASIDE = ".cfctgen-"
"""How folders begin that hold what is being written; git ignores them."""


def write_file(path: Path, content: bytes) -> None:
    """Replace the file at `path`, or make it. Raises OutsideError when the disk refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, aside = tempfile.mkstemp(prefix=_ASIDE, dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(aside).chmod(0o644)
            Path(aside).replace(path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _refused(path, error) from error


def write_folders(out: Path, folders: Mapping[str, Mapping[str, bytes]]) -> None:
    """Replace each folder `out/<name>` by one that holds exactly the files given, paths with `/`.

    All folders are written aside before the first is exchanged, so that a full disk or an interruption leaves what was there.
    Raises OutsideError when the disk refuses.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=out))
        try:
            for name, files in folders.items():
                (aside / "new" / name).mkdir(parents=True)
                for path, content in files.items():
                    target = aside / "new" / name / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(content)
            _exchange(out, aside, tuple(folders))
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise _refused(out, error) from error


def _exchange(out: Path, aside: Path, names: tuple[str, ...]) -> None:
    """Put every new folder in its place, or, when one cannot be, every old one back."""
    (aside / "old").mkdir()
    exchanged: list[str] = []
    try:
        for name in names:
            with suppress(FileNotFoundError):
                (out / name).rename(aside / "old" / name)
            exchanged.append(name)
            (aside / "new" / name).rename(out / name)
    except BaseException:
        for name in exchanged:
            shutil.rmtree(out / name, ignore_errors=True)
            with suppress(FileNotFoundError):
                (aside / "old" / name).rename(out / name)
        raise


def _refused(path: Path, error: OSError) -> OutsideError:
    reason = (error.strerror or str(error)).lower()
    return OutsideError(
        Problem(
            Where(str(error.filename or path)), f"cannot be written: {reason}", "nothing was changed; make room or grant access"
        )
    )
