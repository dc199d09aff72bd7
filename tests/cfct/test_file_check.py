"""CfCT's grep, against the very commands that CfCT runs."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.cfct.file_check import extract, is_downloaded, is_remote, is_validated_parameters, is_validated_template

TEMPLATES = r"grep -E '.template$|.yaml$|.yml$|.json$'"
PARAMETERS = "grep '.json' | grep -v '.j2'"
PIPELINE = "grep '_file:' | grep -v '^ *#' | tr -s ' ' | tr -d '\\r' | cut -d ' ' -f 3"


def words(text: str) -> list[str]:
    return [found.word for found in extract(text)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("    resource_file: x", ["x"]),
        ("    resource_file: x  # c", ["x"]),
        ('    resource_file: "x"', ['"x"']),
        ("  - resource_file: x", ["resource_file:"]),
        ('    parameter_file: ""', ['""']),
        ("    description: see the_file: here", ["see"]),
        ("  # resource_file: x", []),
        ("resource_file: x", []),
        ("resource_file:x", ["resource_file:x"]),
        ("    resource_file:   x\r", ["x"]),
        ("    resource_file:", []),
        ("    resource: x", []),
    ],
)
def test_what_the_grep_extracts(line, expected):
    assert words(line) == expected


def test_lines_are_counted_from_one():
    assert [found.line for found in extract("a\n    x_file: b\nc\n    y_file: d\n")] == [2, 4]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet='abc _:#-"/ ', max_size=12).map(lambda tail: f"{tail}_file:{tail}"), max_size=5))
def test_the_pipeline_itself_agrees(lines):
    text = "\n".join(lines) + "\n"
    ran = subprocess.run(["bash", "-c", PIPELINE], input=text, capture_output=True, text=True, check=False)  # noqa: S607 # CfCT's own pipeline
    assert words(text) == ran.stdout.split()


@pytest.mark.parametrize(
    ("path", "remote"), [("s3://b/k", True), ("s3-stuff/x", True), ("HTTPS://x", True), ("templates/s3.yaml", False)]
)
def test_remote_is_judged_by_the_beginning(path, remote):
    assert is_remote(path) is remote


@pytest.mark.parametrize(
    ("path", "downloaded"), [("s3://b/k", True), ("S3://b/k", False), ("https://x", True), ("HTTPS://x", False), ("a/s3", False)]
)
def test_the_build_stage_downloads_what_begins_so_in_lower_case(path, downloaded):
    assert is_downloaded(path) is downloaded


NAMES = st.lists(st.sampled_from([".", "-", "/", "a", "json", "yaml", "yml", "template", "j2", "2"]), min_size=1, max_size=5).map(
    "".join
)


@pytest.mark.parametrize(
    ("folder", "pattern", "taken"),
    [("templates/", TEMPLATES, is_validated_template), ("parameters/", PARAMETERS, is_validated_parameters)],
)
@settings(max_examples=20, deadline=None)
@given(names=st.lists(NAMES, min_size=1, max_size=12))
def test_the_patterns_themselves_agree(folder, pattern, taken, names):
    listed = "".join(f"./{name}\n" for name in names)
    ran = subprocess.run(["bash", "-c", pattern], input=listed, capture_output=True, text=True, check=False)  # noqa: S607 # CfCT's own patterns
    assert [f"./{name}" for name in names if taken(folder + name)] == ran.stdout.splitlines()


@pytest.mark.parametrize("path", ["json", "manifest.yaml", "policies/x.json", "other/templates/x.yaml"])
def test_files_elsewhere_are_neither_templates_nor_parameters(path):
    assert not is_validated_template(path)
    assert not is_validated_parameters(path)
