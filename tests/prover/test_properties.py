"""The prover against the evaluator, on random policies and claims: over a grid of requests the two never disagree."""

import json
import re
from functools import cache
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from generator.policy.coherence import violations
from generator.policy.completion import Membership, Surroundings, complete
from generator.policy.document import parse
from generator.policy.keys import Context
from generator.policy.layers import FULL_ACCESS, Level, scp_decision
from generator.policy.model import PolicyKind
from generator.policy.request import Request, principal_of
from generator.prover.claim import ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals, Slug
from generator.prover.estate import Estate, Stack
from generator.prover.prove import Verdict, prove
from generator.prover.replay import outside_scope, refutes

ACCOUNT, OTHER = "222222222222", "999999999999"
ACTIONS = ("s3:DeleteObject", "s3:DeleteBucket", "s3:PutBucketPolicy", "s3:Odd")
SENDERS = (
    f"arn:aws:iam::{ACCOUNT}:role/Admin",
    f"arn:aws:iam::{ACCOUNT}:role/ops/Admin",
    f"arn:aws:iam::{ACCOUNT}:user/Admin",
    f"arn:aws:iam::{ACCOUNT}:root",
    f"arn:aws:iam::{OTHER}:role/Admin",
)
RESOURCES = ("arn:aws:s3:::logs", "arn:aws:s3:::logs/a", "arn:aws:s3:::logs/b/c", "arn:aws:s3:::other")
CONTEXTS = tuple(
    {key: value for key, value in {"aws:PrincipalTag/team": team, "s3:prefix": prefix, "aws:SourceIp": address}.items() if value}
    for team, prefix, address in product((None, ("red",), ("Red",), ("",)), (None, ("x",), ("x", "y")), (None, ("10.1.2.3",)))
)

_conditions = st.one_of(
    st.tuples(
        st.sampled_from(("ArnLike", "ArnNotLike", "StringLike", "StringNotLike")),
        st.just("aws:PrincipalArn"),
        st.sampled_from(
            ("arn:aws:iam::*:role/Admin", "arn:aws:iam::222222222222:*", "arn:aws:iam::*:role/*/Admin", "arn:aws:*:*:*:root")
        ),
    ),
    st.tuples(
        st.sampled_from(("StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringNotEqualsIgnoreCase", "StringLike")),
        st.just("aws:PrincipalTag/team"),
        st.sampled_from(("red", "r*", "", "?ed")),
    ),
    st.tuples(
        st.sampled_from(("ForAllValues:StringEquals", "ForAnyValue:StringNotEquals", "ForAnyValue:StringLikeIfExists")),
        st.just("s3:prefix"),
        st.sampled_from(("x", "y", "*")),
    ),
    st.tuples(
        st.sampled_from(("IpAddress", "NotIpAddress")), st.just("aws:SourceIp"), st.sampled_from(("10.0.0.0/8", "10.1.2.3"))
    ),
    st.tuples(st.just("Null"), st.sampled_from(("aws:PrincipalTag/team", "s3:prefix")), st.sampled_from(("true", "false"))),
    st.tuples(st.sampled_from(("StringEquals", "StringNotEquals")), st.just("aws:PrincipalAccount"), st.just(ACCOUNT)),
)
_statements = st.fixed_dictionaries(
    {
        "Effect": st.just("Deny"),
        "actions": st.tuples(
            st.sampled_from(("Action", "NotAction")),
            st.lists(
                st.sampled_from(("s3:*", "s3:Delete*", "s3:Put*", "s3:?????????????", "s3:Get*", *ACTIONS)),
                min_size=1,
                max_size=2,
            ),
        ),
        "resources": st.tuples(
            st.sampled_from(("Resource", "NotResource")),
            st.lists(
                st.sampled_from(("*", "arn:aws:s3:::logs", "arn:aws:s3:::logs/*", "arn:aws:s3:::l*", "arn:aws:s3:::*/c")),
                min_size=1,
                max_size=2,
            ),
        ),
        "conditions": st.lists(_conditions, max_size=2),
    }
)
_claims = st.builds(
    lambda expect, excepted, accounts, unknown: Claim(
        "random",
        Slug(""),
        "a random claim",
        expect,
        ClaimLayer.SCP,
        Principals(accounts=accounts, excepted=excepted),
        (ActionSet("s3", named=tuple(NamedAction(name, "random") for name in ACTIONS[:3]), unknown=unknown),),
        ("arn:aws:s3:::logs", "arn:aws:s3:::logs/*"),
        ACCOUNT,
    ),
    st.sampled_from(Expectation),
    st.sampled_from(((), ("arn:aws:iam::*:role/Admin",), ("arn:aws:iam::*:role/*", "arn:aws:iam::*:root"))),
    st.sampled_from(((ACCOUNT,), (ACCOUNT, OTHER))),
    st.booleans(),
)


def _estate(drawn):
    statements = []
    for statement in drawn:
        conditions: dict = {}
        for operator, key, value in statement["conditions"]:
            conditions.setdefault(operator, {})[key] = value
        written = {
            "Effect": "Deny",
            statement["actions"][0]: statement["actions"][1],
            statement["resources"][0]: statement["resources"][1],
        }
        statements.append(written | ({"Condition": conditions} if conditions else {}))
    policy = parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), PolicyKind.SCP, "scp")
    bound = Stack((Level("r-exam", (FULL_ACCESS, policy)),))
    return Estate({ACCOUNT: bound, OTHER: bound})


def _grid():
    for sender, action, resource, context in product(SENDERS, ACTIONS, RESOURCES, CONTEXTS):
        request = complete(Request(principal_of(sender), action, (resource,), ACCOUNT, Context(context)))
        if not violations(request):
            yield request


GRID = tuple(_grid())


@settings(max_examples=60, deadline=None)
@given(st.lists(_statements, min_size=1, max_size=3), _claims)
def test_what_is_proved_no_request_refutes_and_what_a_request_refutes_is_refuted(drawn, claim):
    estate = _estate(drawn)
    (result,) = prove([claim], estate)
    assert result.verdict is not Verdict.UNDECIDED
    against = [request for request in GRID if not _malformed(request) and not outside_scope(request, claim)]
    refuting = next((request for request in against if refutes(request, claim, estate)), None)
    if refuting:
        assert result.verdict is Verdict.REFUTED
    if result.verdict is Verdict.REFUTED:
        for witness in result.witnesses:
            assert not outside_scope(witness.request, claim)
            assert refutes(witness.request, claim, estate)


def _regular(pattern, wild="."):
    """A pattern of IAM as a regular expression, written from the documentation and not from our code."""
    return "".join(f"{wild}*" if it == "*" else wild if it == "?" else re.escape(it) for it in pattern)


def _arn_fits(pattern, arn):
    if pattern == "*":
        return True
    parts, texts = pattern.split(":", 5), arn.split(":", 5)
    return len(parts) == len(texts) and all(
        re.fullmatch(_regular(part, "[^:]" if place < 5 else "."), text)
        for place, (part, text) in enumerate(zip(parts, texts, strict=True))
    )


def _condition_holds(operator, value, found):
    """Each operator of the strategies, spelled out. `found` are the request's values, empty if the key is absent."""
    if operator == "Null":
        return (not any(found)) == (value == "true")
    if operator == "ForAllValues:StringEquals":
        return not any(found) or all(it == value for it in found)
    if operator == "ForAnyValue:StringNotEquals":
        return any(found) and any(it != value for it in found)
    if operator == "ForAnyValue:StringLikeIfExists":
        return not found or (any(found) and any(re.fullmatch(_regular(value), it) for it in found))
    if not found:
        return "Not" in operator or operator.endswith("IfExists")
    if len(found) > 1:
        raise AssertionError(operator)
    tests = {
        "Arn": lambda it: _arn_fits(value, it),
        "StringLike": lambda it: re.fullmatch(_regular(value), it) is not None,
        "StringNotLike": lambda it: re.fullmatch(_regular(value), it) is not None,
        "StringNotEqualsIgnoreCase": lambda it: it.lower() == value.lower(),
        "String": lambda it: it == value,
        "IpAddress": lambda it: it.startswith("10.") if value == "10.0.0.0/8" else it == value,
        "NotIpAddress": lambda it: it.startswith("10.") if value == "10.0.0.0/8" else it == value,
    }
    chosen = next(test for name, test in tests.items() if operator.startswith(name))
    return chosen(found[0]) != ("Not" in operator)


def _encoding_denies(drawn, request):
    for statement in drawn:
        (action_element, actions), (resource_element, resources) = statement["actions"], statement["resources"]
        action_fits = any(re.fullmatch(_regular(it.lower()), request.action.lower()) for it in actions)
        resource_fits = any(_arn_fits(it, request.resources[0]) for it in resources)
        conditions = {(operator, key): value for operator, key, value in statement["conditions"]}
        if (
            action_fits is (action_element == "Action")
            and resource_fits is (resource_element == "Resource")
            and all(_condition_holds(operator, value, request.context.get(key)) for (operator, key), value in conditions.items())
        ):
            return True
    return False


@settings(max_examples=150, deadline=None)
@given(st.lists(_statements, min_size=1, max_size=3))
def test_the_evaluator_agrees_with_an_encoding_of_its_own(drawn):
    levels = _estate(drawn).stack(ACCOUNT).scps
    for request in GRID[::7]:
        assert scp_decision(request, levels).allowed is not _encoding_denies(drawn, request), request


_TEXT = st.sampled_from(("StringLike", "StringNotLike", "StringLikeIfExists", "StringNotLikeIfExists"))
_sender_conditions = st.one_of(
    st.tuples(
        st.sampled_from(("ArnLike", "ArnNotLike", "StringLike", "StringNotLike")),
        st.just("aws:PrincipalArn"),
        st.sampled_from(
            (
                "arn:aws:iam::${aws:ResourceAccount}:role/Odd",
                "arn:aws:iam::*:role/${aws:PrincipalAccount}-x",
                "arn:aws:iam::*:role/${aws:PrincipalOrgID, 'Odd'}",
                "arn:aws:iam::9*:role/*",
                "arn:aws:iam::?22222222222:*",
            )
        ),
    ),
    st.tuples(_TEXT, st.just("aws:PrincipalArn"), st.sampled_from(("arn:aws:iam::9*Admin", "*9:role/Admin"))),
    st.tuples(_TEXT, st.just("aws:PrincipalAccount"), st.sampled_from(("9???????????", "2*", "${aws:ResourceAccount}"))),
    st.tuples(
        _TEXT,
        st.sampled_from(("aws:PrincipalOrgID", "aws:ResourceOrgID")),
        st.sampled_from(("o-ours", "o-o*", "o-other", "${aws:ResourceOrgID}", "${aws:PrincipalOrgID, 'o-other'}")),
    ),
    st.tuples(_TEXT, st.just("aws:PrincipalServiceName"), st.sampled_from(("a.amazonaws.com", "*.amazonaws.com"))),
    st.tuples(_TEXT, st.just("aws:PrincipalTag/t"), st.sampled_from(("${aws:PrincipalOrgID}", "${aws:PrincipalAccount}", "é*"))),
    st.tuples(
        st.just("Null"),
        st.sampled_from(("aws:PrincipalOrgID", "aws:ResourceOrgID", "aws:PrincipalTag/t")),
        st.sampled_from(("true", "false")),
    ),
)
_layers = st.lists(
    st.tuples(
        st.sampled_from(("*", "arn:aws:s3:::logs/*", "arn:aws:s3:::logs/${aws:PrincipalOrgID, 'a'}")),
        st.lists(_sender_conditions, min_size=1, max_size=1),
    ),
    min_size=1,
    max_size=2,
)
OURS = Membership("o-ours", ("o-ours/r-a/",))
_PLACES = ({}, {"OrgID": ("o-other",), "OrgPaths": ("o-other/r-b/",)}, {"OrgID": ("o-third",), "OrgPaths": ("o-third/r-c/",)})
_AMONG_STRANGERS = (
    f"arn:aws:iam::{ACCOUNT}:role/Admin",
    f"arn:aws:iam::{ACCOUNT}:role/Odd",
    f"arn:aws:iam::{ACCOUNT}:role/o-ours",
    f"arn:aws:iam::{ACCOUNT}:role/{ACCOUNT}-x",
    f"arn:aws:iam::{OTHER}:role/Admin",
    f"arn:aws:iam::{OTHER}:role/{OTHER}-x",
    f"arn:aws:iam::{OTHER}:user/x",
    "arn:aws:iam::300000000000:role/o-other",
    "a.amazonaws.com",
    "b.amazonaws.com.cn",
    "*",
)


@cache
def _requests_among_strangers(owner):
    """Senders of all kinds; strangers, and owners who are strangers, in other organizations or in none."""
    found = []
    for name, place, owned, tag in product(_AMONG_STRANGERS, _PLACES, _PLACES, ((), ("o-other",), (OTHER,), ("éa",))):
        sender = principal_of(name)
        chosen = {f"aws:Principal{key}": values for key, values in place.items() if sender.account not in ("", ACCOUNT)}
        chosen |= {f"aws:Resource{key}": values for key, values in owned.items() if owner != ACCOUNT}
        agree = owner != sender.account or owner == ACCOUNT or place == owned
        given = Context({**chosen, "aws:PrincipalTag/t": tag})
        request = Request(sender, "s3:DeleteObject", ("arn:aws:s3:::logs/a",), owner, given)
        whole = complete(request, Surroundings(memberships={ACCOUNT: OURS}))
        if agree and not violations(whole):
            found.append(whole)
    return found


def _layer(drawn, kind):
    statements = []
    for resource, drawn_conditions in drawn:
        conditions: dict = {}
        for operator, key, value in drawn_conditions:
            conditions.setdefault(operator, {})[key] = value
        statement = {"Effect": "Deny", "Action": "s3:*", "Resource": resource, "Condition": conditions}
        statements.append({**statement, "Principal": "*"} if kind is PolicyKind.RCP else statement)
    return parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), kind, kind.name)


@settings(max_examples=100, deadline=None)
@given(
    st.tuples(_layers, _layers),
    st.tuples(st.sampled_from(Expectation), st.sampled_from(ClaimLayer)),
    st.sampled_from((Principals(), Principals(accounts=(ACCOUNT,)), Principals(accounts=(OTHER,)), Principals(service="*"))),
    st.sampled_from((ACCOUNT, OTHER)),
)
def test_what_is_proved_holds_for_strangers_services_and_every_organization(layers, judged, who, owner):
    (scps, rcps), (expect, layer) = layers, judged
    scp, rcp = _layer(scps, PolicyKind.SCP), _layer(rcps, PolicyKind.RCP)
    stack = Stack((Level("r-a", (FULL_ACCESS, scp)),), (Level("r-a", (rcp,)),), OURS)
    estate = Estate({ACCOUNT: stack}, organization="o-ours")
    named = (ActionSet("s3", named=(NamedAction("s3:DeleteObject", "random"),)),)
    claim = Claim("random", Slug(""), "a random claim", expect, layer, who, named, ("arn:aws:s3:::logs/*",), owner)
    (result,) = prove([claim], estate)
    if result.verdict is Verdict.PROVED:
        for request in _requests_among_strangers(owner):
            assert outside_scope(request, claim) or refutes(request, claim, estate) is None, request


def _malformed(request):
    """The grid pairs actions of buckets with objects, and the other way round, which no request does."""
    is_object = "/" in request.resources[0].rpartition(":")[2]
    return request.action != "s3:Odd" and is_object is not (request.action == "s3:DeleteObject")
