"""The fakes speak as botocore does, refuse what AWS would, show changes late, and allow what the role allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from generator.policy.model import Policy
from tests.handlers.fakes.cloud import Cloud, Fault
from tests.handlers.fakes.roles import role_document, role_policy, surplus
from tests.handlers.fakes.runtime import FILE, VERSION, missing_in_lambda, seen_in_lambda
from tests.handlers.fakes.server import Server
from tests.handlers.fakes.service import Call, RefusedError, Service
from tests.handlers.fakes.stack import as_handed_over, session
from tests.handlers.fakes.validation import problems
from tests.handlers.fakes.wire import Reply, Sent, Wire, wire_of

AUDIT, MANAGEMENT = "222222222222", "111111111111"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SERVICES = (
    "accessanalyzer",
    "cloudtrail",
    "config",
    "guardduty",
    "iam",
    "inspector2",
    "macie2",
    "organizations",
    "securityhub",
    "sts",
)
DETECTOR = "12abc34d567e8fa901bc2d34e56789f0"


@dataclass(kw_only=True)
class GuardDuty(Service):
    """As much as it takes to see that fakes work."""

    name: ClassVar[str] = "guardduty"
    detectors: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    administrators: dict[str, str] = field(default_factory=dict)

    def create_detector(self, call: Call) -> dict[str, Any]:
        if call.place in self.detectors:
            raise RefusedError(
                "BadRequestException", "The request is rejected because a detector already exists for the current account."
            )
        self.detectors[call.place] = dict(call.given)
        return {"DetectorId": DETECTOR}

    def list_detectors(self, call: Call) -> dict[str, Any]:
        return {"DetectorIds": [DETECTOR] if call.place in self.detectors else []}

    def enable_organization_admin_account(self, call: Call) -> dict[str, Any]:
        self.administrators[call.region] = call.given["AdminAccountId"]
        self.detectors.setdefault((call.given["AdminAccountId"], call.region), {"Enable": True})
        return {}


def sample(shape: Shape | None, above: tuple[str, ...] = ()) -> Any:
    """A value of the shape with every member that does not repeat itself."""
    if shape is None:
        return {}
    if isinstance(shape, StructureShape):
        inside = (*above, shape.name)
        members = {name: member for name, member in shape.members.items() if not set(named(member)) & set(inside)}
        if shape.is_tagged_union:
            members = dict([next(iter(members.items()))])
        return {name: sample(member, inside) for name, member in members.items()}
    if isinstance(shape, ListShape):
        return [sample(shape.member, above)]
    if isinstance(shape, MapShape):
        return {sample(shape.key): sample(shape.value, above)}
    text = shape.enum[0] if isinstance(shape, StringShape) and shape.enum else "a b/c&d<é"
    numbers = {"boolean": True, "integer": 1, "long": 2, "double": 1.5, "float": 1.5}
    return {**numbers, "timestamp": NOON, "blob": b"\0x"}.get(shape.type_name, text)


def named(shape: Shape) -> Iterator[str]:
    """The shape and what it consists of, as far as lists and maps go."""
    yield shape.name
    if isinstance(shape, ListShape):
        yield from named(shape.member)
    if isinstance(shape, MapShape):
        yield from named(shape.value)


def sent_by_botocore(wire: Wire, operation: OperationModel, given: dict[str, Any]) -> Sent:
    request = create_serializer(wire.protocol, include_validation=False).serialize_to_request(given, operation)
    body = urlencode(request["body"]) if isinstance(request["body"], dict) else request["body"]
    query = urlencode(request["query_string"], doseq=True) if request["query_string"] else ""
    headers = {name.lower(): value for name, value in request["headers"].items()}
    return Sent(request["method"], f"{request['url_path']}?{query}", headers, body.encode() if isinstance(body, str) else body)


def parsed_by_botocore(wire: Wire, operation: OperationModel, reply: Reply) -> dict[str, Any]:
    response = {"status_code": reply.status, "headers": reply.headers, "body": reply.body}
    parsed: dict[str, Any] = create_parser(wire.protocol).parse(response, cast("Shape", operation.output_shape))
    return parsed


@pytest.mark.parametrize("service", SERVICES)
def test_every_request_of_botocore_is_read_as_it_was_meant(service: str) -> None:
    wire = wire_of(service)
    for name in wire.model.operation_names:
        operation = wire.model.operation_model(name)
        given = sample(operation.input_shape)
        read, parameters = wire.read(sent_by_botocore(wire, operation, given))
        assert (read.name, parameters) == (name, given)


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_is_parsed_by_botocore_as_it_was_meant(service: str) -> None:
    wire = wire_of(service)
    for name in wire.model.operation_names:
        operation = wire.model.operation_model(name)
        answer = sample(operation.output_shape)
        reply = wire.write(operation, answer)
        parsed = parsed_by_botocore(wire, operation, reply)
        parsed.pop("ResponseMetadata", None)
        assert parsed == answer, name


@pytest.mark.parametrize("service", ["guardduty", "iam", "organizations"])
def test_an_error_is_one_to_botocore(service: str) -> None:
    wire = wire_of(service)
    reply = wire.error("SomeException", "a <reason> & more", 409)
    parsed = parsed_by_botocore(wire, wire.model.operation_model(wire.model.operation_names[0]), reply)
    assert parsed["Error"]["Code"] == "SomeException"
    assert parsed["Error"]["Message"] == "a <reason> & more"


@pytest.fixture
def cloud(aws: str, server: Server) -> Cloud:
    assert aws == server.address
    made = Cloud((GuardDuty(),))
    server.cloud = made
    return made


def client(cloud: Cloud, account: str, region: str = "eu-central-1", policy: Policy | None = None) -> Any:
    config = Config(retries={"total_max_attempts": 1})
    return session(cloud.admit(account, policy), region).client("guardduty", config=config)


def test_state_is_kept_by_account_and_region(cloud: Cloud) -> None:
    client(cloud, MANAGEMENT, "eu-west-1").enable_organization_admin_account(AdminAccountId=AUDIT)
    assert client(cloud, AUDIT, "eu-west-1").list_detectors()["DetectorIds"] == [DETECTOR]
    assert client(cloud, AUDIT, "eu-north-1").list_detectors()["DetectorIds"] == []
    assert client(cloud, MANAGEMENT, "eu-west-1").list_detectors()["DetectorIds"] == []
    with pytest.raises(ClientError, match="already exists"):
        client(cloud, AUDIT, "eu-west-1").create_detector(Enable=True)
    assert cloud.calls[0] == "guardduty:EnableOrganizationAdminAccount"


@pytest.mark.usefixtures("aws")
def test_a_change_shows_after_as_many_looks_as_the_test_wants(server: Server) -> None:
    server.cloud = Cloud((GuardDuty(lag=2),))
    guardduty = client(server.cloud, AUDIT)
    guardduty.create_detector(Enable=True)
    assert [guardduty.list_detectors()["DetectorIds"] for _ in range(4)] == [[], [], [DETECTOR], [DETECTOR]]


def test_faults_come_when_the_test_wants_them(cloud: Cloud) -> None:
    cloud.faults.append(Fault("guardduty:ListDetectors", "TooManyRequestsException", times=1, skip=1, status=429))
    guardduty = client(cloud, AUDIT)
    guardduty.list_detectors()
    with pytest.raises(ClientError, match="TooManyRequestsException") as caught:
        guardduty.list_detectors()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    guardduty.list_detectors()


def test_what_the_service_would_not_take_is_refused(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="FindingPublishingFrequency: 'WEEKLY' is none of FIFTEEN_MINUTES"):
        client(cloud, AUDIT).create_detector(Enable=True, FindingPublishingFrequency="WEEKLY")
    assert cloud.the(GuardDuty).detectors == {}


@pytest.mark.parametrize(
    ("action", "given", "wrong"),
    [
        ("guardduty:CreateDetector", {"Enable": True, "FindingPublishingFrequency": "SIX_HOURS"}, ""),
        ("guardduty:CreateDetector", {}, 'Missing required parameter in input: "Enable"'),
        ("guardduty:CreateDetector", {"Enable": True, "Frequency": "x"}, 'Unknown parameter in input: "Frequency"'),
        ("guardduty:ListDetectors", {"MaxResults": 51}, "MaxResults: 51 is more than 50"),
        ("guardduty:CreateDetector", {"Enable": True, "Tags": {"a": "b" * 257}}, "Tags[a]: 257 is more than 256"),
        ("organizations:DescribeAccount", {"AccountId": "22222222222a"}, "AccountId: '22222222222a' does not match ^\\d{12}$"),
        (
            "guardduty:UpdateOrganizationConfiguration",
            {"DetectorId": "d", "Features": [{"Name": "NO"}]},
            "Features[0].Name: 'NO' is none of",
        ),
    ],
)
def test_parameters_are_held_against_the_whole_model(action: str, given: dict[str, Any], wrong: str) -> None:
    service, _, operation = action.partition(":")
    found = "; ".join(problems(wire_of(service).model.operation_model(operation).input_shape, given))
    assert (wrong in found) if wrong else not found


def test_a_gap_in_a_fake_is_told(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="no method delete_detector"):
        client(cloud, AUDIT).delete_detector(DetectorId=DETECTOR)
    with pytest.raises(ClientError, match="not for a service, of this cloud"):
        session("AKIAIOSFODNN7EXAMPLE", "eu-west-1").client(
            "guardduty", config=Config(retries={"total_max_attempts": 1})
        ).list_detectors()
    assert len(cloud.gaps) == 2


ROLE = {
    "Policies": [
        {
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "Step1",
                        "Effect": "Allow",
                        "Action": ["guardduty:ListDetectors", "guardduty:CreateDetector", "guardduty:DeleteDetector"],
                        "Resource": ["*"],
                        "Condition": {"StringEquals": {"aws:RequestedRegion": [{"Ref": "AWS::Region"}, "eu-north-1"]}},
                    },
                    {
                        "Sid": "Step2",
                        "Effect": "Allow",
                        "Action": ["guardduty:GetDetector"],
                        "Resource": [{"Fn::Sub": "arn:${AWS::Partition}:guardduty:${AWS::Region}:${AWS::AccountId}:detector/*"}],
                    },
                    {
                        "Sid": "Log",
                        "Effect": "Allow",
                        "Action": ["logs:PutLogEvents"],
                        "Resource": [{"Fn::GetAtt": ["Log", "Arn"]}],
                    },
                ],
            }
        }
    ]
}


def test_a_role_is_read_as_it_is_once_deployed() -> None:
    first, second, log = role_document(ROLE, AUDIT, "eu-west-1")["Statement"]
    assert first["Condition"] == {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-north-1"]}}
    assert second["Resource"] == [f"arn:aws:guardduty:eu-west-1:{AUDIT}:detector/*"]
    assert log["Resource"] == [f"arn:aws:example:eu-west-1:{AUDIT}:Log/Arn"]


def test_the_role_decides_what_is_done_and_where(cloud: Cloud) -> None:
    policy = role_policy(role_document(ROLE, AUDIT, "eu-west-1"))
    client(cloud, AUDIT, "eu-west-1", policy).create_detector(Enable=True)
    with pytest.raises(ClientError, match=r"AccessDenied.*not authorized to perform: guardduty:ListDetectors"):
        client(cloud, AUDIT, "eu-south-1", policy).list_detectors()
    with pytest.raises(ClientError, match="EnableOrganizationAdminAccount on resource"):
        client(cloud, AUDIT, "eu-west-1", policy).enable_organization_admin_account(AdminAccountId=AUDIT)


@pytest.mark.usefixtures("aws")
def test_what_a_role_may_do_without_need_is_found(server: Server) -> None:
    def fails(policy: Policy) -> bool:
        server.cloud = Cloud((GuardDuty(),))
        guardduty = client(server.cloud, AUDIT, "eu-west-1", policy)
        try:
            guardduty.create_detector(Enable=True)
            guardduty.list_detectors()
        except ClientError:
            return True
        return False

    assert surplus(role_document(ROLE, AUDIT, "eu-west-1"), fails) == [
        "no guardduty:DeleteDetector",
        "no guardduty:ListDetectors for aws:RequestedRegion eu-north-1",
        "no guardduty:GetDetector",
        f"no guardduty:GetDetector on arn:aws:guardduty:eu-west-1:{AUDIT}:detector/*",
    ]


def test_what_the_sdk_of_lambda_does_not_know_is_not_sent_and_not_seen() -> None:
    update = "guardduty:UpdateOrganizationConfiguration"
    known = {"DetectorId": "d", "Features": [{"Name": "S3_DATA_EVENTS", "AdditionalConfiguration": [{"Name": "X"}]}]}
    assert missing_in_lambda(update, known) == []
    (newer,) = missing_in_lambda(update, {"Features": [{"Name": "S3_DATA_EVENTS", "Newer": 1}]})
    assert "Features[].Newer" in newer
    assert missing_in_lambda("guardduty:NewerOperation", {}) != []
    answer = {"Status": "ENABLED", "Features": [{"Name": "A", "Newer": 1}], "Tags": {"any": "thing"}, "Newer": 1}
    assert seen_in_lambda("guardduty:GetDetector", answer) == {
        "Status": "ENABLED",
        "Features": [{"Name": "A"}],
        "Tags": {"any": "thing"},
    }


def test_the_table_is_of_the_version_that_its_module_names() -> None:
    assert json.loads(FILE.read_text())["sdk"] == VERSION


def test_properties_are_handed_over_as_text() -> None:
    assert as_handed_over({"A": True, "B": [1, {"C": False}], "D": "x"}) == {"A": "true", "B": ["1", {"C": "false"}], "D": "x"}
