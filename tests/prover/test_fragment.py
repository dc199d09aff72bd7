"""The edge of the fragment: what cannot be followed is never proved by it, and refuted only with a confirmed request."""

import json

import pytest

from generator.errors import InputError
from generator.policy.document import parse
from generator.policy.model import PolicyKind
from generator.prover.claim import ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals, Slug
from generator.prover.folder import everywhere
from generator.prover.prove import Verdict, prove

ACCOUNT = "222222222222"
OBJECT = "arn:aws:s3:::logs/*"


def claim(**changed):
    fields = {
        "id": "a",
        "control": Slug(""),
        "statement": "nobody deletes a log file",
        "expect": Expectation.DENIED,
        "layer": ClaimLayer.SCP,
        "principals": Principals(accounts=(ACCOUNT,)),
        "actions": (ActionSet("s3", named=(NamedAction("s3:DeleteObject", "deletes a log file"),)),),
        "resources": (OBJECT,),
        "resource_account": ACCOUNT,
    }
    return Claim(**{**fields, **changed})


def judged(condition, resource=OBJECT, **changed):
    statement = {"Effect": "Deny", "Action": "s3:*", "Resource": resource, **({"Condition": condition} if condition else {})}
    policy = parse(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), PolicyKind.SCP, "scp")
    (result,) = prove([claim(**changed)], everywhere([policy]))
    return result


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}},
        {"StringNotEquals": {"aws:PrincipalAccount": "999999999999"}},
        {"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::${aws:PrincipalAccount}:*", "arn:aws:sts::*:federated-user/*"]}},
        {"StringLike": {"aws:PrincipalTag/team": "*"}, "Null": {"aws:PrincipalTag/team": "false"}},
    ],
    ids=str,
)
def test_variables_of_the_accounts_are_exact(condition):
    expected = Verdict.REFUTED if "Null" in condition else Verdict.PROVED
    assert judged(condition).verdict is expected


def test_two_free_keys_compared_are_undecided_where_it_matters_and_the_condition_is_named():
    result = judged({"StringLike": {"aws:PrincipalTag/a": "${aws:PrincipalTag/b, 'none'}"}}, expect=Expectation.ALLOWED)
    assert result.verdict is Verdict.UNDECIDED
    assert "`StringLike` on `aws:PrincipalTag/a` in `scp`" in result.open


def test_what_cannot_be_followed_is_refuted_all_the_same_if_a_request_shows_it():
    result = judged({"StringEquals": {"aws:PrincipalTag/a": "${aws:PrincipalTag/b}"}})
    assert result.verdict is Verdict.REFUTED


def test_what_cannot_be_followed_does_not_matter_where_another_statement_decides():
    statements = [
        {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:PrincipalTag/bucket}/*"},
        {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"},
    ]
    policy = parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), PolicyKind.SCP, "scp")
    (result,) = prove([claim()], everywhere([policy]))
    assert result.holds


def test_what_aws_does_not_say_of_a_service_is_not_assumed():
    """Which account `aws:PrincipalAccount` names when a service calls is documented nowhere, so that it may be any, or none."""
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    condition = {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}
    text = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]})
    policy = parse(text, PolicyKind.RCP, "rcp")
    (result,) = prove([claim(layer=ClaimLayer.RCP, principals=Principals(service="*"))], everywhere([policy]))
    assert result.verdict is Verdict.REFUTED
    assert result.witnesses[0].context == {"aws:PrincipalAccount": (ACCOUNT,)}


def test_a_claim_about_no_request_is_vacuous():
    result = judged(None, resources=("arn:aws:s3:::logs",))
    assert result.verdict is Verdict.PROVED
    assert result.vacuous == "no request is in its scope"
    assert not result.holds


def test_a_named_action_that_does_not_exist_is_an_error_in_the_claim():
    with pytest.raises(InputError, match="knows no action `s3:DeleteObjects`"):
        judged(None, actions=(ActionSet("s3", named=(NamedAction("s3:DeleteObjects", "a slip"),)),))


def test_a_service_that_does_not_exist_is_an_error_in_the_claim():
    with pytest.raises(InputError, match="knows no service `s4`"):
        judged(None, actions=(ActionSet("s4", unknown=True),))


def test_an_account_pattern_with_wildcards_is_followed():
    result = judged(
        {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::22222222222?:role/*"}},
        principals=Principals(excepted_accounts=(ACCOUNT,)),
    )
    assert result.verdict is Verdict.REFUTED
    assert result.witnesses[0].request.principal.account.startswith("22222222222")
