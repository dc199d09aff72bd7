from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.aws.names import AccountId, Arn
from generator.policy.document import parse
from generator.policy.keys import Context
from generator.policy.layers import Level, scp_decision
from generator.policy.model import PolicyKind
from generator.policy.operators import BASES
from generator.policy.request import Request, principal_of

CASES = json.loads((Path(__file__).parents[1] / "cases/evaluate/conditions.json").read_text("utf-8"))
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def label(case):
    return case.get("name") or f"{case['operator']} {case['policy']} against {case['request']}"


@pytest.mark.parametrize("case", CASES, ids=label)
def test_a_statement_applies_iff_its_condition_holds(case):
    key = case.get("key", "x:y")
    deny = {
        "Sid": "Deny",
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {case["operator"]: {key: case["policy"]}},
    }
    policy = parse(json.dumps({"Version": "2012-10-17", "Statement": [ALLOW, deny]}), PolicyKind.SCP, "policy.json")
    values = {name: tuple(found) for name, found in case.get("context", {}).items()}
    if case["request"] is not None:
        values[key] = tuple(case["request"])
    sender = principal_of("arn:aws:iam::111111111111:user/alice")
    request = Request(sender, "s3:GetObject", (Arn("arn:aws:s3:::b/k"),), AccountId("111111111111"), Context(values))
    decision = scp_decision(request, (Level("r-root", (policy,)),))
    assert decision.allowed is not case["holds"]
    assert [found.sid for found in decision.statements] == (["Deny"] if case["holds"] else ["statement 1"])


def test_every_operator_has_a_case_that_holds_and_one_that_does_not():
    seen = {(case["operator"], case["holds"]) for case in CASES}
    plain = {(base, holds) for base in BASES for holds in (True, False)}
    if_exists = {(f"{base}IfExists", holds) for base in BASES if base != "Null" for holds in (True, False)}
    assert not (plain | if_exists) - seen
