"""Lambda and CloudFormation around a handler: its time, its credentials, and the requests that a stack sends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import botocore.session
from botocore.loaders import Loader, create_loader

from tests.handlers.fakes.built import BuiltHandler
from tests.handlers.fakes.cloud import Cloud
from tests.handlers.fakes.server import ANSWERS

KEPT_FOR_ANSWER = 20
LAMBDA_HAS = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six.py")
SECRET = "example"

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
    """Sends requests as CloudFormation does: with the id and the properties that the resource had before.

    The function runs in the account of `key` and in `region`.
    """

    cloud: Cloud
    address: str
    built: BuiltHandler
    handler: Callable[[Any, Any], None]
    key: str
    region: str
    physical_id: str = ""
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where answers go."""
        return f"{self.address}{ANSWERS}?signature=secret"

    @property
    def account(self) -> str:
        """Where the stack is."""
        return self.cloud.callers[self.key].account

    def event(self, kind: str, properties: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """What the function is called with."""
        return {
            "RequestType": kind,
            "ResponseURL": self.url,
            "StackId": f"arn:aws:cloudformation:{self.region}:{self.account}:stack/stack/1",
            "RequestId": "r-1",
            "LogicalResourceId": "Resource",
            "ResourceType": self.built.kind,
            "ResourceProperties": properties,
            **({"PhysicalResourceId": self.physical_id} if self.physical_id else {}),
            **({"OldResourceProperties": self.properties} if kind == "Update" else {}),
            **changes,
        }

    def send(self, kind: str, properties: dict[str, Any], seconds: float = 280, **changes: Any) -> dict[str, Any]:
        """Call the function, and return its answer."""
        boto3.DEFAULT_SESSION = session(self.key, self.region)
        self.handler(self.event(kind, properties, **changes), Context(KEPT_FOR_ANSWER + seconds))
        assert self.cloud.gaps == []
        answer = self.cloud.answers[-1]
        if answer["Status"] == "SUCCESS":
            self.properties = properties
        if kind == "Create" or answer["Status"] == "SUCCESS":
            self.physical_id = answer["PhysicalResourceId"]
        return answer

    def run_bare(self, kind: str, properties: dict[str, Any], folder: Path) -> dict[str, Any]:
        """Call the function in an interpreter that has nothing but what Lambda has; with the real clock."""
        packages = Path(boto3.__file__).parents[1]
        for name in LAMBDA_HAS:
            (folder / name).symlink_to(packages / name)
        (folder / "index.py").write_text(self.built.code)
        command = [sys.executable, "-I", "-S", "-B", "-W", "error", "-c", LAMBDA, str(folder)]
        done = subprocess.run(
            [*command, json.dumps(self.event(kind, properties))],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            timeout=60,
            env=os.environ | {"AWS_ACCESS_KEY_ID": self.key, "AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region},
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert self.cloud.gaps == []
        return self.cloud.answers[-1]


def as_handed_over(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a template as a function gets them: scalars as text (CloudFormation User Guide, custom resource requests)."""
    handed: dict[str, Any] = _text(properties)
    return handed


def loaded(built: BuiltHandler) -> ModuleType:
    """The function's text as the module that Lambda would load, with a clock of its own: `index.time`."""
    module = ModuleType("index")
    sys.modules["index"] = module
    exec(compile(built.code, "index.py", "exec"), module.__dict__)  # noqa: S102  # this is what the tests are about
    time = Time()
    names: dict[str, Any] = vars(module)
    names["time"] = time
    names["real_pause"] = module.Clock.pause
    module.Clock.pause = lambda clock, seconds: time.sleep(max(0.0, min(seconds, clock.left())))
    return module


@cache
def _loader() -> Loader:
    """Reads botocore's models once for all sessions."""
    return create_loader()


@cache
def session(key: str, region: str) -> boto3.Session:
    """What `boto3.client` uses in a function with these credentials in that region; the next calls of a warm function use it again."""
    inner = botocore.session.Session()
    inner.register_component("data_loader", _loader())
    inner.set_config_variable("region", region)
    inner.set_credentials(key, SECRET)
    return boto3.Session(botocore_session=inner)


def _text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _text(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_text(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
