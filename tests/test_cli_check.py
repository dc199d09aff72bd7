"""`cfctgen check` as its users meet it: what it takes, what it compares with, and how it shows what it found."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from generator.cli.progress import Bar
from tests import forked

ROOT = Path(__file__).parents[1]
ENVIRON = {
    **os.environ,
    "PYTHONPATH": str(ROOT),
    "COLUMNS": "200",
    "NO_COLOR": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}


def cfctgen(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return forked.cfctgen(*arguments, cwd=cwd, environ=ENVIRON | env)


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Engineer", "-c", "user.email=engineer@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=folder, env=ENVIRON, check=True, capture_output=True)  # noqa: S607


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "a change")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A clean package, committed."""
    folder = tmp_path / "package"
    shutil.copytree(ROOT / "tests" / "cases" / "clean_package", folder)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder)
    return folder


def findings(result: subprocess.CompletedProcess[str]) -> set[tuple[str, str]]:
    return {(each["rule"], each["path"]) for each in json.loads(result.stdout)["findings"]} - {("CT033", "manifest.yaml")}


def test_a_revision_is_judged_as_it_was_committed(package: Path) -> None:
    edit(package / "manifest.yaml", "version: 2021-03-15", "version: '2021-03-15'")
    assert ("CT003", "manifest.yaml") in findings(cfctgen("check", "--format", "json", cwd=package))
    for revision in ("HEAD", "main", "HEAD:"):
        result = cfctgen("check", revision, "--format", "json", cwd=package)
        assert (result.returncode, findings(result)) == (0, set()), revision
    commit(package)
    result = cfctgen("check", "HEAD", cwd=package)
    assert result.returncode == 1
    assert "     3 | version: '2021-03-15'\n" in result.stdout


def test_what_the_house_asks_is_an_error_beside_a_landing_zone_and_a_warning_elsewhere(package: Path) -> None:
    """The same run three times in one folder: what is remembered of one kind of package is not said of the other."""
    (package / "templates" / "plain.yaml").write_text("Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n")
    commit(package)
    template = ("templates", "templates/plain.yaml", "--format", "json")
    for level, code in (("warning", 0), ("error", 1), ("warning", 0)):
        intent = package / "landing-zone.yaml"
        if level == "error":
            intent.write_text("organization: o-exampleorg1\n")
        else:
            intent.unlink(missing_ok=True)
        for arguments in (("check", "--format", "json"), ("check", "HEAD", "--format", "json"), template):
            result = cfctgen(*arguments, cwd=package)
            levels = {
                each["rule"]: each["level"] for each in json.loads(result.stdout)["findings"] if each["rule"] == "TOPIC_KMS_KEY"
            }
            assert (levels, result.returncode) == ({"TOPIC_KMS_KEY": level}, code), arguments


def test_what_is_neither_a_path_nor_a_revision_is_told(package: Path) -> None:
    result = cfctgen("check", "HEAD~9", cwd=package)
    assert result.returncode == 2
    assert result.stderr.startswith("error: HEAD~9: there is nothing at this path, and git knows no such revision\n  fix: ")


def test_changed_judges_what_changed_since_the_last_commit_untracked_files_too(package: Path) -> None:
    result = cfctgen("check", "--changed", cwd=package)
    assert (result.returncode, result.stdout) == (0, "no findings\n")
    assert "nothing in the package has changed since `HEAD`" in result.stderr
    (package / "templates" / "new.yaml").write_text("Resources:\n  B:\n    Type: AWS::S3::Nothing\n")
    edit(package / "manifest.yaml", "eu-central-1\nversion: 2021-03-15", "eu-central-1\nversion: '2021-03-15'")
    found = findings(cfctgen("check", "--changed", "--format", "json", cwd=package))
    assert {("E3006", "templates/new.yaml"), ("CT003", "manifest.yaml")} <= found
    commit(package)
    assert findings(cfctgen("check", "--changed", "--format", "json", cwd=package)) == set()
    assert ("CT003", "manifest.yaml") in findings(cfctgen("check", "--base", "HEAD~1", "--format", "json", cwd=package))


def test_changed_judges_all_when_the_organization_has_changed(package: Path) -> None:
    edit(package / "manifest.yaml", "version: 2021-03-15", "version: '2021-03-15'")
    commit(package)
    shutil.copy(ROOT / "tests" / "inputs" / "minimal" / "organization.yaml", package)
    commit(package)
    with (package / "organization.yaml").open("a") as facts:
        facts.write("# looked at again\n")
    result = cfctgen("check", "--changed", "--format", "json", cwd=package)
    assert ("CT003", "manifest.yaml") in findings(result)
    assert result.stderr == "organization.yaml has changed since `HEAD`: the whole package is judged\n"
    result = cfctgen("check", "--base", "HEAD~1", "--format", "json", cwd=package)
    assert result.stderr == "organization.yaml has changed since `HEAD~1`: the whole package is judged\n", "there was none"
    git(package, "rm", "--quiet", "--cached", "organization.yaml")
    git(package, "commit", "--quiet", "--message", "known to this machine only")
    assert findings(cfctgen("check", "--changed", "--format", "json", cwd=package)) == set()


def test_changed_shows_what_a_change_of_the_manifest_alone_does_to_other_files(package: Path) -> None:
    edit(package / "manifest.yaml", "deploy_method: rcp", "deploy_method: scp")
    found = findings(cfctgen("check", "--changed", "--format", "json", cwd=package))
    assert {("CT401", "policies/perimeter.json")} <= found <= findings(cfctgen("check", "--format", "json", cwd=package))


def test_paths_open_from_the_folder_that_one_is_in(package: Path) -> None:
    """And are remembered as they were named: the same package from two folders."""
    edit(package / "manifest.yaml", "version: 2021-03-15", "version: '2021-03-15'")
    for cwd, named, shown in (
        (package, ".", ""),
        (package.parent, "package", "package/"),
        (package.parent, "./package/", "package/"),
    ):
        for _ in range(2):
            result = cfctgen("check", named, "--format", "json", cwd=cwd)
            assert ("CT003", f"{shown}manifest.yaml") in findings(result)
        text = cfctgen("check", named, cwd=cwd).stdout
        assert f"{shown}manifest.yaml\n" in text
        assert "     3 | version: '2021-03-15'\n" in text
        (run,) = json.loads(cfctgen("check", named, "--format", "sarif", cwd=cwd).stdout)["runs"]
        places = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]}
        assert places == {f"{shown}manifest.yaml"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--changed", "HEAD"), "this is no folder"),
        (("--base", "nowhere"), "git knows no such revision"),
        (("--against", "nowhere"), "git knows no such revision"),
    ],
)
def test_what_cannot_be_compared_is_told(package: Path, arguments: tuple[str, ...], told: str) -> None:
    result = cfctgen("check", *arguments, cwd=package)
    assert result.returncode == 2
    assert told in result.stderr
    assert "  fix: " in result.stderr
    assert "Traceback" not in result.stderr


def test_changed_needs_a_repository(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "cases" / "clean_package", tmp_path / "package")
    result = cfctgen("check", "--changed", cwd=tmp_path / "package")
    assert result.returncode == 2
    assert "not in a git repository" in result.stderr


def test_a_suppressed_finding_does_not_fail_the_check_and_is_counted(package: Path) -> None:
    edit(package / "manifest.yaml", "      - eu-west-1", "      - eu-west-9 # cfctgen: ignore CT029 -- it opens in May")
    result = cfctgen("check", cwd=package)
    assert result.returncode == 0, result.stdout
    assert result.stdout.endswith(", 1 suppressed\n")
    (suppressed,) = json.loads(cfctgen("check", "--format", "json", cwd=package).stdout)["suppressed"]
    assert (suppressed["rule"], suppressed["reason"]) == ("CT029", "it opens in May")
    run = json.loads(cfctgen("check", "--format", "sarif", cwd=package).stdout)["runs"][0]
    assert [result["suppressions"][0]["justification"] for result in run["results"] if result["suppressions"]] == [
        "it opens in May"
    ]
    suites = ET.fromstring(cfctgen("check", "--format", "junit", cwd=package).stdout.encode())  # noqa: S314  # our own text
    assert sum(int(suite.attrib["skipped"]) for suite in suites) == 1


def test_documents_are_utf_8_and_text_is_what_the_terminal_can_show(package: Path) -> None:
    edit(package / "manifest.yaml", "    description: nobody", "    descripti\u00f6n: nobody")
    for form in ("json", "sarif", "junit", "text"):
        program = [sys.executable, "-m", "generator", "check", "--format", form]
        env = {**ENVIRON, "PYTHONIOENCODING": "ascii"}
        result = subprocess.run(program, cwd=package, env=env, check=False, capture_output=True)
        assert result.returncode == 1, result.stderr
        assert ("descripti\u00f6n" if form != "text" else "descripti\\xf6n") in result.stdout.decode()


def on_a_terminal(program: list[str], cwd: Path, **env: str) -> str:
    """What a person sees: standard output and error of a program on a terminal of its own."""
    leader, follower = pty.openpty()
    environ = {name: value for name, value in ENVIRON.items() if name != "NO_COLOR"} | {"TERM": "xterm"} | env
    process = subprocess.Popen(program, cwd=cwd, env=environ, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    seen = bytearray()
    while True:
        try:
            seen += os.read(leader, 4096)
        except OSError:  # the program has ended
            break
    os.close(leader)
    process.wait()
    return seen.decode(errors="replace")


@pytest.mark.parametrize(
    ("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)]
)
def test_colours_are_for_a_terminal_whose_user_wants_them(package: Path, env: dict[str, str], coloured: bool) -> None:
    edit(package / "manifest.yaml", "version: 2021-03-15", "version: '2021-03-15'")
    seen = on_a_terminal([sys.executable, "-m", "generator", "check", "--no-cache"], package, **env)
    assert ("\x1b[1;31merror\x1b[0m" in seen) == coloured


_SLOW = (
    "import time; from generator.cli.progress import Bar\n"
    "with Bar({patience}) as bar:\n"
    "    bar.advance('proofs', 3, 7); time.sleep({patience} + 0.5); bar.advance('cfn-lint', 4, 7); time.sleep(0.3)\n"
    "print('done')"
)


def test_a_bar_is_shown_when_it_takes_long_and_is_gone_afterwards(tmp_path: Path) -> None:
    seen = on_a_terminal([sys.executable, "-c", _SLOW.format(patience=0.2)], tmp_path)
    assert "checking" in seen
    assert "3/7" in seen
    assert "cfn-lint" in seen
    assert "\x1b[2K" in seen.split("cfn-lint")[-1], "the line is erased"
    assert seen.rstrip().endswith("done")


def test_no_bar_where_nobody_looks(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", _SLOW.format(patience=0.05)], cwd=tmp_path, env=ENVIRON, check=True, capture_output=True
    )
    assert (shown.stdout, shown.stderr) == (b"done\n", b"")
    assert "checking" not in on_a_terminal([sys.executable, "-c", _SLOW.format(patience=0.05)], tmp_path, TERM="dumb")


def test_a_quick_check_shows_no_bar_and_loads_none(tmp_path: Path) -> None:
    program = (
        "import sys; from generator.cli.progress import Bar\n"
        "with Bar(60) as bar: bar.advance('proofs', 3, 7)\n"
        "print('rich' in sys.modules)"
    )
    assert on_a_terminal([sys.executable, "-c", program], tmp_path).strip() == "False"


def test_a_bar_ends_with_an_error_too() -> None:
    began = time.monotonic()
    with pytest.raises(KeyError), Bar(60):
        raise KeyError
    assert time.monotonic() - began < 5
