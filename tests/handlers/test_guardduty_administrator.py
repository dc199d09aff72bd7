"""The administrator's handler as bundled for Lambda, in the management account; cases in tests/cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.handlers.permissions import permissions
from generator.policy.model import Policy
from tests.conftest import example_of
from tests.handlers.conftest import HOME, Deploy
from tests.handlers.fakes.built import built_handler
from tests.handlers.fakes.cloud import Cloud, Fault
from tests.handlers.fakes.guardduty import AUDIT, GUARDDUTY, MALWARE_ROLE, ROLE, GuardDuty, WholeOrganization
from tests.handlers.fakes.iam import Iam
from tests.handlers.fakes.organizations import MANAGEMENT, Organizations
from tests.handlers.fakes.roles import role_document, surplus
from tests.handlers.fakes.service import Service
from tests.handlers.fakes.stack import as_handed_over

CASES = json.loads((Path(__file__).parents[1] / "cases/guardduty_administrator.json").read_text())
KIND = "Custom::GuarddutyAdministrator"
STACK = "guardduty-administrator"


@pytest.fixture
def resource_type() -> str:
    return KIND


def services(before: dict[str, Any] | None = None) -> tuple[Service, ...]:
    """An organization where nothing has been done for GuardDuty, but what a case says."""
    state = before or {}
    own = ("administrators", "leaving", "ready_after", "hidden_detectors", "lag")
    guardduty = GuardDuty(**{name: state[name] for name in own if name in state})
    for account in state.get("detectors", ()):
        guardduty._detector((account, HOME))
    delegated = {GUARDDUTY: list(state["delegated"])} if "delegated" in state else {}
    return (
        WholeOrganization(delegated=delegated, lag=state.get("lag", 0)),
        Iam(roles={(MANAGEMENT, name) for name in state.get("roles", ())}),
        guardduty,
    )


def wanted(**changes: Any) -> dict[str, Any]:
    """The properties that the template hands over."""
    return as_handed_over({**built_handler(KIND).resource, **changes})


def after(cloud: Cloud) -> dict[str, Any]:
    """What can be seen of the outcome."""
    guardduty, organizations = cloud.the(GuardDuty), cloud.the(Organizations)
    return {
        "administrators": guardduty.administrators,
        "detectors": sorted(account for account, _ in guardduty.detectors),
        "trusted": sorted(organizations.trusted),
        "delegated": organizations.delegated.get(GUARDDUTY, []),
        "roles": sorted(name for account, name in cloud.the(Iam).roles if account == MANAGEMENT),
    }


def as_text(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, list) else str(value) for name, value in properties.items()}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any], deploy: Deploy) -> None:
    stack = deploy(*services(case.get("before")), faults=[Fault(**fault) for fault in case.get("faults", [])])
    seen: list[str] = []
    for request in case["requests"]:
        stack.cloud.calls.clear()
        properties = as_text(request["properties"]) if "properties" in request else wanted()
        answer = stack.send(request.get("type", "Create"), properties, request.get("seconds", 280))
        assert answer["Status"] == request["answer"], answer
        for part in request.get("reason", []):
            assert part in answer["Reason"]
        changes = [call for call in stack.cloud.calls if not call.split(":")[1].startswith(("Get", "List"))]
        assert not (request.get("quiet") and changes), changes
        seen += stack.cloud.calls
    assert set(case.get("calls", [])) <= set(seen)
    assert not set(case.get("no_calls", [])) & set(seen)
    found = after(stack.cloud)
    assert found == {**found, **case["after"]}


def test_every_region_gets_its_administrator_once_and_the_organization_one_registration(deploy: Deploy) -> None:
    cloud = Cloud(services())
    for region in ("eu-central-1", "eu-north-1", "us-east-1"):
        assert deploy(into=cloud, region=region).send("Create", wanted())["Status"] == "SUCCESS"
    guardduty = cloud.the(GuardDuty)
    assert guardduty.administrators == dict.fromkeys(("eu-central-1", "eu-north-1", "us-east-1"), AUDIT)
    assert cloud.calls.count("organizations:EnableAWSServiceAccess") == 2
    assert cloud.the(Organizations).delegated[GUARDDUTY] == [AUDIT]


def test_the_answer_tells_the_detector_of_the_management_account(deploy: Deploy) -> None:
    stack = deploy(*services())
    answer = stack.send("Create", wanted())
    assert answer["Data"] == {"DetectorId": GuardDuty._id((MANAGEMENT, HOME))}
    assert answer["PhysicalResourceId"] == "guardduty-administrator"


def test_with_anything_less_in_the_role_of_the_template_a_step_fails(deploy: Deploy) -> None:
    def fails(policy: Policy) -> bool:
        lives = (services(), services({"roles": [ROLE, MALWARE_ROLE]}))
        return any(deploy(*life, policy=policy).send("Create", wanted(), 70)["Status"] == "FAILED" for life in lives)

    document = role_document(built_handler(KIND).role, MANAGEMENT, HOME)
    assert surplus(document, fails) == []


def test_the_role_acts_in_its_own_region_only() -> None:
    document = role_document(built_handler(KIND).role, MANAGEMENT, "eu-north-1")
    (regional,) = (each for each in document["Statement"] if "guardduty:CreateDetector" in each["Action"])
    assert regional["Condition"] == {"StringEquals": {"aws:RequestedRegion": ["eu-north-1"]}}


def test_permissions_take_nothing_back() -> None:
    actions = {
        action
        for permission in permissions("guardduty_administrator", example_of("reference").landing_zone.organization)
        for action in permission.actions
    }
    assert not [action for action in actions if action.split(":")[1].startswith(("Delete", "Dis", "Dereg", "Update"))]


def test_the_handler_works_in_a_bare_interpreter_with_nothing_but_what_lambda_has(deploy: Deploy, tmp_path: Path) -> None:
    stack = deploy(*services())
    assert stack.run_bare("Create", wanted(), tmp_path)["Status"] == "SUCCESS"
    assert stack.cloud.the(GuardDuty).administrators == {HOME: AUDIT}


def test_the_template_calls_the_handler_as_lambda_does() -> None:
    built = built_handler(KIND)
    assert (built.function["Handler"], built.function["Runtime"]) == ("index.handler", "python3.13")
    assert built.resource["ServiceTimeout"] > built.function["Timeout"] >= 300
    assert built.resource["AdministratorAccount"] == AUDIT
