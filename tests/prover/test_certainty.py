"""What is called certain holds for every request that the known part leaves open."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.policy.document import parse
from generator.policy.keys import Context
from generator.policy.model import PolicyKind
from generator.policy.pattern import Glob
from generator.prover.automaton import automaton, glob_tokens, literal
from generator.prover.cells import Language
from generator.prover.certainty import PartlyKnown, certainly_selects

BUCKETS = Language((*literal("arn:aws:s3:::"), *glob_tokens(Glob.parse("?*"), without="/:")))
ROLE = "arn:aws:iam::111111111111:role/deploy"
KNOWN = {
    "aws:principalarn": ((ROLE,),),
    "aws:requestedregion": (("eu-west-1",), ("us-east-1",)),
    "aws:multifactorauthpresent": ((), ("false",)),
}


def statement_of(**elements):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*", **elements}]}
    return parse(json.dumps(document), PolicyKind.SCP, "policy").statements[0]


def request(action="s3:CreateBucket", *languages):
    return PartlyKnown(action, (languages or (BUCKETS,),), KNOWN)


@pytest.mark.parametrize(
    ("elements", "certain"),
    [
        ({}, True),
        ({"Action": "kms:*"}, False),
        ({"Resource": "arn:aws:s3:::*"}, True),
        ({"Resource": ["arn:aws:s3:::a*", "arn:aws:s3:::b*"]}, False),
        ({"Resource": "arn:aws:s3:::*/*"}, False),
        ({"Resource": "arn:aws:s3:::${aws:username}"}, False),
        ({"Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}}}, False),
        ({"Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}}, True),
        ({"Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}}}, True),
        ({"Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}}, False),
        ({"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}, True),
        ({"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}, False),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "a"}}}, False),
        ({"Condition": {"StringEquals": {"aws:PrincipalArn": "${aws:PrincipalTag/arn}"}}}, False),
    ],
)
def test_a_statement_is_certain_if_nothing_unknown_can_undo_it(elements, certain):
    assert certainly_selects(statement_of(**elements), request()) is certain


@pytest.mark.parametrize(("excepted", "certain"), [("arn:aws:s3:::logs", False), ("arn:aws:s3:::logs/*", True)])
def test_an_excepted_resource_spares_if_the_request_can_name_it(excepted, certain):
    statement = parse(
        f'{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"s3:*","NotResource":"{excepted}"}}}}',
        PolicyKind.SCP,
        "policy",
    ).statements[0]
    assert certainly_selects(statement, request()) is certain


def test_too_many_possibilities_are_not_certain():
    many = {**KNOWN, "aws:useragent": tuple((str(number),) for number in range(300))}
    statement = statement_of(Condition={"StringLike": {"aws:UserAgent": "*"}})
    assert not certainly_selects(statement, PartlyKnown("s3:CreateBucket", ((BUCKETS,),), many))


NAMES = tuple(
    name
    for name in ("arn:aws:s3:::a", "arn:aws:s3:::logs", "arn:aws:s3:::logs-2", "arn:aws:s3:::a/b", "*")
    if automaton(BUCKETS.tokens).matches(name)
)
_conditions = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(("ArnLike", "ArnNotLike", "StringNotEquals")),
            st.just("aws:PrincipalArn"),
            st.sampled_from((ROLE, "arn:aws:iam::*:role/*", "arn:aws:iam::*:user/a")),
        ),
        st.tuples(
            st.sampled_from(("StringEquals", "StringNotLike", "StringLikeIfExists")),
            st.sampled_from(("aws:RequestedRegion", "aws:PrincipalTag/t")),
            st.sampled_from(("eu-*", "eu-west-1", "*")),
        ),
        st.tuples(
            st.sampled_from(("Bool", "BoolIfExists")), st.just("aws:MultiFactorAuthPresent"), st.sampled_from(("true", "false"))
        ),
    ),
    max_size=2,
)


@settings(max_examples=200, deadline=None)
@given(_conditions, st.sampled_from(("*", "arn:aws:s3:::*", "arn:aws:s3:::logs*", "arn:aws:s3:::?*")))
def test_what_is_certain_is_selected_whatever_else_the_request_holds(drawn, resource):
    condition: dict = {}
    for operator, key, value in drawn:
        condition.setdefault(operator, {})[key] = value
    statement = statement_of(Resource=resource, **({"Condition": condition} if condition else {}))
    if not certainly_selects(statement, request()):
        return
    tags = ((), ("eu-west-1",), ("x",))
    for name, tag, *values in product(NAMES, tags, *KNOWN.values()):
        context = Context({**dict(zip(KNOWN, values, strict=True)), "aws:PrincipalTag/t": tag})
        assert statement.selects("s3:CreateBucket", name, context)
