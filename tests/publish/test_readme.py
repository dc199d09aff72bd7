"""The README's publish section, word for word, against the loopback servers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = (
    "Makefile", "README.md", "requirements.txt", "requirements-dev.txt", "landing-zone.yaml", "organization.yaml", "policy-ledger.yaml",
    "generator", "guard_rules", "templates", "manifest", "runbooks", "tests",
)  # fmt: skip


def commands() -> str:
    """The second block of shell in the section: the one that needs no AWS."""
    section = (ROOT / "README.md").read_text().split("## Publishing\n")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)[1]


def lend(environment: Path, to: Path) -> None:
    """An environment that `make` takes for finished: it must not change that of who runs the tests."""
    to.mkdir()
    for part in environment.iterdir():
        if part.name not in {"development", "runtime"}:
            (to / part.name).symlink_to(part)
    for name in ("runtime", "development"):
        (to / name).touch()


def test_the_section_works_word_for_word(tmp_path):
    for part in PARTS:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, tmp_path / part)
    lend(ROOT / ".venv", tmp_path / ".venv")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GIT_", "PYTEST"))}
    done = subprocess.run(
        ["bash", "-e", "-c", "set -m\n" + commands()],  # noqa: S607  # the reader's own shell
        cwd=tmp_path,
        env=clean | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("unchanged") == 1, done.stdout
    clone = {path.relative_to(tmp_path / "clone") for path in (tmp_path / "clone").rglob("*") if ".git" not in path.parts}
    assert {Path("manifest.yaml"), Path("templates/organization-trail.yaml")} <= clone
