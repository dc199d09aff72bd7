from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.aws.names import AccountId, Arn
from generator.policy.completion import complete
from generator.policy.document import parse
from generator.policy.evaluate import AccountPolicies, evaluate
from generator.policy.keys import Context
from generator.policy.layers import ControlPolicies, Level
from generator.policy.model import PolicyKind
from generator.policy.request import Request, principal_of

FOLDER = Path(__file__).parents[1] / "cases/evaluate"
CASES = [
    case for name in ("organization", "account", "elements") for case in json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
]


def policy(statements, kind):
    return parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), kind, f"{kind.name.lower()}.json")


def stacks(levels_by_account, kind):
    return {
        AccountId(account): tuple(
            Level(level["target"], tuple(policy(found, kind) for found in level["policies"])) for level in levels
        )
        for account, levels in levels_by_account.items()
    }


def request_of(case):
    def context(values):
        return {key: tuple(found) for key, found in values.items()}

    request = Request(
        principal_of(case["principal"]),
        case["action"],
        tuple(Arn(resource) for resource in case["resources"]),
        AccountId(case["resource_account"]),
        Context(context(case.get("context", {}))),
        {Arn(resource): context(values) for resource, values in case.get("resource_context", {}).items()},
        aws_managed_key=case.get("aws_managed_key", False),
    )
    return complete(request) if case.get("complete") else request


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_request_is_decided_as_aws_documents(case):
    controls = ControlPolicies(
        AccountId("999999999999"), stacks(case.get("scps", {}), PolicyKind.SCP), stacks(case.get("rcps", {}), PolicyKind.RCP)
    )
    resource = case.get("resource_policy")
    policies = AccountPolicies(
        identity=tuple(policy(found, PolicyKind.IDENTITY) for found in case.get("identity", [])),
        resource=policy(resource["statements"], PolicyKind[resource["kind"]]) if resource else None,
        boundary=policy(case["boundary"], PolicyKind.IDENTITY) if "boundary" in case else None,
        session=policy(case["session"], PolicyKind.IDENTITY) if "session" in case else None,
    )
    decision = evaluate(request_of(case), controls, policies)
    assert decision.outcome == case["expect"], decision
    assert [found.sid for found in decision.statements] == case["by"], decision


def test_case_names_are_unique():
    names = [case["name"] for case in CASES]
    assert len(names) == len(set(names))
