"""The hooks as another repository uses them: real pre-commit, its own environment, a real `git commit`. No network is used.

pre-commit installs this program as it would from GitHub, with `pip install .` from a clone. Only what the program depends on comes
from the environment of the tests, and setuptools from the wheels that virtualenv brings along.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
import virtualenv.seed.wheels.embed
import yaml

ROOT = Path(__file__).parents[1]
INSTALLED = ("generator", "guard_rules", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
"""What of this repository an installation takes, by the beginning of its paths."""

TEMPLATES = "the changed templates have no error"
PACKAGE = "the CfCT package has no error"
CHANGED = "what changed in the package has no error"
"""The hooks by the names that pre-commit shows."""

BAD_TEMPLATE = """\
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayedName: audit
  Everybody:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics:
        - !Ref Topic
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: "*"
            Action: sns:Publish
            Resource: !Ref Topic
"""


@dataclass(frozen=True)
class Repository:
    """A repository with its environment for git and pre-commit."""

    folder: Path
    environ: dict[str, str]

    def git(self, *arguments: str, skip: str = "") -> subprocess.CompletedProcess[str]:
        command = ["git", "-c", "user.name=Engineer", "-c", "user.email=engineer@example.com", *arguments]
        environ = self.environ | {"SKIP": skip}
        return subprocess.run(command, cwd=self.folder, env=environ, check=False, capture_output=True, text=True)

    def commit(self, skip: str = "") -> tuple[int, str]:
        """The exit code of a commit of everything, and what the hooks say."""
        assert self.git("add", "--all").returncode == 0
        result = self.git("commit", "--message", "a change", skip=skip)
        return result.returncode, result.stdout + result.stderr

    def files(self, folder: str) -> set[str]:
        return set(self.git("ls-files", "--", folder).stdout.splitlines())

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").stdout.strip()


def git_listed(*paths: str) -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(path for path in listing.split("\0") if path and (ROOT / path).is_file())


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("home")
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PIP_", "PRE_COMMIT", "PYTHON"))
    }
    return inherited | {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_FIND_LINKS": str(Path(virtualenv.seed.wheels.embed.__file__).parent),
        "PYTHONPATH": str(Path(typer.__file__).parents[1]),
        "NO_COLOR": "1",
    }


@pytest.fixture(scope="module")
def offered(tmp_path_factory: pytest.TempPathFactory, environ: dict[str, str]) -> Repository:
    """This repository as it is now, committed elsewhere."""
    repository = Repository(tmp_path_factory.mktemp("cfct-generator"), environ)
    for path in git_listed(*INSTALLED):
        (repository.folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, repository.folder / path)
    assert repository.git("init", "--quiet").returncode == 0
    assert repository.commit()[0] == 0
    return repository


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory, offered: Repository) -> Repository:
    """A CfCT repository of somebody else, whose first commit the hooks have let pass."""
    repository = Repository(tmp_path_factory.mktemp("second"), offered.environ)
    shutil.copytree(ROOT / "tests" / "cases" / "clean_package", repository.folder, dirs_exist_ok=True)
    changed = {"id": "cfct-check", "alias": "changed", "name": CHANGED, "args": ["--changed"]}
    hooks = [{"id": "cfct-templates"}, {"id": "cfct-check"}, changed]
    config = {"repos": [{"repo": str(offered.folder), "rev": offered.head, "hooks": hooks}]}
    (repository.folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    assert repository.git("init", "--quiet", "--initial-branch=main").returncode == 0
    installed = subprocess.run(
        [sys.executable, "-m", "pre_commit", "install", "--install-hooks"],
        cwd=repository.folder, env=repository.environ, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert installed.returncode == 0, installed.stdout + installed.stderr
    code, said = repository.commit()
    assert code == 0, said
    return repository


@pytest.fixture
def repository(second: Repository) -> Iterator[Repository]:
    """The second repository, put back afterwards."""
    first = second.head
    yield second
    second.git("reset", "--quiet", "--hard", first)
    second.git("clean", "--quiet", "-d", "--force")


def outcomes(said: str) -> dict[str, str]:
    """What pre-commit says of each hook: `name.....Passed`."""
    return dict(re.findall(r"^([^.\n]+?)\.{2,}(?:\(.*\))?(Passed|Failed|Skipped)$", said, re.MULTILINE))


def some_template(repository: Repository) -> Path:
    return min((repository.folder / "templates").iterdir())


def test_a_commit_with_a_bad_template_is_blocked_and_one_with_a_good_template_passes(repository: Repository) -> None:
    before = repository.head
    good = some_template(repository)
    bad = good.with_name("bad.yaml")
    bad.write_text(BAD_TEMPLATE)
    code, said = repository.commit(skip="cfct-check,changed")
    assert code == 1
    assert repository.head == before
    assert "templates/bad.yaml\n" in said
    assert re.search(r"^  5:7: error: .*DisplayedName.*\[E3002\]$", said, re.MULTILINE)  # cfn-lint
    assert re.search(r"^  15:13: error: .*Everybody.*\[F18\]$", said, re.MULTILINE)  # cfn_nag
    assert re.search(r"^  14:13: error: .*Everybody.*\[TOPIC_NOT_PUBLIC\]$", said, re.MULTILINE)  # Guard
    assert good.name not in said

    bad.unlink()
    good.write_text(f"# changed\n{good.read_text()}")
    code, said = repository.commit()
    assert code == 0, said
    assert repository.head != before


def test_an_old_fault_in_another_template_does_not_block_the_changed_one_but_the_whole_package(repository: Repository) -> None:
    good = some_template(repository)
    good.with_name("bad.yaml").write_text(BAD_TEMPLATE)
    assert repository.commit(skip="cfct-templates,cfct-check,changed")[0] == 0
    good.write_text(f"# changed\n{good.read_text()}")
    code, said = repository.commit()
    assert code == 1
    assert outcomes(said) == {TEMPLATES: "Passed", PACKAGE: "Failed", CHANGED: "Passed"}
    assert "templates/bad.yaml\n" in said


def test_a_template_that_is_deleted_and_still_named_blocks_the_commit(repository: Repository) -> None:
    some_template(repository).unlink()
    code, said = repository.commit()
    assert code == 1
    assert outcomes(said) == {TEMPLATES: "Skipped", PACKAGE: "Failed", CHANGED: "Failed"}
    assert "manifest.yaml\n" in said


def test_a_commit_without_a_template_does_not_ask_for_templates(repository: Repository) -> None:
    (repository.folder / "notes.txt").write_text("nothing for CfCT\n")
    code, said = repository.commit()
    assert code == 0, said
    assert outcomes(said) == {TEMPLATES: "Skipped", PACKAGE: "Passed", CHANGED: "Passed"}


@pytest.fixture(scope="module")
def installed(second: Repository) -> Path:
    """The environment that pre-commit made."""
    (environment,) = Path(second.environ["PRE_COMMIT_HOME"]).glob("repo*/py_env-*")
    return environment


def test_what_pip_installs_is_the_whole_program_with_its_guard_rules(installed: Path, offered: Repository) -> None:
    (library,) = installed.glob("lib/python*/site-packages")
    paths = {path.relative_to(library).as_posix() for path in (library / "generator").rglob("*") if path.is_file()}
    assert {path for path in paths if "__pycache__" not in path} == offered.files("generator")
    rules = installed / "share" / "cfctgen" / "guard_rules"
    assert {f"guard_rules/{path.name}" for path in rules.iterdir()} == offered.files("guard_rules")


def test_the_installed_program_runs_in_a_folder_that_is_no_repository(
    installed: Path, second: Repository, tmp_path: Path
) -> None:
    (tmp_path / "topic.yaml").write_text(BAD_TEMPLATE)
    program = installed / "bin" / "cfctgen"
    result = subprocess.run(
        [program, "templates", "topic.yaml"], cwd=tmp_path, env=second.environ, check=False, capture_output=True, text=True
    )
    assert result.returncode == 1, result.stderr
    assert "[TOPIC_NOT_PUBLIC]" in result.stdout  # a Guard rule
