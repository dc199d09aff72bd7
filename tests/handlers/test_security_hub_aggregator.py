"""The aggregator's handler as bundled for Lambda, in the Audit account's home region; cases in tests/cases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.policy.model import Policy
from tests.handlers.conftest import HOME, Deploy
from tests.handlers.fakes.built import built_handler
from tests.handlers.fakes.cloud import Fault
from tests.handlers.fakes.roles import role_document, surplus
from tests.handlers.fakes.securityhub import SecurityHub

CASES = json.loads((Path(__file__).parents[1] / "cases/security_hub_aggregator.json").read_text())
KIND = "Custom::SecurityHubAggregator"
AUDIT = "333333333333"


@pytest.fixture
def resource_type() -> str:
    return KIND


def service(before: dict[str, Any] | None = None) -> SecurityHub:
    """Security Hub with Audit as administrator, and what a case says."""
    state = before or {}
    return SecurityHub(
        administrators={HOME: state.get("administrator", AUDIT)},
        aggregators={(AUDIT, region): each for region, each in state.get("aggregators", {}).items()},
        seen_after=state.get("seen_after", 0),
        lag=state.get("lag", 0),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any], deploy: Deploy) -> None:
    faults = [Fault(**fault) for fault in case.get("faults", ())]
    stack = deploy(service(case.get("before")), account=AUDIT, faults=faults)
    for request in case["requests"]:
        answer = stack.send(request["type"], request["properties"])
        expected = request["answer"]
        assert answer["Status"] == expected["status"], answer
        assert answer["PhysicalResourceId"] == expected["physical_id"]
        for part in expected.get("reason", ()):
            assert part in answer["Reason"]
        if "calls" in request:
            assert stack.cloud.calls == request["calls"]
        stack.cloud.calls.clear()
    assert {region: each for (_, region), each in stack.cloud.the(SecurityHub).aggregators.items()} == case["after"]


def lives(deploy: Deploy, policy: Policy | None = None) -> Iterator[str]:
    """What CloudFormation hears of a resource from beginning to end: a step is done when it is asked for."""
    stack = deploy(service(), account=AUDIT, policy=policy)
    requests = (("Create", "eu-west-1"), ("Update", "eu-west-1 us-east-1"), ("Delete", "eu-west-1 us-east-1"))
    return (stack.send(kind, {"LinkedRegions": linked})["Status"] for kind, linked in requests)


def test_the_role_of_the_template_suffices(deploy: Deploy) -> None:
    assert list(lives(deploy)) == ["SUCCESS"] * 3


def test_with_anything_less_in_the_role_of_the_template_a_step_fails(deploy: Deploy) -> None:
    def fails(policy: Policy) -> bool:
        return "FAILED" in lives(deploy, policy)

    assert surplus(role_document(built_handler(KIND).role, AUDIT, HOME), fails) == []


def test_the_handler_works_in_a_bare_interpreter(deploy: Deploy, tmp_path: Path) -> None:
    stack = deploy(service(), account=AUDIT)
    answer = stack.run_bare("Create", {"LinkedRegions": "none"}, tmp_path)
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Arn"].startswith(f"arn:aws:securityhub:{HOME}:{AUDIT}:finding-aggregator/")
