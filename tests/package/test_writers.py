"""The package as a folder or a zip: the same bytes everywhere."""

from __future__ import annotations

import hashlib
import os
import zipfile

import pytest

from generator.errors import InputError
from generator.package.files import PackageFiles
from generator.package.readers import read
from generator.package.writers import write_folder, write_zip

FILES = PackageFiles({"templates/b.yaml": b"b: 1\n", "manifest.yaml": b"region: x\n", "policies/a.json": b"{}"})


def test_the_zip_has_the_same_bytes_on_every_machine(tmp_path):
    """Its digest is written down: not compressed, no time, no permission bits of this machine."""
    before = os.umask(0o077)
    try:
        write_zip(FILES, tmp_path / "a.zip")
    finally:
        os.umask(before)
    digest = hashlib.sha256((tmp_path / "a.zip").read_bytes()).hexdigest()
    assert digest == "dd6d163a40c6ae8756eeedc2fdce953013b1606faf9e8d48e85ceacaf807480e"
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["manifest.yaml", "policies/a.json", "templates/b.yaml"]


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_what_is_written_is_read(tmp_path, name):
    (write_zip if name.endswith(".zip") else write_folder)(FILES, tmp_path / name)
    assert read(tmp_path / name).files == FILES.files


def test_a_folder_replaces_an_older_package_and_nothing_else(tmp_path):
    out = tmp_path / "out"
    write_folder(PackageFiles({"manifest.yaml": b"", "policies/old.json": b""}), out)
    write_folder(FILES, out)
    assert not (out / "policies/old.json").exists()
    (out / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="something other than a CfCT package"):
        write_folder(FILES, out)
    assert (out / "notes.txt").read_text() == "mine"


def test_a_zip_does_not_replace_a_folder(tmp_path):
    (tmp_path / "a.zip").mkdir()
    with pytest.raises(InputError, match=r"a\.zip: this is a folder"):
        write_zip(FILES, tmp_path / "a.zip")
