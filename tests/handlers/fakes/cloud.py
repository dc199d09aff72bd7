"""AWS on loopback, for handlers: services with state, delays, faults and permissions, and CloudFormation, which waits for answers.

Handlers talk to it through real botocore clients, so requests are validated, signed, sent and parsed as they are in Lambda.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from generator.policy.model import Policy
from tests.handlers.fakes.runtime import missing_in_lambda, seen_in_lambda
from tests.handlers.fakes.service import HTTP_ERROR, Call, Caller, GapError, RefusedError, Service
from tests.handlers.fakes.validation import problems
from tests.handlers.fakes.wire import Reply, Sent, wire_of

CUT = "connection cut"
"""Instead of an error code: no answer at all."""

CREDENTIAL = re.compile(r"Credential=(\w+)/\d+/([\w-]+)/([\w-]+)/aws4_request")

S = TypeVar("S", bound=Service)


@dataclass
class Fault:
    """After `skip` calls, the next calls of an action fail; without `times`, all of them."""

    action: str
    code: str
    times: int | None = None
    status: int = HTTP_ERROR
    message: str = "as the test wants it"
    skip: int = 0
    hangs: bool = False


class CutError(Exception):
    """The connection ends without an answer."""


@dataclass
class Cloud:
    """The services, and what was asked of them. `calls` are actions as IAM calls them; `answers` are what CloudFormation got."""

    services: Sequence[Service]
    faults: list[Fault] = field(default_factory=list)
    put_failures: int = 0
    calls: list[str] = field(default_factory=list)
    callers: dict[str, Caller] = field(default_factory=dict)
    answers: list[dict[str, Any]] = field(default_factory=list)
    put_headers: list[dict[str, str]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    hung: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        for service in self.services:
            service.cloud = self
        self.served = {wire_of(service.name).model.signing_name: service for service in self.services}

    def the(self, kind: type[S]) -> S:
        """The one service of that class."""
        (found,) = (service for service in self.services if isinstance(service, kind))
        return found

    def admit(self, account: str, policy: Policy | None) -> str:
        """An access key for `account`, with which only what `policy` allows is done."""
        key = f"ASIA{account}{len(self.callers):04}"
        self.callers[key] = Caller(account, policy)
        return key

    def reply(self, sent: Sent) -> Reply:
        """Answer an HTTP request, or raise `CutError`."""
        signed = CREDENTIAL.search(sent.headers.get("authorization", ""))
        if not signed or signed[1] not in self.callers or signed[3] not in self.served:
            raise GapError(f"not signed by a caller, or not for a service, of this cloud: {sent.headers.get('authorization')}")
        service = self.served[signed[3]]
        wire = wire_of(service.name)
        operation, given = wire.read(sent)
        call = Call(signed[3], operation.name, given, self.callers[signed[1]], signed[2])
        try:
            wrong = missing_in_lambda(call.action, given) or problems(operation.input_shape, given)
            if wrong:
                raise RefusedError("ValidationException", "; ".join(wrong))  # noqa: TRY301  # one way out for every refusal
            answer = self.act(service, call)
        except RefusedError as error:
            if error.code == CUT:
                raise CutError from error
            return wire.error(error.code, str(error), error.status)
        if mistakes := problems(operation.output_shape, answer):
            raise GapError(f"the fake's answer to {call.action} is none: {'; '.join(mistakes)}")
        return wire.write(operation, seen_in_lambda(call.action, answer))

    def act(self, service: Service, call: Call) -> dict[str, Any]:
        """Do what is asked, unless the test wants it to fail."""
        self.calls.append(call.action)
        self._fail(call.action)
        return service.answer(call)

    def _fail(self, action: str) -> None:
        for fault in self.faults:
            if fault.action == action and fault.skip:
                fault.skip -= 1
            elif fault.action == action and fault.times != 0:
                if fault.times is not None:
                    fault.times -= 1
                if fault.hangs:
                    self.hung.wait(10)
                raise RefusedError(fault.code, fault.message, fault.status)
