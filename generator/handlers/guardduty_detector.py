"""What GuardDuty's handlers share: a client of the region that they run in, answers of several pages, and the one detector."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

import boto3

from generator.handlers.custom_resource import ONE_ATTEMPT, Clock, persist, wait_until

DETECTOR_EXISTS = "BadRequestException: a detector already exists"
"""An account has at most one detector in a region (API reference, CreateDetector)."""


def guardduty_client() -> Any:  # noqa: ANN401  # botocore makes its clients at run time
    """GuardDuty in the function's region."""
    return boto3.client("guardduty", config=ONE_ATTEMPT)


def pages(
    clock: Clock, doing: str, call: Callable[..., Any], waiting_for: Collection[str] = (), **given: object
) -> Iterator[Mapping[str, Any]]:
    """Every page that AWS answers with; `waiting_for` as `persist` takes it."""
    token: dict[str, object] = {}
    while True:
        page = persist(clock, doing, partial(call, **given, **token), waiting_for=waiting_for) or {}
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def every(clock: Clock, doing: str, call: Callable[..., Any], key: str, **given: object) -> Iterator[Any]:
    """What `key` lists, on all pages."""
    for page in pages(clock, doing, call, **given):  # type: ignore[arg-type]  # `given` is the operation's own
        yield from page.get(key, ())


def detectors(clock: Clock, guardduty: Any) -> list[str]:  # noqa: ANN401  # as above
    """The id of the account's detector in this region, if it has one."""
    return list(every(clock, "looking for a detector", guardduty.list_detectors, "DetectorIds"))


def ensured_detector(clock: Clock, guardduty: Any) -> str:  # noqa: ANN401  # as above
    """The id of the account's detector, which is made if there is none; somebody else may make it at the same moment."""
    found = detectors(clock, guardduty)
    if found:
        return found[0]
    made = persist(clock, "creating a detector", lambda: guardduty.create_detector(Enable=True), fine=(DETECTOR_EXISTS,))
    if made is not None:
        return str(made["DetectorId"])
    wait_until(clock, "waiting for the detector to show", lambda: bool(detectors(clock, guardduty)))
    return detectors(clock, guardduty)[0]
