"""cfn_nag's failing rules: each template of the cases has exactly its findings, at their places."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.aws.quotas import NEWEST, PROFILES
from generator.cfct.document import Style, read
from generator.checks import cfn_nag
from generator.checks.cfn_nag.catalogue import PAGE, markdown
from generator.checks.cfn_nag.permissions import _PASS_ROLE
from generator.checks.finding import Level
from generator.checks.rule import judge
from generator.checks.subject import Subject
from generator.checks.templates import macros
from generator.package.files import PackageFiles

ROOT = Path(__file__).parents[2]
CASES = [case for file in sorted((ROOT / "tests" / "cases" / "cfn_nag").glob("*.json")) for case in json.loads(file.read_text())]
ENCRYPTED = "Resources:\n  Volume:\n    Type: AWS::EC2::Volume\n    Properties: {Encrypted: %s}\n"


def judged(text: str):
    document = read(text.encode(), "template.yaml", Style.TEMPLATE)
    assert document.root is not None
    return list(cfn_nag.judge_template(document.root, text, "template.yaml"))


def judged_files(files: dict[str, str], root_shown_as: str = ""):
    content = {path: text.encode() for path, text in files.items()}
    return cfn_nag.judge(Subject(PackageFiles(content, root_shown_as), None, PROFILES[NEWEST]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_template_has_exactly_its_findings(case):
    found = judged("\n".join(case["template"]) + "\n")
    shown = sorted({(finding.rule, finding.line, finding.column, finding.message) for finding in found})
    assert shown == sorted(map(tuple, case["findings"]))


def test_every_rule_has_a_template_that_fails_it():
    failed = {finding[0] for case in CASES for finding in case["findings"]}
    assert {nag.id for nag in cfn_nag.FAILING} | {"FATAL", "CT313"} == failed


@pytest.mark.parametrize("nag", cfn_nag.FAILING, ids=lambda nag: nag.id)
def test_every_rule_passes_another_resource_of_its_type(nag):
    """Except the one that refuses the type as such."""
    passed = False
    for case in CASES:
        resources = read("\n".join(case["template"]).encode(), "t", Style.TEMPLATE).root.at("Resources").children
        failing = {message.split("`")[1] for rule, _, _, message in case["findings"] if rule == nag.id}
        passed |= any(node.at("Type").data == nag.type and name not in failing for name, node in resources.items())
    assert passed is (nag.id != "F77")


def test_all_failing_rules_of_cfn_nag_are_there_in_the_order_of_their_numbers():
    numbers = [int(nag.id[1:]) for nag in cfn_nag.FAILING]
    missing = {17, 59, 72, 73}
    assert numbers == [*(number for number in range(1, 81) if number not in missing), 665, 1000, 2000]


def test_a_loop_among_the_resources_is_told_once_by_the_rule_that_explains_it():
    loop = "  Fn::ForEach::Topics:\n    - Name\n    - [One]\n    - Topic${Name}: {Type: AWS::SNS::Topic}\n"
    text = f"Transform: AWS::LanguageExtensions\nResources:\n{loop}  NoType: {{}}\n"
    assert [finding.line for finding in judged(text)] == [3, 7]
    files = PackageFiles({"manifest.yaml": b"", "templates/x.yaml": text.encode()})
    subject = Subject(files, None, PROFILES[NEWEST])
    assert [finding.line for finding in cfn_nag.judge(subject)] == [7]
    told = [(finding.rule, finding.line) for finding in judge(macros.CHECKS, subject)]
    assert told == [("CT306", 3)]


@pytest.mark.parametrize("rule", [*(nag.rule for nag in cfn_nag.FAILING), cfn_nag.FATAL], ids=lambda rule: rule.id)
def test_every_rule_explains_itself_and_stops_the_build(rule):
    assert rule.level is Level.ERROR
    assert rule.source.startswith("cfn_nag 0.7.2 lib/cfn-nag/")
    for text in (rule.title, rule.why, rule.fix):
        assert text
        assert not text.endswith(".")


def test_our_own_templates_have_no_finding(example):
    """Of every landing zone of the tests, and of the reference."""
    assert cfn_nag.judge(Subject(example.built.files, example.landing_zone.organization, PROFILES[NEWEST])) == ()


def test_only_what_stands_below_templates_is_judged():
    """CfCT runs cfn_nag on nothing else of the package."""
    found = judged_files({"templates/one/a.yaml": ENCRYPTED % "false", "stacks/b.yaml": ENCRYPTED % "false"})
    assert [(finding.rule, finding.path, finding.line) for finding in found] == [("F1", "templates/one/a.yaml", 4)]


def test_a_finding_names_the_path_that_the_user_can_open():
    found = judged_files({"templates/a.yaml": ENCRYPTED % "false"}, "custom-control-tower-configuration/")
    assert [finding.path for finding in found] == ["custom-control-tower-configuration/templates/a.yaml"]


def test_a_template_that_cannot_be_read_is_somebody_elses_finding():
    assert judged_files({"templates/a.yaml": "Resources: [", "templates/b.yaml": ENCRYPTED % "true"}) == ()


def test_a_remedy_is_always_given():
    assert all(finding.remedy for case in CASES for finding in judged("\n".join(case["template"]) + "\n"))


def test_values_nested_through_aliases_are_refused_and_not_followed_for_ever():
    """Each anchor holds the one before it, 90 levels deeper, so that the last is thousands of levels deep."""
    anchors = ["Metadata:", "  A0: &a0 {}"]
    anchors += [f"  A{i}: &a{i} {'{x: ' * 90}*a{i - 1}{'}' * 90}" for i in range(1, 60)]
    text = "\n".join([*anchors, "Resources:", "  Topic: {Type: AWS::SNS::Topic, Properties: {Deep: *a59}}", ""])
    found = judged(text)
    assert [(finding.rule, finding.message) for finding in found] == [
        ("FATAL", "cfn_nag stops at `Topic`: a value nests deeper than 200 levels")
    ]


@pytest.mark.parametrize(
    ("action", "passes_roles"),
    [
        ("*", True),
        ("iam:*", True),
        ("iam:PassRole", True),
        ("iam:Pass*", True),
        ("iam:*Role", True),
        ("iam:*assRol*", True),
        ("iam:P*e", False),
        ("iam:PassRol?", False),
        ("IAM:PassRole", False),
        ("iam:GetRole", False),
    ],
)
def test_the_spellings_of_pass_role_are_those_that_cfn_nag_compares_with(action, passes_roles):
    assert (action in _PASS_ROLE) is passes_roles


def test_the_page_of_the_rules_is_current():
    """`make reference` writes it."""
    assert (ROOT / PAGE).read_text() == markdown()
