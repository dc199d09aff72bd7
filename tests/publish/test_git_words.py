"""What git says, read as its cause."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.git import GitFailed
from generator.publish.git_words import cause, is_lost, is_moved

CASES = json.loads((Path(__file__).parents[1] / "cases" / "git_words.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["behaviour"])
def test_what_git_says_is_read_as_its_cause(case: dict[str, object]) -> None:
    error = GitFailed("push", int(str(case.get("exit_code", 128))), "\n".join(map(str, case["said"])))  # type: ignore[call-overload]
    found = "moved" if is_moved(error) else "lost" if is_lost(error) else "final"
    assert found == case["kind"]
    problem = cause(error, "R", "sign in", "make it", "safe")
    assert problem.problem == case["problem"]
