"""What holds of every pattern, document and request, tried on random ones."""

from __future__ import annotations

import json
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.aws.names import AccountId, Arn
from generator.errors import InputError
from generator.policy.completion import complete
from generator.policy.document import parse
from generator.policy.evaluate import AccountPolicies, evaluate
from generator.policy.keys import Context
from generator.policy.layers import FULL_ACCESS, ControlPolicies, Level, scp_decision
from generator.policy.model import Effect, PolicyKind
from generator.policy.operators import BASES, SINGLE_OPERAND_FAMILIES, Family
from generator.policy.pattern import Glob, arn_matches
from generator.policy.request import Request, principal_of

PATTERN_TEXT = st.text("ab*?:", max_size=12)
TEXT = st.text("ab:", max_size=12)
SENDERS = (
    "*",
    "cloudtrail.amazonaws.com",
    "arn:aws:iam::111111111111:root",
    "arn:aws:iam::111111111111:user/u",
    "arn:aws:iam::222222222222:role/r",
    "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/X",
    "arn:aws:sts::111111111111:federated-user/f",
    "arn:aws:iam::111111111111:saml-provider/p",
)
RESOURCES = ("*", "arn:aws:s3:::b", "arn:aws:s3:::b/k", "arn:aws:kms:eu-west-1:111111111111:key/1")
ACTIONS = ("s3:GetObject", "s3:PutObject", "kms:Decrypt", "sts:AssumeRole", "ec2:RunInstances")
KEYS = ("aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalIsAWSService", "x:y")
ARN = "arn:aws:iam::111111111111:role/r"
POLICY_VALUES = {
    Family.STRING: ("true", "5", ARN, "${aws:Username}", ""),
    Family.STRING_IGNORE_CASE: ("TRUE", "A", "${aws:Username, 'u'}"),
    Family.STRING_LIKE: ("*", "arn:*", "t?ue", "${*}"),
    Family.NUMERIC: ("5", "4.5", "-1"),
    Family.DATE: ("2026-01-01", "2026-01-01T00:00:00Z"),
    Family.BOOL: ("true", "false"),
    Family.BINARY: ("AAE=",),
    Family.IP: ("203.0.113.0/24", "2001:db8::/32"),
    Family.ARN: (ARN, "arn:*:iam::*:role/*", "arn:aws:iam::111111111111:user/${aws:Username}"),
    Family.NULL: ("true", "false"),
}
REQUEST_VALUES = ("true", "false", "5", ARN, "a", "203.0.113.1", "2026-01-01", "AAE=", "")


@st.composite
def conditions(draw):
    found = {}
    for base in draw(st.lists(st.sampled_from(tuple(BASES)), max_size=2, unique=True)):
        family = BASES[base].family
        bare = family is Family.NULL
        name = (
            base
            if bare
            else draw(st.sampled_from(("", "ForAnyValue:", "ForAllValues:"))) + base + draw(st.sampled_from(("", "IfExists")))
        )
        several = 1 if family in SINGLE_OPERAND_FAMILIES else 2
        values = st.lists(st.sampled_from(POLICY_VALUES[family]), min_size=1, max_size=several)
        found[name] = draw(st.dictionaries(st.sampled_from(KEYS), values, min_size=1, max_size=2))
    return found


@st.composite
def statements(draw, *, principals=False):
    statement = {
        "Effect": draw(st.sampled_from(("Allow", "Deny"))),
        draw(st.sampled_from(("Action", "NotAction"))): draw(
            st.lists(st.sampled_from(("*", "s3:*", "kms:De*", "sts:AssumeRole")), min_size=1, max_size=2)
        ),
        draw(st.sampled_from(("Resource", "NotResource"))): draw(
            st.sampled_from(("*", "arn:aws:s3:::b", "arn:*:s3:::b/*", "arn:aws:kms:*:*:key/*"))
        ),
    }
    if principals:
        statement["Principal"] = draw(st.sampled_from(("*", {"AWS": "111111111111"}, {"Service": "cloudtrail.amazonaws.com"})))
    condition = draw(conditions())
    return {**statement, "Condition": condition} if condition else statement


@st.composite
def policies(draw, kind):
    body = draw(st.lists(statements(principals=kind is PolicyKind.RESOURCE), min_size=1, max_size=3))
    return parse(json.dumps({"Version": "2012-10-17", "Statement": body}), kind, "random.json")


@st.composite
def requests(draw):
    values = draw(
        st.dictionaries(st.sampled_from(KEYS), st.lists(st.sampled_from(REQUEST_VALUES), max_size=2).map(tuple), max_size=3)
    )
    resources = draw(st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2))
    request = Request(
        principal_of(draw(st.sampled_from(SENDERS))),
        draw(st.sampled_from(ACTIONS)),
        tuple(map(Arn, resources)),
        AccountId("111111111111"),
        Context(values),
    )
    return complete(request) if draw(st.booleans()) else request


def problems_of(text, kind):
    try:
        parse(text, kind, "random.json")
    except InputError as error:
        return error.problems
    return ()


def as_regex(pattern):
    return re.compile("".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern), re.DOTALL)


@given(PATTERN_TEXT, TEXT)
def test_a_pattern_matches_what_its_regular_expression_matches(pattern, text):
    assert Glob.parse(pattern).matches(text) == bool(as_regex(pattern).fullmatch(text))


@given(PATTERN_TEXT, TEXT)
def test_a_part_of_an_arn_pattern_stays_within_its_part(pattern, text):
    prefix = "arn:aws:s3:::"
    parts = pattern.replace(":", "/")
    assert arn_matches(Glob.parse(prefix + parts), prefix + text) == bool(as_regex(parts).fullmatch(text))
    assert not arn_matches(Glob.parse(f"arn:aws:s3:{parts}::x"), "arn:aws:s3:a:b:c:x:x")


@given(st.text("ab?*", max_size=10))
def test_the_normal_form_of_a_pattern_is_stable(pattern):
    glob = Glob.parse(pattern)
    assert Glob.parse(str(glob)) == glob


def test_a_hostile_pattern_takes_no_exponential_time():
    assert not Glob.parse("*a" * 200).matches("a" * 199)
    assert not Glob.parse("a?*" * 100 + "b").matches("a" * 2000)


@given(st.text())
def test_random_text_is_read_or_refused_never_a_crash(text):
    for kind in PolicyKind:
        with pytest.raises(InputError):
            parse(text, kind, "random.json")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(("Allow", "*", "s3:*", "2012-10-17", "${a:b}")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    "Version",
                    "Id",
                    "Statement",
                    "Sid",
                    "Effect",
                    "Principal",
                    "NotPrincipal",
                    "Action",
                    "NotAction",
                    "Resource",
                    "Condition",
                    "StringLike",
                    "AWS",
                )
            )
            | st.text(string.printable, max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(JSON, st.sampled_from(PolicyKind))
@settings(max_examples=300)
def test_random_json_is_read_or_refused_never_a_crash(value, kind):
    problems = problems_of(json.dumps(value), kind)
    assert all(problem.where and problem.where.line >= 1 and problem.where.column >= 1 for problem in problems)


def test_deep_nesting_is_refused_without_recursion_error():
    with pytest.raises(InputError):
        parse("[" * 100_000, PolicyKind.SCP, "deep.json")
    with pytest.raises(InputError):
        parse('{"a":' * 100_000, PolicyKind.SCP, "deep.json")


@given(requests(), policies(PolicyKind.SCP), policies(PolicyKind.IDENTITY), policies(PolicyKind.RESOURCE))
@settings(max_examples=100)
def test_every_request_gets_a_decision_and_a_denial_has_a_reason(request_, scp, identity, resource):
    levels = {account: (Level("r-1", (FULL_ACCESS, scp)),) for account in (AccountId("111111111111"), AccountId("222222222222"))}
    decision = evaluate(
        request_, ControlPolicies(AccountId("999999999999"), levels), AccountPolicies((identity,), resource, identity, scp)
    )
    assert decision.reason
    assert all(found.effect is (Effect.ALLOW if decision.allowed else Effect.DENY) for found in decision.statements)


@given(requests(), policies(PolicyKind.SCP))
def test_one_more_policy_at_a_full_access_level_only_takes_away(request_, scp):
    before = scp_decision(request_, (Level("r-1", (FULL_ACCESS,)),))
    after = scp_decision(request_, (Level("r-1", (FULL_ACCESS, scp)),))
    assert before.allowed
    denies = any(
        found.effect is Effect.DENY
        and any(found.selects(request_.action, resource, request_.context) for resource in request_.resources)
        for found in scp.statements
    )
    exempt = str(request_.principal.type) in {"service", "anonymous", "identity provider", "service-linked role"}
    assert after.allowed == (exempt or not denies)


@given(requests(), policies(PolicyKind.SCP))
def test_a_request_on_two_resources_is_denied_iff_it_is_on_one(request_, scp):
    levels = (Level("r-1", (FULL_ACCESS, scp)),)
    single = [
        Request(request_.principal, request_.action, (resource,), request_.resource_account, request_.context)
        for resource in request_.resources
    ]
    assert scp_decision(request_, levels).allowed == all(scp_decision(one, levels).allowed for one in single)
