"""The package of this repository's own landing zone, published and cloned."""

from __future__ import annotations

from pathlib import Path

from generator.package.files import PackageFiles
from generator.package.writers import write_folder
from tests.conftest import example_of
from tests.publish.conftest import Loopback
from tests.servers.codecommit import git


def test_a_clone_of_what_was_published_equals_the_folder_of_the_package_command(loopback: Loopback, tmp_path: Path) -> None:
    files = dict(example_of("reference").built.files.files)
    write_folder(PackageFiles(files), tmp_path / "package")
    loopback.publish(files)
    git("clone", "--quiet", str(loopback.repository), str(tmp_path / "clone"))
    (tmp_path / "clone" / ".git").rename(tmp_path / "history")
    assert _tree(tmp_path / "clone") == _tree(tmp_path / "package")
    assert len(_tree(tmp_path / "clone")) == len(files)


def _tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
