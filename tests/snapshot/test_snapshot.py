"""The snapshot of an organization: what it finds, what it leaves alone, and what it says when AWS refuses."""

from __future__ import annotations

import json
from collections import Counter

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from botocore.retries.bucket import TokenBucket
from botocore.stub import Stubber

from generator import snapshot as module
from generator.errors import InputError, OutsideError
from generator.snapshot import snapshot
from tests.snapshot.conftest import by_hand, ids, loaded


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
