from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest

from generator.policy.model import Policy
from tests.handlers.fakes.built import BuiltHandler, built_handler
from tests.handlers.fakes.cloud import Cloud
from tests.handlers.fakes.organizations import MANAGEMENT
from tests.handlers.fakes.roles import role_document, role_policy
from tests.handlers.fakes.server import Server, serving
from tests.handlers.fakes.service import Service
from tests.handlers.fakes.stack import SECRET, Stack, loaded

HOME = "eu-central-1"
Deploy = Callable[..., Stack]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


@pytest.fixture
def aws(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Point botocore at the fake, in the environment that Lambda gives a function; the address."""
    names = {"AWS_DEFAULT_REGION": HOME, "AWS_REGION": HOME, "AWS_ENDPOINT_URL": server.address}
    keys = {"AWS_ACCESS_KEY_ID": "unknown", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_EC2_METADATA_DISABLED": "true"}
    for name, value in {**names, **keys, "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return server.address


@pytest.fixture
def index(resource_type: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module behind the custom resource that the test module's fixture `resource_type` names."""
    monkeypatch.setitem(sys.modules, "index", None)
    return loaded(built_handler(resource_type))


@pytest.fixture
def deploy(aws: str, server: Server, resource_type: str, index: ModuleType) -> Deploy:
    """Make a cloud of services with a stack in it, or put one more stack into a cloud.

    The function may do what its built role lets it, unless the test gives another `policy`.
    """

    def make(  # what a stack has
        *services: Service,
        into: Cloud | None = None,
        account: str = MANAGEMENT,
        region: str = HOME,
        policy: Policy | None = None,
        built: BuiltHandler | None = None,
        **state: Any,
    ) -> Stack:
        server.cloud = into or Cloud(services, **state)
        its = built or built_handler(resource_type)
        module = loaded(built) if built else index
        allowed = policy or role_policy(role_document(its.role, account, region))
        return Stack(server.cloud, aws, its, module.handler, server.cloud.admit(account, allowed), region)

    return make
