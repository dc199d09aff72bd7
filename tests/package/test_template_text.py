"""A template's text says what the template says, with every reader, and the same with libyaml and without."""

from __future__ import annotations

import json

import cfn_flip
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from troposphere import GetAtt, Ref, Sub, Template
from troposphere.sns import Topic

from generator.cfct.document import Style, read
from generator.package.template_text import template_text
from tests.conftest import LANDING_ZONES, example_of, template_of


def holding(metadata):
    return {"Metadata": metadata}


def read_back(text):
    return json.loads(cfn_flip.to_json(text)), json.loads(json.dumps(read(text.encode(), "t.yaml", Style.TEMPLATE).root.data))


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)
values = st.recursive(
    texts
    | st.integers(-(2**53), 2**53)
    | st.booleans()
    | st.sampled_from(["a\nb", "a \nb", " a\n b\n", "0123", "1e3", "y", "null", "!x", "# a"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[A-Za-z]{1,8}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["A", "B", "C"]), values, min_size=1))
def test_what_is_read_is_what_was_written(metadata):
    template = holding(metadata)
    first, second = (template_text(template, dumper) for dumper in (yaml.CSafeDumper, yaml.SafeDumper))
    assert first == second or max(json.dumps(metadata, ensure_ascii=False)) > "\uffff"
    for found in (*read_back(first), *read_back(second)):
        assert found == template


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::GetAtt": ["A", {"Ref": "B"}]},
        {"Fn::ForEach::X": ["N", ["a"], {"T${N}": {"Type": "AWS::SNS::Topic"}}]},
        {"Condition": {"Value": 1}},
        {"Fn::New": "a"},
        {"Ref": ["a"]},
        {"Fn::Sub": ["${a}\n", {"a": "\u2028"}]},
        "a\u2028b\nc",
        "a\x85b\n",
    ],
)
def test_what_no_control_makes_today_is_right_too(value):
    template = holding({"A": value})
    for dumper in (yaml.CSafeDumper, yaml.SafeDumper):
        assert template_of(template_text(template, dumper).encode()) == template


def test_every_template_is_the_same_with_libyaml_and_without(reference):
    for path in reference.built.files.files:
        if path.startswith("templates/"):
            template = template_of(reference.built.files.files[path])
            assert template_text(template, yaml.CSafeDumper) == template_text(template, yaml.SafeDumper)
            assert reference.text(path).endswith("\n" + template_text(template))


def test_every_template_of_every_landing_zone_is_read_by_cfn_flip_as_by_this_program():
    files = [file for name in LANDING_ZONES for file in example_of(name).built.files.files.items()]
    for content in {content for path, content in files if path.startswith("templates/")}:
        first, second = read_back(content.decode())
        assert first == second


def test_functions_have_their_short_form():
    template = Template()
    topic = template.add_resource(Topic("Topic", DisplayName=Sub("${AWS::StackName} 1")))
    template.add_resource(Topic("Other", DisplayName=GetAtt(topic, "TopicName"), TopicName=Ref("Topic")))
    assert template_text(template.to_dict()) == (
        "Resources:\n"
        "  Other:\n    Properties:\n      DisplayName: !GetAtt 'Topic.TopicName'\n      TopicName: !Ref 'Topic'\n    Type: AWS::SNS::Topic\n"
        "  Topic:\n    Properties:\n      DisplayName: !Sub '${AWS::StackName} 1'\n    Type: AWS::SNS::Topic\n"
    )


def test_a_text_of_several_lines_stands_as_it_is():
    assert template_text(holding({"A": "one\ntwo\n"})).startswith("Metadata:\n  A: |\n    one\n    two\n")


@pytest.mark.parametrize(
    "text",
    [
        "012345678901",
        "098765432109",
        "2010-09-09",
        "1e3",
        "0x1f",
        "0o17",
        "12:30",
        ".5",
        "-.5",
        "+1",
        "y",
        "N",
        "on",
        "null",
        "~",
        "",
    ],
)
def test_a_text_that_some_reader_takes_for_something_else_is_quoted(text):
    assert template_text(holding({"A": text})).startswith(f"Metadata:\n  A: '{text}'\n")
