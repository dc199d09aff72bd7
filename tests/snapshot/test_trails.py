"""What the snapshot finds of the organization's trails, and what it asks."""

from __future__ import annotations

import boto3
import pytest

from generator.errors import InputError
from generator.snapshot import CONTROL_TOWER_TRAIL, snapshot
from tests.snapshot.conftest import by_hand, loaded


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
