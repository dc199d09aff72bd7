"""Every Guard rule file against its cases in cfn-guard's own test format."""

from __future__ import annotations

import copy
import datetime as dt
import importlib.resources
import itertools
import json
import re
from pathlib import Path

import pytest

from generator.checks.guard import SHIPPED_RULES
from generator.checks.guard.engine import Status, evaluate, evaluate_shown
from generator.checks.guard.source import RuleFile, parse
from tests.conftest import yaml_of

HERE = Path(__file__).parent
RULE_FILES = tuple(parse(path) for path in sorted(SHIPPED_RULES.glob("*.guard")))
BY_SLUG = {file.path.stem: file for file in RULE_FILES}


def cases(file: RuleFile) -> list[dict]:
    return yaml_of((HERE / f"{file.path.stem}_tests.yml").read_bytes())


CASES = {slug: cases(file) for slug, file in BY_SLUG.items()}
ALL_CASES = [pytest.param(BY_SLUG[slug], case, id=f"{slug}: {case['name']}") for slug in BY_SLUG for case in CASES[slug]]
ALL_RULES = [pytest.param(file, rule, id=rule.name) for file in RULE_FILES for rule in file.rules]
RULES = pytest.mark.parametrize("rule", [rule for file in RULE_FILES for rule in file.rules], ids=lambda rule: rule.name)
SLUGS = pytest.mark.parametrize("slug", BY_SLUG)


def alone(file: RuleFile, name: str) -> RuleFile:
    return file.only(lambda rule: rule.name == name)


@pytest.mark.parametrize(("file", "case"), ALL_CASES)
def test_rules_say_what_the_case_expects(file, case):
    expected = case["expectations"]["rules"]
    judged = file.only(lambda rule: rule.name in expected)
    assert {outcome.rule: outcome.status.value for outcome in evaluate(case["input"], judged)} == expected


@SLUGS
def test_what_a_rule_need_not_see_does_not_change_its_verdict(slug):
    for case in CASES[slug]:
        assert evaluate_shown(case["input"], BY_SLUG[slug]) == evaluate(case["input"], BY_SLUG[slug]), case["name"]


@RULES
def test_every_rule_says_by_its_text_what_it_looks_at(rule):
    assert rule.reach.gate
    assert rule.reach.reads
    assert rule.reach.gate <= rule.reach.reads


@pytest.mark.parametrize(("file", "rule"), ALL_RULES)
def test_every_rule_has_a_skip_a_pass_and_a_fail_case(file, rule):
    expected = {case["expectations"]["rules"].get(rule.name) for case in CASES[file.path.stem]} - {None}
    assert expected == {status.value for status in Status}


@RULES
def test_every_rule_says_violation_and_fix(rule):
    assert rule.texts
    assert all(text.violation and text.fix for text in rule.texts)
    assert rule.source.count("Violation:") == rule.source.count("Fix:") == rule.source.count("<<")


@RULES
def test_every_rule_has_a_title_a_reason_and_ids_with_reasons(rule):
    header = rule.header
    assert header.title
    assert not header.title.endswith(".")
    assert header.why.endswith(".")
    assert header.references
    for reference in header.references:
        pattern = {"CIS": r"\d\.\d+(\.\d+)?", "FSBP": r"[A-Za-z0-9]+\.\d+", "NIST": r"[A-Z]{2}-\d+(\(\d+\))?"}[
            reference.framework.name
        ]
        assert all(re.fullmatch(pattern, each) for each in reference.ids), reference
        assert reference.reason


def test_a_rule_id_is_used_once():
    names = [rule.name for file in RULE_FILES for rule in file.rules]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("file", "rule"), ALL_RULES)
def test_every_rule_is_suppressed_by_its_own_name_among_others(file, rule):
    failing = [case["input"] for case in CASES[file.path.stem] if case["expectations"]["rules"].get(rule.name) == "FAIL"]
    for template in failing:
        suppressed = copy.deepcopy(template)
        for resource in suppressed["Resources"].values():
            resource["Metadata"] = {"guard": {"SuppressedRules": ["ANOTHER_RULE", rule.name], "reason": "a test"}}
        (outcome,) = evaluate(suppressed, alone(file, rule.name))
        assert outcome.status is Status.SKIP


def places(value, path=()):
    """The path of everything below a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*path, key)
        yield from places(each, (*path, key))


def replaced(template, path, make):
    changed = copy.deepcopy(template)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = make(holder[path[-1]])
    return changed


def reference(_value):
    return {"Ref": "Given"}


def choice(value):
    return {"Fn::If": ["Chosen", value, {"Ref": "AWS::NoValue"}]}


@pytest.mark.parametrize("intrinsic", [reference, choice])
@SLUGS
def test_no_rule_fails_for_a_value_that_is_not_known_yet(slug, intrinsic):
    """Whatever passes still does, or is not judged, when any part of it becomes a reference or a condition's choice."""
    for case in CASES[slug]:
        passing = frozenset(rule for rule, verdict in case["expectations"]["rules"].items() if verdict == "PASS")
        resources = case["input"].get("Resources", {}) if passing else {}
        file = BY_SLUG[slug].only(lambda rule, passing=passing: rule.name in passing)
        for name, resource in resources.items():
            for path in places(resource.get("Properties", {}), ("Resources", name, "Properties")):
                failed = [
                    outcome.rule
                    for outcome in evaluate(replaced(case["input"], path, intrinsic), file)
                    if outcome.status is Status.FAIL
                ]
                assert failed == [], (case["name"], path)


ACROSS = {"BUCKET_ACCESS_LOGGED", "BUCKET_HAS_POLICY", "BUCKET_POLICY_RETAINED", "SECRET_ROTATED"}
"""Rules that compare resources with each other: two templates in one are a third."""


def together(*templates):
    """All resources in one template, with names of their own."""
    return {"Resources": {f"T{at}{name}": each for at, one in enumerate(templates) for name, each in one["Resources"].items()}}


@pytest.mark.parametrize(("file", "rule"), [each for each in ALL_RULES if each.id not in ACROSS])
def test_a_resource_is_judged_alike_beside_another_of_its_type(file, rule):
    """The engine's `or` and `when` speak of all that a variable holds: written without care they mix resources up."""
    found = {}
    for case in CASES[file.path.stem]:
        if case["input"].get("Resources"):
            found.setdefault(case["expectations"]["rules"].get(rule.name), []).append(case["input"])
    passing, failing, skipped = (found.get(status, [])[:4] for status in ("PASS", "FAIL", "SKIP"))
    expected = [(pair, Status.PASS) for pair in itertools.permutations(passing, 2)]
    expected += [((other, passing[0]), Status.PASS) for other in skipped]
    expected += [((other, failing[0]), Status.FAIL) for other in (*passing, *skipped)]
    for pair, status in expected:
        (outcome,) = evaluate(together(*pair), alone(file, rule.name))
        assert outcome.status is status, pair


def test_every_case_names_known_rules_only():
    for slug, file in BY_SLUG.items():
        known = {rule.name for rule in file.rules}
        assert {rule for case in CASES[slug] for rule in case["expectations"]["rules"]} <= known


def test_every_file_has_cases_and_every_case_file_rules():
    assert {path.stem.removesuffix("_tests") for path in HERE.glob("*_tests.yml")} == set(BY_SLUG)


def test_the_runtimes_that_get_no_patches_are_those_that_aws_lists_for_the_day_the_rule_names():
    """cfn-lint carries AWS's table of runtimes with the day of each deprecation."""
    (rule,) = alone(BY_SLUG["lambda"], "FUNCTION_RUNTIME_SUPPORTED").rules
    day = dt.date.fromisoformat(re.search(r"deprecated by ([0-9-]{10})", rule.header.why)[1])
    listed = set(re.findall(r"'([a-z0-9.-]+)'", rule.source))
    table = json.loads(
        (importlib.resources.files("cfnlint") / "data" / "AdditionalSpecs" / "LmbdRuntimeLifecycle.json").read_text()
    )
    assert listed == {name for name, dates in table.items() if dt.date.fromisoformat(dates["deprecated"]) <= day}
