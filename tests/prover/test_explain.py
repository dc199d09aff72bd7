"""Explaining one request."""

from dataclasses import replace

import pytest

from generator.errors import InputError
from generator.prover.claim import ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals, Slug
from generator.prover.estate import Estate, Stack
from generator.prover.explain import Question, context_of, explain
from generator.prover.folder import everywhere, read_policy
from generator.prover.prove import Verdict, prove

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
        ({"action": "s3:DeleteObjekt"}, "`s3` has no action `s3:DeleteObjekt`.*did you mean `s3:DeleteObject`"),
        ({"action": "../actions/s3:DeleteObject"}, "is no action"),
        ({"account": "22222222222"}, "`22222222222` is no account id"),
        ({"account": "\u0662" * 12}, "is no account id"),
        ({"principal": "arn:aws:iam::" + "\u0662" * 12 + ":role/Admin"}, "no account id of 12 digits"),
        ({"principal": "arn:aws:iam::2:role/Admin"}, "no account id of 12 digits"),
        ({"resources": ("logs/a",)}, "`logs/a` is no ARN of a resource"),
        ({"resources": ("arn:aws:s3:::logs/a", "arn:aws:s3")}, "`arn:aws:s3` is no ARN of a resource"),
    ],
)
def test_a_request_that_cannot_be_is_an_input_error(changed, words):
    with pytest.raises(InputError, match=f"(?s){words}"):
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


def test_what_nobody_can_stop_is_allowed_and_needs_no_permission():
    scp = SCP.replace("s3:Delete*", "sts:*").replace("arn:aws:s3:::logs/*", "*")
    rcp = RCP.replace("s3:*", "sts:*")
    estate = everywhere([read_policy("scp.json", scp), read_policy("rcp.json", rcp)])
    question = Question("sts:GetCallerIdentity", "arn:aws:iam::999999999999:role/Admin", ("*",), "222222222222", {})
    found = explain(question, estate)
    assert found.data()["decision"] == "allowed"
    assert found.text() == "allowed: no permission is needed for `sts:GetCallerIdentity`"


@pytest.mark.parametrize(("expect", "verdict"), [(Expectation.ALLOWED, Verdict.PROVED), (Expectation.DENIED, Verdict.REFUTED)])
def test_claims_know_what_nobody_can_stop(expect, verdict):
    named = (NamedAction("sts:GetCallerIdentity", "tells who one is"),)
    claim = Claim(
        "a",
        Slug(""),
        "",
        expect,
        ClaimLayer.SCP,
        Principals(accounts=("222222222222",)),
        (ActionSet("sts", named=named),),
        ("*",),
        "222222222222",
    )
    estate = everywhere([read_policy("scp.json", SCP.replace("s3:Delete*", "sts:*").replace("arn:aws:s3:::logs/*", "*"))])
    assert prove([claim], estate)[0].verdict is verdict


def test_an_account_that_the_organization_does_not_have_is_said():
    estate = Estate({"222222222222": Stack()}, organization="o-exampleorg1")
    question = Question("s3:GetObject", "arn:aws:iam::999999999999:role/A", ("arn:aws:s3:::a/b",), "222222222222", {})
    found = explain(question, estate)
    assert "the account 999999999999 is not in the organization: no service control policy applies" in found.text()
    assert len(found.data()["notes"]) == 1
    assert not explain(replace(question, principal="arn:aws:iam::222222222222:role/A"), estate).notes
