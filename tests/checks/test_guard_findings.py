"""What Guard has against a template: which rules are run, at what level, and each failure shown where the property stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.aws.frameworks import Framework
from generator.aws.quotas import NEWEST, PROFILES
from generator.checks import guard
from generator.checks.cache import open_cache
from generator.checks.finding import Level
from generator.checks.guard.engine import RuleFileError, evaluate
from generator.checks.remembered import Memory
from generator.checks.subject import Subject
from generator.package.files import PackageFiles
from tests.checks.guard_texts import HEADED, VERSIONING, rules

FAULT = """
let all = Resources.*.Properties.S[*]
let bad = %all[ C.*[ keys == /a/ ][ some this[*] != /^x$/ ] empty ]
rule FAULTY { %bad empty }
"""
"""cfn-guard-rs 0.3.3 stops on these filters when a mapping comes where it expects text."""
BROKEN = "rule BROKEN {\n  Resources exists ===\n}\n"


def judged(template: str, tmp_path: Path, source: str = VERSIONING):
    (tmp_path / "x.guard").write_text(source)
    files = PackageFiles({"templates/t.yaml": template.encode()})
    return guard.judge(Subject(files, None, PROFILES[NEWEST]), (tmp_path,))


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


def test_a_rule_that_is_a_warning_makes_warnings(tmp_path):
    template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n"
    assert [finding.level for finding in judged(template, tmp_path, HEADED)] == [Level.WARNING]
    assert [finding.level for finding in judged(template, tmp_path)] == [Level.ERROR]


def test_what_a_house_asks_of_itself_is_a_warning_elsewhere_and_is_remembered_apart(tmp_path):
    house, named = tmp_path / "house", tmp_path / "named"
    for folder, name in ((house, "OURS"), (named, "YOURS")):
        folder.mkdir()
        rule = HEADED.replace("Level: warning", "Level: house").replace("VERSIONING", name)
        (folder / "x.guard").write_text(rule)
    files = PackageFiles({"templates/t.yaml": b"Resources:\n  B:\n    Type: AWS::S3::Bucket\n"})
    subject = Subject(files, None, PROFILES[NEWEST])
    cache = open_cache(tmp_path, {"XDG_CACHE_HOME": str(tmp_path / "keys")})
    assert cache
    memory = Memory(cache, "")
    for _ in range(2):
        at_home = guard.judge(subject, (house, named), memory)
        assert {finding.rule: finding.level for finding in at_home} == {"OURS": Level.ERROR, "YOURS": Level.ERROR}
        abroad = guard.judge(subject, (house, named), memory, elsewhere=(house,))
        assert {finding.rule: finding.level for finding in abroad} == {"OURS": Level.WARNING, "YOURS": Level.ERROR}


@pytest.mark.parametrize(
    ("frameworks", "found"),
    [
        ((), ["VERSIONING"]),
        ((Framework.FSBP,), ["VERSIONING"]),
        ((Framework.CIS, Framework.NIST), ["VERSIONING"]),
        ((Framework.CIS,), []),
    ],
)
def test_a_chosen_framework_runs_the_rules_that_answer_it(frameworks, found, tmp_path):
    (tmp_path / "x.guard").write_text(HEADED)
    files = PackageFiles({"templates/t.yaml": b"Resources:\n  B:\n    Type: AWS::S3::Bucket\n"})
    findings = guard.judge(Subject(files, None, PROFILES[NEWEST]), (tmp_path,), frameworks=frameworks)
    assert [finding.rule for finding in findings] == found


def test_a_rule_without_frameworks_is_run_whatever_is_chosen(tmp_path):
    (tmp_path / "x.guard").write_text(VERSIONING)
    files = PackageFiles({"templates/t.yaml": b"Resources:\n  B:\n    Type: AWS::S3::Bucket\n"})
    findings = guard.judge(Subject(files, None, PROFILES[NEWEST]), (tmp_path,), frameworks=(Framework.CIS,))
    assert [finding.rule for finding in findings] == ["VERSIONING"]


POLICY = """
let policies = Resources.*[ Type == 'AWS::S3::BucketPolicy' ]
let statements = %policies.Properties.PolicyDocument.Statement[*]
let bad = %statements[ Effect == 'Allow'
  Action == 's3:*'
]
rule NAMED when %policies !empty {
  %bad empty
  <<
    Violation: everything is allowed
    Fix: name actions
  >>
}
"""


@pytest.mark.parametrize(
    ("template", "places"),
    [
        (
            (
                "Resources:\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n"
                "        Statement:\n          - !If [C, {Effect: Allow, Action: 's3:*'}, !Ref AWS::NoValue]\n"
                "          - Effect: Allow\n            Action: s3:*\n"
            ),
            [(9, 13), (8, 21)],
        ),
        (
            (
                '{"Resources": {\n "P": {"Type": "AWS::S3::BucketPolicy",\n  "Properties": {"PolicyDocument": {"Statement": [\n'
                '   {"Fn::If": ["C", {"Effect": "Allow", "Action": "s3:*"}, {"Ref": "AWS::NoValue"}]},\n'
                '   {"Effect": "Allow", "Action": "s3:*", "Resource": {"Fn::Sub": "${B.Arn}/*"}}]}}}}}\n'
            ),
            [(5, 4), (4, 21)],
        ),
    ],
    ids=["YAML", "JSON"],
)
def test_a_statement_among_intrinsic_functions_is_pointed_at(template, places, tmp_path):
    assert [(finding.line, finding.column) for finding in judged(template, tmp_path, POLICY)] == places


UNPLACED = """
let buckets = Resources.*[ Type == 'AWS::S3::Bucket'
  Metadata.guard.SuppressedRules not exists or
  Metadata.guard.SuppressedRules.* != 'UNPLACED'
]
rule UNPLACED when %buckets !empty {
  %buckets {
    let rules = Properties.Lifecycle.Rules[*]
    %rules[ Status == 'Enabled' ] !empty <<Violation: no rule Fix: add one>>
  }
}
"""
COUNTED = """
let buckets = Resources.*[ Type == 'AWS::S3::Bucket'
  Metadata.guard.SuppressedRules not exists or
  Metadata.guard.SuppressedRules.* != 'COUNTED'
]
let named = %buckets[ Properties.Name exists ]
let all_count = count(%buckets)
let named_count = count(%named)
rule COUNTED when %buckets !empty {
  %named_count >= %all_count <<Violation: too few names Fix: name it>>
}
"""


@pytest.mark.parametrize(
    ("source", "resources"),
    [
        (
            UNPLACED,
            (
                "Good: {Type: AWS::S3::Bucket, Properties: {Lifecycle: {Rules: [{Status: Enabled}]}}}\n"
                "  Bad: {Type: AWS::S3::Bucket, Properties: {Lifecycle: {Rules: [{Status: Disabled}]}}}\n"
                "  Topic: {Type: AWS::SNS::Topic}\n"
            ),
        ),
        (COUNTED, "Good: {Type: AWS::S3::Bucket, Properties: {Name: x}}\n  Bad: {Type: AWS::S3::Bucket}\n"),
    ],
    ids=["a filter that finds nothing", "a count"],
)
def test_a_violation_for_which_the_engine_names_no_place_is_at_the_resource_that_fails_alone(source, resources, tmp_path):
    (finding,) = judged(f"Resources:\n  {resources}", tmp_path, source)
    assert (finding.line, finding.message[:7]) == (3, "`Bad`: ")


def test_a_violation_of_the_whole_template_keeps_no_place(tmp_path):
    source = "let all = Resources.*\nlet many = count(%all)\nrule FEW {\n  %many <= 1 <<Violation: too many Fix: fewer>>\n}\n"
    (finding,) = judged("Resources:\n  A: {Type: AWS::S3::Bucket}\n  B: {Type: AWS::S3::Bucket}\n", tmp_path, source)
    assert (finding.line, finding.message) == (0, "too many")


def test_a_fault_of_the_engine_is_a_finding_and_the_other_files_are_judged(tmp_path):
    (tmp_path / "fault.guard").write_text(FAULT)
    template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {S: [{C: {s: {a: !Sub x}}}]}\n"
    fault, failed = judged(template, tmp_path)
    assert (fault.rule, fault.path) == ("CT311", f"{tmp_path.name}/fault.guard")
    assert "fault of its own" in fault.message
    assert failed.rule == "VERSIONING"


KEYED = """
let topics = Resources.*[ Type == 'AWS::SNS::Topic' Metadata.guard.SuppressedRules not exists or
                          Metadata.guard.SuppressedRules.* != 'KEYED' ]
rule KEYED when %topics !empty {
  %topics.Properties.KmsMasterKeyId !empty <<Violation: no key Fix: name a key>>
}
"""


def test_a_value_that_cannot_be_compared_fails_the_rule_where_it_stands(tmp_path):
    """A null, of which the engine raises for the whole file; CloudFormation takes none either."""
    template = (
        "Resources:\n  A: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: key}}\n"
        "  B: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: null}}\n"
    )
    (finding,) = judged(template, tmp_path, KEYED)
    assert (finding.rule, finding.line, finding.message, finding.remedy) == ("KEYED", 3, "`B`: no key", "name a key")


def test_more_resources_than_can_be_told_apart_are_still_a_failure(tmp_path):
    """Some with their place, and the rest without; above CloudFormation's limit none has."""
    for count, told in ((400, True), (501, False)):
        template = "Resources:\n" + "".join(f"  B{number}: {{Type: AWS::S3::Bucket}}\n" for number in range(count))
        found = judged(template, tmp_path)
        assert {finding.rule for finding in found} == {"VERSIONING"}
        assert any(finding.line == 0 for finding in found)
        assert any(finding.line > 0 for finding in found) is told
