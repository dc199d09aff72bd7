"""Packages at git revisions: the committed bytes, seen as a folder would be, and refused for what a folder is refused for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from generator.errors import InputError, OutsideError
from generator.package import readers
from generator.package.revision import read_base, read_file, read_named, read_revision

FILES = {"manifest.yaml": b"region: eu-central-1\n", "templates/a.yaml": b"Resources: {}\r\n", "policies/p.json": b"{}"}
ENVIRON = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Engineer", "-c", "user.email=engineer@example.com", "-c", "core.autocrlf=false")
    return subprocess.run(
        ["git", *identity, *arguments],  # noqa: S607  # the user's git
        cwd=folder,
        env=ENVIRON,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def commit(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "a change")
    return folder


def told(name: str, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_revision(name, folder, ENVIRON)
    assert all(problem.remedy for problem in caught.value.problems)
    return str(caught.value)


def test_a_revision_holds_what_was_committed_byte_for_byte(tmp_path: Path) -> None:
    repository = commit(tmp_path, FILES)
    (repository / "manifest.yaml").write_bytes(b"changed since\n")
    (repository / ".gitattributes").write_text("*.yaml text eol=lf filter=spy\n")
    git(repository, "config", "filter.spy.smudge", "touch spied; cat")
    assert dict(read_revision("HEAD", repository, ENVIRON).files) == FILES
    assert not (repository / "spied").exists()


def test_a_file_of_a_revision_is_what_was_committed(tmp_path: Path) -> None:
    repository = commit(tmp_path, {"below/a.yaml": b"old\r\n"})
    below = repository / "below"
    (below / "a.yaml").write_bytes(b"new")
    assert read_file("HEAD", below, "a.yaml", ENVIRON) == b"old\r\n"
    assert read_file("HEAD", below, "b.yaml", ENVIRON) is None
    assert read_file("HEAD", repository, "a.yaml", ENVIRON) is None
    assert read_file("v9", below, "a.yaml", ENVIRON) is None


def test_every_way_in_which_git_names_a_revision(tmp_path: Path) -> None:
    repository = commit(tmp_path, FILES)
    git(repository, "tag", "first")
    commit(repository, {"manifest.yaml": b"second\n"})
    for name in ("first", "HEAD~1", "main^", git(repository, "rev-parse", "HEAD~1"), "HEAD~1:", "HEAD~1:./", "main@{1}"):
        assert dict(read_revision(name, repository, ENVIRON).files) == FILES, name
    assert read_revision("main", repository, ENVIRON).files["manifest.yaml"] == b"second\n"


def test_a_revision_is_of_the_folder_one_stands_in_and_a_path_is_from_the_root(tmp_path: Path) -> None:
    repository = commit(tmp_path, {f"landing zone/{name}": content for name, content in FILES.items()} | {"README.md": b"x"})
    assert dict(read_revision("HEAD", repository / "landing zone", ENVIRON).files) == FILES
    assert dict(read_revision("HEAD:landing zone", repository, ENVIRON).files) == FILES
    assert dict(read_revision("HEAD:landing zone/", repository / "landing zone", ENVIRON).files) == FILES
    assert "has no `manifest.yaml`" in told("HEAD", repository)


@pytest.mark.parametrize(
    ("places", "shown"),
    [
        (("manifest/", "templates/"), "manifest/policies/p.json"),
        (
            ("custom-control-tower-configuration/", "custom-control-tower-configuration/templates/"),
            "custom-control-tower-configuration/policies/p.json",
        ),
    ],
)
def test_the_package_is_found_where_a_folder_has_it(tmp_path: Path, places: tuple[str, str], shown: str) -> None:
    inside, templates = places
    tree = {
        inside + "manifest.yaml": b"m",
        inside + "policies/p.json": b"{}",
        templates + "a.yaml": b"t",
        inside + ".hidden/x": b"x",
        "README.md": b"r",
    }
    repository = commit(tmp_path, tree)
    package = read_revision("HEAD", repository, ENVIRON)
    assert dict(package.files) == {"manifest.yaml": b"m", "policies/p.json": b"{}", "templates/a.yaml": b"t"}
    assert package == readers.read(repository)
    assert package.shown("policies/p.json") == shown


def test_names_that_are_no_text_stay_apart(tmp_path: Path) -> None:
    repository = commit(tmp_path, {**FILES, os.fsdecode(b"policies/\xff\n.json"): b"1", "policies/\u00e4.json": b"2"})
    assert read_revision("HEAD", repository, ENVIRON) == readers.read(repository)


def test_a_path_that_exists_wins_over_a_revision_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = commit(tmp_path, FILES)
    git(repository, "branch", "candidate")
    monkeypatch.chdir(repository)
    assert dict(read_named("candidate", Path(), ENVIRON).files) == FILES
    (repository / "candidate").mkdir()
    (repository / "candidate" / "manifest.yaml").write_bytes(b"the folder\n")
    assert read_named("candidate", Path(), ENVIRON).files["manifest.yaml"] == b"the folder\n"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nowhere", "git knows no such revision"),
        ("HEAD~7", "git knows no such revision"),
        ("HEAD:nowhere", "no such revision or folder in it"),
        ("HEAD:manifest.yaml", "this is a file in that revision"),
        ("--all", "git knows no such revision"),
        ("a\0b", "git knows no such revision"),
        ("HEAD:../elsewhere", "no such revision or folder in it"),
    ],
)
def test_what_is_no_revision_is_told(tmp_path: Path, name: str, problem: str) -> None:
    assert problem in told(name, commit(tmp_path, FILES))


def test_outside_of_a_repository_there_is_no_revision(tmp_path: Path) -> None:
    assert "git knows no such revision" in told("HEAD", tmp_path)


def test_a_machine_without_git_reads_paths_only(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no git on this machine"):
        read_revision("HEAD", tmp_path, {"PATH": "/nowhere"})


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "link.yaml").symlink_to(tmp_path / "secret")
    assert "HEAD:templates/link.yaml: a symbolic link" in told("HEAD", commit(tmp_path, FILES))


def test_a_submodule_is_refused(tmp_path: Path) -> None:
    inner = commit(tmp_path / "inner", {"x": b"x"})
    outer = commit(tmp_path / "outer", FILES)
    git(outer, "update-index", "--add", "--cacheinfo", f"160000,{git(inner, 'rev-parse', 'HEAD')},templates/inner")
    git(outer, "commit", "--quiet", "--message", "a submodule")
    assert "HEAD:templates/inner: a submodule" in told("HEAD", outer)


@pytest.mark.parametrize(
    ("limit", "value", "problem"),
    [
        ("MAX_FILE_BYTES", 10, "the file has"),
        ("MAX_TOTAL_BYTES", 20, "more than 20 bytes"),
        ("MAX_FILES", 2, "more than 2 files"),
    ],
)
def test_budgets_hold_before_anything_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, problem: str
) -> None:
    monkeypatch.setattr(readers, limit, value)
    assert problem in told("HEAD", commit(tmp_path, FILES))


def test_a_path_that_leads_out_of_the_package_is_refused(tmp_path: Path) -> None:
    repository = commit(tmp_path, FILES)
    blob = git(repository, "rev-parse", "HEAD:manifest.yaml")
    tree = subprocess.run(
        ["git", "mktree"],  # noqa: S607  # as above
        cwd=repository,
        input=f"100644 blob {blob}\tmanifest.yaml\n100644 blob {blob}\ta\\..\\b.yaml\n",
        check=True,
        capture_output=True,
        text=True,
    )
    commit_id = git(repository, "commit-tree", "-m", "hostile", tree.stdout.strip())
    assert "leads out of the package" in told(commit_id, repository)


def test_an_object_that_is_not_here_is_told_and_not_fetched(tmp_path: Path) -> None:
    repository = commit(tmp_path, FILES)
    blob = git(repository, "rev-parse", "HEAD:manifest.yaml")
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(OutsideError, match="git cannot read"):
        read_revision("HEAD", repository, ENVIRON)


def test_variables_of_a_hook_do_not_lead_to_another_repository(tmp_path: Path) -> None:
    here = commit(tmp_path / "here", FILES)
    there = commit(tmp_path / "there", {"manifest.yaml": b"there\n"})
    misled = {**ENVIRON, "GIT_DIR": str(there / ".git"), "GIT_WORK_TREE": str(there)}
    assert dict(read_revision("HEAD", here, misled).files) == FILES


def test_a_base_without_a_package_or_without_a_commit_is_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert read_base("HEAD", tmp_path, ENVIRON) is None
    commit(tmp_path, {"README.md": b"x"})
    assert read_base("HEAD", tmp_path, ENVIRON) is None
    commit(tmp_path, FILES)
    base = read_base("HEAD", tmp_path, ENVIRON)
    assert base
    assert dict(base.files) == {"README.md": b"x", **FILES}
    (tmp_path / "new").mkdir()
    assert read_base("HEAD", tmp_path / "new", ENVIRON) is None


def test_a_base_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="git knows no such revision"):
        read_base("develop", commit(tmp_path, FILES), ENVIRON)


def test_a_folder_outside_of_git_has_no_base(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not in a git repository"):
        read_base("HEAD", tmp_path, ENVIRON)
