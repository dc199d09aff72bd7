from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.errors import InputError, Where
from generator.policy.conditions import Condition
from generator.policy.document import parse
from generator.policy.model import Effect, PolicyKind, PrincipalKey
from generator.policy.operators import Operator, Qualifier

CASES = json.loads((Path(__file__).parents[1] / "cases/policy_syntax.json").read_text("utf-8"))


def scp(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements if len(statements) != 1 else statements[0]})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_problem_is_reported_at_its_place(case):
    with pytest.raises(InputError) as caught:
        parse(case["text"], PolicyKind[case["kind"]], "policy.json")
    problems = caught.value.problems
    assert [f"{found.where.line}:{found.where.column} {found.problem}" for found in problems] == case["problems"]
    assert all(found.where.path == "policy.json" and found.remedy for found in problems)
    assert not [found for found in problems if found.problem.endswith(".") or found.remedy.endswith(".")]


def test_a_single_statement_stands_without_a_list():
    policy = parse(scp({"Effect": "Deny", "Action": "s3:*", "Resource": "*"}), PolicyKind.SCP, "policy.json", name="guard")
    assert policy.name == "guard"
    assert [(found.number, found.name, found.effect) for found in policy.statements] == [(1, "statement 1", Effect.DENY)]


def test_parts_keep_their_places_and_can_be_looked_into():
    text = '{"Version":"2012-10-17","Statement":[\n{"Sid":"A","Effect":"Deny","NotAction":["s3:Get*"],"NotResource":"arn:aws:s3:::b",\n"Condition":{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":["a*","b"]}}}]}'
    statement = parse(text, PolicyKind.SCP, "policy.json").statements[0]
    assert statement.where == Where("policy.json", 2, 1)
    assert statement.actions.negated
    assert statement.resources is not None
    assert statement.resources.negated
    (condition,) = statement.conditions
    assert isinstance(condition, Condition)
    assert condition.operator == Operator("StringLike", Qualifier.ANY_VALUE, if_exists=True)
    assert str(condition.operator) == "ForAnyValue:StringLikeIfExists"
    assert condition.where == Where("policy.json", 3, 48)
    assert [str(operand.glob) for operand in condition.operands] == ["a*", "b"]


def test_an_account_principal_is_its_digits_however_written():
    statement = {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": "*",
        "Principal": {"AWS": ["111111111111", "arn:aws:iam::222222222222:root"]},
    }
    names = parse(scp(statement), PolicyKind.RESOURCE, "policy.json").statements[0].principals.names
    assert [(name.key, name.value) for name in names] == [(PrincipalKey.AWS, "111111111111"), (PrincipalKey.AWS, "222222222222")]


def test_awss_own_rcp_is_accepted_although_it_allows():
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
    assert parse(text, PolicyKind.RCP, "RCPFullAWSAccess").statements[0].effect is Effect.ALLOW


def test_a_bucket_policy_may_be_of_2008_and_then_a_dollar_is_a_dollar():
    text = '{"Version":"2008-10-17","Id":"x","Statement":{"Sid":"with spaces","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/$*"}}'
    policy = parse(text, PolicyKind.RESOURCE, "policy.json")
    assert policy.version == "2008-10-17"
    assert policy.statements[0].resources.patterns[0].variables == ()


def test_a_repository_policy_needs_no_resource():
    statement = {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Principal": {"AWS": "111111111111"}}
    assert parse(scp(statement), PolicyKind.RESOURCE, "policy.json").statements[0].resources is None


def test_an_scp_may_use_the_whole_language_in_allow_and_deny():
    allow = {
        "Effect": "Allow",
        "NotAction": "s3:*Object*",
        "NotResource": "arn:aws:s3:::b/*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
    }
    assert len(parse(scp(allow, {**allow, "Effect": "Deny"}), PolicyKind.SCP, "policy.json").statements) == 2
