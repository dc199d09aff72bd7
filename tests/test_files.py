"""Writing: nobody ever sees half of it, whatever happens in between."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from generator.errors import OutsideError
from generator.files import write_file, write_folders


def content(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_folder_holds_exactly_what_was_written_last(tmp_path):
    write_folders(tmp_path, {"a": {"x/y": b"1", "z": b"2"}, "b": {}})
    write_folders(tmp_path, {"a": {"x/new": b"3"}})
    assert content(tmp_path) == {"a/x/new": b"3"}
    assert (tmp_path / "b").is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_when_the_second_folder_cannot_be_exchanged_the_first_is_put_back(tmp_path, monkeypatch):
    write_folders(tmp_path, {"a": {"f": b"old"}, "b": {"f": b"old"}})
    rename = Path.rename

    def refuse_b(self: Path, target: Path) -> Path:
        if self.parent.name == "new" and self.name == "b":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse_b)
    with pytest.raises(OutsideError, match="no space left on device") as caught:
        write_folders(tmp_path, {"a": {"f": b"new"}, "b": {"f": b"new"}})
    assert "nothing was changed" in str(caught.value)
    assert content(tmp_path) == {"a/f": b"old", "b/f": b"old"}


def test_an_interruption_leaves_what_was_there(tmp_path, monkeypatch):
    write_folders(tmp_path, {"a": {"f": b"old"}})

    def interrupted(_self: Path, _data: bytes) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_folders(tmp_path, {"a": {"f": b"new"}})
    assert content(tmp_path) == {"a/f": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_is_replaced_whole_and_readable_by_all(tmp_path):
    path = tmp_path / "new" / "file"
    write_file(path, b"1")
    write_file(path, b"2")
    assert path.read_bytes() == b"2"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    for write in (lambda: write_file(tmp_path / "file" / "below", b""), lambda: write_folders(tmp_path / "file", {"a": {}})):
        with pytest.raises(OutsideError, match="cannot be written"):
            write()
