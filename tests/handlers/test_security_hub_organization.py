"""The members' handler as bundled for Lambda, where there is no central configuration; cases in tests/cases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from generator.policy.model import Policy
from tests.conftest import example_of, template_of
from tests.handlers.conftest import HOME, Deploy
from tests.handlers.fakes.built import BuiltHandler, built_handler
from tests.handlers.fakes.cloud import Fault
from tests.handlers.fakes.roles import role_document, surplus
from tests.handlers.fakes.securityhub import Accounts, SecurityHub
from tests.handlers.fakes.service import Service
from tests.handlers.fakes.stack import as_handed_over, loaded

CASES = json.loads((Path(__file__).parents[1] / "cases/security_hub_organization.json").read_text())
KIND = "Custom::SecurityHubOrganization"
AUDIT = "333333333333"


def built() -> BuiltHandler:
    """Only a home region that can be none of Security Hub's has it."""
    return built_handler(KIND, "opt-in-home")


@pytest.fixture
def resource_type() -> str:
    return KIND


@pytest.fixture
def index() -> ModuleType:
    """In place of the reference's, which has none."""
    return loaded(built())


def services(before: dict[str, Any] | None = None) -> tuple[Service, ...]:
    """Security Hub with Audit as administrator, and what a case says."""
    state = before or {}
    return (
        Accounts(closed=frozenset(state.get("closed", ()))),
        SecurityHub(
            administrators={HOME: state.get("administrator", AUDIT)},
            members={HOME: list(state.get("members", ()))},
            central=state.get("central", ""),
            seen_after=state.get("seen_after", 0),
            slow=set(state.get("slow", ())),
            refused=state.get("refused", {}),
            lag=state.get("lag", 0),
        ),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any], deploy: Deploy) -> None:
    faults = [Fault(**fault) for fault in case.get("faults", ())]
    stack = deploy(*services(case.get("before")), account=AUDIT, built=built(), faults=faults)
    for request in case["requests"]:
        answer = stack.send(request["type"], request["properties"])
        expected = request["answer"]
        assert answer["Status"] == expected["status"], answer
        assert answer["PhysicalResourceId"] == expected["physical_id"]
        for part in expected.get("reason", ()):
            assert part in answer["Reason"]
        assert answer.get("Data", {}) == {**answer.get("Data", {}), **expected.get("data", {})}
        if "calls" in request:
            assert stack.cloud.calls == request["calls"]
        stack.cloud.calls.clear()
    hub = stack.cloud.the(SecurityHub)
    joining = hub.joining.get(HOME)
    assert (list(joining) if joining else None) == case["after"]["joining"]
    assert sorted(set(hub.members[HOME])) == case["after"]["members"]


def test_members_are_added_fifty_at_a_time(deploy: Deploy, index: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = deploy(*services(), account=AUDIT, built=built())
    monkeypatch.setitem(stack.handler.__globals__, "AT_ONCE", 2)
    stack.send("Create", {"AdministratorAccount": AUDIT, "DefaultStandards": "true"})
    assert stack.cloud.calls.count("securityhub:CreateMembers") == 3
    assert vars(index)["AT_ONCE"] == 50


REASON = "AWS takes this account for none of the organization's"


def test_accounts_that_are_never_taken_keep_no_other_account_waiting(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """They come first in the list, and fill the first batch."""
    stack = deploy(*services({"refused": {"111111111111": REASON, "222222222222": REASON}}), account=AUDIT, built=built())
    monkeypatch.setitem(stack.handler.__globals__, "AT_ONCE", 2)
    answer = stack.send("Create", {"AdministratorAccount": AUDIT, "DefaultStandards": "true"}, 860)
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"] == {"Added": "3", "NotAdded": f"111111111111 ({REASON}); 222222222222 ({REASON})"}
    assert sorted(stack.cloud.the(SecurityHub).members[HOME]) == ["444444444444", "555555555555", "666666666666"]


def test_an_account_that_is_never_taken_is_asked_for_more_than_three_minutes_and_logged(
    deploy: Deploy, caplog: pytest.LogCaptureFixture
) -> None:
    stack = deploy(*services({"refused": {"444444444444": REASON}}), account=AUDIT, built=built())
    stack.send("Create", {"AdministratorAccount": AUDIT, "DefaultStandards": "true"}, 860)
    assert stack.cloud.calls.count("securityhub:CreateMembers") == 12
    assert stack.handler.__globals__["time"].now > 180
    assert f"account 444444444444 is no member: {REASON}" in caplog.text


def test_a_long_list_of_refusals_fits_into_the_answer(deploy: Deploy) -> None:
    everybody = ("111111111111", "222222222222", "444444444444", "555555555555", "666666666666")
    stack = deploy(*services({"refused": dict.fromkeys(everybody, "\u00e9 " * 500)}), account=AUDIT, built=built())
    stack.handler.__globals__["TOLD"] = 3
    told = stack.send("Create", {"AdministratorAccount": AUDIT, "DefaultStandards": "true"}, 860)["Data"]["NotAdded"]
    assert told.startswith("111111111111 (? ? ")
    assert told.endswith("; and 2 more, see the function's log")
    assert len(told) < 500


def test_the_template_tells_who_is_no_member() -> None:
    files = example_of("opt-in-home").built.files.files
    outputs = template_of(files["templates/security-hub.yaml"])["Outputs"]
    assert outputs["NotAdded"]["Value"] == {"Fn::GetAtt": ["Members", "NotAdded"]}


def lives(deploy: Deploy, policy: Policy | None = None) -> Iterator[str]:
    """What CloudFormation hears of a resource from beginning to end: a step is done when it is asked for."""
    stack = deploy(*services(), account=AUDIT, built=built(), policy=policy)
    requests = (("Create", "true"), ("Update", "false"), ("Delete", "false"))
    properties = {"AdministratorAccount": AUDIT}
    return (stack.send(kind, {**properties, "DefaultStandards": each})["Status"] for kind, each in requests)


def test_the_role_of_the_template_suffices(deploy: Deploy) -> None:
    assert list(lives(deploy)) == ["SUCCESS"] * 3


def test_with_anything_less_in_the_role_of_the_template_a_step_fails(deploy: Deploy) -> None:
    def fails(policy: Policy) -> bool:
        return "FAILED" in lives(deploy, policy)

    assert surplus(role_document(built().role, AUDIT, HOME), fails) == []


def test_the_template_hands_over_what_the_handler_reads(deploy: Deploy) -> None:
    given = {name: built().resource[name] for name in ("AdministratorAccount", "DefaultStandards")}
    stack = deploy(*services(), account=AUDIT, built=built())
    assert stack.send("Create", as_handed_over(given))["Status"] == "SUCCESS"
    assert stack.cloud.the(SecurityHub).joining == {HOME: (True, "DEFAULT")}
