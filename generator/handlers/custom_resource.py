"""What every Lambda-backed custom resource needs: time, retries, and one answer to CloudFormation on every path.

A stack waits up to an hour for an answer (`ServiceTimeout`, CloudFormation user guide, crpg-ref), so the steps run in a second
thread while the first one watches the function's remaining time and answers before it ends, whatever the steps do. Standard
library and botocore only: this text runs in the Lambda runtime, where nothing of ours is installed.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import urllib.request
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Protocol, TypeVar

from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

ONE_ATTEMPT = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 1})
"""For every client: `persist` does the retrying, because it knows the time that is left."""

KEPT_FOR_ANSWER = 20.0
"""Seconds of the function's time that the steps never get."""

GRACE = 5.0
"""Seconds (of those) that the steps get to end by themselves, with a better reason, before the answer goes out without them."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 20.0
ANSWER_ATTEMPTS = 6
ANSWER_TIMEOUT = 5.0

DENIED_SECONDS = 60.0
"""How long a denial is taken for a role whose policy has not reached every endpoint yet: IAM is eventually consistent
(IAM user guide, troubleshoot_general), and CloudFormation calls the function right after it made the role."""

DENIALS = ("AccessDenied", "Insufficient")
PASSING = frozenset(
    {"ConcurrentModification", "RequestLimitExceeded", "RequestTimeout", "Service", "Throttling", "TooManyRequests"}
)
"""Error codes, without the ending `Exception` that some services add, after which the same call may succeed."""

TOO_MANY = 429
"""The HTTP status of throttling, whatever the error code: Security Hub calls it `LimitExceededException` (API reference)."""

SERVER_FAULT = 500
"""The first HTTP status that says the fault is the service's."""

LONGEST_REASON = 1000
"""Characters. The whole answer may have 4,096 bytes (crpg-ref-responses): two bytes for each of these, the other fields in the rest."""

NOT_CREATED = "-not-created"

log = logging.getLogger()

T = TypeVar("T")


class Context(Protocol):
    """What is used of the object that Lambda hands to a handler."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the function."""


class RequestError(Exception):
    """Why the request cannot be done: shown to whoever reads the stack's events. `code` is AWS's error code, if it was AWS."""

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


class Clock:
    """The time that the steps have, what they are doing, and whether nobody waits for them any more.

    Lambda freezes a thread that is still running when the handler returns and thaws it in the next invocation; `stopped` keeps
    such a thread from acting on a request that was answered long ago.
    """

    def __init__(self, seconds: float) -> None:
        self.began = time.monotonic()
        self.ends = self.began + seconds
        self.stopped = threading.Event()
        self.doing = "starting"

    def left(self) -> float:
        """Seconds that the steps still have; negative when they have none."""
        return self.ends - time.monotonic()

    def pause(self, seconds: float) -> None:
        """Wait, but not past the end."""
        self.stopped.wait(max(0.0, min(seconds, self.left())))


@dataclass(frozen=True)
class Request:
    """One request of CloudFormation. `old` holds the properties before an update, and nothing in a create or delete."""

    properties: Mapping[str, Any]
    old: Mapping[str, Any]
    clock: Clock


@dataclass(frozen=True)
class Outcome:
    """What goes back to CloudFormation: why it failed, or the resource's attributes."""

    reason: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


Step = Callable[[Request], Mapping[str, str] | None]


def persist(
    clock: Clock, doing: str, call: Callable[[], T], *, waiting_for: Collection[str] = (), fine: Collection[str] = ()
) -> T | None:
    """Call AWS until it answers, as long as the reason why it does not can pass; None if the answer is an error that is `fine`.

    What passes: throttling, concurrent changes, faults of the service or the network, `waiting_for`, and for a minute denials.
    Errors are given by their code, or as `Code: part of the message` where a service has one code for everything.
    Raises `RequestError` with AWS's code for everything else, and when the time is over.
    """
    clock.doing = doing
    pause = FIRST_PAUSE
    trouble = ""
    while not clock.stopped.is_set() and clock.left() > 0:
        try:
            return call()
        except HTTPClientError as error:
            trouble = f"; AWS cannot be reached: {type(error).__name__}"
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if is_among(error, fine):
                return None
            said = f"{code}: {error.response['Error']['Message']}"
            denied = code.startswith(DENIALS) and time.monotonic() - clock.began < DENIED_SECONDS
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            passing = status == TOO_MANY or status >= SERVER_FAULT or code.removesuffix("Exception") in PASSING
            if not (denied or passing or is_among(error, waiting_for)):
                raise RequestError(f"{doing} failed, {said}", code) from error
            trouble = f"; AWS last answered {said}"
        clock.pause(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    raise RequestError(f"no time left for {doing}{trouble}")


def is_among(error: ClientError, known: Collection[str]) -> bool:
    """Whether one of `known` is the error's code, or its code and part of its message (`Code: part`)."""
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    split = (name.partition(": ") for name in known)
    return any(code == name and part in message for name, _, part in split)


def wait_until(clock: Clock, doing: str, ready: Callable[[], bool]) -> None:
    """Ask AWS until `ready`: what was just changed need not be visible at once. Raises `RequestError` as `persist` does."""
    pause = FIRST_PAUSE
    while not persist(clock, doing, ready):
        clock.pause(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def serve(event: Mapping[str, Any], context: Context, physical_id: str, steps: Mapping[str, Step]) -> None:
    """Do what CloudFormation requests by the step of that name (`Create`, `Update`, `Delete`), and answer.

    What a step returns are the attributes that `Fn::GetAtt` finds; no more than some hundred bytes, because the answer is small.
    A delete without a step of its own leaves everything as it is.

    `physical_id` is constant, because CloudFormation takes a changed one for a replacement and deletes the old resource. After a
    create that failed, CloudFormation sends a delete with the id of the failed answer; after one that it cancelled, with an id of
    its own making (cloudformation-coverage-roadmap 1814). Neither names what this function made: such a delete succeeds and does
    nothing. So a create must be done, or have left nothing that has to go, when it fails.

    Raises when the event is no request of CloudFormation's, and when the answer cannot be delivered: then Lambda tries again.
    """
    if not event.get("ResponseURL"):
        raise RequestError("not a request of CloudFormation: `ResponseURL` is missing")
    kind = str(event.get("RequestType"))
    given = event.get("PhysicalResourceId")
    done = Outcome()
    if kind in steps and (kind != "Delete" or given == physical_id):
        done = outcome(steps[kind], event, context.get_remaining_time_in_millis() / 1000 - KEPT_FOR_ANSWER)
    elif kind != "Delete":
        done = Outcome(f"unknown request type `{kind}`; this function answers {', '.join(sorted(steps))}")
    if not done.reason and kind != "Delete":
        given = physical_id
    answer(event, context, given or physical_id + NOT_CREATED, done)


def outcome(step: Step, event: Mapping[str, Any], seconds: float) -> Outcome:
    """Run the step for at most so many seconds: what it returned, or why it failed."""
    clock = Clock(seconds)
    request = Request(event.get("ResourceProperties") or {}, event.get("OldResourceProperties") or {}, clock)
    pool = ThreadPoolExecutor(max_workers=1)
    future = pool.submit(step, request)
    pool.shutdown(wait=False)
    try:
        error = future.exception(timeout=max(0.0, clock.left() + GRACE))
    except TimeoutError:
        clock.stopped.set()
        return Outcome(f"no time left for {clock.doing}, which has not come back")
    if error is None:
        return Outcome(data=future.result() or {})
    if isinstance(error, RequestError):
        return Outcome(str(error))
    log.error("%s failed", clock.doing, exc_info=error)
    return Outcome(f"{clock.doing} failed unexpectedly with {type(error).__name__}; the function's log has the details")


def answer(event: Mapping[str, Any], context: Context, physical_id: str, done: Outcome) -> None:
    """Put the outcome where CloudFormation looks for it.

    `ResponseURL` is signed for an empty content type and is itself a credential, so it is never logged.
    """
    fields: dict[str, Any] = {name: event.get(name, "") for name in ("StackId", "RequestId", "LogicalResourceId")}
    fields |= {"Status": "FAILED", "Reason": plain(done.reason)} if done.reason else {"Status": "SUCCESS"}
    fields["PhysicalResourceId"] = physical_id
    if done.data:
        fields["Data"] = dict(done.data)
    log.log(logging.ERROR if done.reason else logging.INFO, "%s", fields)
    put = urllib.request.Request(  # noqa: S310 # CloudFormation's own
        event["ResponseURL"], data=json.dumps(fields).encode(), method="PUT", headers={"Content-Type": ""}
    )
    pause = FIRST_PAUSE / 2
    for attempt in range(1, ANSWER_ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(put, timeout=ANSWER_TIMEOUT):  # noqa: S310 # as above
                return
        except (OSError, HTTPException) as error:
            log.warning("attempt %d to answer failed with %s", attempt, type(error).__name__)
            if attempt == ANSWER_ATTEMPTS or context.get_remaining_time_in_millis() < 1000 * (pause + 1):
                raise RequestError("the answer to CloudFormation could not be delivered") from None
        time.sleep(pause)
        pause *= 2


def plain(text: str) -> str:
    """One line of printable ASCII, short enough for an answer."""
    line = "".join(character if " " <= character <= "~" else "?" for character in " ".join(text.split()))
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 3] + "..."
