from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import boto3
import pytest

from tests.conftest import built_resource
from tests.handlers.fake_cloud import Cloud, serving

KEPT_FOR_ANSWER = 20


@dataclass
class Context:
    """Lambda's, with the given time before the answer's share."""

    seconds: float

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@dataclass
class Time:
    """Stands in for the module: waiting takes no time, but the clock moves."""

    now: float = 0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Stack:
    """Sends requests as CloudFormation does: with the id and the properties that the resource had before."""

    cloud: Cloud
    url: str
    handler: Callable[[Any, Any], None]
    physical_id: str = ""
    properties: dict[str, Any] = field(default_factory=dict)

    def send(self, kind: str, properties: dict[str, Any], seconds: float = 280, **changes: Any) -> dict[str, str]:
        event = {
            "RequestType": kind,
            "ResponseURL": self.url,
            "StackId": "arn:aws:cloudformation:eu-central-1:111111111111:stack/trail/1",
            "RequestId": "r-1",
            "LogicalResourceId": "TrailAccess",
            "ResourceType": "Custom::OrganizationTrailAccess",
            "ResourceProperties": properties,
            **({"PhysicalResourceId": self.physical_id} if self.physical_id else {}),
            **({"OldResourceProperties": self.properties} if kind == "Update" else {}),
            **changes,
        }
        self.handler(event, Context(KEPT_FOR_ANSWER + seconds))
        answer = self.cloud.answers[-1]
        if answer["Status"] == "SUCCESS":
            self.properties = properties
        if kind == "Create" or answer["Status"] == "SUCCESS":
            self.physical_id = answer["PhysicalResourceId"]
        return answer


@pytest.fixture(scope="session")
def bundled() -> str:
    """The function's text as it stands in the built template, not as the bundler returns it."""
    return str(built_resource("AWS::Lambda::Function")["Code"]["ZipFile"])


@pytest.fixture(scope="session")
def _server() -> Iterator[Any]:
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def _session() -> boto3.Session:
    """Reads botocore's models once."""
    return boto3.Session()


@pytest.fixture
def aws(_server: Any, _session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> str:
    """Point botocore at the fake, in the environment that Lambda gives a function; the address."""
    address = f"http://127.0.0.1:{_server.server_address[1]}"
    names = {"AWS_DEFAULT_REGION": "eu-central-1", "AWS_REGION": "eu-central-1", "AWS_ENDPOINT_URL": address}
    keys = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "example", "AWS_EC2_METADATA_DISABLED": "true"}
    for name, value in {**names, **keys, "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", _session)
    return address


@pytest.fixture
def index(bundled: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The bundled text as the module that Lambda would load, with a clock of its own."""
    module = ModuleType("index")
    monkeypatch.setitem(sys.modules, "index", module)
    exec(compile(bundled, "index.py", "exec"), module.__dict__)  # noqa: S102 # this is what the test is about
    time = Time()
    vars(module)["real_pause"] = module.Clock.pause
    monkeypatch.setattr(module, "time", time)
    monkeypatch.setattr(module.Clock, "pause", lambda clock, seconds: time.sleep(max(0.0, min(seconds, clock.left()))))
    return module


@pytest.fixture
def deploy(aws: str, index: ModuleType, _server: Any) -> Callable[..., Stack]:
    """Make a cloud and a stack in it."""

    def make(**state: Any) -> Stack:
        _server.cloud = Cloud(**state)
        return Stack(_server.cloud, f"{aws}/answer?signature=secret", index.handler)

    return make
