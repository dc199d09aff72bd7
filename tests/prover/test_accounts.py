"""Which accounts of a claim are looked at: one of every kind, and never fewer than the verdict needs."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.policy.completion import Membership
from generator.policy.document import parse
from generator.policy.layers import FULL_ACCESS, Level
from generator.policy.model import PolicyKind
from generator.prover.accounts import accounts
from generator.prover.claim import ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals, Slug
from generator.prover.estate import Estate, Stack
from generator.prover.prove import Verdict, prove
from generator.prover.vocabulary import Vocabulary

FIRST, SECOND, THIRD, DEEP, FOURTH, MANAGEMENT = (
    "100000000001",
    "100000000002",
    "100000000013",
    "200000000001",
    "200000000002",
    "111111111111",
)
STRANGER = "999999999999"
EVERYONE = (FIRST, SECOND, THIRD, DEEP, FOURTH, MANAGEMENT, STRANGER)


def _policy(statements, kind=PolicyKind.SCP):
    return parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), kind, "policy")


def _estate(root=(), unit=(), rcp=()):
    """Three accounts below the root, one of them two levels down, two in a unit, and the management account."""
    policies = tuple(_policy([statement]) for statement in root)
    top = Level("r-exam", (FULL_ACCESS, *policies))
    below = Level("ou-exam-1", (FULL_ACCESS, *(_policy([statement]) for statement in unit)))
    rcps = (Level("r-exam", tuple(_policy([statement], PolicyKind.RCP) for statement in rcp)),)
    plain = Level("ou-exam-2", (FULL_ACCESS,))
    stacks = {
        FIRST: ("r-exam/", (top,)),
        SECOND: ("r-exam/", (top,)),
        THIRD: ("r-exam/ou-exam-2/", (top, plain)),
        DEEP: ("r-exam/ou-exam-1/", (top, below)),
        FOURTH: ("r-exam/ou-exam-1/", (top, below)),
        MANAGEMENT: ("r-exam/", (top,)),
    }
    members = {account: Stack(scps, rcps, Membership("o-exam", (f"o-exam/{path}",))) for account, (path, scps) in stacks.items()}
    return Estate(members, MANAGEMENT, organization="o-exam")


def _claim(named, expect=Expectation.DENIED, layer=ClaimLayer.ANY, **parts):
    return Claim(
        "a",
        Slug(""),
        "nobody deletes a log file",
        expect,
        layer,
        Principals(tuple(named), parts.get("only", ()), parts.get("excepted", ())),
        (ActionSet("s3", named=(NamedAction("s3:DeleteObject", "deletes a log file"),)),),
        parts.get("resources", ("*",)),
        parts.get("owner", ""),
        parts.get("context", {}),
    )


def _looked_at(estate, named=EVERYONE, **parts):
    """The accounts that the words of the estate's policies and of a claim tell apart."""
    found = {
        id(policy): policy
        for stack in estate.accounts.values()
        for level in (*stack.scps, *stack.rcps)
        for policy in level.policies
    }
    statements = [statement for policy in found.values() for statement in policy.statements]
    claim = _claim(named, **parts)
    words = Vocabulary(
        tuple(condition for statement in statements for condition in statement.conditions),
        tuple(template for statement in statements if statement.resources for template in statement.resources.patterns),
        claim.principals,
        claim.resources,
        claim.resource_account,
        claim.context,
    )
    return accounts(tuple(named), estate, words)


def _deny(**condition):
    return {"Effect": "Deny", "Action": "*", "Resource": "*", **({"Condition": condition} if condition else {})}


def test_named_members_with_the_same_policies_are_looked_at_once():
    assert _looked_at(_estate(unit=[_deny()])) == (FIRST, DEEP, MANAGEMENT, STRANGER)


def test_a_level_with_the_same_policies_as_another_makes_no_difference():
    assert _looked_at(_estate(), (THIRD, SECOND)) == (THIRD,)


@pytest.mark.parametrize(
    "parts",
    [
        {"excepted": (f"arn:aws:iam::{SECOND}:role/Admin",)},
        {"resources": (f"arn:aws:s3:::logs-{SECOND}/*",)},
        {"owner": SECOND},
        {"context": {"aws:PrincipalTag/owner": (SECOND,)}},
    ],
)
def test_an_account_that_the_claim_names_beside_its_senders_stands_for_itself(parts):
    assert _looked_at(_estate(), (FIRST, SECOND, THIRD), **parts) == (FIRST, SECOND)


def test_an_account_that_a_policy_names_stands_for_itself():
    estate = _estate([_deny(StringNotEquals={"aws:PrincipalAccount": SECOND})])
    assert _looked_at(estate, (FIRST, SECOND, THIRD)) == (FIRST, SECOND)


def test_accounts_that_a_pattern_tells_apart_are_both_looked_at():
    estate = _estate([_deny(StringLike={"aws:PrincipalAccount": "10000000000*"})])
    assert _looked_at(estate, (FIRST, SECOND, THIRD)) == (FIRST, THIRD)


def test_where_members_stand_matters_if_a_condition_asks_for_it():
    estate = _estate([_deny(**{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-exam/r-exam/ou-exam-2/*"}})])
    assert _looked_at(estate, (FIRST, SECOND, THIRD)) == (FIRST, THIRD)


def test_every_named_account_is_looked_at_where_an_id_is_put_beside_a_text_that_cuts_ids():
    estate = _estate([_deny(StringLike={"aws:PrincipalTag/home": ["x-${aws:PrincipalAccount}", "x-1000*"]})])
    assert _looked_at(estate) == EVERYONE


_TEXTS = (FIRST, SECOND, "1*", "10000000000?", "*3", "${aws:PrincipalAccount}", "*")
_ARNS = (
    f"arn:aws:iam::{FIRST}:*",
    "arn:aws:iam::1*:role/Admin",
    "arn:aws:iam::*:role/Admin",
    "arn:aws:*::${aws:ResourceAccount}:*",
)
_conditions = st.one_of(
    st.tuples(
        st.sampled_from(("StringLike", "StringNotLike")),
        st.sampled_from(("aws:PrincipalAccount", "aws:ResourceAccount", "aws:PrincipalTag/home")),
        st.sampled_from(_TEXTS).map(lambda text: [text]),
    ),
    st.tuples(
        st.sampled_from(("ArnLike", "ArnNotLike", "StringLike", "StringNotLike")),
        st.just("aws:PrincipalArn"),
        st.sampled_from(_ARNS).map(lambda text: [text]),
    ),
    st.tuples(
        st.sampled_from(("ForAnyValue:StringLike", "ForAllValues:StringNotLike")),
        st.sampled_from(("aws:PrincipalOrgPaths", "aws:ResourceOrgPaths")),
        st.just(["o-exam/r-exam/ou-exam-2/*"]),
    ),
)
_RESOURCES = ("*", f"arn:aws:s3:::logs-{SECOND}/*", "arn:aws:s3:::logs-${aws:PrincipalAccount}/*", "arn:aws:s3:::logs-1*")
_statements = st.builds(
    lambda resources, conditions: {
        "Effect": "Deny",
        "Action": "s3:*",
        **resources,
        **({"Condition": {operator: {key: values} for operator, key, values in conditions}} if conditions else {}),
    },
    st.builds(
        lambda element, values: {element: values},
        st.sampled_from(("Resource", "NotResource")),
        st.sampled_from(_RESOURCES).map(lambda text: [text]),
    ),
    st.lists(_conditions, max_size=1),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(_statements, max_size=2),
    st.lists(_statements, max_size=1),
    st.lists(_statements, max_size=1),
    st.sampled_from(Expectation),
    st.fixed_dictionaries(
        {
            "owner": st.sampled_from(("", SECOND)),
            "resources": st.sampled_from((("*",), ("arn:aws:s3:::logs-*",), (f"arn:aws:s3:::logs-{THIRD}/*",))),
            "only": st.sampled_from(((), ("arn:aws:iam::*:role/Admin",), ("arn:aws:iam::1*:root",))),
        }
    ),
)
def test_the_verdict_over_many_accounts_is_the_one_over_each_alone(root, unit, rcp, expect, parts):
    """Of one named account no other can stand for it; so nothing is lost by looking at one of every kind."""
    estate = _estate(root, unit, [{**statement, "Principal": "*"} for statement in rcp])
    together = [_claim(EVERYONE, expect, **parts)]
    alone = [_claim((account,), expect, **parts) for account in EVERYONE]
    (result,) = prove(together, estate)
    verdicts = {one.verdict for one in prove(alone, estate)}
    worst = next(verdict for verdict in (Verdict.REFUTED, Verdict.UNDECIDED, Verdict.PROVED) if verdict in verdicts)
    assert result.verdict is worst
