"""Policies of somebody else's: which kind a file is, and what stands beside it."""

import json

import pytest

from generator.errors import InputError
from generator.policy.model import PolicyKind
from generator.prover.folder import everywhere, read_policy

DENY = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
FOR_ALL = {**DENY, "Principal": "*"}


def text(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements[0] if len(statements) == 1 else list(statements)})


@pytest.mark.parametrize(
    ("statements", "kind"),
    [
        ((DENY,), PolicyKind.SCP),
        ((DENY, DENY), PolicyKind.SCP),
        ((FOR_ALL,), PolicyKind.RCP),
        ((FOR_ALL, FOR_ALL), PolicyKind.RCP),
    ],
)
def test_only_the_statements_of_an_rcp_have_a_principal(statements, kind):
    assert read_policy("a.json", text(*statements)).kind is kind


def test_a_file_that_is_both_is_neither():
    with pytest.raises(InputError, match=r"a\.json:1:.*this statement has no `Principal`, but others"):
        read_policy("a.json", text(FOR_ALL, DENY))


def test_a_named_kind_is_not_guessed():
    with pytest.raises(InputError, match="Principal"):
        read_policy("a.json", text(FOR_ALL), PolicyKind.SCP)
    with pytest.raises(InputError, match="Principal"):
        read_policy("a.json", text(DENY), PolicyKind.RCP)


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"Statement":' * 50_000, '{"Statement":' + "[" * 5000 + "]" * 5000 + "}"])
def test_deep_nesting_is_an_error_at_its_place(deep):
    with pytest.raises(InputError, match=r"a\.json:1:.*levels of nesting"):
        read_policy("a.json", deep)


def test_full_access_stands_beside_the_policies_unless_they_are_all_there_is():
    policy = read_policy("a.json", text({**DENY, "Effect": "Allow"}))
    names = [[it.name for it in everywhere([policy], full_access=full).others.scps[0].policies] for full in (True, False)]
    assert names == [["FullAWSAccess", "a.json"], ["a.json"]]
