"""The handler as bundled for Lambda, against a versioned bucket of moto's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

from generator.handlers.bundle import bundle
from generator.handlers.permissions import REQUIRED_PERMISSIONS
from tests.handlers.fakes.stack import Time, session

HANDLER = "template_gate_rules"
BUCKET = "template-gate-333333333333-eu-central-1"
RULES = "rule R when %r !empty {\n  %r.Properties.é exists\n}\n"
KEY = f"rules/{hashlib.sha256(RULES.encode()).hexdigest()}.guard"
GIVEN = {"Bucket": BUCKET, "Key": KEY, "Rules": RULES}


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "example")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session("example", "eu-central-1"))
    module = ModuleType("index")
    monkeypatch.setitem(__import__("sys").modules, "index", module)
    exec(bundle(f"generator.handlers.{HANDLER}"), module.__dict__)  # noqa: S102  # as Lambda does
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        boto3.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield module


def put(index: ModuleType, **changed: Any) -> None:
    index.put(index.Request({**GIVEN, **changed}, {}, index.Clock(3)))


def versions() -> list[str]:
    return [each["Key"] for each in boto3.client("s3").list_object_versions(Bucket=BUCKET).get("Versions", [])]


def test_the_rules_arrive_byte_for_byte(index: ModuleType) -> None:
    put(index)
    assert boto3.client("s3").get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == RULES.encode()


def test_an_update_leaves_the_rules_before_for_hooks_that_are_not_updated_yet(index: ModuleType) -> None:
    put(index)
    other = "rule S when %s !empty {\n}\n"
    key = f"rules/{hashlib.sha256(other.encode()).hexdigest()}.guard"
    put(index, Key=key, Rules=other)
    assert sorted(versions()) == sorted([KEY, key])


def test_doing_it_twice_changes_no_content(index: ModuleType) -> None:
    put(index)
    put(index)
    assert versions() == [KEY, KEY]


@pytest.mark.parametrize("changed", [{"Rules": RULES + " "}, {"Key": "rules/a.guard"}, {"Bucket": ""}, {"Rules": None}])
def test_rules_that_changed_on_their_way_are_not_put(index: ModuleType, changed: dict[str, Any]) -> None:
    with pytest.raises(index.RequestError, match="`Key` must hold the SHA-256 of `Rules`"):
        put(index, **changed)
    assert versions() == []


def test_a_bucket_that_is_not_there_yet_is_waited_for(index: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time()
    monkeypatch.setitem(vars(index), "time", time)
    monkeypatch.setattr(index.Clock, "pause", lambda clock, seconds: time.sleep(max(0.0, min(seconds, clock.left()))))
    with pytest.raises(index.RequestError, match=r"no time left for putting .* AWS last answered NoSuchBucket"):
        put(index, Bucket="template-gate-333333333333-eu-west-1")
    assert time.now >= 3


def test_the_role_may_make_the_calls_that_are_made_and_no_other(index: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    make = boto3.client

    def client(name: str, **options: Any) -> Any:
        made = make(name, **options)  # type: ignore[call-overload]  # any service
        made.meta.events.register("before-call", lambda model, **_: called.append(f"{name}:{model.name}"))
        return made

    monkeypatch.setattr(boto3, "client", client)
    put(index)
    assert set(called) == {action for permission in REQUIRED_PERMISSIONS[HANDLER] for action in permission.actions}
