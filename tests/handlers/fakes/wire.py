"""AWS's wire protocols, seen from the service's side and taken from botocore's model of it: JSON, query, REST-JSON.

botocore itself holds the client's half. Here requests become the parameters that the client was called with, and answers become
what the client parses.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count, takewhile
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.session import get_session
from botocore.utils import parse_timestamp

LABEL = re.compile(r"\{(\w+)(\+?)\}")


class UnknownOperationError(LookupError):
    """The model has no operation that the request could be."""


@dataclass(frozen=True)
class Sent:
    """An HTTP request. `target` is path and query string; the names of `headers` are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@cache
def wire_of(name: str) -> Wire:
    """The protocol of the service that botocore calls so."""
    return Wire(get_session().get_service_model(name))


class Wire:
    """One service's protocol."""

    def __init__(self, model: ServiceModel) -> None:
        self.model = model
        self.protocol: str = model.resolved_protocol
        if self.protocol not in {"json", "query", "rest-json"}:
            raise ValueError(f"{model.service_name} speaks {self.protocol}, which is not written yet")
        self.routes = tuple(self._routes()) if self.protocol == "rest-json" else ()

    def read(self, sent: Sent) -> tuple[OperationModel, dict[str, Any]]:
        """The operation and its parameters, by the names that a caller of botocore uses."""
        if self.protocol == "rest-json":
            return self._read_rest(sent)
        if self.protocol == "json":
            operation = self._operation(sent.headers["x-amz-target"].rpartition(".")[2])
            return operation, _structure(operation.input_shape, json.loads(sent.body or b"{}"))
        fields = {name: values[0] for name, values in parse_qs(sent.body.decode(), keep_blank_values=True).items()}
        operation = self._operation(fields["Action"])
        return operation, _from_query(operation.input_shape, fields, "") if operation.input_shape else {}

    def write(self, operation: OperationModel, answer: Mapping[str, Any]) -> Reply:
        """The answer of an operation that succeeded."""
        status = int(operation.http.get("responseCode", 200))
        shape = operation.output_shape
        if self.protocol == "query":
            inner = _xml_members(shape, answer) if shape else ""
            wrapper = shape.serialization.get("resultWrapper", f"{operation.name}Result") if shape else ""
            result = f"<{wrapper}>{inner}</{wrapper}>" if wrapper else ""
            text = f"<{operation.name}Response>{result}<ResponseMetadata/></{operation.name}Response>"
            return Reply(200, {"content-type": "text/xml"}, text.encode())
        headers = {"content-type": f"application/x-amz-json-{self.model.metadata.get('jsonVersion', '1.1')}"}
        body = dict(answer)
        if shape and self.protocol == "rest-json":
            for name, member in shape.members.items():
                if member.serialization.get("location") == "header" and name in body:
                    headers[member.serialization["name"]] = str(body.pop(name))
            if payload := shape.serialization.get("payload"):
                return Reply(status, headers, json.dumps(_shown(shape.members[payload], body.get(payload, {}))).encode())
        return Reply(status, headers, json.dumps(_shown(shape, body) if shape else {}).encode())

    def error(self, code: str, message: str, status: int) -> Reply:
        """The answer of an operation that failed."""
        if self.protocol == "query":
            text = (
                f"<ErrorResponse><Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error></ErrorResponse>"
            )
            return Reply(status, {"content-type": "text/xml"}, text.encode())
        return Reply(status, {"x-amzn-errortype": code}, json.dumps({"__type": code, "message": message}).encode())

    def _operation(self, name: str) -> OperationModel:
        if name not in self.model.operation_names:
            raise UnknownOperationError(f"{self.model.service_name} has no operation {name}")
        return self.model.operation_model(name)

    def _routes(self) -> Iterator[tuple[str, re.Pattern[str], OperationModel]]:
        """Method, path and operation: paths with more fixed text first, so that `/a/b` is not taken for `/a/{id}`."""
        operations = [self.model.operation_model(name) for name in self.model.operation_names]
        for operation in sorted(operations, key=lambda each: -len(LABEL.sub("", each.http["requestUri"]))):
            pattern, place = "", 0
            path = operation.http["requestUri"].partition("?")[0]
            for label in LABEL.finditer(path):
                pattern += re.escape(path[place : label.start()]) + f"(?P<{label[1]}>{'.+' if label[2] else '[^/]+'})"
                place = label.end()
            yield operation.http["method"], re.compile(pattern + re.escape(path[place:]).removesuffix("/") + "/?"), operation

    def _read_rest(self, sent: Sent) -> tuple[OperationModel, dict[str, Any]]:
        parts = urlsplit(sent.target)
        for method, pattern, operation in self.routes:
            match = pattern.fullmatch(parts.path)
            if method == sent.method and match:
                labels = {name: unquote(text) for name, text in match.groupdict().items()}
                return operation, _rest_members(operation, labels, parse_qs(parts.query, keep_blank_values=True), sent)
        raise UnknownOperationError(f"{self.model.service_name} has no operation at {sent.method} {parts.path}")


def _rest_members(
    operation: OperationModel, labels: Mapping[str, str], query: Mapping[str, list[str]], sent: Sent
) -> dict[str, Any]:
    """Every member from where the model puts it: path, query string, header, or body."""
    shape = operation.input_shape
    if shape is None:
        return {}
    body = json.loads(sent.body) if sent.body else {}
    payload = shape.serialization.get("payload")
    given = {} if payload else _structure(shape, body)
    for name, member in shape.members.items():
        key = member.serialization.get("name", name)
        match member.serialization.get("location"):
            case "uri":
                given[name] = _text(member, labels[key])
            case "querystring" if key in query:
                given[name] = (
                    [_text(member.member, each) for each in query[key]]
                    if isinstance(member, ListShape)
                    else _text(member, query[key][0])
                )
            case "header" if key.lower() in sent.headers:
                given[name] = _text(member, sent.headers[key.lower()])
            case None if name == payload and sent.body:
                given[name] = _given(member, body)
    return given


def _structure(shape: StructureShape | None, value: Mapping[str, Any]) -> dict[str, Any]:
    """The members that stand in the body; what the model does not know stays, so that validation finds it."""
    members = (
        {}
        if shape is None
        else {
            member.serialization.get("name", name): (name, member)
            for name, member in shape.members.items()
            if "location" not in member.serialization
        }
    )
    return {
        members[key][0] if key in members else key: _given(members[key][1], each) if key in members else each
        for key, each in value.items()
        if each is not None
    }


def _given(shape: Shape, value: Any) -> Any:
    """JSON as the caller of botocore wrote it."""
    if isinstance(shape, StructureShape):
        return _structure(shape, value)
    if isinstance(shape, ListShape):
        return [_given(shape.member, each) for each in value]
    if isinstance(shape, MapShape):
        return {key: _given(shape.value, each) for key, each in value.items()}
    if shape.type_name == "blob":
        return b64decode(value)
    return parse_timestamp(value) if shape.type_name == "timestamp" else value


def _text(shape: Shape, text: str) -> Any:
    """A scalar that was sent as text."""
    match shape.type_name:
        case "boolean":
            return text == "true"
        case "integer" | "long":
            return int(text)
        case "timestamp":
            return parse_timestamp(text)
    return text


def _from_query(shape: Shape, fields: Mapping[str, str], prefix: str) -> Any:
    """Parameters from the flat fields of the query protocol: `Tags.member.1.Key`."""
    dot = f"{prefix}." if prefix else ""
    if isinstance(shape, StructureShape):
        found = {
            name: _from_query(member, fields, f"{dot}{member.serialization.get('name', name)}")
            for name, member in shape.members.items()
        }
        return {name: value for name, value in found.items() if value is not None} or (None if prefix else {})
    if isinstance(shape, ListShape):
        base = prefix if shape.serialization.get("flattened") else f"{dot}{shape.member.serialization.get('name', 'member')}"
        return list(_numbered(shape.member, fields, base)) or None
    if isinstance(shape, MapShape):
        key, value, entry = _entry(shape)
        steps = takewhile(lambda step: f"{step}.{key}" in fields, (f"{dot}{entry}.{number}" for number in count(1)))
        return {fields[f"{step}.{key}"]: _from_query(shape.value, fields, f"{step}.{value}") for step in steps} or None
    return _text(shape, fields[prefix]) if prefix in fields else None


def _entry(shape: MapShape) -> tuple[str, str, str]:
    """What the query protocol calls a map's keys, values and entries."""
    return shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value"), "entry"


def _numbered(shape: Shape, fields: Mapping[str, str], base: str) -> Iterator[Any]:
    number = 1
    while (value := _from_query(shape, fields, f"{base}.{number}")) is not None:
        yield value
        number += 1


def _shown(shape: Shape, value: Any) -> Any:
    """An answer as JSON."""
    if isinstance(shape, StructureShape):
        members = shape.members
        return {members[name].serialization.get("name", name): _shown(members[name], each) for name, each in value.items()}
    if isinstance(shape, ListShape):
        return [_shown(shape.member, each) for each in value]
    if isinstance(shape, MapShape):
        return {key: _shown(shape.value, each) for key, each in value.items()}
    if isinstance(value, datetime):
        iso = shape.serialization.get("timestampFormat") == "iso8601"
        return value.astimezone(UTC).isoformat() if iso else value.timestamp()
    return b64encode(value).decode() if isinstance(value, bytes) else value


def _xml_members(shape: StructureShape, value: Mapping[str, Any]) -> str:
    return "".join(
        _xml(shape.members[name], shape.members[name].serialization.get("name", name), each) for name, each in value.items()
    )


def _xml(shape: Shape, tag: str, value: Any) -> str:
    """An answer as XML."""
    if isinstance(shape, StructureShape):
        text = _xml_members(shape, value)
    elif isinstance(shape, ListShape):
        inner = "" if shape.serialization.get("flattened") else shape.member.serialization.get("name", "member")
        items = "".join(_xml(shape.member, inner or tag, each) for each in value)
        if not inner:
            return items
        text = items
    elif isinstance(shape, MapShape):
        key, each, entry = _entry(shape)
        text = "".join(f"<{entry}>{_xml(shape.key, key, name)}{_xml(shape.value, each, value[name])}</{entry}>" for name in value)
    elif isinstance(value, datetime):
        text = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    elif isinstance(value, bytes):
        text = b64encode(value).decode()
    else:
        text = escape(str(value).lower() if isinstance(value, bool) else str(value))
    return f"<{tag}>{text}</{tag}>"
