"""AWS on loopback, for handlers: Organizations, IAM and CloudTrail with state, delays, faults and permissions, and CloudFormation.

Handlers talk to it through real botocore clients, so requests are validated, signed, sent and parsed as they are in Lambda.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from botocore import xform_name

from generator.aws.names import AccountId, OrganizationId
from generator.handlers.permissions import Permission, permissions

MANAGEMENT = AccountId("111111111111")
ORGANIZATION = OrganizationId("o-exampleorg1")
MEMBERS = frozenset({"222222222222", "333333333333", "444444444444", "555555555555", "666666666666"})
MODULE = "generator.handlers.organization_trail_access"
GRANTED = permissions(MODULE, "aws", MANAGEMENT, ORGANIZATION)

CLOUDTRAIL = "cloudtrail.amazonaws.com"
ROLES = {
    "AWSServiceRoleForCloudTrail": CLOUDTRAIL,
    "AWSServiceRoleForCloudTrailEventContext": "context.cloudtrail.amazonaws.com",
}
HTTP_ERROR = 400
CUT = "connection cut"
"""Instead of an error code: no answer at all."""


class RefusedError(Exception):
    """The answer is an error."""

    def __init__(self, code: str, message: str = "as the test wants it", status: int = HTTP_ERROR) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


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


@dataclass
class Cloud:
    """The state, and what was asked of it. `visible_after` and `ready_after` count the looks until a change shows."""

    trusted: set[str] = field(default_factory=lambda: {"account.amazonaws.com"})
    roles: set[str] = field(default_factory=set)
    administrators: list[str] = field(default_factory=list)
    visible_after: int = 0
    ready_after: int = 0
    faults: list[Fault] = field(default_factory=list)
    granted: tuple[Permission, ...] = GRANTED
    put_failures: int = 0
    calls: list[str] = field(default_factory=list)
    used: set[tuple[str, str]] = field(default_factory=set)
    answers: list[dict[str, str]] = field(default_factory=list)
    put_headers: list[dict[str, str]] = field(default_factory=list)
    hung: threading.Event = field(default_factory=threading.Event)

    def act(self, action: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call, or raise `RefusedError`."""
        self.calls.append(action)
        self._fail(action)
        answer: dict[str, Any] = getattr(self, xform_name(action.split(":")[1]))(given)
        return answer

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

    def authorize(self, action: str, resource: str = "*", **context: str) -> bool:
        """Whether a statement of the role allows it, as IAM decides it."""
        for permission in self.granted:
            named = [pattern for pattern in permission.resources if fnmatchcase(resource, pattern)]
            condition = permission.condition
            met = condition is None or context.get(condition.key.replace(":", "_")) in condition.values
            if action in permission.actions and named and met:
                self.used.add((action, named[0]))
                return True
        return False

    def require(self, action: str, resource: str = "*", *, code: str = "AccessDeniedException", **context: str) -> None:
        """Refuse what the role may not do."""
        if not self.authorize(action, resource, **context):
            raise RefusedError(code, f"not authorized to perform: {action} on resource: {resource}")

    def list_aws_service_access_for_organization(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """One service a page."""
        self.require("organizations:ListAWSServiceAccessForOrganization")
        shown = sorted(self.trusted)
        if CLOUDTRAIL in self.trusted and self.visible_after:
            self.visible_after -= 0 if "NextToken" in given else 1
            shown.remove(CLOUDTRAIL)
        place = int(given.get("NextToken", 0))
        page = [{"ServicePrincipal": service} for service in shown[place : place + 1]]
        return {"EnabledServicePrincipals": page, **({"NextToken": str(place + 1)} if place + 1 < len(shown) else {})}

    def enable_aws_service_access(self, given: Mapping[str, Any]) -> dict[str, Any]:
        service = given["ServicePrincipal"]
        self.require("organizations:EnableAWSServiceAccess", organizations_ServicePrincipal=service)
        self.trusted.add(service)
        return {}

    def role_arn(self, name: str) -> str:
        """Where the role is, or would be looked for: without its path as long as it does not exist."""
        path = f"aws-service-role/{ROLES[name]}/" if name in self.roles else ""
        return f"arn:aws:iam::{MANAGEMENT}:role/{path}{name}"

    def get_role(self, given: Mapping[str, Any]) -> dict[str, Any]:
        name = given["RoleName"]
        self.require("iam:GetRole", self.role_arn(name), code="AccessDenied")
        if name not in self.roles:
            raise RefusedError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
        return {"Role": name}

    def create_service_linked_role(self, given: Mapping[str, Any]) -> dict[str, Any]:
        service = given["AWSServiceName"]
        name = next(name for name, owner in ROLES.items() if owner == service)
        arn = f"arn:aws:iam::{MANAGEMENT}:role/aws-service-role/{service}/{name}"
        self.require("iam:CreateServiceLinkedRole", arn, code="AccessDenied", iam_AWSServiceName=service)
        if name in self.roles:
            raise RefusedError("InvalidInput", f"Service role name {name} has been taken in this account")
        self.roles.add(name)
        return {"Role": name}

    def register_organization_delegated_admin(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Looks at trusted access and roles, makes the roles, and registers with Organizations, all on the caller's permissions."""
        account = given["MemberAccountId"]
        self.require("cloudtrail:RegisterOrganizationDelegatedAdmin")
        self._ready()
        for name, service in ROLES.items():
            try:
                if name not in self.roles:
                    self.require("iam:GetRole", self.role_arn(name))
                    self.create_service_linked_role({"AWSServiceName": service})
                self.require("iam:GetRole", self.role_arn(name))
            except RefusedError as error:
                raise RefusedError("InsufficientIAMAccessPermissionException", str(error)) from error
        if account == MANAGEMENT:
            raise RefusedError("CannotDelegateManagementAccountException")
        if account not in MEMBERS:
            raise RefusedError("AccountNotFoundException")
        if account in self.administrators:
            raise RefusedError("AccountRegisteredException")
        if len(self.administrators) == 3:
            raise RefusedError("DelegatedAdminAccountLimitExceededException")
        self._organizations("organizations:RegisterDelegatedAdministrator", account)
        self.administrators.append(account)
        return {}

    def deregister_organization_delegated_admin(self, given: Mapping[str, Any]) -> dict[str, Any]:
        account = given["DelegatedAdminAccountId"]
        self.require("cloudtrail:DeregisterOrganizationDelegatedAdmin")
        self._ready()
        if account not in self.administrators:
            raise RefusedError("AccountNotRegisteredException")
        self._organizations("organizations:DeregisterDelegatedAdministrator", account)
        self.administrators.remove(account)
        return {}

    def _ready(self) -> None:
        insufficient = "InsufficientDependencyServiceAccessPermissionException"
        self.require("organizations:ListAWSServiceAccessForOrganization", code=insufficient)
        if CLOUDTRAIL not in self.trusted or self.ready_after:
            self.ready_after = max(0, self.ready_after - 1)
            raise RefusedError("CloudTrailAccessNotEnabledException")

    def _organizations(self, action: str, account: str) -> None:
        arn = f"arn:aws:organizations::{MANAGEMENT}:account/{ORGANIZATION}/{account}"
        insufficient = "InsufficientDependencyServiceAccessPermissionException"
        self.require(action, arn, code=insufficient, organizations_ServicePrincipal=CLOUDTRAIL)


class _Handler(BaseHTTPRequestHandler):
    """Speaks AWS's JSON 1.1 and query protocols, and takes CloudFormation's answers."""

    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        target = self.headers.get("X-Amz-Target", "")
        query = not target
        if query:
            fields = {name: values[0] for name, values in parse_qs(body).items()}
            action, given = f"iam:{fields.pop('Action')}", {name: value for name, value in fields.items() if name != "Version"}
        else:
            service = "cloudtrail" if "CloudTrail" in target else "organizations"
            action, given = f"{service}:{target.rsplit('.')[-1]}", json.loads(body)
        try:
            answer = self.server.cloud.act(action, given)
            text = _xml(action, answer) if query else json.dumps(answer)
            self._reply(200, text)
        except RefusedError as error:
            if error.code == CUT:
                self.close_connection = True
                return
            xml = f"<ErrorResponse><Error><Code>{error.code}</Code><Message>{error}</Message></Error></ErrorResponse>"
            self._reply(error.status, xml if query else json.dumps({"__type": error.code, "message": str(error)}))

    def do_PUT(self) -> None:
        cloud = self.server.cloud
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if cloud.put_failures:
            cloud.put_failures -= 1
            self._reply(503, "")
            return
        cloud.answers.append({**json.loads(body), "bytes": str(len(body))})
        cloud.put_headers.append({name.lower(): value for name, value in self.headers.items()})
        self._reply(200, "")

    def _reply(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the base class's name
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    cloud: Cloud


def _xml(action: str, answer: Mapping[str, Any]) -> str:
    operation = action.split(":")[1]
    role = f"<Path>/</Path><RoleName>{answer['Role']}</RoleName><RoleId>A</RoleId><Arn>arn</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>"
    return f"<{operation}Response><{operation}Result><Role>{role}</Role></{operation}Result></{operation}Response>"


@contextmanager
def serving() -> Iterator[_Server]:
    """A server on a free port; give it a `cloud` for each test."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
