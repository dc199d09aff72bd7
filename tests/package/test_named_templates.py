from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator.errors import InputError
from generator.package.named_templates import NamedTemplates, contents, read_named_templates


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the user stands: a repository below one that is somebody else's."""
    write(tmp_path / "manifest.yaml", "of nobody here")
    here = tmp_path / "repository"
    (here / ".git").mkdir(parents=True)
    monkeypatch.chdir(here)
    return here


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def paths(groups: tuple[NamedTemplates, ...]) -> list[tuple[bytes | None, dict[str, str]]]:
    return [(group.manifest, {named.name: named.path for named in group.templates}) for group in groups]


def read(*names: str) -> list[tuple[bytes | None, dict[str, str]]]:
    return paths(read_named_templates([Path(name) for name in names]))


def problems(*names: str) -> list[str]:
    with pytest.raises(InputError) as raised:
        read(*names)
    return [f"{problem.where}: {problem.problem}" for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("manifest", "template", "inside"),
    [
        ("manifest.yaml", "templates/a.yaml", "templates/a.yaml"),
        ("manifest.yaml", "stacks/deep/a.yaml", "stacks/deep/a.yaml"),
        ("custom-control-tower-configuration/manifest.yaml", "custom-control-tower-configuration/templates/a.yaml", "templates/a.yaml"),
        ("manifest/manifest.yaml", "templates/a.yaml", "templates/a.yaml"),
        ("manifest/manifest.yaml", "manifest/stacks/a.yaml", "stacks/a.yaml"),
        ("zone/manifest/manifest.yaml", "zone/templates/deep/a.yaml", "templates/deep/a.yaml"),
    ],
)  # fmt: skip
def test_a_template_is_found_in_its_package(manifest: str, template: str, inside: str) -> None:
    write(Path(manifest), "m")
    write(Path(template), "t")
    assert read(template) == [(b"m", {template: inside})]


def test_templates_of_one_package_come_together_each_once_and_by_the_names_that_were_given() -> None:
    write(Path("a/manifest.yaml"), "a")
    write(Path("b/manifest.yaml"), "b")
    for name in ("a/templates/1.yaml", "b/templates/2.yaml", "a/templates/3.yaml", "4.yaml"):
        write(Path(name), name)
    names = ("a/templates/1.yaml", "b/templates/2.yaml", "a/templates/3.yaml", "a/templates/../templates/1.yaml", "4.yaml")
    assert read(*names) == [
        (b"a", {"a/templates/1.yaml": "templates/1.yaml", "a/templates/3.yaml": "templates/3.yaml"}),
        (b"b", {"b/templates/2.yaml": "templates/2.yaml"}),
        (None, {"4.yaml": "4.yaml"}),
    ]
    assert contents(read_named_templates([Path("4.yaml")])) == {"4.yaml": b"4.yaml"}


def test_no_manifest_is_taken_from_beyond_the_repository() -> None:
    write(Path("templates/a.yaml"), "t")
    assert read("templates/a.yaml") == [(None, {"templates/a.yaml": "templates/a.yaml"})]


def test_in_a_built_tree_a_file_beside_templates_is_in_no_package() -> None:
    write(Path("manifest/manifest.yaml"), "m")
    write(Path("infrastructure/a.yaml"), "t")
    assert read("infrastructure/a.yaml") == [(None, {"infrastructure/a.yaml": "infrastructure/a.yaml"})]


def test_a_manifest_that_is_a_link_is_none() -> None:
    write(Path("elsewhere.yaml"), "m")
    Path("manifest.yaml").symlink_to("elsewhere.yaml")
    write(Path("templates/a.yaml"), "t")
    assert read("templates/a.yaml")[0][0] is None


def test_every_file_that_cannot_be_read_is_told_and_none_is_waited_for() -> None:
    write(Path("good.yaml"), "t")
    Path("link.yaml").symlink_to("good.yaml")
    Path("folder").mkdir()
    os.mkfifo("pipe.yaml")
    assert problems("link.yaml", "good.yaml", "missing.yaml", "folder", "pipe.yaml") == [
        "link.yaml: a symbolic link; CfCT's copy of the package would not hold what it points to",
        "missing.yaml: there is no such file",
        "folder: this is a folder",
        "pipe.yaml: this is no regular file",
    ]


def test_a_file_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.package.readers.MAX_FILE_BYTES", 3)
    write(Path("a.yaml"), "four")
    assert problems("a.yaml") == ["a.yaml: the file has 4 bytes"]


def test_a_file_that_nobody_may_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    write(Path("a.yaml"), "t")
    monkeypatch.setattr("os.open", refuse)
    assert problems("a.yaml") == ["a.yaml: the file cannot be read: permission denied"]
