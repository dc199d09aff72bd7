"""Every Guard rule file against its cases in cfn-guard's own test format."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from generator.checks.guard import SHIPPED_RULES
from generator.checks.guard.engine import Status, evaluate
from generator.checks.guard.source import RuleFile, parse

HERE = Path(__file__).parent
RULE_FILES = tuple(parse(path) for path in sorted(SHIPPED_RULES.glob("*.guard")))


def cases(file: RuleFile) -> list[dict]:
    return yaml.safe_load((HERE / f"{file.path.stem}_tests.yml").read_text())


ALL_CASES = [pytest.param(file, case, id=f"{file.path.stem}: {case['name']}") for file in RULE_FILES for case in cases(file)]
ALL_RULES = [pytest.param(file, rule, id=rule.name) for file in RULE_FILES for rule in file.rules]


@pytest.mark.parametrize(("file", "case"), ALL_CASES)
def test_rules_say_what_the_case_expects(file, case):
    verdicts = {outcome.rule: outcome.status.value for outcome in evaluate(case["input"], file)}
    expected = case["expectations"]["rules"]
    assert {rule: verdicts.get(rule) for rule in expected} == expected


@pytest.mark.parametrize(("file", "rule"), ALL_RULES)
def test_every_rule_has_a_skip_a_pass_and_a_fail_case(file, rule):
    expected = {case["expectations"]["rules"].get(rule.name) for case in cases(file)} - {None}
    assert expected == {status.value for status in Status}


@pytest.mark.parametrize("rule", [rule for file in RULE_FILES for rule in file.rules], ids=lambda rule: rule.name)
def test_every_rule_says_violation_and_fix(rule):
    assert rule.texts
    assert all(text.violation and text.fix for text in rule.texts)
    assert rule.source.count("Violation:") == rule.source.count("Fix:") == rule.source.count("<<")


@pytest.mark.parametrize(("file", "rule"), ALL_RULES)
def test_every_rule_can_be_suppressed_by_its_own_name(file, rule):
    before = file.text.split(f"rule {rule.name} ")[0].rsplit("#", maxsplit=1)[-1]
    assert f"Metadata.guard.SuppressedRules.* != '{rule.name}'" in before


@pytest.mark.parametrize(("file", "rule"), ALL_RULES)
def test_every_rule_names_its_frameworks_in_the_comment_above(file, rule):
    above = file.text.split(f"rule {rule.name} ")[0].rsplit("\n\n", maxsplit=1)[-1]
    assert re.search(r"# .*(CIS \d|FSBP \w+\.\d|NIST [A-Z]{2}-\d)", above)


def test_every_case_names_known_rules_only():
    for file in RULE_FILES:
        known = {rule.name for rule in file.rules}
        assert {rule for case in cases(file) for rule in case["expectations"]["rules"]} <= known


def test_there_are_rules():
    assert RULE_FILES
