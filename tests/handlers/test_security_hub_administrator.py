"""The administrator's handler as bundled for Lambda, in the management account; cases in tests/cases."""

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
from tests.handlers.fakes.config import Config
from tests.handlers.fakes.iam import Iam
from tests.handlers.fakes.organizations import MANAGEMENT, Organizations
from tests.handlers.fakes.roles import role_document, surplus
from tests.handlers.fakes.securityhub import ROLE, SECURITY_HUB, SecurityHub
from tests.handlers.fakes.service import Service
from tests.handlers.fakes.stack import Stack, as_handed_over

CASES = json.loads((Path(__file__).parents[1] / "cases/security_hub_administrator.json").read_text())
KIND = "Custom::SecurityHubAdministrator"
AUDIT = "333333333333"


@pytest.fixture
def resource_type() -> str:
    return KIND


def services(before: dict[str, Any] | None = None) -> tuple[Service, ...]:
    """An organization where nothing has been done for Security Hub, but what a case says."""
    state = before or {}
    trusted = {"account.amazonaws.com", *([SECURITY_HUB] if state.get("trusted") else ())}
    lag = state.get("lag", 0)
    return (
        Organizations(trusted=trusted, delegated={SECURITY_HUB: list(state.get("delegated", ()))}, lag=lag),
        Iam(roles={(MANAGEMENT, ROLE)} if state.get("roles") else set()),
        Config(recorders={(MANAGEMENT, HOME): state["recorder"]} if "recorder" in state else {}),
        SecurityHub(
            hubs={(account, HOME) for account in state.get("hubs", ())},
            products={(MANAGEMENT, HOME): list(state.get("products", ()))},
            administrators=dict(state.get("administrators", {})),
            ready_after=state.get("ready_after", 0),
            lag=lag,
        ),
    )


def after(stack: Stack) -> dict[str, Any]:
    """What a case may say of the end."""
    hub, organizations = stack.cloud.the(SecurityHub), stack.cloud.the(Organizations)
    return {
        "trusted": SECURITY_HUB in organizations.trusted,
        "delegated": organizations.delegated[SECURITY_HUB],
        "roles": (MANAGEMENT, ROLE) in stack.cloud.the(Iam).roles,
        "administrators": hub.administrators,
        "hubs": sorted(account for account, region in hub.hubs if region == HOME),
    }


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any], deploy: Deploy) -> None:
    stack = deploy(*services(case.get("before")), faults=[Fault(**fault) for fault in case.get("faults", ())])
    for request in case["requests"]:
        answer = stack.send(request["type"], request["properties"], request.get("seconds", 280))
        expected = request["answer"]
        assert answer["Status"] == expected["status"], answer
        assert answer["PhysicalResourceId"] == expected["physical_id"]
        for part in expected.get("reason", ()):
            assert part in answer["Reason"]
        assert answer.get("Data", {}) == {**answer.get("Data", {}), **expected.get("data", {})}
        if "calls" in request:
            assert stack.cloud.calls == request["calls"]
        stack.cloud.calls.clear()
    found = after(stack)
    assert found == {**found, **case["after"]}


def lives(deploy: Deploy, policy: Policy | None = None) -> Iterator[str]:
    """What CloudFormation hears, with and without what has to be made: a step is done when it is asked for."""
    properties = {"AdministratorAccount": AUDIT, "Integrations": ["guardduty"]}
    first = deploy(*services(), policy=policy)
    for kind in ("Create", "Update", "Delete"):
        yield first.send(kind, properties)["Status"]
    there = deploy(*services({"trusted": True, "roles": True}), policy=policy)
    yield there.send("Create", properties)["Status"]


def test_the_role_of_the_template_suffices(deploy: Deploy) -> None:
    assert list(lives(deploy)) == ["SUCCESS"] * 4


def test_with_anything_less_in_the_role_of_the_template_a_step_fails(deploy: Deploy) -> None:
    def fails(policy: Policy) -> bool:
        return "FAILED" in lives(deploy, policy)

    assert surplus(role_document(built_handler(KIND).role, MANAGEMENT, HOME), fails) == []


def test_the_role_works_in_its_own_region_only() -> None:
    elsewhere = role_document(built_handler(KIND).role, MANAGEMENT, "eu-west-1")
    assert "eu-central-1" not in json.dumps(elsewhere)


def test_what_is_missing_is_in_the_log(deploy: Deploy, caplog: pytest.LogCaptureFixture) -> None:
    deploy(*services()).send("Create", {"AdministratorAccount": AUDIT, "Integrations": ["guardduty"]})
    assert "controls of Security Hub have no data" in caplog.text
    assert "no findings are taken from guardduty" in caplog.text


def test_the_handler_works_in_a_bare_interpreter_with_what_the_template_hands_over(deploy: Deploy, tmp_path: Path) -> None:
    given = {name: built_handler(KIND).resource[name] for name in ("AdministratorAccount", "Integrations")}
    stack = deploy(*services({"recorder": True, "products": given["Integrations"]}))
    assert stack.run_bare("Create", as_handed_over(given), tmp_path)["Status"] == "SUCCESS"
    assert stack.cloud.the(SecurityHub).administrators == {HOME: given["AdministratorAccount"]}
