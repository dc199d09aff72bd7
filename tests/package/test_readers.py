"""Packages as folders and zips; what is not safe to read is refused before it is read."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.errors import InputError
from generator.package import readers
from generator.package.readers import read

FILES = {"manifest.yaml": b"region: eu-central-1\n", "templates/a.yaml": b"Resources: {}\n", "policies/p.json": b"{}"}


def write_folder(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def write_zip(path: Path, files: dict[str, bytes], mode: int | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            if mode is not None:
                member.external_attr = mode << 16
            archive.writestr(member, content)
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    assert all(problem.remedy for problem in caught.value.problems)
    return str(caught.value)


def test_a_package_folder(tmp_path):
    package = read(write_folder(tmp_path, FILES))
    assert dict(package.files) == FILES
    assert package.shown("manifest.yaml") == "manifest.yaml"


def test_a_built_tree_is_shown_as_the_user_sees_it(tmp_path):
    tree = {
        "manifest/manifest.yaml": b"x",
        "manifest/policies/p.json": b"{}",
        "templates/a.yaml": b"y",
        "README.md": b"not in the package",
    }
    package = read(write_folder(tmp_path, tree))
    assert dict(package.files) == {"manifest.yaml": b"x", "policies/p.json": b"{}", "templates/a.yaml": b"y"}
    assert package.shown("policies/p.json") == "manifest/policies/p.json"
    assert package.shown("templates/a.yaml") == "templates/a.yaml"


def test_a_package_in_cfcts_second_place(tmp_path):
    package = read(
        write_folder(tmp_path, {f"custom-control-tower-configuration/{name}": content for name, content in FILES.items()})
    )
    assert dict(package.files) == FILES


def test_the_root_wins_over_the_second_place(tmp_path):
    package = read(write_folder(tmp_path, {**FILES, "custom-control-tower-configuration/manifest.yaml": b"other"}))
    assert package.files["manifest.yaml"] == FILES["manifest.yaml"]


def test_dot_files_are_no_part_of_a_package(tmp_path):
    assert dict(read(write_folder(tmp_path, {**FILES, ".git/config": b"x", "templates/.cache": b"x"})).files) == FILES


def test_a_zip_holds_what_the_folder_holds(tmp_path):
    assert dict(read(write_zip(tmp_path / "p.zip", {**FILES, ".git/config": b"x"})).files) == FILES


def test_a_zip_of_cfcts_second_place(tmp_path):
    path = write_zip(
        tmp_path / "p.zip", {f"custom-control-tower-configuration/{name}": content for name, content in FILES.items()}
    )
    assert dict(read(path).files) == FILES


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "templates/../../evil", "a\\..\\evil", "C:/evil"])
def test_a_zip_path_out_of_the_package_is_refused(tmp_path, name):
    assert "leads out of the package" in refused(write_zip(tmp_path / "p.zip", {**FILES, name: b"x"}))


def test_a_symbolic_link_in_a_zip_is_refused(tmp_path):
    assert "symbolic link" in refused(write_zip(tmp_path / "p.zip", FILES, mode=0o120777))


def test_a_zip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "MAX_FILE_BYTES", 1_000)
    assert "the file has 5,000 bytes" in refused(write_zip(tmp_path / "p.zip", {**FILES, "templates/big.yaml": b"a" * 5_000}))


def test_many_files_that_are_large_together_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "MAX_TOTAL_BYTES", 3_000)
    big = {f"templates/{number}.yaml": b"a" * 900 for number in range(4)}
    assert "more than 3,000 bytes" in refused(write_zip(tmp_path / "p.zip", {**FILES, **big}))
    assert "more than 3,000 bytes" in refused(write_folder(tmp_path / "folder", {**FILES, **big}))


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "MAX_FILES", 2)
    assert "more than 2 files" in refused(write_folder(tmp_path, FILES))


def test_a_zip_that_understates_a_size_is_refused(tmp_path):
    path = write_zip(tmp_path / "p.zip", {**FILES, "templates/big.yaml": b"a" * 5_000})
    path.write_bytes(path.read_bytes().replace((5_000).to_bytes(4, "little"), (5).to_bytes(4, "little")))
    assert refused(path)


def test_a_file_twice_in_a_zip_is_refused(tmp_path):
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.yaml", b"x")
        archive.writestr("./manifest.yaml", b"y")
    assert "twice" in refused(path)


@pytest.mark.parametrize("link", ["templates/link.yaml", "linked"])
def test_a_symbolic_link_in_a_folder_is_refused(tmp_path, link):
    outside = tmp_path / "secret"
    outside.mkdir()
    package = write_folder(tmp_path / "package", FILES)
    (package / link).symlink_to(outside)
    assert "symbolic link" in refused(package)


def test_a_linked_manifest_folder_out_of_the_tree_is_refused(tmp_path):
    write_folder(tmp_path / "secret", {"manifest.yaml": b"x"})
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "manifest").symlink_to(tmp_path / "secret")
    assert "symbolic link" in refused(tmp_path / "tree")


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    package = write_folder(tmp_path, FILES)
    os.mkfifo(package / "templates" / "pipe.yaml")
    assert "no regular file" in refused(package)


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    assert "there is no `manifest.yaml`" in refused(tmp_path)


def test_a_zip_without_a_manifest_is_refused(tmp_path):
    assert "holds no `manifest.yaml`" in refused(write_zip(tmp_path / "p.zip", {"package/manifest.yaml": b"x"}))


def test_nothing_there(tmp_path):
    assert "there is nothing at this path" in refused(tmp_path / "none")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=300), cut=st.integers(0, 400), flip=st.integers(0, 400))
def test_damaged_zips_are_read_or_refused_but_never_crash(tmp_path, noise, cut, flip):
    whole = bytearray(write_zip(tmp_path / "p.zip", FILES).read_bytes())
    whole[flip % len(whole)] ^= 0xFF
    for content in (noise, bytes(whole), bytes(whole[:cut])):
        (tmp_path / "q.zip").write_bytes(content)
        try:
            read(tmp_path / "q.zip")
        except InputError:
            continue
        assert zipfile.is_zipfile(io.BytesIO(content))


def outcome(path: Path) -> str:
    try:
        read(path)
    except InputError:
        return "told"
    return "read"


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_damaged_zip_is_told_however_it_is_compressed(tmp_path, method):
    """Whatever two bytes are spoiled: never another error than ours, which would end in a traceback."""
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("manifest.yaml", "region: eu-central-1\n" * 200)
    whole = path.read_bytes()
    outcomes = set()
    for place in range(0, len(whole) - 2, 2):
        path.write_bytes(whole[:place] + b"\xff\xff" + whole[place + 2 :])
        outcomes.add(outcome(path))
    assert "told" in outcomes
