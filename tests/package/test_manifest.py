"""The manifest says what the values say, in the form that CfCT's own reading takes."""

from __future__ import annotations

import datetime as dt
import itertools
import re

import pytest
import yaml
from troposphere import Template

from generator.package.manifest import manifest
from generator.package.model import Export, Layer, Parameter, Stack
from generator.package.shelves import Policy

STACK = Stack(
    name="a-stack",
    control="some-control",
    reason="for a reason",
    template=Template(),
    regions=("eu-central-1", "us-east-1"),
    accounts=("012345670123",),
    organizational_units=('Odd "name": #1',),
    parameters=(Parameter("Key", "yes"), Parameter("Reference", "$[alfred_ssm_/a/b]")),
    exports=(Export("/a/b", "Out"),),
)


def policy(layer: Layer, name: str) -> Policy:
    return Policy(name, layer, "ou-exam-c0ffee01", "Security", ("some-control",), ({"Sid": "A"},))


def test_everything_survives_a_yaml_reader():
    read = yaml.safe_load(manifest("eu-central-1", [policy(Layer.RCP, "r"), policy(Layer.SCP, "s")], [STACK]))
    assert read["region"] == "eu-central-1"
    assert read["version"] == dt.date(2021, 3, 15), "CfCT's schema takes a date, not text"
    assert read["enable_stack_set_deletion"] is False
    scp, rcp, stack = read["resources"]
    assert (scp["name"], scp["deploy_method"], rcp["name"], rcp["deploy_method"]) == ("s", "scp", "r", "rcp")
    assert scp["deployment_targets"] == {"organizational_units": ["Security"]}
    assert scp["resource_file"] == "policies/s.json"
    assert scp["description"]
    assert stack == {
        "name": "a-stack",
        "resource_file": "templates/a-stack.yaml",
        "deploy_method": "stack_set",
        "deployment_targets": {"accounts": ["012345670123"], "organizational_units": ['Odd "name": #1']},
        "regions": ["eu-central-1", "us-east-1"],
        "parameters": [
            {"parameter_key": "Key", "parameter_value": "yes"},
            {"parameter_key": "Reference", "parameter_value": "$[alfred_ssm_/a/b]"},
        ],
        "export_outputs": [{"name": "/a/b", "value": "$[output_Out]"}],
    }


def test_name_comes_first_in_every_entry_and_paths_are_bare():
    """CfCT's build stage finds files by a grep for `_file:` (run-validation.sh 101)."""
    text = manifest("eu-central-1", [policy(Layer.SCP, "s")], [STACK])
    assert all(line.startswith("  - name: ") for line in text.splitlines() if line.startswith("  - "))
    assert [line.split(": ", 1)[1] for line in text.splitlines() if "_file:" in line] == [
        "policies/s.json",
        "templates/a-stack.yaml",
    ]


def test_no_resources_is_an_empty_list_and_not_null():
    assert yaml.safe_load(manifest("eu-central-1", [], []))["resources"] == []


def test_a_comment_says_where_each_entry_comes_from(example):
    lines = example.text("manifest.yaml").splitlines()
    for before, line in itertools.pairwise(lines):
        if line.startswith("  - name: "):
            assert re.match(r"  # [a-z-]+(, [a-z-]+)*: .+", before), line


@pytest.mark.parametrize("word", ["_file:", "\t"])
def test_no_text_of_the_package_upsets_the_grep(example, word):
    text = example.text("manifest.yaml")
    assert text.count(word) == (text.count("resource_file: ") if word == "_file:" else 0)
