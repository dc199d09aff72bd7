"""What a value is in one account and region: exact where it is sure, unknown otherwise, and never a crash."""

from __future__ import annotations

import time

import pytest

from generator.aws.names import Region
from generator.cfct.document import Style, read
from generator.checks.templates.evaluate import Scene
from generator.checks.templates.template import Template

HEAD = """
Parameters:
  Given: {Type: String}
Mappings:
  Names: {eu-west-1: {role: west}, us-gov-west-1: {role: gov}}
Conditions:
  West: !Equals [!Ref AWS::Region, eu-west-1]
  NotWest: !Not [!Condition West]
  Unknown: !Equals [!Ref AWS::StackName, a]
  Both: !And [!Condition West, !Condition Unknown]
  Neither: !And [!Condition NotWest, !Condition Unknown]
  Either: !Or [!Condition West, !Condition Unknown]
  Perhaps: !Or [!Condition NotWest, !Condition Unknown]
  Circle: !Not [!Condition Circle]
Resources:
"""


def scene(text: str, region: str = "eu-west-1") -> tuple[Scene, Template]:
    root = read((HEAD + text).encode(), "t.yaml", Style.TEMPLATE).root
    assert root is not None
    template = Template("t.yaml", "t.yaml", root)
    return Scene(template, "111111111111", Region(region), {"Given": "here"}), template


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("'007'", "007"),
        ("12", "12"),
        ("1.50", None),
        ("true", "true"),
        ("yes", None),
        ("010", None),
        ("!Ref Given", "here"),
        ("!Ref Other", None),
        ("!Ref AWS::AccountId", "111111111111"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Ref AWS::NoValue", None),
        ("!Sub '${Given}-${AWS::Region}-${!Kept}'", "here-eu-west-1-${Kept}"),
        ("!Sub ['${Own}-${Given}', {Own: !Ref AWS::AccountId}]", "111111111111-here"),
        ("!Sub ['${Own}', {Own: !GetAtt Topic.Arn}]", None),
        ("!Sub '${Topic.Arn}'", None),
        ("!Join ['-', [a, !Ref Given]]", "a-here"),
        ("!Join ['-', [a, !Ref Topic]]", None),
        ("!Join ['-', !Ref List]", None),
        ("!If [West, a, b]", "a"),
        ("!If [NotWest, a, b]", "b"),
        ("!If [Unknown, a, b]", None),
        ("!If [Both, a, b]", None),
        ("!If [Neither, a, b]", "b"),
        ("!If [Either, a, b]", "a"),
        ("!If [Perhaps, a, b]", None),
        ("!If [Circle, a, b]", None),
        ("!If [Missing, a, b]", None),
        ("!If []", None),
        ("!FindInMap [Names, !Ref AWS::Region, role]", "west"),
        ("!FindInMap [Names, eu-north-1, role]", None),
        ("!FindInMap [Names]", None),
        ("!ImportValue shared", None),
        ("'{{resolve:ssm:/name}}'", None),
        ("!Sub '{{resolve:ssm:/${Given}}}'", None),
        ("[a]", None),
        ("{a: b}", None),
        ("{Ref: [a]}", None),
        ("{Fn::Sub: {a: b}}", None),
        ("{Fn::Join: a}", None),
    ],
)
def test_a_value_is_known_or_not(value, expected):
    here, template = scene(f"  Topic: {{Type: 'AWS::SNS::Topic', Properties: {{TopicName: {value}}}}}\n")
    assert here.text(template.resources["Topic"].setting("TopicName")) == expected


@pytest.mark.parametrize(
    ("condition", "expected"), [("West", True), ("NotWest", False), ("Unknown", None), ("Circle", None), ("Gone", None)]
)
def test_a_resource_is_made_or_not(condition, expected):
    here, template = scene(f"  Topic: {{Type: 'AWS::SNS::Topic', Condition: {condition}}}\n")
    assert here.exists(template.resources["Topic"].node) is expected


def test_the_partition_is_that_of_the_region():
    here, template = scene("  Topic: {Type: 'AWS::SNS::Topic', Properties: {TopicName: !Ref AWS::Partition}}\n", "us-gov-west-1")
    assert here.text(template.resources["Topic"].setting("TopicName")) == "aws-us-gov"


def test_conditions_that_branch_into_themselves_end_soon():
    names = [f"C{index}" for index in range(60)]
    text = "".join(
        f"  {name}: !And [!Condition {after}, !Condition {after}]\n"
        for name, after in zip(names, [*names[1:], "C0"], strict=True)
    )
    root = read(
        ("Conditions:\n" + text + "Resources:\n  T: {Type: 'AWS::SNS::Topic', Condition: C0}\n").encode(), "t", Style.TEMPLATE
    ).root
    assert root is not None
    template = Template("t", "t", root)
    began = time.perf_counter()
    assert Scene(template, "1", Region("eu-west-1"), {}).exists(template.resources["T"].node) is None
    assert time.perf_counter() - began < 1


def test_functions_that_repeat_themselves_end_soon():
    text = "deep"
    for _ in range(30):
        text = f"!Sub ['${{A}}${{A}}', {{A: {text}}}]" if text == "deep" else f"!Sub ['${{A}}${{ A }}${{A}}', {{A: {text}}}]"
    looping = "Mappings: {M: {a: {b: !Join ['', [!FindInMap [M, a, b], !FindInMap [M, a, b]]]}}}\n"
    resources = (
        f"Resources:\n  T: {{Type: 'AWS::SNS::Topic', Properties: {{TopicName: !FindInMap [M, a, b], DisplayName: {text}}}}}\n"
    )
    root = read((looping + resources).encode(), "t", Style.TEMPLATE).root
    assert root is not None
    template = Template("t", "t", root)
    here = Scene(template, "1", Region("eu-west-1"), {})
    began = time.perf_counter()
    assert here.text(template.resources["T"].setting("TopicName")) is None
    here.text(template.resources["T"].setting("DisplayName"))
    assert time.perf_counter() - began < 1
