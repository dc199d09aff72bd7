"""PackageFiles as a folder's content or as a zip: the same bytes on every machine."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from generator.errors import InputError, Problem, Where
from generator.files import write_file, write_folders
from generator.package.files import MANIFEST, PackageFiles

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment a zip can name; a package has no time."""

_REGULAR_FILE = 0o100644


def write_zip(files: PackageFiles, path: Path) -> None:
    """Write the package as a zip. Nothing is compressed: how well zlib does that differs from one version to the next.

    Raises InputError when there is a folder of that name.
    """
    if path.is_dir():
        raise InputError(Problem(Where(str(path)), "this is a folder", "name a file that ends in .zip, or does not exist yet"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, whatever this machine is
            entry.external_attr = _REGULAR_FILE << 16
            archive.writestr(entry, content)
    write_file(path, buffer.getvalue())


def write_folder(files: PackageFiles, path: Path) -> None:
    """Write the package as a folder, replacing an older package there. Raises InputError for a folder of anything else."""
    if path.exists() and not _replaceable(path):
        raise InputError(
            Problem(
                Where(str(path)),
                "this holds something other than a CfCT package",
                "name a folder that is empty or does not exist yet",
            )
        )
    write_folders(path.parent, {path.name: files.files})


def _replaceable(path: Path) -> bool:
    """Whether `path` is an empty folder or an older package; a git checkout is neither."""
    if not path.is_dir() or path.is_symlink():
        return False
    names = {child.name for child in path.iterdir()}
    return not names or (MANIFEST in names and names <= {MANIFEST, "templates", "policies", "claims"})
