"""What is generated for the documentation: a page per rule, whose examples are cases of the tests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from generator.checks import pages
from generator.checks.finding import Level
from generator.checks.rule import Rule
from generator.checks.run import RULES
from generator.reference import reference_files, stale_files

Case = dict[str, Any]

ROOT = Path(__file__).parents[1]
RULE = Rule("CT999", Level.WARNING, "a | b", "it breaks", "mend it", "CfCT 2.8.4 x.py 1")


@cache
def made() -> Mapping[str, bytes]:
    """What is generated of this repository."""
    return reference_files(ROOT)


def test_every_rule_has_a_page_and_the_index_links_it() -> None:
    files = made()
    index = files["docs/checks.md"].decode()
    for rule in RULES:
        assert files[f"docs/checks/{rule.id}.md"].decode().startswith(f"# {rule.id}: {rule.title}\n")
        assert f"[{rule.id}](checks/{rule.id}.md)" in index


def test_no_page_is_left_of_a_rule_that_is_gone() -> None:
    assert stale_files(ROOT) == ()


def test_a_page_of_a_rule_that_is_gone_is_found(tmp_path: Path) -> None:
    (tmp_path / "docs" / "checks").mkdir(parents=True)
    (tmp_path / "guard_rules").mkdir()
    shutil.copy(ROOT / "README.md", tmp_path)
    for name in ("CT001.md", "CT000.md"):
        (tmp_path / "docs" / "checks" / name).touch()
    assert stale_files(tmp_path) == ("docs/checks/CT000.md",)


def test_a_page_says_all_that_is_known_of_a_rule() -> None:
    (text,) = pages.pages((RULE,), {}).values()
    for word in ("warning", "it breaks", "mend it", "CfCT 2.8.4 x.py 1", "| can be suppressed | yes |"):
        assert word in text
    assert "Fails" not in text
    assert "| [CT999](checks/CT999.md) | warning | a \\| b |\n" in pages.index((RULE,))


@pytest.mark.parametrize("rule", ["CT001", "CT403", "CT501"])
def test_a_page_says_what_cannot_be_suppressed(rule: str) -> None:
    assert "| can be suppressed | no |" in made()[f"docs/checks/{rule}.md"].decode()


def test_an_example_shows_what_fails_what_is_said_of_it_and_what_passes() -> None:
    case = {"name": "n", "edit": [["manifest.yaml", "a: 1\n", "a: 2\n"]], "findings": [["CT999", "manifest.yaml", 1, 1, "not 2"]]}
    (text,) = pages.pages((RULE,), pages.examples([case])).values()
    fails, passes = text.split("## Fails")[1].split("## Passes")
    assert "In `manifest.yaml`:\n\n```yaml\na: 2\n```\n" in fails
    assert "> not 2\n" in fails
    assert passes == "\n\nIn `manifest.yaml`:\n\n```yaml\na: 1\n```\n"


@pytest.mark.parametrize(
    "change",
    [
        {"organization": "none"},
        {"findings": [["CT999", "m", 1, 1, "x"], ["CT001", "m", 1, 1, "y"]]},
        {"findings": []},
        {"edit": [["m", "a", "{{a*9000}}"]]},
        {"edit": [["m", "a", "line\n" * 30]]},
        {"edit": []},
    ],
    ids=json.dumps,
)
def test_a_case_that_is_no_clear_example_is_not_shown(change: Case) -> None:
    case = {"name": "n", "edit": [["m", "a", "b"]], "findings": [["CT999", "m", 1, 1, "x"]]}
    assert set(pages.examples([case])) == {"CT999"}
    assert pages.examples([case | change]) == {}


def test_most_rules_on_manifests_have_an_example() -> None:
    cases = json.loads((ROOT / "tests/cases/checks/manifest_and_quotas.json").read_text())
    assert len(pages.examples(cases)) >= 30
