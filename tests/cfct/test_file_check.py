"""CfCT's grep, against the very commands that CfCT runs."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.cfct.file_check import extract, is_remote

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


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
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
