"""Statements against each other: what is said to cover does, on every request tried, and nothing is called empty that selects one."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.policy.axioms import Presence, presence
from generator.policy.conditions import holds
from generator.policy.document import parse
from generator.policy.keys import Context
from generator.policy.model import PolicyKind
from generator.policy.pattern import Glob
from generator.policy.request import PrincipalType
from generator.prover.automaton import automaton, glob_tokens
from generator.prover.covering import contradictory, covers, language_covered

CASES = json.loads((Path(__file__).parents[1] / "cases" / "covering.json").read_text())
KINDS = {"scp": PolicyKind.SCP, "rcp": PolicyKind.RCP}


def statement_of(written, kind=PolicyKind.SCP):
    whole = dict(written)
    if not {"Action", "NotAction"} & whole.keys():
        whole["Action"] = "s3:*"
    if not {"Resource", "NotResource"} & whole.keys():
        whole["Resource"] = "*"
    if kind is PolicyKind.RCP:
        whole["Principal"] = "*"
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", **whole}]}
    return parse(json.dumps(document), kind, "policy").statements[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_covering_is_as_the_case_says(case):
    kind = KINDS[case.get("kind", "scp")]
    assert covers(statement_of(case["outer"], kind), statement_of(case["inner"], kind), kind) is case["covers"]


_ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:PutBucketPolicy", "kms:Decrypt", "s3:Odd")
_RESOURCES = ("*", "arn:aws:s3:::a", "arn:aws:s3:::a/b", "arn:aws:s3:::b/x:y", "arn:aws:kms:eu-west-1:111111111111:key/k")
_SENDERS = (
    (PrincipalType.ROLE_SESSION, "arn:aws:iam::111111111111:role/a"),
    (PrincipalType.ROLE_SESSION, "arn:aws:iam::111111111111:role/b"),
    (PrincipalType.USER, "arn:aws:iam::222222222222:user/a"),
    (PrincipalType.SERVICE, ""),
    (PrincipalType.ANONYMOUS, ""),
)


def _contexts():
    choices = {
        "aws:PrincipalTag/t": ((), ("red",), ("",), ("Red",)),
        "s3:prefix": ((), ("x",)),
        "aws:SourceIp": ((), ("10.1.2.3",), ("203.0.113.7",)),
        "aws:TagKeys": ((), ("a",), ("a", "b")),
        "aws:SecureTransport": (("true",), ("false",)),
    }
    for (kind, arn), values in product(_SENDERS, product(*choices.values())):
        given = {**dict(zip(choices, values, strict=True)), **({"aws:PrincipalArn": (arn,)} if arn else {})}
        if all(presence(key, kind) is not Presence.FORBIDDEN for key, value in given.items() if value):
            yield kind, Context(given)


CONTEXTS = tuple(_contexts())
_conditions = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(("ArnLike", "ArnNotLike", "StringLike", "StringNotEquals")),
            st.just("aws:PrincipalArn"),
            st.lists(
                st.sampled_from(("arn:aws:iam::*:role/a", "arn:aws:iam::*:role/*", "arn:aws:iam::222222222222:user/a")),
                min_size=1,
            ),
        ),
        st.tuples(
            st.sampled_from(
                ("StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringLike", "StringNotEqualsIgnoreCase")
            ),
            st.sampled_from(("aws:PrincipalTag/t", "s3:prefix")),
            st.lists(st.sampled_from(("red", "r*", "x", "")), min_size=1, max_size=2),
        ),
        st.tuples(
            st.sampled_from(("ForAllValues:StringEquals", "ForAnyValue:StringNotEquals", "ForAnyValue:StringLikeIfExists")),
            st.just("aws:TagKeys"),
            st.lists(st.sampled_from(("a", "b", "*")), min_size=1, max_size=2),
        ),
        st.tuples(
            st.sampled_from(("IpAddress", "NotIpAddress")),
            st.just("aws:SourceIp"),
            st.just(["10.0.0.0/8"]) | st.just(["10.1.2.3"]),
        ),
        st.tuples(
            st.just("Null"), st.sampled_from(("aws:PrincipalTag/t", "aws:SourceIp")), st.sampled_from((["true"], ["false"]))
        ),
        st.tuples(st.just("Bool"), st.just("aws:SecureTransport"), st.sampled_from((["true"], ["false"]))),
    ),
    max_size=3,
)
_statements = st.builds(
    lambda action, actions, resource, resources, conditions: {
        action: actions,
        resource: resources,
        **({"Condition": _condition(conditions)} if conditions else {}),
    },
    st.sampled_from(("Action", "Action", "NotAction")),
    st.lists(st.sampled_from(("s3:*", "s3:Put*", "s3:*Object", "s3:???????????", "kms:*", *_ACTIONS)), min_size=1, max_size=3),
    st.sampled_from(("Resource", "Resource", "NotResource")),
    st.lists(
        st.sampled_from(("arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:s3:::*", "arn:aws:s3:*:*:y")), min_size=1, max_size=2
    ),
    _conditions,
)


def _condition(drawn):
    written: dict = {}
    for operator, key, values in drawn:
        written.setdefault(operator, {})[key] = values
    return written


def _loosened(drawn, data):
    """A statement that says less, and so usually covers the first."""
    loose = json.loads(json.dumps(drawn))
    for element in data.draw(st.sets(st.sampled_from(("Condition", "Action", "Resource")))):
        if element == "Condition":
            loose.pop("Condition", None)
        elif element in loose:
            loose[element] = "*"
    return loose


@settings(max_examples=150, deadline=None)
@given(_statements, _statements, st.data())
def test_what_covers_selects_every_request_that_the_other_selects(first, second, data):
    kind = data.draw(st.sampled_from((PolicyKind.SCP, PolicyKind.RCP)))
    if kind is PolicyKind.RCP and "NotAction" in (first.keys() | second.keys()):
        kind = PolicyKind.SCP
    inner = statement_of(first, kind)
    loose = second if data.draw(st.booleans()) or kind is PolicyKind.RCP else _loosened(first, data)
    outer = statement_of(loose, kind)
    if not covers(outer, inner, kind):
        return
    assert not inner.resources.varies
    asked = [
        (action, resource)
        for action, resource in product(_ACTIONS, _RESOURCES)
        if inner.actions.matches(action) and inner.resources.matches(resource, Context())
    ]
    for sender, context in CONTEXTS:
        if kind is PolicyKind.SCP and sender in (PrincipalType.SERVICE, PrincipalType.ANONYMOUS):
            continue
        for action, resource in asked:
            if inner.selects(action, resource, context):
                assert outer.selects(action, resource, context), (action, resource, context)


@settings(max_examples=150, deadline=None)
@given(_conditions.filter(bool), st.sampled_from((PolicyKind.SCP, PolicyKind.RCP)))
def test_no_request_meets_conditions_that_are_called_contradictory(drawn, kind):
    conditions = statement_of({"Condition": _condition(drawn)}, kind).conditions
    met = [
        context
        for sender, context in CONTEXTS
        if (kind is PolicyKind.RCP or sender not in (PrincipalType.SERVICE, PrincipalType.ANONYMOUS))
        and all(holds(condition, context) for condition in conditions)
    ]
    assert not (met and contradictory(conditions, kind))


@pytest.mark.parametrize(
    ("condition", "empty"),
    [
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}, "StringLike": {"aws:RequestedRegion": "us-*"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}, "StringLike": {"aws:RequestedRegion": "eu-*"}}, False),
        ({"Null": {"aws:PrincipalArn": "true"}}, True),
        ({"Null": {"aws:PrincipalTag/t": "true"}, "StringEquals": {"aws:PrincipalTag/t": "a"}}, True),
        ({"Null": {"aws:PrincipalTag/t": "true"}, "StringNotEquals": {"aws:PrincipalTag/t": "a"}}, False),
        ({"NumericLessThan": {"s3:signatureAge": "5"}, "NumericGreaterThan": {"s3:signatureAge": "6"}}, True),
        ({"Bool": {"aws:ViaAWSService": "false"}, "ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/t": ["a", "b"]}}, False),
        ({"StringEquals": {"aws:PrincipalTag/t": "${aws:ResourceTag/t}"}, "Null": {"aws:PrincipalTag/t": "true"}}, False),
    ],
)
def test_contradictions_are_found(condition, empty):
    assert contradictory(statement_of({"Condition": condition}).conditions, PolicyKind.SCP) is empty


def test_a_statement_without_conditions_contradicts_nothing():
    assert not contradictory((), PolicyKind.SCP)


_globs = st.text("ab*?", max_size=6)


@settings(max_examples=300, deadline=None)
@given(_globs, st.lists(_globs, min_size=1, max_size=3), st.text("abc", max_size=6))
def test_a_pattern_within_others_matches_no_text_that_they_do_not(one, others, text):
    narrow, wide = (glob_tokens(Glob.parse(one)), tuple(glob_tokens(Glob.parse(other)) for other in others))
    if automaton(narrow).matches(text) and not any(automaton(tokens).matches(text) for tokens in wide):
        assert not language_covered(narrow, wide)
