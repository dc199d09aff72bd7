"""A run that finds its verdict says what the run itself would say, byte for byte, and nothing that has changed is overlooked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator.checks.replay import Command, Request, Screen, plain, state

ROOT = Path(__file__).parents[2]
SCREEN = Screen(colour=False, encoding="utf-8")
PROGRAM = """
import os, sys
from generator.__main__ import main
try:
    main()
finally:
    open(os.environ["REPORT"], "w").write(str("typer" not in sys.modules))
"""


@dataclass(frozen=True)
class Ran:
    """What a run did; `at_once` if it found its verdict, so that the command line was never imported."""

    output: bytes
    notes: bytes
    code: int
    at_once: bool

    @property
    def said(self) -> tuple[bytes, bytes, int]:
        return self.output, self.notes, self.code


def cfctgen(tree: Path, *arguments: str, **environment: str) -> Ran:
    report = tree.parent / "report"
    given = {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tree.parent / "user"), "REPORT": str(report), **environment}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=tree, check=False, capture_output=True, env={**os.environ, **given}
    )
    return Ran(run.stdout, run.stderr, run.returncode, report.read_text() == "True")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A small landing zone, built."""
    tree = tmp_path_factory.mktemp("landing-zone") / "tree"
    shutil.copytree(ROOT / "tests" / "inputs" / "minimal", tree)
    assert cfctgen(tree, "build").code == 0
    return tree


@pytest.fixture
def tree(built, tmp_path) -> Path:
    """A copy to change, with all that is remembered of the built one."""
    shutil.copytree(built.parent, tmp_path / "copy")
    return tmp_path / "copy" / "tree"


def test_a_check_says_the_same_again_at_once(tree):
    (tree / "templates" / "broken.yaml").write_text("Resources: [\n")
    (tree / "organization.yaml").rename(tree.parent / "organization.yaml")
    for form in ((), ("--format", "json"), ("--format", "sarif")):
        first, again = cfctgen(tree, "check", ".", *form), cfctgen(tree, "check", ".", *form)
        assert (first.at_once, again.at_once) == (False, True)
        assert again.said == first.said
        assert first.code == 1
        assert b"CT303" in first.output
        assert b"no organization file" in first.notes
    afresh = cfctgen(tree, "check", ".", "--no-cache")
    assert not afresh.at_once
    assert afresh.said == cfctgen(tree, "check", ".").said


def test_a_build_says_the_same_again_at_once_when_it_changed_none_of_its_inputs(tree):
    second, third = cfctgen(tree, "build"), cfctgen(tree, "build")
    assert (second.at_once, third.at_once) == (False, True)
    assert third.said == second.said
    template = next((tree / "templates").iterdir())
    content = template.read_bytes()
    template.write_bytes(content + b"# edited\n")
    assert not cfctgen(tree, "build").at_once
    assert template.read_bytes() == content
    (tree / "policy-ledger.yaml").unlink()
    assert not cfctgen(tree, "build").at_once


def test_a_verdict_of_another_user_is_not_repeated(tree):
    cfctgen(tree, "check")
    assert cfctgen(tree, "check").at_once
    assert not cfctgen(tree, "check", XDG_CACHE_HOME=str(tree.parent / "other")).at_once


CHECK = Request(Command.CHECK, Path(), "text", SCREEN)


@pytest.mark.parametrize(
    ("arguments", "path", "form"),
    [
        (["check"], ".", "text"),
        (["check", "."], ".", "text"),
        (["check", "a/b/"], "a/b", "text"),
        (["check", "--format", "json"], ".", "json"),
        (["check", "a", "--format", "sarif"], "a", "sarif"),
    ],
)
def test_a_plain_check_is_looked_up(arguments, path, form):
    assert plain(arguments, SCREEN) == Request(Command.CHECK, Path(path), form, SCREEN)


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["--help"], ["check", "--help"], ["check", "a", "b"], ["check", "--no-cache"], ["check", "-h"], ["check", "--", "a"],
        ["check", "--organization", "o.yaml"], ["check", "--changed"], ["check", ".", "--format"], ["build", "--no-check"],
        ["check", "--guard-rules", "x", "--format", "json"], ["build", "--out", "x"], ["build", "x"], ["publish"], ["prove", "."],
    ],
)  # fmt: skip
def test_all_else_is_run(arguments):
    assert plain(arguments, SCREEN) is None


def states_after(request: Request, root: Path, *changes: tuple[str, bytes | None]) -> list[str | None]:
    found = [state(request)]
    for name, content in changes:
        if content is None:
            (root / name).unlink()
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        found.append(state(request))
    return found


def test_every_file_that_a_check_reads_counts(tmp_path):
    request = Request(Command.CHECK, tmp_path, "text", SCREEN)
    (tmp_path / "manifest.yaml").write_bytes(b"one")
    found = states_after(
        request,
        tmp_path,
        ("manifest.yaml", b"two"),
        ("templates/a.yaml", b""),
        ("templates/a.yaml", b"x"),
        ("organization.yaml", b"facts"),
        ("organization.yaml", b"other facts"),
        ("policies/p.json", b"{}"),
        ("templates/a.yaml", None),
    )
    assert None not in found
    assert len(set(found)) == len(found)
    assert states_after(request, tmp_path, (".cache/cfctgen/x", b""), (".git/HEAD", b"")) == [found[-1]] * 3


def test_every_file_that_a_build_reads_or_owns_counts(tmp_path):
    request = Request(Command.BUILD, tmp_path, "text", SCREEN)
    found = states_after(
        request,
        tmp_path,
        ("landing-zone.yaml", b"1"),
        ("organization.yaml", b"1"),
        ("policy-ledger.yaml", b"1"),
        ("templates/a.yaml", b"1"),
        ("templates/.hidden", b"1"),
        ("manifest/manifest.yaml", b"1"),
        ("runbooks/a.md", b"1"),
        ("runbooks/a.md", b"2"),
        ("landing-zone.yaml", b"2"),
        ("policy-ledger.yaml", None),
    )
    assert None not in found
    assert len(set(found)) == len(found)


def test_what_only_the_run_can_explain_has_no_state(tmp_path):
    check, build = Request(Command.CHECK, tmp_path, "text", SCREEN), Request(Command.BUILD, tmp_path, "text", SCREEN)
    assert state(check) is None
    (tmp_path / "manifest.yaml").write_bytes(b"")
    (tmp_path / "templates").mkdir()
    assert state(check)
    assert state(build)
    (tmp_path / "templates" / "link").symlink_to(tmp_path)
    assert state(check) is None
    assert state(build) is None
    (tmp_path / "templates" / "link").unlink()
    os.mkfifo(tmp_path / "templates" / "pipe")
    assert state(check) is None
    assert state(build) is None


def test_what_it_looks_like_counts():
    names = {
        CHECK.name("state"),
        CHECK.name("other state"),
        Request(Command.BUILD, Path(), "text", SCREEN).name("state"),
        Request(Command.CHECK, Path("a"), "text", SCREEN).name("state"),
        Request(Command.CHECK, Path(), "json", SCREEN).name("state"),
        Request(Command.CHECK, Path(), "text", Screen(colour=True, encoding="utf-8")).name("state"),
        Request(Command.CHECK, Path(), "text", Screen(colour=False, encoding="ascii")).name("state"),
    }
    assert len(names) == 7
