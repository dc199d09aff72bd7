"""The organization's handler as bundled for Lambda, in the Audit account; cases in tests/cases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.policy.model import Policy
from tests.handlers.conftest import HOME, Deploy
from tests.handlers.fakes.built import built_handler
from tests.handlers.fakes.cloud import Cloud, Fault
from tests.handlers.fakes.guardduty import AUDIT, GuardDuty, WholeOrganization
from tests.handlers.fakes.iam import Iam
from tests.handlers.fakes.organizations import MANAGEMENT
from tests.handlers.fakes.roles import role_document, surplus
from tests.handlers.fakes.service import Service
from tests.handlers.fakes.stack import Stack, as_handed_over

CASES = json.loads((Path(__file__).parents[1] / "cases/guardduty_organization.json").read_text())
KIND = "Custom::GuarddutyOrganization"
KEY = "arn:aws:kms:eu-central-1:222222222222:key/11111111-2222-3333-4444-555555555555"
REGIONS = ("eu-central-1", "eu-north-1", "us-east-1")
PLACE = (AUDIT, HOME)


@pytest.fixture
def resource_type() -> str:
    return KIND


def services(before: dict[str, Any] | None = None) -> tuple[Service, ...]:
    """Audit is administrator in every region, and nothing more has been done, but what a case says."""
    state = before or {}
    own = ("administrators", "without", "ready_after", "refuses_members", "refuses_plans", "delivery", "lag")
    given = {"administrators": dict.fromkeys(REGIONS, AUDIT), **{name: state[name] for name in own if name in state}}
    guardduty = GuardDuty(**given)
    for account in state.get("detectors", (AUDIT, MANAGEMENT)):
        for region in REGIONS:
            guardduty._detector((account, region))
    guardduty._organization(PLACE)
    if state.get("suspended"):
        guardduty.detectors[PLACE]["Status"] = "DISABLED"
    if "destination" in state:
        properties = {"DestinationArn": state["destination"], "KmsKeyArn": KEY}
        guardduty.destinations[PLACE] = {"Status": "PUBLISHING", "DestinationProperties": properties}
    if "others" in state:
        guardduty.members[PLACE] = {f"{number:012}": "Enabled" for number in range(state["others"])}
    return (WholeOrganization(), Iam(), guardduty)


def wanted(**changes: Any) -> dict[str, Any]:
    """The properties that the template hands over; without those that `changes` sets to nothing."""
    given = {**built_handler(KIND).resource, "KeyArn": KEY, **changes}
    return as_handed_over({name: value for name, value in given.items() if value is not None})


def by_hand(cloud: Cloud, changes: dict[str, Any]) -> None:
    """What somebody does behind the stack's back."""
    guardduty = cloud.the(GuardDuty)
    guardduty.refuses_members = changes.get("refuses_members", 0)
    if "members" in changes:
        guardduty.organizations[PLACE]["Members"] = changes["members"]
    if "frequency" in changes:
        guardduty.detectors[PLACE]["FindingPublishingFrequency"] = changes["frequency"]


def switched_on(plans: list[dict[str, Any]], word: str, value: str) -> list[str]:
    agents = [agent for plan in plans for agent in plan.get("AdditionalConfiguration", [])]
    foundation = {"CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS"}
    return sorted(each["Name"] for each in (*plans, *agents) if each[word] == value and each["Name"] not in foundation)


def after(cloud: Cloud) -> dict[str, Any]:
    """What can be seen of the outcome."""
    guardduty = cloud.the(GuardDuty)
    detector, organization = guardduty.detectors.get(PLACE, {}), guardduty.organizations[PLACE]
    destination = guardduty.destinations.get(PLACE, {})
    management = guardduty.detectors.get((MANAGEMENT, HOME), {})
    return {
        "detector": detector.get("Status"),
        "frequency": detector.get("FindingPublishingFrequency"),
        "on": switched_on(detector.get("Features", []), "Status", "ENABLED"),
        "management": switched_on(management.get("Features", []), "Status", "ENABLED"),
        "members": organization["Members"],
        "all": switched_on(organization["Features"], "AutoEnable", "ALL"),
        "joined": guardduty.members.get(PLACE, {}),
        "destination": destination.get("DestinationProperties", {}).get("DestinationArn", ""),
        "publishing": destination.get("Status"),
    }


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any], deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", HOME)
    faults = [Fault(**fault) for fault in case.get("faults", [])]
    stack = deploy(*services(case.get("before")), account=AUDIT, faults=faults)
    seen: list[str] = []
    for request in case["requests"]:
        by_hand(stack.cloud, request["by_hand"]) if "by_hand" in request else None
        stack.cloud.calls.clear()
        changes = {"PhysicalResourceId": request["id"]} if "id" in request else {}
        properties = wanted(**request.get("properties", {}))
        answer = stack.send(request.get("type", "Create"), properties, request.get("seconds", 280), **changes)
        assert answer["Status"] == request["answer"], answer
        for part in request.get("reason", []):
            assert part in answer["Reason"]
        if "missing" in request:
            assert answer["Data"]["NotAvailable"] == request["missing"]
        written = [call for call in stack.cloud.calls if not call.split(":")[1].startswith(("Get", "List", "Describe"))]
        assert not (request.get("quiet") and written), written
        seen += stack.cloud.calls
    assert set(case.get("calls", [])) <= set(seen)
    assert not set(case.get("no_calls", [])) & set(seen)
    found = after(stack.cloud)
    assert found == {**found, **case["after"]}


def test_a_new_region_changes_nothing_in_the_others(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud(services())
    for region in REGIONS:
        monkeypatch.setenv("AWS_REGION", region)
        before = {place: dict(known) for place, known in cloud.the(GuardDuty).organizations.items()}
        assert deploy(into=cloud, account=AUDIT, region=region).send("Create", wanted())["Status"] == "SUCCESS"
        now = cloud.the(GuardDuty).organizations
        assert {place: now[place] for place in before if place[1] != region} == {
            place: known for place, known in before.items() if place[1] != region
        }
    assert {place[1] for place, known in now.items() if known["Members"] == "ALL"} == set(REGIONS)
    assert {place[1] for place in cloud.the(GuardDuty).destinations} == set(REGIONS)


def life(stack: Stack) -> Iterator[str]:
    """From the first run to a stop, with a change between: a step is done when it is asked for."""
    first, second = (
        wanted(StopOnDelete="true"),
        wanted(StopOnDelete="true", BucketArn="arn:aws:s3:::another", Plans=["S3_DATA_EVENTS"]),
    )
    requests = (("Create", first), ("Update", second), ("Delete", second))
    return (stack.send(kind, properties, 70)["Status"] for kind, properties in requests)


def test_with_anything_less_in_the_role_of_the_template_a_step_fails(deploy: Deploy) -> None:
    def fails(policy: Policy) -> bool:
        lives = (services(), services({"detectors": [MANAGEMENT]}))
        return any("FAILED" in life(deploy(*each, account=AUDIT, policy=policy)) for each in lives)

    assert list(life(deploy(*services(), account=AUDIT))) == ["SUCCESS"] * 3
    assert surplus(role_document(built_handler(KIND).role, AUDIT, HOME), fails) == []


def test_members_are_let_go_by_fifties(deploy: Deploy) -> None:
    stack = deploy(*services({"others": 120}), account=AUDIT)
    assert list(life(stack))[-1] == "SUCCESS"
    assert stack.cloud.calls.count("guardduty:DisassociateMembers") == 3
    assert stack.cloud.the(GuardDuty).members[PLACE] == {}


def test_the_handler_works_in_a_bare_interpreter_with_nothing_but_what_lambda_has(deploy: Deploy, tmp_path: Path) -> None:
    stack = deploy(*services(), account=AUDIT)
    answer = stack.run_bare("Create", wanted(), tmp_path)
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"] == {"DetectorId": GuardDuty._id(PLACE), "NotAvailable": ""}
    assert after(stack.cloud)["publishing"] == "PUBLISHING"


def test_the_template_calls_the_handler_as_lambda_does() -> None:
    built = built_handler(KIND)
    assert (built.function["Handler"], built.function["Runtime"]) == ("index.handler", "python3.13")
    assert built.resource["ServiceTimeout"] > built.function["Timeout"] >= 300
    assert as_handed_over(built.resource)["StopOnDelete"] == "false"
