"""Who publishes, and whether the package and the pipeline are theirs."""

from __future__ import annotations

import boto3
import pytest

from generator.errors import InputError, OutsideError
from generator.package.ledger import Entry, Ledger
from generator.package.model import Layer
from generator.publish.caller import identify
from generator.publish.delivery import Options, To, refuse_options
from tests.publish.conftest import NEW, OLD, ORGANIZATION, Loopback, from_connection
from tests.servers.walkthrough import commit_file


def test_the_identity_is_shown_first(loopback: Loopback) -> None:
    loopback.publish(OLD)
    assert loopback.said[0] == (
        "arn:aws:sts::111111111111:assumed-role/Publisher/jane@example.com in eu-central-1, account 111111111111"
    )


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("account", "999999999999", "of account `999999999999`, and CfCT runs in `111111111111`"),
        ("organization", "o-another0001", "of organization `o-another0001`, the package of `o-exampleorg1`"),
    ],
)
def test_a_package_of_another_organization_is_refused(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch, field: str, value: str, problem: str
) -> None:
    monkeypatch.setattr(loopback.aws, field, value)
    with pytest.raises(OutsideError, match=problem):
        loopback.publish(OLD)
    assert not loopback.head
    assert loopback.said


def test_a_package_of_another_home_region_is_refused(loopback: Loopback) -> None:
    with pytest.raises(OutsideError, match="`us-east-1`, and CfCT runs in the home region `eu-central-1`"):
        loopback.publish(OLD, region="us-east-1")
    assert not loopback.head


def test_the_home_region_is_used_when_no_region_is_in_force(loopback: Loopback) -> None:
    loopback.publish(OLD, region=None)
    assert loopback.files() == OLD


def test_without_permission_to_see_the_organization_the_account_has_to_do(loopback: Loopback) -> None:
    loopback.aws.errors["DescribeOrganization"] = "AccessDeniedException"
    loopback.publish(OLD)
    assert loopback.files() == OLD
    assert any("could not be verified" in line for line in loopback.said)


@pytest.mark.parametrize(
    ("operation", "code", "problem"),
    [
        ("GetCallerIdentity", "ExpiredToken", "the AWS session has expired"),
        ("GetCallerIdentity", "InvalidClientTokenId", "refused `GetCallerIdentity`: InvalidClientTokenId"),
        ("GetPipeline", "PipelineNotFoundException", "PipelineNotFoundException\n  fix: install CfCT"),
    ],
)
def test_a_refusal_of_aws_gets_one_line(loopback: Loopback, operation: str, code: str, problem: str) -> None:
    loopback.aws.errors[operation] = code
    with pytest.raises(OutsideError, match=problem) as caught:
        loopback.publish(OLD)
    assert len(caught.value.problems) == 1
    assert not loopback.head


def test_no_credentials_get_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(OutsideError, match="there are no usable AWS credentials"):
        identify(boto3.Session(), ORGANIZATION)


def test_no_network_gets_one_line(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(OutsideError, match="AWS STS cannot be reached"):
        loopback.publish(OLD)


def test_a_pipeline_with_another_source_is_refused_with_the_right_option(loopback: Loopback) -> None:
    with pytest.raises(OutsideError, match=r"takes its source from `codecommit`.*\n  fix: use `--to codecommit`"):
        loopback.publish(OLD, Options(To.S3))


def test_a_repository_that_the_pipeline_does_not_read_is_refused(loopback: Loopback) -> None:
    with pytest.raises(OutsideError, match="reads RepositoryName `custom-control-tower-configuration`, and not `other`"):
        loopback.publish(OLD, Options(repository="other"))


@pytest.mark.parametrize(
    "options",
    [
        Options(To.GIT),
        Options(remote="https://example.com/r.git"),
        Options(To.S3, repository="r"),
        Options(To.S3, branch="main"),
        Options(dry_run=True, wait=True),
        Options(To.GIT, remote="ext::sh -c id"),
        Options(To.GIT, remote="--upload-pack=id"),
        Options(To.GIT, remote="codecommit://r"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options: Options) -> None:
    with pytest.raises(InputError):
        refuse_options(options)


def test_any_git_remote_can_be_published_to(loopback: Loopback) -> None:
    loopback.aws.source = from_connection("repositories/custom-control-tower-configuration", "main")
    loopback.publish(OLD, Options(To.GIT, remote=str(loopback.repository)))
    assert loopback.files() == OLD


def test_policies_that_are_no_longer_needed_get_their_commands(loopback: Loopback) -> None:
    entries = (
        Entry("detached-scp-r-exam", Layer.SCP, ORGANIZATION.root_id, "2026-01-01"),
        Entry("guard-scp-r-exam", Layer.SCP, ORGANIZATION.root_id),
        Entry("gone-rcp-r-exam", Layer.RCP, ORGANIZATION.root_id),
        Entry("retired-scp-r-exam", Layer.SCP, ORGANIZATION.root_id),
    )
    loopback.ledger = Ledger(entries)
    retired = b'{"Version":"2012-10-17","Statement":[{"Sid":"Retired","Effect":"Deny"}]}'
    report = loopback.publish({**NEW, "policies/retired-scp-r-exam.json": retired})
    commands = [line.strip() for line in report.splitlines() if "aws organizations" in line]
    assert commands == [
        _looked_up("RESOURCE_CONTROL_POLICY", "gone-rcp-r-exam"),
        'aws organizations detach-policy --policy-id "$id" --target-id r-exam',
        'aws organizations delete-policy --policy-id "$id"',
        _looked_up("SERVICE_CONTROL_POLICY", "retired-scp-r-exam"),
        'aws organizations detach-policy --policy-id "$id" --target-id r-exam',
        'aws organizations delete-policy --policy-id "$id"',
    ]


def _looked_up(kind: str, name: str) -> str:
    return f"id=$(aws organizations list-policies --filter {kind} --query \"Policies[?Name=='{name}'].Id\" --output text)"


@pytest.mark.parametrize("code", ["RequestExpired", "RequestTimeTooSkewed", "InvalidSignatureException"])
def test_a_clock_that_is_wrong_is_named(loopback: Loopback, code: str) -> None:
    loopback.aws.errors["DescribeOrganization"] = code
    with pytest.raises(OutsideError, match="check the clock of this machine"):
        loopback.publish(OLD)


def test_an_endpoint_that_is_no_url_gets_one_line(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "not a url")
    with pytest.raises(OutsideError, match=r"not a url\n  fix: check AWS_ENDPOINT_URL"):
        loopback.publish(OLD)


CONNECTED = from_connection("owner/repository", "release")


@pytest.mark.parametrize(
    ("source", "options", "problem"),
    [
        (None, Options(To.GIT, remote="https://github.com/owner/repository.git"), "takes its source from `codecommit`"),
        (CONNECTED, Options(To.GIT, remote="https://github.com/owner/other.git"), "FullRepositoryId `owner/repository`, and not `owner/other`"),
        (CONNECTED, Options(To.GIT, remote="git@github.com:owner/repository", branch="main"), "BranchName `release`, and not `main`"),
        (CONNECTED, Options(), "takes its source from `git`"),
    ],
)  # fmt: skip
def test_a_git_remote_that_the_pipeline_does_not_read_is_refused(
    loopback: Loopback, source: dict[str, object] | None, options: Options, problem: str
) -> None:
    loopback.aws.source = source or loopback.aws.source
    with pytest.raises(OutsideError, match=problem):
        loopback.publish(OLD, options)


def test_the_branch_of_a_git_remote_is_the_pipelines(loopback: Loopback) -> None:
    loopback.aws.source = from_connection("repositories/custom-control-tower-configuration", "release")
    commit_file(loopback.repository, "manifest.yaml", OLD["manifest.yaml"])
    with pytest.raises(OutsideError, match="has no branch `release`"):
        loopback.publish(OLD, Options(To.GIT, remote=str(loopback.repository)))


def test_a_pipeline_that_cannot_be_seen_is_noted_and_not_waited_for(loopback: Loopback) -> None:
    loopback.aws.errors["GetPipeline"] = "AccessDeniedException"
    remote = str(loopback.repository)
    with pytest.raises(OutsideError, match="nothing to wait for"):
        loopback.publish(OLD, Options(To.GIT, remote=remote, wait=True))
    assert not loopback.head
    loopback.publish(OLD, Options(To.GIT, remote=remote))
    assert loopback.files() == OLD
    assert any("could not be looked at" in line for line in loopback.said)
