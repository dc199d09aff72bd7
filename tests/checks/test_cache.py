"""What earlier runs leave: believed only when this user's own program left it, bounded, and never an error."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from generator.checks import cache as module
from generator.checks.cache import CACHE, Cache, open_cache
from generator.checks.cfn_lint import Linter, Template
from generator.checks.finding import Finding, Level
from generator.checks.fingerprint import PROGRAM, fingerprint, guard_digest, installed, program_digest
from generator.checks.remembered import FORGETFUL, Memory, digest
from generator.checks.run import judge_package
from generator.package.files import PackageFiles
from generator.package.readers import read

NAME = digest("name")
ENTRIES = CACHE / "verdicts"
FINDING = Finding("templates/a.yaml", 3, 1, "E3002", Level.ERROR, "ünlikely \ud800", "mend it", "https://example.com")


@pytest.fixture
def user(tmp_path):
    """A user's environment, with a cache folder of its own."""
    return {"XDG_CACHE_HOME": str(tmp_path / "user")}


@pytest.fixture
def tree(tmp_path) -> Path:
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


@pytest.fixture
def opened(tree, user) -> Cache:
    found = open_cache(tree, user)
    assert found is not None
    return found


def entry(tree: Path, name: str = NAME) -> Path:
    return tree / ENTRIES / name


def test_what_was_put_is_found_by_a_later_run(tree, user, opened):
    assert opened.is_empty
    opened.put(NAME, b"content")
    later = open_cache(tree, user)
    assert later is not None
    assert later.get(NAME) == b"content"
    assert not later.is_empty


def test_nothing_is_found_under_another_name(opened):
    opened.put(NAME, b"content")
    assert opened.get(digest("other")) is None


@pytest.mark.parametrize(
    "changed",
    [
        lambda content: content[:0],
        lambda content: content[:-1],
        lambda content: content + b" ",
        lambda content: content[:-1] + b"T",
        lambda content: b"\0" * 32 + content[32:],
        lambda content: b"[]" + content[:0],
        lambda content: content * 1_000_000,
    ],
)
def test_an_entry_that_was_changed_is_none(tree, opened, changed):
    opened.put(NAME, b"content")
    entry(tree).write_bytes(changed(entry(tree).read_bytes()))
    assert opened.get(NAME) is None


def test_an_entry_under_another_name_is_none(tree, opened):
    """A verdict on one package is none on another."""
    opened.put(NAME, b"no finding")
    entry(tree).rename(entry(tree, digest("other")))
    assert opened.get(digest("other")) is None


def test_what_another_user_left_in_the_tree_is_not_believed(tree, tmp_path, opened):
    """A branch that brings its own verdicts."""
    stranger = open_cache(tree, {"XDG_CACHE_HOME": str(tmp_path / "stranger")})
    assert stranger is not None
    stranger.put(NAME, b"no finding")
    assert stranger.get(NAME) == b"no finding"
    assert opened.get(NAME) is None


def test_the_secret_is_made_once_and_for_its_user_alone(tree, user, opened):
    secret = Path(user["XDG_CACHE_HOME"]) / "cfctgen" / "key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert list(secret.parent.iterdir()) == [secret]
    again = open_cache(tree, user)
    assert again == opened


def test_a_secret_that_others_can_read_is_none(tree, user, opened):
    opened.put(NAME, b"content")
    (Path(user["XDG_CACHE_HOME"]) / "cfctgen" / "key").chmod(0o640)
    assert open_cache(tree, user) is None


def test_a_secret_of_another_length_is_none(tree, user, opened):
    (Path(user["XDG_CACHE_HOME"]) / "cfctgen" / "key").write_bytes(opened.secret[:-1])
    assert open_cache(tree, user) is None


def test_without_a_place_for_the_secret_nothing_is_kept(tree, tmp_path):
    (tmp_path / "file").touch()
    assert open_cache(tree, {"XDG_CACHE_HOME": str(tmp_path / "file")}) is None


def test_what_is_no_folder_has_no_cache(tree, user):
    (tree / "package.zip").touch()
    assert open_cache(tree / "package.zip", user) is None
    assert open_cache(tree / "nowhere", user) is None


@pytest.mark.parametrize("link", [CACHE.parent, CACHE, ENTRIES])
def test_nothing_is_written_through_a_link(tree, tmp_path, opened, link):
    """A package that others made could lead us anywhere."""
    (tmp_path / "elsewhere").mkdir()
    (tree / link).parent.mkdir(parents=True, exist_ok=True)
    (tree / link).symlink_to(tmp_path / "elsewhere")
    opened.put(NAME, b"content")
    opened.tidy()
    assert list((tmp_path / "elsewhere").rglob("*")) == []


def test_an_entry_that_is_a_link_or_a_pipe_is_none(tree, tmp_path, opened):
    opened.put(NAME, b"content")
    entry(tree).rename(tmp_path / "moved")
    entry(tree).symlink_to(tmp_path / "moved")
    assert opened.get(NAME) is None
    entry(tree).unlink()
    os.mkfifo(entry(tree))
    assert opened.get(NAME) is None


def test_a_folder_that_cannot_be_written_is_no_error(tree, opened, monkeypatch):
    def refuse(path, mode):
        raise PermissionError(13, f"Permission denied ({mode})", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    opened.put(NAME, b"content")
    opened.tidy()
    assert opened.get(NAME) is None
    assert list(tree.iterdir()) == []


def test_a_full_disk_is_no_error(tree, opened, monkeypatch):
    opened.put(NAME, b"first")

    def full(path, target):
        raise OSError(28, f"No space left on device ({path})", str(target))

    monkeypatch.setattr(Path, "replace", full)
    opened.put(NAME, b"second")
    assert opened.get(NAME) == b"first"
    assert [path.name for path in (tree / ENTRIES).iterdir()] == [NAME]


def test_what_is_too_large_is_not_kept(opened, monkeypatch):
    monkeypatch.setattr(module, "MAX_ENTRY_BYTES", 10)
    opened.put(NAME, b"x" * 11)
    assert opened.get(NAME) is None


def test_only_what_was_used_last_is_kept(tree, opened, monkeypatch):
    monkeypatch.setattr(module, "MAX_ENTRIES", 2)
    for age, name in enumerate(("old", "used", "new")):
        opened.put(name, b"content")
        os.utime(entry(tree, name), (age, age))
    assert opened.get("old") == b"content"
    opened.tidy()
    assert sorted(path.name for path in (tree / ENTRIES).iterdir()) == ["new", "old"]


def test_git_ignores_it_and_it_is_no_part_of_a_package(tree, opened):
    (tree / "manifest.yaml").write_text("region: eu-central-1\n")
    opened.put(NAME, b"content")
    assert (tree / CACHE / ".gitignore").read_text() == "*\n"
    assert set(read(tree).files) == {"manifest.yaml"}


def test_findings_are_remembered_as_they_were(opened):
    memory = Memory(opened, "this program")
    memory.keep((FINDING,), "judge", b"work")
    memory.keep((), "judge", b"clean work")
    assert memory.recall("judge", b"work") == (FINDING,)
    assert memory.recall("judge", b"clean work") == ()
    assert Memory(opened, "another program").recall("judge", b"work") is None
    for other in (("judge", b"other work"), ("other", b"work"), ("judge", b"work", b""), ("judgew", b"ork")):
        assert memory.recall(*other) is None


def test_without_a_cache_nothing_is_remembered():
    FORGETFUL.keep((FINDING,), "judge", b"work")
    assert FORGETFUL.recall("judge", b"work") is None


def test_no_two_rows_of_parts_have_one_digest():
    rows = [("a", "b"), ("ab",), ("a", "", "b"), ("", "ab"), ("ab", ""), ("a\0b",)]
    assert len({digest(*row) for row in rows}) == len(rows)


def test_another_program_has_another_fingerprint(tmp_path):
    program = tmp_path / "program"
    (program / "checks" / "__pycache__").mkdir(parents=True)
    (program / "judge.py").write_text("one")
    seen = [program_digest(program)]
    (program / "checks" / "__pycache__" / "judge.pyc").write_text("compiled")
    assert program_digest(program) == seen[0]
    for path, content in (("judge.py", "two"), ("facts.json", "{}"), ("checks/judge.py", "two")):
        (program / path).write_text(content)
        seen.append(program_digest(program))
    assert len(set(seen)) == len(seen)
    assert program_digest() == program_digest(PROGRAM)


def test_what_is_installed_counts_with_its_version(tmp_path, monkeypatch):
    assert any(name.startswith("cfn_lint-") for name in installed())
    before = fingerprint(())
    (tmp_path / "another_judge-1.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "another_judge-1.0.dist-info" in installed()
    assert fingerprint(()) != before


def test_guard_rules_count_with_every_byte_and_their_place(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "a.guard").write_text("rule a {}")
    folders = (tmp_path / "one", tmp_path / "two")
    seen = {guard_digest(folders), guard_digest(reversed(folders)), guard_digest(folders[:1] * 2)}
    (tmp_path / "one" / "a.guard").write_text("rule b {}")
    seen.add(guard_digest(folders))
    assert len(seen) == 4


class Counting(Linter):
    """Counts what it is given."""

    given: tuple[Template, ...] = ()

    def send(self, templates):
        self.given = tuple(templates)
        super().send(templates)


BUCKET = b"Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      Versioning: true\n"


def test_of_all_templates_only_the_changed_one_is_linted_again(clean_package, organization, opened):
    memory = Memory(opened, "this program")
    package = PackageFiles({**clean_package.files, "templates/bucket.yaml": BUCKET})
    with Counting() as first:
        found = judge_package(package, organization, linter=first, memory=memory)
    assert len(first.given) > 1
    with Counting(early=False) as second:
        assert judge_package(package, organization, linter=second, memory=memory) == found
    assert second.given == ()
    assert second._process.pid is None
    changed = PackageFiles({**package.files, "templates/bucket.yaml": b"# moved\n" + BUCKET})
    with Counting(early=False) as third:
        moved = judge_package(changed, organization, linter=third, memory=memory)
    assert [template.path for template in third.given] == ["templates/bucket.yaml"]
    assert moved == judge_package(changed, organization)
    assert moved != found


def test_a_template_that_cfn_lint_did_not_judge_is_judged_again(clean_package, organization, opened, monkeypatch):
    memory = Memory(opened, "this program")
    monkeypatch.setattr("generator.checks.linter._lint", lambda _template: 1 // 0)
    failed = judge_package(clean_package, organization, memory=memory)
    assert {finding.rule for finding in failed.findings} == {"CT301"}
    monkeypatch.undo()
    assert judge_package(clean_package, organization, memory=memory).findings == ()


def test_other_regions_are_other_work(clean_package, organization, opened):
    memory = Memory(opened, "this program")
    judge_package(clean_package, organization, memory=memory)
    with Counting(early=False) as again:
        judge_package(clean_package, None, linter=again, memory=memory)
    assert [template.regions for template in again.given] == [("eu-central-1",)] * len(again.given)
