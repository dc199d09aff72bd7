"""The repository keeps its own promises: nothing generated is stale, and a control has everything that belongs to one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from generator import __version__
from generator.checks.guard import SHIPPED_RULES
from generator.checks.guard.source import load
from generator.cli import app
from generator.controls import CONTROLS
from generator.reference import reference_files
from tests import forked

ROOT = Path(__file__).parents[1]
SLUGS = [control.slug for control in CONTROLS]


def test_what_is_generated_from_the_code_is_current():
    stale = [path for path, content in reference_files(ROOT).items() if (ROOT / path).read_bytes() != content]
    assert stale == [], "run `make reference`"


@pytest.mark.parametrize("slug", SLUGS)
def test_a_control_has_its_module_docs_and_tests(slug):
    module = slug.replace("-", "_")
    places = (f"generator/controls/{module}", f"docs/controls/{slug}.md", f"tests/controls/test_{module}.py")
    missing = [place for place in places if not (ROOT / place).exists() and not (ROOT / f"{place}.py").exists()]
    assert missing == []


JUDGED_OTHERWISE = {
    "AWS::Athena::NamedQuery": "a text",
    "AWS::Glue::Database": "a name in a catalogue",
    "AWS::Glue::Table": "a description of files whose bucket is judged",
    "AWS::KMS::Alias": "a name for a key that is judged",
    "AWS::Logs::QueryDefinition": "a text",
}
"""Types of which no Guard rule asks anything, and why."""


@pytest.mark.parametrize("slug", SLUGS)
def test_every_type_that_a_control_makes_has_guard_rules(slug, reference):
    templates = [text for path, text in reference.built.files.files.items() if path.startswith(f"templates/{slug}")]
    made = {found for text in templates for found in re.findall(r"^    Type: (AWS::\S+)$", text.decode(), re.MULTILINE)}
    asked = {kind for file in load((SHIPPED_RULES,)) for rule in file.rules for kind in rule.reach.gate or ()}
    assert made - asked - JUDGED_OTHERWISE.keys() == set()


@pytest.mark.parametrize("slug", SLUGS)
def test_a_slug_is_spelled_the_same_everywhere(slug, reference):
    for path, content in reference.built.files.files.items():
        for sid in re.findall(r'"Sid":"(\w+)"', content.decode()) if path.startswith("policies/") else ():
            assert any(sid.startswith("".join(word.capitalize() for word in each.split("-"))) for each in SLUGS), sid
    page = (ROOT / f"docs/controls/{slug}.md").read_text()
    assert page.startswith(f"# {slug}\n")
    control = next(control for control in CONTROLS if control.slug == slug)
    for option in control.section.model_fields:
        assert f"`{option}`" in page or f"`{option}." in page, f"the docs page does not explain {option}"


def test_every_command_of_the_readme_exists():
    text = (ROOT / "README.md").read_text()
    make = set(re.findall(r"\bmake ([a-z]+)", text))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert make
    assert make <= targets
    commands = set(re.findall(r"[`$] ?cfctgen ([a-z]+)", text))
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert commands <= known


def test_what_the_readme_shows_is_what_is_said():
    blocks = re.findall(r"^```console\n\$ (cfctgen prove.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    shown = {command: output for block in blocks for command, _, output in map(split_sample, block.split("\n$ "))}
    assert {command.split()[1] for command in shown} == {"prove", "explain"}
    for command, output in shown.items():
        said = forked.cfctgen(*command.split()[1:], cwd=ROOT, environ=dict(os.environ))
        *parts, last = without_times(output).rstrip().removeprefix("...\n").split("...")
        assert all(part in without_times(said.stdout) for part in parts) if parts else last == said.stdout.rstrip(), command


def split_sample(sample: str) -> tuple[str, str, str]:
    return sample.replace("\\\n", " ").partition("\n")


def without_times(text: str) -> str:
    return re.sub(r"in \d+ ms", "in some ms", text)


def test_files_that_the_readme_links_to_exist():
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_version_is_spelled_once_more_in_pyproject_and_the_same():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__


def test_requirements_are_pinned_with_hashes_and_name_no_index():
    for path in ROOT.glob("requirements*.txt"):
        text = path.read_text()
        assert "://" not in text
        assert "--" not in re.sub(r"--hash=sha256:[0-9a-f]{64}", "", text)
        for requirement in re.split(r"\n(?=\S)", text.strip()):
            assert re.match(r"[A-Za-z0-9._-]+==[^ ;\\]+", requirement), requirement[:60]
            assert "--hash=sha256:" in requirement, requirement[:60]


def test_make_leaves_a_program_that_runs_from_any_folder(tmp_path):
    """`.venv/bin/cfctgen`, as the README calls it; made by `make`, so only where make has set this environment up."""
    program = Path(sys.executable).parent / "cfctgen"
    if not (program.parent.parent / "runtime").exists():
        pytest.skip("this environment was not made by make")
    shown = subprocess.run([program, "--version"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert shown.stdout == f"cfctgen {__version__}\n"
