"""Guard in process: no failure is lost, each is shown where the property stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.aws.quotas import NEWEST, PROFILES
from generator.checks import guard
from generator.checks.guard.engine import RuleFileError, Status, Text, Violation, evaluate
from generator.checks.guard.source import cut, load
from generator.checks.subject import Subject
from generator.errors import InputError
from generator.package.files import PackageFiles

VERSIONING = """
let buckets = Resources.*[ Type == 'AWS::S3::Bucket'
  Metadata.guard.SuppressedRules not exists or
  Metadata.guard.SuppressedRules.* != 'VERSIONING'
]
rule VERSIONING when %buckets !empty {
  %buckets.Properties.VersioningConfiguration.Status == 'Enabled'
  <<
    Violation: no versions.
    Fix: switch them on.
  >>
}
"""
UNSUPPRESSIBLE = """
let buckets = Resources.*[ Type == 'AWS::S3::Bucket' ]
rule VERSIONING when %buckets !empty {
  %buckets.Properties.VersioningConfiguration.Status == 'Enabled' <<Violation: no versions Fix: switch them on>>
}
"""
ACROSS = """
let buckets = Resources.*[ Type == 'AWS::S3::Bucket'
  Metadata.guard.SuppressedRules not exists or
  Metadata.guard.SuppressedRules.* != 'TOPIC'
]
rule TOPIC when %buckets !empty {
  Resources.*[ Type == 'AWS::SNS::Topic' ] !empty <<Violation: no topic Fix: add one>>
  %buckets.Properties.VersioningConfiguration.Status == 'Enabled' <<Violation: no versions Fix: switch them on>>
}
"""
BROKEN = "rule BROKEN {\n  Resources exists ===\n}\n"


def rules(text: str):
    return cut(text, Path("rules/x.guard"))


def bucket(*, good: bool, padding: int = 0) -> dict:
    return {
        "Type": "AWS::S3::Bucket",
        "Properties": {"VersioningConfiguration": {"Status": "Enabled" if good else "Off"}, "Name": "x" * padding},
    }


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


def test_a_rule_file_is_cut_into_variables_rules_and_texts():
    file = rules(
        "# a rule { in a comment }\nlet a = 'rule { }'\nrule ONE { %a == /x{2}/ <<Violation: v Fix: f>>\n}\nlet b = 1\nrule TWO when ONE { %b == 1\n}\n"
    )
    assert [(rule.name, rule.line) for rule in file.rules] == [("ONE", 3), ("TWO", 6)]
    assert file.rules[0].texts == (Text("v", "f"),)
    assert "rule ONE" in file.alone("TWO")
    assert "rule TWO" not in file.alone("ONE")
    assert "let b = 1" in file.variables


def test_a_file_the_engine_does_not_take_is_said_once(tmp_path, clean_package):
    (tmp_path / "broken.guard").write_text(BROKEN)
    (tmp_path / "good.guard").write_text(VERSIONING)
    files = PackageFiles({**clean_package.files, "templates/b.yaml": b"Resources: {B: {Type: 'AWS::S3::Bucket'}}\n"})
    findings = guard.judge(Subject(files, None, PROFILES[NEWEST]), (tmp_path,))
    broken, failed = findings
    assert (broken.rule, broken.path) == ("CT311", f"{tmp_path.name}/broken.guard")
    assert (failed.rule, failed.path) == ("VERSIONING", "templates/b.yaml")
    assert all(len(finding.message) < 300 for finding in findings)
    with pytest.raises(RuleFileError):
        evaluate({}, rules(BROKEN))


def test_an_empty_rule_file_is_left_out_and_a_missing_folder_is_an_error(tmp_path):
    (tmp_path / "empty.guard").write_text("# nothing yet\n")
    assert load((tmp_path,)) == ()
    with pytest.raises(InputError, match="no such folder"):
        load((tmp_path / "none",))


def judged(template: str, tmp_path: Path, source: str = VERSIONING):
    (tmp_path / "x.guard").write_text(source)
    files = PackageFiles({"templates/t.yaml": template.encode()})
    return guard.judge(Subject(files, None, PROFILES[NEWEST]), (tmp_path,))


def test_a_finding_points_at_the_property(tmp_path):
    template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !Sub x-${AWS::AccountId}\n      VersioningConfiguration:\n        Status: Off\n"
    (finding,) = judged(template, tmp_path)
    assert (finding.line, finding.column, finding.rule, finding.message) == (7, 9, "VERSIONING", "`B`: no versions")
    assert (finding.remedy, finding.source) == ("switch them on", f"{tmp_path.name}/x.guard")


def test_a_missing_property_points_at_what_should_hold_it(tmp_path):
    (finding,) = judged(
        json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"Name": "x"}}}}, indent=1), tmp_path
    )
    assert (finding.line, finding.column) == (5, 4)


@pytest.mark.parametrize(
    ("metadata", "found"), [("reason: it is scratch space", []), ("note: x", ["CT312"]), ("reason: ''", ["CT312"])]
)
def test_a_suppression_needs_its_reason(metadata, found, tmp_path):
    template = f"Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Metadata:\n      guard:\n        SuppressedRules: [VERSIONING, OTHER_TOOLS_RULE]\n        {metadata}\n"
    findings = judged(template, tmp_path)
    assert [finding.rule for finding in findings] == found
    assert all((finding.line, finding.column) == (6, 27) for finding in findings)
