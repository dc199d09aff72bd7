"""Guard in process: no failure is lost."""

from __future__ import annotations

import pytest

from generator.checks.guard.engine import Status, Text, Violation, evaluate, evaluate_shown
from tests.checks.guard_texts import ACROSS, UNSUPPRESSIBLE, VERSIONING, bucket, rules


def paths(outcome) -> set[str]:
    return {"/".join(violation.path) for violation in outcome.violations}


def test_pass_fail_and_skip():
    file = rules(VERSIONING)
    assert [evaluate({"Resources": {"B": bucket(good=good)}}, file)[0].status for good in (True, False)] == [
        Status.PASS,
        Status.FAIL,
    ]
    assert evaluate({"Resources": {}}, file)[0].status is Status.SKIP


def test_a_violation_has_its_path_and_both_texts():
    (outcome,) = evaluate({"Resources": {"B": bucket(good=False)}}, rules(VERSIONING))
    assert outcome.violations == (
        Violation(("Resources", "B", "Properties", "VersioningConfiguration", "Status"), Text("no versions", "switch them on")),
    )


@pytest.mark.parametrize(
    "source", [VERSIONING, UNSUPPRESSIBLE, ACROSS], ids=["suppressible", "unsuppressible", "across resources"]
)
def test_fifty_failing_buckets_are_fifty_failures_and_the_good_one_is_none(source):
    resources = {f"Bad{number}": bucket(good=False) for number in range(50)} | {
        "Good": bucket(good=True),
        "Topic": {"Type": "AWS::SNS::Topic"},
    }
    (outcome,) = evaluate({"Resources": resources}, rules(source))
    assert outcome.status is Status.FAIL
    assert paths(outcome) == {f"Resources/Bad{number}/Properties/VersioningConfiguration/Status" for number in range(50)}


def test_a_failure_too_long_to_be_told_names_the_resource_and_the_rules_texts():
    resources = {"Bad": {"Type": "AWS::S3::Bucket", "Properties": {"Name": "x" * 20_000}}, "Good": bucket(good=True)}
    (outcome,) = evaluate({"Resources": resources}, rules(VERSIONING))
    assert outcome.violations == (Violation(("Resources", "Bad"), Text("no versions", "switch them on")),)


def test_a_failure_that_only_the_whole_template_has_is_not_lost():
    source = "rule FEW { Resources.* !exists <<Violation: too many Fix: fewer>>\n}"
    resources = {f"B{number}": bucket(good=True, padding=3_000) for number in range(5)}
    (outcome,) = evaluate({"Resources": resources}, rules(source))
    assert outcome.status is Status.FAIL
    assert {violation.text for violation in outcome.violations} == {Text("too many", "fewer")}


def test_a_lost_report_of_one_rule_does_not_touch_the_others():
    source = (
        VERSIONING
        + "rule NAMED when %buckets !empty {\n  %buckets.Properties.Name exists\n}\nrule NONE when %nothing !empty {\n  %nothing exists\n}\nlet nothing = Resources.*[ Type == 'X' ]\n"
    )
    resources = {f"Bad{number}": bucket(good=False) for number in range(30)}
    assert [outcome.status for outcome in evaluate({"Resources": resources}, rules(source))] == [
        Status.FAIL,
        Status.PASS,
        Status.SKIP,
    ]


def test_a_disjunction_is_one_violation_in_the_words_of_its_last_branch():
    source = "let b = Resources.*\nrule OR {\n  %b {\n    Properties.A exists or\n    Properties.B exists\n    <<Violation: neither\n    Fix: one of them>>\n  }\n}\n"
    (outcome,) = evaluate({"Resources": {"X": {"Properties": {"C": 1}}}}, rules(source))
    assert outcome.violations == (Violation(("Resources", "X", "Properties"), Text("neither", "one of them")),)


@pytest.mark.parametrize(
    "source", [VERSIONING, UNSUPPRESSIBLE, ACROSS], ids=["suppressible", "unsuppressible", "across resources"]
)
@pytest.mark.parametrize(
    "resources",
    [
        {},
        {"T": {"Type": "AWS::SNS::Topic"}},
        {"B": bucket(good=False)},
        {"B": bucket(good=False), "T": {"Type": "AWS::SNS::Topic"}},
        {"B": bucket(good=True), "Fn::ForEach::X": ["N", ["a"], {"B${N}": {"Type": "AWS::S3::Bucket"}}]},
        {f"B{number}": bucket(good=False) for number in range(40)} | {"T": {"Type": "AWS::SNS::Topic"}},
    ],
)
def test_showing_a_rule_less_changes_no_verdict(source, resources):
    assert evaluate_shown({"Resources": resources}, rules(source)) == evaluate({"Resources": resources}, rules(source))


@pytest.mark.parametrize(
    "template", [{}, {"Resources": None}, {"Resources": []}, {"Resources": {"A": None, "B": {"Type": ["x"]}}}]
)
def test_a_template_without_proper_resources_is_no_trouble(template):
    assert [outcome.status for outcome in evaluate_shown(template, rules(VERSIONING))] == [Status.SKIP]
