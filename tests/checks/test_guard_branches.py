"""What a condition lets into a template is judged like the rest, where it is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.aws.quotas import NEWEST, PROFILES
from generator.checks import guard
from generator.checks.guard import SHIPPED_RULES
from generator.checks.guard.branches import branches
from generator.checks.guard.engine import Status, evaluate_branches
from generator.checks.guard.source import cut
from generator.checks.subject import Subject
from generator.package.files import PackageFiles

CASES = json.loads((Path(__file__).parents[1] / "cases" / "guard_branches.json").read_text())
NO_VALUE = {"Ref": "AWS::NoValue"}


def choice(condition: str, then: object, otherwise: object) -> dict[str, object]:
    return {"Fn::If": [condition, then, otherwise]}


def resource(value: object, **attributes: object) -> dict[str, object]:
    return {"Resources": {"It": {"Type": "T", **attributes, "Properties": {"Value": value}}}}


def values(template: dict[str, object]) -> list[object]:
    return [branch.template["Resources"]["It"]["Properties"]["Value"] for branch in branches(template)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_shipped_rules_see_what_stands_in_a_branch(case):
    files = PackageFiles({"templates/t.json": json.dumps({"Resources": case["resources"]}).encode()})
    findings = guard.judge(Subject(files, None, PROFILES[NEWEST]), (SHIPPED_RULES,))
    assert sorted({finding.rule for finding in findings} & set(case["among"])) == case["found"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("plain", []),
        (choice("C", 1, 2), [1, 2]),
        ([choice("C", 1, 2), choice("C", 3, 4)], [[1, 3], [2, 4]]),
        (
            [choice("C", 1, 2), choice("D", 3, 4)],
            [[1, choice("D", 3, 4)], [2, choice("D", 3, 4)], [choice("C", 1, 2), 3], [choice("C", 1, 2), 4]],
        ),
        (choice("C", choice("D", 1, NO_VALUE), NO_VALUE), [choice("D", 1, NO_VALUE), 1]),
        (choice("C", choice("C", 1, 2), 3), [1, 3]),
        (choice("C", NO_VALUE, NO_VALUE), []),
        ({"Fn::If": "C"}, []),
        ({"Fn::If": ["C", 1]}, []),
        ({"Fn::If": [{"Ref": "P"}, 1, 2]}, []),
    ],
    ids=str,
)
def test_each_branch_is_taken_once_with_the_others_left_open(value, found):
    assert values(resource(value)) == found


def test_one_condition_is_decided_alike_wherever_it_stands():
    assert values(resource({"a": choice("C", 1, NO_VALUE), "b": [choice("C", 2, 3)]})) == [
        {"a": 1, "b": [2]},
        {"a": choice("C", 1, NO_VALUE), "b": [3]},
    ]


def test_what_a_resource_is_when_it_does_not_exist_is_not_asked():
    assert values(resource(choice("C", 1, 2), Condition="C")) == [1]
    other = {"Type": "T", "Properties": {"Value": choice("C", 3, 4)}}
    template = resource(choice("C", 1, 2), Condition="C")
    template["Resources"] = {**template["Resources"], "Other": other}
    assert values(template) == [1, choice("C", 1, 2)]


def test_a_path_leads_back_to_what_is_written():
    template = resource([0, {"a/b": choice("C", {"x": choice("D", {"y": 1}, 2)}, 3)}])
    path = ("Resources", "It", "Properties", "Value", "1", "a", "b")
    assert [branch.written((*path, "x", "y")) for branch in branches(template)] == [
        (*path, "Fn::If", "1", "x", "y"),
        (*path, "Fn::If", "1", "x", "Fn::If", "1", "y"),
        (*path, "Fn::If", "1", "x", "Fn::If", "2", "y"),
        (*path, "Fn::If", "2", "x", "y"),
    ]
    assert next(branches(template)).written(path[:4]) == path[:4]


def test_branches_are_as_many_as_are_written_and_not_as_their_combinations():
    assert len(list(branches(resource([choice(f"C{number}", 1, 2) for number in range(40)])))) == 80


RULE = """
let them = Resources.*[ Type == 'T' Properties.Value not is_struct ]
rule SMALL when %them !empty {
  %them.Properties.Value < 5 <<Violation: too much Fix: less>>
}
"""


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (1, Status.PASS),
        (choice("C", 1, 2), Status.PASS),
        (choice("C", 1, 9), Status.FAIL),
        (choice("C", 9, NO_VALUE), Status.FAIL),
        (choice("C", 1, {"Ref": "P"}), Status.PASS),
        (choice("C", {"Ref": "P"}, NO_VALUE), Status.SKIP),
    ],
    ids=str,
)
def test_a_rule_fails_if_a_branch_does_and_is_skipped_if_all_are(value, status):
    (outcome,) = evaluate_branches(resource(value), cut(RULE, Path("x.guard")))
    assert outcome.status is status
    assert bool(outcome.violations) is (status is Status.FAIL)


@pytest.mark.parametrize("template", [{}, {"Resources": None}, {"Resources": {"A": None, "B": [choice("C", 1, 2)]}}], ids=str)
def test_a_template_without_proper_resources_is_no_trouble(template):
    assert evaluate_branches(template, cut(RULE, Path("x.guard")))[0].status is Status.SKIP
