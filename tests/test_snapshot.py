"""The snapshot against a server that answers like AWS Organizations, over HTTP on this machine."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from urllib.request import Request, urlopen

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from botocore.loaders import Loader, create_loader
from botocore.retries.bucket import TokenBucket
from botocore.stub import Stubber
from moto.organizations.models import organizations_backends
from moto.server import ThreadedMotoServer

from generator import snapshot as module
from generator.errors import InputError, OutsideError
from generator.landing_zone import load_organization
from generator.snapshot import CONTROL_TOWER_TRAIL, snapshot

BY_HAND = """\
# Our organization. Ask the platform team before you change anything below the line.
home_region: eu-central-1
governed_regions: [eu-central-1, us-east-1]   # twice a year we look at this
log_archive: "{log_archive}"
audit: "{audit}"
control_tower_version: "3.3"
cfct_version: "2.8.4"
# ------------------------------------------------------------------------
control_tower_trail: none
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@cache
def models() -> Loader:
    """Reads botocore's models once for all sessions."""
    return create_loader()


def connected() -> boto3.Session:
    inner = botocore.session.Session()
    inner.register_component("data_loader", models())
    return boto3.Session(botocore_session=inner, region_name="eu-central-1")


@pytest.fixture(scope="module")
def server(endpoint) -> Iterator[dict[str, object]]:
    """The environment of the server's users, and an organization in it: see `session`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        patch.setenv("AWS_ACCESS_KEY_ID", "documentation")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "documentation")
        patch.delenv("AWS_PROFILE", raising=False)
        found_organization(connected())
        yield deepcopy(vars(organizations_backends["123456789012"]["aws"]))
    forget(endpoint)


def forget(endpoint: str) -> None:
    urlopen(Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=10).close()  # noqa: S310 - our own server


@pytest.fixture
def session(endpoint, server) -> boto3.Session:
    """A fresh organization of 27 accounts in 3 OUs, two deep, with one SCP of its own."""
    forget(endpoint)
    vars(organizations_backends["123456789012"]["aws"]).update(deepcopy(server))
    return connected()


def found_organization(session: boto3.Session) -> None:
    organizations = session.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    names = {}
    for parent, name in ((root, "Security"), (root, "Workloads"), ("Workloads", "Production")):
        parent_id = names.get(parent, parent)
        unit = organizations.create_organizational_unit(ParentId=parent_id, Name=name)
        names[name] = unit["OrganizationalUnit"]["Id"]
    create(organizations, root, names["Security"], "Log Archive", "Audit")
    create(organizations, root, names["Production"], *(f"Shop {number}" for number in range(24)))
    policy = organizations.create_policy(
        Name="deny-leaving",
        Description="nobody leaves",
        Type="SERVICE_CONTROL_POLICY",
        Content='{"Version": "2012-10-17",\n "Statement": [{"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}]}',
    )
    organizations.attach_policy(PolicyId=policy["Policy"]["PolicySummary"]["Id"], TargetId=names["Workloads"])


def create(organizations, root: str, unit: str, *names: str) -> None:
    for name in names:
        status = organizations.create_account(AccountName=name, Email=f"{name.replace(' ', '-').lower()}@example.com")
        organizations.move_account(
            AccountId=status["CreateAccountStatus"]["AccountId"], SourceParentId=root, DestinationParentId=unit
        )


def ids(session: boto3.Session) -> dict[str, str]:
    pages = session.client("organizations").get_paginator("list_accounts").paginate()
    return {account["Name"]: account["Id"] for page in pages for account in page["Accounts"]}


def by_hand(session: boto3.Session) -> str:
    accounts = ids(session)
    return BY_HAND.format(log_archive=accounts["Log Archive"], audit=accounts["Audit"])


def loaded(tmp_path: Path, text: str):
    path = tmp_path / "organization.yaml"
    path.write_text(text)
    return load_organization(path)


def test_everything_that_organizations_knows_is_in_the_file_page_by_page(session, tmp_path):
    organization = loaded(tmp_path, snapshot(session, by_hand(session)))
    assert {unit.path for unit in organization.organizational_units} == {"Security", "Workloads", "Workloads:Production"}
    assert len(organization.accounts) == 27
    assert len(organization.accounts_directly_in("Workloads:Production")) == 24
    assert organization.account(organization.management_account).ou is None
    names = {(policy.type, policy.name) for policy in organization.attached}
    assert names == {("scp", "FullAWSAccess"), ("scp", "deny-leaving"), ("rcp", "RCPFullAWSAccess")}


def test_a_policy_keeps_the_very_text_that_aws_stores(session, tmp_path):
    organization = loaded(tmp_path, snapshot(session, by_hand(session)))
    workloads = organization.ou("Workloads").id
    content = next(policy.content for policy in organization.attached_to(workloads) if policy.name == "deny-leaving")
    assert content.startswith('{"Version": "2012-10-17",\n "Statement"')


def test_hand_written_lines_and_comments_survive(session):
    written = snapshot(session, by_hand(session))
    assert written.startswith(by_hand(session))


def test_a_second_snapshot_changes_nothing(session):
    first = snapshot(session, by_hand(session))
    assert snapshot(session, first) == first


def test_only_what_changed_is_rewritten_and_comments_stay_above_their_entry(session):
    first = snapshot(session, by_hand(session))
    accounts = ids(session)
    commented = first.replace(
        f'  - id: "{accounts["Shop 3"]}"', f'  # the shop of Berne\n  - id: "{accounts["Shop 3"]}"  # quiet', 1
    )
    commented = commented.replace(f'  - id: "{accounts["Shop 4"]}"', f'  # the shop of Basel\n  - id: "{accounts["Shop 4"]}"', 1)
    organizations = session.client("organizations")
    organizations.move_account(
        AccountId=accounts["Shop 4"],
        SourceParentId=organizations.list_parents(ChildId=accounts["Shop 4"])["Parents"][0]["Id"],
        DestinationParentId=organizations.list_roots()["Roots"][0]["Id"],
    )
    second = snapshot(session, commented)
    before, after = Counter(commented.splitlines()), Counter(second.splitlines())
    assert before - after == Counter({"    ou: Workloads:Production": 1})
    assert after - before == Counter()
    assert f'  # the shop of Berne\n  - id: "{accounts["Shop 3"]}"  # quiet\n' in second
    assert f'  # the shop of Basel\n  - id: "{accounts["Shop 4"]}"\n' in second


def test_a_new_ou_is_added_and_comments_above_the_others_stay(session, tmp_path):
    first = snapshot(session, by_hand(session))
    lines = first.splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if line == "    name: Security\n") - 1
    commented = "".join([*lines[:place], "  # only people of the security team\n", *lines[place:]])
    organizations = session.client("organizations")
    organizations.create_organizational_unit(ParentId=organizations.list_roots()["Roots"][0]["Id"], Name="Sandbox")
    second = snapshot(session, commented)
    assert "  # only people of the security team\n  - id: " in second
    assert loaded(tmp_path, second).ou("Sandbox").name == "Sandbox"


def test_a_new_file_asks_for_what_organizations_does_not_know(session, tmp_path):
    written = snapshot(session, None)
    assert '# cfct_version: "2.8.4"\n' in written
    assert "control_tower_trail: none\n" in written
    with pytest.raises(InputError) as raised:
        loaded(tmp_path, written)
    missing = [problem.problem for problem in raised.value.problems]
    assert missing == [
        f"`{key}` is missing"
        for key in ("audit", "cfct_version", "control_tower_version", "governed_regions", "home_region", "log_archive")
    ]


def test_the_trail_of_control_tower_is_found(session, tmp_path):
    session.client("s3").create_bucket(
        Bucket="aws-controltower-logs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    session.client("cloudtrail").create_trail(
        Name=CONTROL_TOWER_TRAIL, S3BucketName="aws-controltower-logs", IsOrganizationTrail=True
    )
    previous = by_hand(session).replace("control_tower_trail: none\n", "")
    trail = loaded(tmp_path, snapshot(session, previous)).control_tower_trail
    assert trail is not None
    assert (trail.name, trail.bucket, trail.object_lock) == (CONTROL_TOWER_TRAIL, "aws-controltower-logs", False)


def make_trail(session: boto3.Session, name: str, **options: object) -> None:
    bucket = f"logs-of-{name.lower()}"
    session.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    session.client("cloudtrail").create_trail(Name=name, S3BucketName=bucket, **({"IsOrganizationTrail": True} | options))


def without_trail(session: boto3.Session) -> str:
    return by_hand(session).replace("control_tower_trail: none\n", "")


def test_the_trails_prefix_is_recorded_where_it_is_not_the_organizations_id(session, tmp_path):
    organization = session.client("organizations").describe_organization()["Organization"]["Id"]
    make_trail(session, CONTROL_TOWER_TRAIL, S3KeyPrefix="logs/main")
    written = snapshot(session, without_trail(session))
    assert "  prefix: logs/main\n" in written
    assert loaded(tmp_path, written).control_tower_trail.prefix == "logs/main"
    session.client("cloudtrail").update_trail(Name=CONTROL_TOWER_TRAIL, S3KeyPrefix=organization)
    written = snapshot(session, without_trail(session))
    assert "prefix" not in written
    assert loaded(tmp_path, written).control_tower_trail.prefix == organization


def test_a_trail_without_a_prefix_is_recorded_as_one_without(session, tmp_path):
    make_trail(session, CONTROL_TOWER_TRAIL)
    written = snapshot(session, without_trail(session))
    assert '  prefix: ""\n' in written
    assert loaded(tmp_path, written).control_tower_trail.prefix == ""


ONE_TRAIL = (
    "# There is an organization trail that Control Tower did not make: `company`. "
    "`none` makes one more, and AWS bills its events again.\n"
)
QUESTION = "# control_tower_trail: none # or the trail that Control Tower made: its name, bucket and object_lock\n"


@pytest.mark.parametrize("new", [True, False])
def test_another_organization_trail_is_named_and_the_user_is_asked(session, tmp_path, new):
    make_trail(session, "company")
    written = snapshot(session, None if new else without_trail(session))
    assert f"{ONE_TRAIL}{QUESTION}" in written
    with pytest.raises(InputError) as raised:
        loaded(tmp_path, written)
    assert "`control_tower_trail` is missing" in {problem.problem for problem in raised.value.problems}
    assert snapshot(session, written) == written


def test_all_other_organization_trails_are_named(session):
    for name in ("second", "first"):
        make_trail(session, name)
    assert (
        "# There are organization trails that Control Tower did not make: `first`, `second`. "
        f"`none` makes one more, and AWS bills its events again.\n{QUESTION}"
    ) in snapshot(session, None)


def test_a_question_that_the_file_holds_already_gets_the_trails_name_above_it(session):
    previous = f"{without_trail(session)}{QUESTION}# the end\n"
    make_trail(session, "company")
    assert snapshot(session, previous).startswith(f"{without_trail(session)}{ONE_TRAIL}{QUESTION}# the end\n")


def test_a_trail_of_one_account_is_no_reason_to_ask(session, tmp_path):
    make_trail(session, "local", IsOrganizationTrail=False)
    assert loaded(tmp_path, snapshot(session, without_trail(session))).control_tower_trail is None


def test_control_towers_trail_is_recorded_beside_another(session, tmp_path):
    make_trail(session, "a-company")
    make_trail(session, CONTROL_TOWER_TRAIL)
    written = snapshot(session, without_trail(session))
    assert "a-company" not in written
    assert loaded(tmp_path, written).control_tower_trail.name == CONTROL_TOWER_TRAIL


def test_what_the_file_says_of_the_trail_is_left_alone(session, tmp_path):
    session.client("s3").create_bucket(
        Bucket="aws-controltower-logs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    session.client("cloudtrail").create_trail(
        Name=CONTROL_TOWER_TRAIL, S3BucketName="aws-controltower-logs", IsOrganizationTrail=True
    )
    assert loaded(tmp_path, snapshot(session, by_hand(session))).control_tower_trail is None


def test_a_file_about_another_organization_is_never_overwritten(session):
    with pytest.raises(InputError, match="this file is about organization `o-exampleorg1`, and the credentials are for"):
        snapshot(session, "id: o-exampleorg1\n" + by_hand(session))


@pytest.mark.parametrize(
    ("previous", "expected"),
    [
        ("id: [\n", "this is not YAML"),
        ("id: x\nid: y\n", "`id` is given twice"),
        ("{id: x}\n", "no key at the beginning of a line"),
        ("- id\n", "no key at the beginning"),
    ],
)
def test_a_file_that_cannot_be_read_is_left_alone(session, previous, expected):
    with pytest.raises(InputError, match=expected):
        snapshot(session, previous)


def throttled(session: boto3.Session, times: int, monkeypatch) -> list[float]:
    """Answers the first calls of one operation with throttling, before they reach the network; returns the waits."""
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    monkeypatch.setattr(TokenBucket, "acquire", lambda *_, **__: True)  # botocore's brake, which waits by a lock
    left = [times]

    def refuse(**_: object) -> object:
        if not left[0]:
            return None
        left[0] -= 1
        response = AWSResponse("http://127.0.0.1", 400, {"x-amzn-errortype": "TooManyRequestsException"}, None)
        response._content = json.dumps({"__type": "TooManyRequestsException", "Message": "slow down"}).encode()
        return response

    session.events.register("before-send.organizations.ListAccountsForParent", refuse)
    return waits


def test_throttling_is_waited_out(session, tmp_path, monkeypatch):
    previous = by_hand(session)
    waits = throttled(session, 1, monkeypatch)
    assert len(loaded(tmp_path, snapshot(session, previous)).accounts) == 27
    assert waits


def test_endless_throttling_is_told(session, monkeypatch):
    throttled(session, 1000, monkeypatch)
    monkeypatch.setattr(module, "_RETRIES", Config(retries={"mode": "adaptive", "total_max_attempts": 3}))
    with pytest.raises(OutsideError) as raised:
        snapshot(session, None)
    told = raised.value.problems[0]
    assert told.problem == "AWS Organizations refused `ListAccountsForParent`: TooManyRequestsException"
    assert told.remedy.startswith("wait a few minutes")


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (
            "AccessDeniedException",
            "use credentials of the management account that may call organizations:Describe* and organizations:List*",
        ),
        ("AWSOrganizationsNotInUseException", "use credentials of the organization's management account"),
        ("ExpiredTokenException", "sign in again"),
        ("UnrecognizedClientException", "check the credentials"),
        ("ServiceException", "look the error up in the AWS Organizations API reference"),
    ],
)
def test_a_refusal_says_what_to_do(session, monkeypatch, code, remedy):
    client = session.client("organizations")
    stubber = Stubber(client)
    stubber.add_client_error("describe_organization", code)
    stubber.activate()
    monkeypatch.setattr(session, "client", lambda *_, **__: client)
    with pytest.raises(OutsideError) as raised:
        snapshot(session, None)
    assert (raised.value.problems[0].problem, raised.value.problems[0].remedy) == (
        f"AWS Organizations refused `DescribeOrganization`: {code}",
        remedy,
    )


def test_a_member_account_is_refused(session, monkeypatch):
    described = session.client("organizations").describe_organization()["Organization"]
    sts = session.client("sts")
    stubber = Stubber(sts)
    stubber.add_response(
        "get_caller_identity", {"Account": "222222222222", "Arn": "arn:aws:iam::222222222222:root", "UserId": "x"}
    )
    stubber.activate()
    real = session.client
    monkeypatch.setattr(session, "client", lambda name, **options: sts if name == "sts" else real(name, **options))
    with pytest.raises(OutsideError) as raised:
        snapshot(session, None)
    management = described["MasterAccountId"]
    assert (
        raised.value.problems[0].problem
        == f"these credentials are for account `222222222222`, and the organization belongs to `{management}`"
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NoCredentialsError(), "there are no usable AWS credentials"),
        (
            EndpointConnectionError(endpoint_url="https://organizations.us-east-1.amazonaws.com"),
            "AWS Organizations cannot be reached",
        ),
    ],
)
def test_what_fails_before_aws_answers_is_told(session, monkeypatch, error, expected):
    def fail(*_: object, **__: object) -> object:
        raise error

    monkeypatch.setattr(session, "client", fail)
    with pytest.raises(OutsideError) as raised:
        snapshot(session, None)
    assert raised.value.problems[0].problem.startswith(expected)
    assert raised.value.exit_code == 3


def test_control_towers_manifest_fills_what_the_file_does_not_say(session):
    client = session.client("controltower")
    stubber = Stubber(client)
    arn = "arn:aws:controltower:eu-central-1:111111111111:landingzone/1A2B3C4D5E6F7G8H"
    stubber.add_response("list_landing_zones", {"landingZones": [{"arn": arn}]})
    manifest = {
        "governedRegions": ["us-east-1", "eu-central-1"],
        "centralizedLogging": {"accountId": "222222222222"},
        "securityRoles": {"accountId": "333333333333"},
    }
    stubber.add_response("get_landing_zone", {"landingZone": {"version": "3.3", "manifest": manifest}})
    with stubber:
        found = module._landing_zone(client, "eu-central-1")
    assert found == {
        "control_tower_version": "3.3",
        "home_region": "eu-central-1",
        "governed_regions": ("eu-central-1", "us-east-1"),
        "log_archive": "222222222222",
        "audit": "333333333333",
    }
