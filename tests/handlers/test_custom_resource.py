"""What every handler shares, as a module: attributes in the answer, errors told apart by message, throttling by status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.handlers import custom_resource
from generator.handlers.custom_resource import Clock, Request, RequestError, is_among, persist, serve
from tests.handlers.fakes.cloud import Cloud
from tests.handlers.fakes.server import ANSWERS, Server
from tests.handlers.fakes.stack import Context

Answer = Callable[..., dict[str, Any]]


@pytest.fixture
def answer(server: Server) -> Answer:
    """What CloudFormation gets for a request of `kind`, from a handler with these steps."""
    server.cloud = Cloud(())

    def send(kind: str, steps: Mapping[str, Callable[[Request], Mapping[str, str] | None]], **fields: str) -> dict[str, Any]:
        serve({"RequestType": kind, "ResponseURL": f"{server.address}{ANSWERS}", **fields}, Context(60), "thing", steps)
        return server.cloud.answers[-1]

    return send


def test_what_a_step_returns_is_for_get_att(answer: Answer) -> None:
    assert answer("Create", {"Create": lambda _: {"DetectorId": "d"}})["Data"] == {"DetectorId": "d"}


def test_a_step_that_returns_nothing_answers_without_data(answer: Answer) -> None:
    sent = answer("Create", {"Create": lambda _: None})
    assert (sent["Status"], sent["PhysicalResourceId"]) == ("SUCCESS", "thing")
    assert "Data" not in sent


def test_a_step_that_fails_answers_without_data(answer: Answer) -> None:
    def fail(_: Request) -> None:
        raise RequestError("because")

    sent = answer("Update", {"Update": fail}, PhysicalResourceId="thing")
    assert (sent["Status"], sent["Reason"], sent["PhysicalResourceId"]) == ("FAILED", "because", "thing")
    assert "Data" not in sent


def test_a_delete_without_a_step_leaves_everything_as_it_is(answer: Answer) -> None:
    sent = answer("Delete", {}, PhysicalResourceId="thing")
    assert (sent["Status"], sent["PhysicalResourceId"]) == ("SUCCESS", "thing")


def error(code: str, message: str = "", status: int = 400) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "Operation")


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (("BadRequestException",), True),
        (("Other", "BadRequestException: already exists"), True),
        (("BadRequestException: not enabled",), False),
        (("Other: already exists",), False),
        (("BadRequest",), False),
        ((), False),
    ],
)
def test_an_error_is_known_by_its_code_or_by_its_code_and_message(known: tuple[str, ...], found: bool) -> None:
    assert is_among(error("BadRequestException", "a detector already exists for the account"), known) is found


@pytest.mark.parametrize(
    ("refusal", "options"),
    [
        (error("LimitExceededException", status=429), {}),
        (error("ThrottlingException"), {}),
        (error("InternalServerErrorException", status=500), {}),
        (error("BadRequestException", "an account is being set up"), {"waiting_for": ("BadRequestException: being set up",)}),
    ],
)
def test_what_passes_is_tried_again(refusal: ClientError, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom_resource, "FIRST_PAUSE", 0)
    refusals = [refusal, refusal]

    def call() -> str:
        if refusals:
            raise refusals.pop()
        return "done"

    assert persist(Clock(30), "trying", call, **options) == "done"


@pytest.mark.parametrize(
    ("refusal", "options"),
    [
        (error("LimitExceededException"), {}),
        (error("BadRequestException", "wrong"), {"waiting_for": ("BadRequestException: being set up",)}),
    ],
)
def test_what_stays_is_told_at_once(refusal: ClientError, options: dict[str, Any]) -> None:
    def call() -> None:
        raise refusal

    with pytest.raises(RequestError, match="trying failed, ") as caught:
        persist(Clock(30), "trying", call, **options)
    assert caught.value.code == refusal.response["Error"]["Code"]


def test_an_error_that_is_fine_by_its_message_is_no_error() -> None:
    def call() -> None:
        raise error("BadRequestException", "the account is already the administrator")

    assert persist(Clock(30), "trying", call, fine=("BadRequestException: already the administrator",)) is None
