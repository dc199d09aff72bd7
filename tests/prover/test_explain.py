"""Explaining one request."""

import pytest

from generator.errors import InputError
from generator.prover.explain import Question, context_of, explain
from generator.prover.folder import everywhere, read_policy

SCP = (
    '{"Version":"2012-10-17","Statement":[{"Sid":"Logs","Effect":"Deny","Action":"s3:Delete*","Resource":"arn:aws:s3:::logs/*"}]}'
)
RCP = '{"Version":"2012-10-17","Statement":[{"Sid":"Outside","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"222222222222"}}}]}'
ESTATE = everywhere([read_policy("scp.json", SCP), read_policy("rcp.json", RCP)])


def ask(**changed):
    fields = {
        "action": "s3:DeleteObject",
        "principal": "arn:aws:iam::222222222222:role/Admin",
        "resources": ("arn:aws:s3:::logs/a",),
        "account": "222222222222",
        "context": {},
    }
    return explain(Question(**{**fields, **changed}), ESTATE)


def test_a_denial_names_statement_policy_and_place():
    assert ask().data()["decision"] == "denied"
    assert ask().data()["statements"] == [{"policy": "scp.json", "sid": "Logs", "effect": "Deny", "target": "every account"}]
    assert "Deny by `Logs` in `scp.json`, attached to every account" in ask().text()


def test_what_the_organization_lets_pass_still_needs_the_account():
    found = ask(action="s3:GetObject")
    assert found.data()["decision"] == "allowed"
    assert "have to allow it too" in found.text()


def test_a_stranger_meets_the_resource_policy():
    found = ask(action="s3:GetObject", principal="arn:aws:iam::999999999999:role/Admin")
    assert [it["sid"] for it in found.data()["statements"]] == ["Outside"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"action": "DeleteObject"}, "`DeleteObject` is no action"),
        ({"action": "s3:Delete*"}, "is no action"),
        ({"principal": "arn:aws:s3:::logs"}, "is no ARN of a principal"),
        ({"context": {"aws:PrincipalAccount": ("111111111111",)}}, "no such request can occur"),
    ],
)
def test_a_request_that_cannot_be_is_an_input_error(changed, words):
    with pytest.raises(InputError, match=words):
        ask(**changed)


def test_condition_keys_are_read_from_words_and_repeat_for_several_values():
    assert context_of(["aws:TagKeys=a", "aws:TagKeys=b", "k:x=y=z"]) == {"aws:TagKeys": ("a", "b"), "k:x": ("y=z",)}
    with pytest.raises(InputError, match="`aws:TagKeys` is no condition key with a value"):
        context_of(["aws:TagKeys"])


def test_both_layers_are_named_when_both_deny():
    scp = SCP.replace("s3:Delete*", "s3:*").replace("arn:aws:s3:::logs/*", "*")
    estate = everywhere([read_policy("scp.json", scp), read_policy("rcp.json", RCP)])
    question = Question("s3:GetObject", "arn:aws:iam::999999999999:role/Admin", ("arn:aws:s3:::logs/a",), "222222222222", {})
    assert [it["sid"] for it in explain(question, estate).data()["statements"]] == ["Outside", "Logs"]
