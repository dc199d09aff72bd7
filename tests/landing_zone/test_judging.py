"""The section `checks` of `landing-zone.yaml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.aws.frameworks import Framework
from generator.errors import InputError
from generator.landing_zone import load
from generator.landing_zone.judging import Checks, read_checks

ROOT = Path(__file__).parents[2]


def written(folder: Path, checks: str) -> Path:
    config = folder / "landing-zone.yaml"
    config.write_text(f"organization: o-exampleorg1\n{checks}", encoding="utf-8")
    return config


def loaded(config: Path) -> Checks:
    return load(config, ROOT / "organization.yaml", {}).checks


def told(read, config: Path) -> list[tuple[int, int, str]]:
    with pytest.raises(InputError) as raised:
        read(config)
    return [(each.where.line, each.where.column, each.problem) for each in raised.value.problems]


BOTH = pytest.mark.parametrize("read", [loaded, read_checks])


@BOTH
@pytest.mark.parametrize("checks", ["", "checks:\n", "checks: {}\n"])
def test_without_the_section_there_are_no_further_rules_and_all_frameworks(read, checks, tmp_path):
    assert read(written(tmp_path, checks)) == Checks()


@BOTH
def test_folders_are_seen_from_the_file_and_frameworks_are_sorted(read, tmp_path):
    (tmp_path / "ours").mkdir()
    config = written(tmp_path, "checks:\n  guard_rules: [ours]\n  frameworks: [nist-800-53r5, cis-3.0, cis-3.0]\n")
    assert read(config) == Checks((tmp_path / "ours",), (Framework.CIS, Framework.NIST))


@BOTH
def test_a_folder_that_is_not_there_is_told_where_it_is_named(read, tmp_path):
    config = written(tmp_path, "checks:\n  guard_rules:\n    - ours\n")
    assert told(read, config) == [(4, 7, "there is no folder `ours`")]


@BOTH
def test_an_unknown_framework_is_told_with_those_that_are_known(read, tmp_path):
    (problem,) = told(read, written(tmp_path, "checks:\n  frameworks: [cis-4.0]\n"))
    assert problem == (3, 16, "`cis-4.0` is not `cis-3.0`, `fsbp` or `nist-800-53r5`")


@BOTH
def test_an_unknown_key_is_told(read, tmp_path):
    assert told(read, written(tmp_path, "checks:\n  rules: [x]\n")) == [(3, 3, "unknown key `rules`")]


def test_for_the_section_alone_the_rest_of_the_file_does_not_matter(tmp_path):
    (tmp_path / "ours").mkdir()
    config = written(tmp_path, "checks: {guard_rules: [ours]}\ncontrols: {nonsense: 1}\n")
    assert read_checks(config).guard_rules == (tmp_path / "ours",)
