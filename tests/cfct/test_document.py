"""Text with places: what PyYAML says a value is, where it stands, and that nothing crashes or explodes."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.cfct import document
from generator.cfct.document import Style, read
from generator.errors import Where

CHARACTERS = st.characters(exclude_categories=["Cs"])
"""Any character but halves of one."""


def data(text: str, style: Style = Style.MANIFEST):
    found = read(text.encode(), "f", style)
    assert found.root is not None, found.problems
    return found.root.data


def problem(text: str | bytes, style: Style = Style.MANIFEST) -> str:
    found = read(text if isinstance(text, bytes) else text.encode(), "f", style)
    assert found.root is None
    (one,) = found.problems
    return f"{one.where}: {one.problem}"


@pytest.mark.parametrize(
    "scalar",
    ["1", "012345670123", "098", "1:30", "yes", "~", "", "2021-03-15", '"2021-03-15"', "1.5", "x y", "'7'", "0x1F", "<<"],
)
def test_scalars_are_what_pyyaml_makes_of_them(scalar):
    expected = yaml.safe_load(f"a: {scalar}")["a"] if scalar != "<<" else "<<"
    assert data(f"a: {scalar}")["a"] == expected


def test_a_template_has_no_dates():
    assert data("Version: 2012-10-17", Style.TEMPLATE) == {"Version": "2012-10-17"}
    assert data("Version: 2012-10-17") == {"Version": dt.date(2012, 10, 17)}


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref A", {"Ref": "A"}),
        ("!Condition A", {"Condition": "A"}),
        ("!GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}),
        ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
        ("!Sub '${A}'", {"Fn::Sub": "${A}"}),
        ("!Join ['', [a, !Ref B]]", {"Fn::Join": ["", ["a", {"Ref": "B"}]]}),
        ("!If {a: 1}", {"Fn::If": {"a": 1}}),
    ],
)
def test_short_forms_become_long_ones(short, long):
    assert data(f"x: {short}", Style.TEMPLATE) == {"x": long}


def test_json_with_tabs_is_read():
    assert data('{\n\t"a":\t[1]\n}') == {"a": [1]}


def test_merge_keys_lose_against_the_mappings_own():
    assert data("a: &a {x: 1, y: 1}\nb: {<<: *a, y: 2}")["b"] == {"x": 1, "y": 2}


def test_places_count_from_one_and_follow_keys_and_items():
    root = read(b"a:\n  - b: c\n    d: [e,\n        f]\n", "f", Style.MANIFEST).root
    node = root.at("a", 0, "d", 1)
    assert (node.data, node.line, node.column) == ("f", 4, 9)
    assert (root.at("a", 0, "d").key_line, root.at("a", 0, "d").key_column) == (3, 5)


def test_a_path_that_ends_early_gives_the_deepest_node():
    root = read(b"a:\n  b: c\n", "f", Style.MANIFEST).root
    assert root.at("a", "x", "y") == root.at("a")


def test_an_alias_stands_where_it_is_used():
    root = read(b"a: &x 1\nb: *x\n", "f", Style.MANIFEST).root
    assert (root.at("b").data, root.at("b").line) == (1, 2)


def test_duplicate_keys_are_problems_of_a_readable_document():
    found = read(b"a: 1\na: 2\n", "f", Style.MANIFEST)
    assert found.root.data == {"a": 2}
    assert [str(each.where) for each in found.problems] == ["f:2:1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [}", "f:1:5: this is not YAML"),
        ("a: !Ref b", "f:1:4: the tag `!Ref` is not allowed"),
        ("a: !!python/object/apply:os.system [true]", "f:1:4: the tag"),
        ("a: !!binary aGk=", "f:1:4: the tag"),
        ("? [a]\n: b", "f:1:3: a collection is used as a key"),
        ("a: &x [*x]", "f:1:8: the alias `*x` names no finished anchor"),
        ("a: 2021-13-45", "f:1:4: YAML cannot read `2021-13-45`"),
        ("a: .nan", "f:1:4: YAML reads `.nan`"),
        ("--- a\n--- b", "f:2:1: a second YAML document"),
        ("# nothing", "f: the file is empty"),
        (b"a: \xff", "f:1:4: the file is not UTF-8"),
        ("a: \x00", "f: this is not YAML"),
        ("[" * 5_000, f"f:1:{document.MAX_DEPTH + 1}: more than {document.MAX_DEPTH} levels"),
    ],
)
def test_what_cannot_be_read_is_one_problem_at_its_place(text, expected):
    assert problem(text).startswith(expected)


def test_nested_aliases_do_not_explode():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]" for number in range(1, 12)]
    assert "aliases expanded" in problem("\n".join(lines))


def test_a_file_too_large_is_not_parsed(monkeypatch):
    monkeypatch.setattr(document, "MAX_BYTES", 10)
    assert "the file has 11 bytes" in problem("a: " + "b" * 8)


def json_values():
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=20,
    )


@given(json_values())
def test_whatever_pyyaml_writes_is_read_as_pyyaml_reads_it(value):
    text = yaml.safe_dump(value, allow_unicode=True)
    assert data(text) == yaml.safe_load(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(CHARACTERS),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(CHARACTERS), inner, max_size=4),
        max_leaves=20,
    ),
    st.booleans(),
    st.sampled_from([None, 2, "\t"]),
)
def test_whatever_json_writes_is_read_as_json_reads_it(value, ascii_only, indent):
    text = json.dumps({"value": value}, ensure_ascii=ascii_only, indent=indent)
    for style in (Style.JSON, Style.TEMPLATE):
        assert read(text.encode(), "f", style).root.data == json.loads(text)


def test_places_in_json_are_those_in_yaml():
    text = b'{\n\t"a": [1, {"b":\n null}],\r\n "c" : "x"}'
    as_json, as_yaml = (read(text, "f", style).root for style in (Style.JSON, Style.MANIFEST))
    assert as_json == as_yaml


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ('{"a": b}', 1, 7, "this is not JSON: expecting value"),
        ("a: 1", 1, 1, "this is not JSON: expecting value"),
        ('{"a":\n [NaN]}', 0, 0, "this is not JSON: `NaN` is no number of JSON"),
        ('[\n"\\ud83d"]', 2, 1, "this is not JSON: a text holds half of a character"),
        ("[" * 5_000, 0, 0, "this is not JSON: it nests too deeply"),
        ("[" * 101 + "]" * 101, 1, 101, "more than 100 levels of nesting"),
        ("  ", 0, 0, "the file is empty"),
    ],
)
def test_what_is_not_json_is_told_with_its_place(text, line, column, expected):
    (found,) = read(text.encode(), "f", Style.JSON).problems
    assert (found.where, found.problem) == (Where("f", line, column), expected)


def test_a_key_given_twice_in_json_is_told_and_the_last_one_stays():
    found = read(b'{"a": 1,\n "a": 2}', "f", Style.JSON)
    assert found.root.data == {"a": 2}
    assert [(each.where, each.problem) for each in found.problems] == [(Where("f", 2, 2), "`a` is given twice here")]


def test_a_template_that_only_begins_like_json_is_yaml():
    assert data("{Resources: {A: !Ref B}}", Style.TEMPLATE) == {"Resources": {"A": {"Ref": "B"}}}


@given(
    st.binary(max_size=200) | st.text(alphabet="a:-[]{}&*!<>|'\"#?,\n \t0129.", max_size=80).map(str.encode),
    st.sampled_from(Style),
)
def test_no_bytes_crash_the_reader(content, style):
    found = read(content, "f", style)
    assert (found.root is None) <= bool(found.problems)
