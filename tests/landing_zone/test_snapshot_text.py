from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.landing_zone.document import parse, plain
from generator.landing_zone.snapshot_text import Seen, written
from generator.landing_zone.yaml_text import single_quoted, yaml_value

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12) | st.sampled_from(
    [
        "null",
        "yes",
        "012345670123",
        "1:20",
        "3.3",
        "a: b",
        "a #b",
        "- a",
        "*x",
        "&x",
        "!x",
        "'",
        '"',
        "{",
        "[",
        " a",
        "a ",
        "=",
        "<<",
        "~",
        "2026-05-15",
    ]
)


def data_of(text: str) -> dict[str, object]:
    document = parse(Path("organization.yaml"), text, "")
    assert document.problems == ()
    data = plain(document.root)
    assert isinstance(data, dict)
    return data


def seen(accounts=(), policies=(), units=()) -> Seen:
    return Seen("o-exampleorg1", "r-exam", "aws", "111111111111", tuple(units), tuple(accounts), tuple(policies))


@settings(deadline=None, database=None)
@given(TEXT)
def test_any_text_is_read_back_as_it_was_written(text):
    written_text = f"value: {yaml_value(text)}\nlist: {yaml_value([text])}\ncontent: {single_quoted(text)}\n"
    assert data_of(written_text) == {"value": text, "list": [text], "content": text}


@settings(deadline=None, database=None)
@given(st.lists(TEXT, min_size=1, max_size=4, unique=True), TEXT)
def test_names_and_policies_of_any_kind_are_read_back(names, content):
    accounts = [{"id": f"{number:012d}", "name": name} for number, name in enumerate(names)]
    policies = [
        {"name": name, "type": "scp", "targets": tuple(f"{n:012d}" for n in range(number))} for number, name in enumerate(names)
    ]
    policies = [policy | {"content": content} for policy in policies]
    units = [
        {"id": "ou-exam-c0ffee01", "name": names[0], "children": ({"id": "ou-exam-c0ffee02", "name": names[-1], "children": ()},)}
    ]
    data = data_of(written(seen(accounts, policies, units), None))
    assert data["accounts"] == accounts
    assert data["policies"] == [policy | {"targets": list(policy["targets"])} for policy in policies]
    assert data["organizational_units"] == [
        {"id": "ou-exam-c0ffee01", "name": names[0], "children": [{"id": "ou-exam-c0ffee02", "name": names[-1]}]}
    ]


FILE = """\
id: o-exampleorg1 # ours
root_id: r-exam
partition: aws
management_account: "111111111111"   # billing
# accounts in the order of their founding
accounts: # all of them
  # the first
  - {name: B, id: "222222222222"}   # braces
  # the second

  - name: A
    id: "111111111111"
    status: ACTIVE
# the end of the accounts
organizational_units: []
policies: []
audit: "222222222222"
"""


def test_nothing_changes_where_nothing_changed_whatever_the_order_and_the_defaults():
    accounts = [{"id": "111111111111", "name": "A"}, {"id": "222222222222", "name": "B"}]
    assert written(seen(accounts), FILE) == FILE


def test_a_closed_account_goes_with_its_comment_and_a_new_one_comes_last():
    accounts = [{"id": "111111111111", "name": "A"}, {"id": "333333333333", "name": "C"}]
    expected = FILE.replace('  # the first\n  - {name: B, id: "222222222222"}   # braces\n', "").replace(
        "    status: ACTIVE\n", '    status: ACTIVE\n  - id: "333333333333"\n    name: C\n'
    )
    assert written(seen(accounts), FILE) == expected


def test_an_address_that_somebody_left_out_stays_out():
    accounts = [
        {"id": "111111111111", "name": "A2", "email": "a@example.com"},
        {"id": "222222222222", "name": "B", "email": "b@example.com"},
    ]
    assert "@example.com" not in written(seen(accounts), FILE)
    assert "name: A2\n" in written(seen(accounts), FILE)


def test_a_list_in_braces_is_written_anew():
    text = FILE.replace(FILE[FILE.index("accounts: #") : FILE.index("# the end")], 'accounts: [{id: "222222222222", name: B}]\n')
    accounts = [{"id": "111111111111", "name": "A"}]
    assert data_of(written(seen(accounts), text))["accounts"] == accounts


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_file_without_a_last_line_break_gets_one(ending):
    text = FILE.removesuffix("\n").replace("\n", ending)
    accounts = [{"id": "111111111111", "name": "A"}, {"id": "222222222222", "name": "B"}]
    assert written(seen(accounts), text) == text + "\n"


def test_keys_that_the_file_lacks_are_added_at_its_end():
    text = 'audit: "222222222222"\n# the end\n'
    data = data_of(written(seen([{"id": "111111111111", "name": "A"}]), text))
    assert list(data)[:2] == ["audit", "id"]
    assert data["accounts"] == [{"id": "111111111111", "name": "A"}]
