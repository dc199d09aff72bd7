"""The policy type's handler as bundled for Lambda, in the management account."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from generator.policy.model import Policy
from tests.handlers.conftest import HOME
from tests.handlers.fakes.built import BuiltHandler, built_handler
from tests.handlers.fakes.cloud import Cloud, Fault
from tests.handlers.fakes.guardduty import ROOT, WholeOrganization
from tests.handlers.fakes.organizations import MANAGEMENT
from tests.handlers.fakes.roles import role_document, role_policy, surplus
from tests.handlers.fakes.server import Server
from tests.handlers.fakes.stack import Stack, loaded

KIND = "Custom::GuarddutyPolicyType"
TYPE = "GUARDDUTY_POLICY"


@pytest.fixture
def built() -> BuiltHandler:
    """Only the landing zone that uses every option says what is on by policy."""
    return built_handler(KIND, "every-option")


@pytest.fixture
def index(built: BuiltHandler) -> ModuleType:
    return loaded(built)


@pytest.fixture
def stack_of(aws: str, server: Server, built: BuiltHandler, index: ModuleType) -> Any:
    def make(organization: WholeOrganization, policy: Policy | None = None, **state: Any) -> Stack:
        server.cloud = Cloud((organization,), **state)
        allowed = policy or role_policy(role_document(built.role, MANAGEMENT, HOME))
        return Stack(server.cloud, aws, built, index.handler, server.cloud.admit(MANAGEMENT, allowed), HOME)

    return make


def test_the_type_is_enabled_once_and_waited_for(stack_of: Any) -> None:
    stack = stack_of(WholeOrganization(lag=3))
    assert stack.send("Create", {"RootId": ROOT})["Status"] == "SUCCESS"
    stack.cloud.calls.clear()
    assert stack.send("Update", {"RootId": ROOT})["Status"] == "SUCCESS"
    assert set(stack.cloud.calls) == {"organizations:ListRoots"}
    assert stack.cloud.the(WholeOrganization).policy_types == {TYPE}


def test_the_type_that_somebody_enables_at_the_same_moment_is_fine(stack_of: Any) -> None:
    stack = stack_of(
        WholeOrganization(), faults=[Fault("organizations:EnablePolicyType", "PolicyTypeAlreadyEnabledException", times=1)]
    )
    stack.cloud.the(WholeOrganization).policy_types.add(TYPE)
    assert stack.send("Create", {"RootId": ROOT})["Status"] == "SUCCESS"


def test_throttling_passes_and_a_denial_fails(stack_of: Any) -> None:
    throttled = [Fault("organizations:EnablePolicyType", "TooManyRequestsException", times=3)]
    assert stack_of(WholeOrganization(), faults=throttled).send("Create", {"RootId": ROOT})["Status"] == "SUCCESS"
    denied = [Fault("organizations:ListRoots", "AccessDeniedException")]
    answer = stack_of(WholeOrganization(), faults=denied).send("Create", {"RootId": ROOT})
    assert "looking at the root failed, AccessDeniedException" in answer["Reason"]


def test_another_root_is_refused(stack_of: Any) -> None:
    answer = stack_of(WholeOrganization()).send("Create", {"RootId": "r-other"})
    assert "`RootId` must be the organization's root r-exam, not `r-other`" in answer["Reason"]


def test_a_stack_that_goes_leaves_the_type_enabled(stack_of: Any) -> None:
    stack = stack_of(WholeOrganization())
    stack.send("Create", {"RootId": ROOT})
    assert stack.send("Delete", {"RootId": ROOT})["Status"] == "SUCCESS"
    assert stack.cloud.the(WholeOrganization).policy_types == {TYPE}


def test_with_anything_less_in_the_role_of_the_template_a_step_fails(stack_of: Any, built: BuiltHandler) -> None:
    def fails(policy: Policy) -> bool:
        return bool(stack_of(WholeOrganization(), policy).send("Create", {"RootId": ROOT}, 70)["Status"] == "FAILED")

    assert surplus(role_document(built.role, MANAGEMENT, HOME), fails) == []


def test_the_handler_works_in_a_bare_interpreter_with_nothing_but_what_lambda_has(stack_of: Any, tmp_path: Path) -> None:
    assert stack_of(WholeOrganization()).run_bare("Create", {"RootId": ROOT}, tmp_path)["Status"] == "SUCCESS"
