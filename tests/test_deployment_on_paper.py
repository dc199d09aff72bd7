"""The deployment, replayed on paper: nothing that the package says denies a call that it needs itself.

CfCT attaches SCPs and RCPs first, then deploys each stack in order as AWSControlTowerExecution of the target account. Which calls
CloudFormation makes for a resource is AWS's own statement: the permissions of the handlers in the resource type's schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import cfn_flip
import pytest
import yaml
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from generator.policy.completion import Membership, Surroundings, complete
from generator.policy.document import parse
from generator.policy.evaluate import AccountPolicies, evaluate
from generator.policy.keys import Context
from generator.policy.layers import FULL_ACCESS, ControlPolicies, Level
from generator.policy.model import Policy, PolicyKind
from generator.policy.request import Request, principal_of

ADMINISTRATOR = parse(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}', PolicyKind.IDENTITY, "a"
)
EVERYBODY = parse(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
    PolicyKind.RESOURCE,
    "a",
)
KINDS = {"scp": PolicyKind.SCP, "rcp": PolicyKind.RCP}
KEY_ID = "11111111-2222-3333-4444-555555555555"


class Paper:
    """An organization with the package's policies attached, and its stacks' resource policies in force."""

    def __init__(self, example):
        self.organization = example.landing_zone.organization
        self.files = example.built.files.files
        manifest = yaml.safe_load(self.files["manifest.yaml"])
        self.stacks = [entry for entry in manifest["resources"] if entry["deploy_method"] == "stack_set"]
        attached = [entry for entry in manifest["resources"] if entry["deploy_method"] != "stack_set"]
        self.scps = {account.id: self._levels(account.id, attached, "scp") for account in self.organization.accounts}
        self.rcps = {account.id: self._levels(account.id, attached, "rcp") for account in self.organization.accounts}
        self.controls = ControlPolicies(self.organization.management_account, self.scps, self.rcps)
        self.policies = dict(self._resource_policies())

    def _levels(self, account, attached, layer) -> tuple[Level, ...]:
        return tuple(
            Level(target, (*self._already_attached(target, layer), *self._emitted(target, attached, layer)))
            for target in (*self.organization.lineage(account), account)
        )

    def _already_attached(self, target, layer) -> list[Policy]:
        """What the organization has today, Control Tower's own policies among it; an OU of which nothing is known has full access."""
        known = [
            parse(each.content, KINDS[layer], each.name) for each in self.organization.attached_to(target) if each.type == layer
        ]
        return known or ([FULL_ACCESS] if layer == "scp" else [])

    def _emitted(self, target, attached, layer) -> list[Policy]:
        paths = {unit.id: unit.path for unit in self.organization.organizational_units}
        return [
            parse(self.files[entry["resource_file"]].decode(), KINDS[layer], entry["name"])
            for entry in attached
            if entry["deploy_method"] == layer and paths.get(target) in entry["deployment_targets"]["organizational_units"]
        ]

    def template(self, stack) -> Mapping:
        return json.loads(cfn_flip.to_json(self.files[stack["resource_file"]].decode()))

    def arn(self, stack, title, resource) -> str:  # noqa: PLR0911  # one per type
        """The ARN that a resource of the template will have, or `*` for one that no emitted policy can name."""
        account, region = self.account(stack), stack["regions"][0]
        partition = self.organization.partition
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::S3::Bucket":
                return f"arn:{partition}:s3:::{properties['BucketName']}"
            case "AWS::S3::BucketPolicy":
                bucket = self.template(stack)["Resources"][properties["Bucket"]["Ref"]]
                return self.arn(stack, title, bucket)
            case "AWS::KMS::Key":
                return f"arn:{partition}:kms:{region}:{account}:key/{KEY_ID}"
            case "AWS::KMS::Alias":
                return f"arn:{partition}:kms:{region}:{account}:{properties['AliasName']}"
            case "AWS::CloudTrail::Trail":
                return f"arn:{partition}:cloudtrail:{region}:{account}:trail/{properties['TrailName']}"
            case "AWS::IAM::Role":
                return f"arn:{partition}:iam::{account}:role/{stack['name']}-{title}-EXAMPLE"
        return "*"

    @staticmethod
    def account(stack) -> str:
        (account,) = stack["deployment_targets"]["accounts"]
        return account

    def _resource_policies(self) -> Iterator[tuple[str, object]]:
        for stack in self.stacks:
            for title, resource in self.template(stack)["Resources"].items():
                properties = resource.get("Properties", {})
                if resource["Type"] == "AWS::KMS::Key":
                    yield self.arn(stack, title, resource), parse(json.dumps(properties["KeyPolicy"]), PolicyKind.KEY, title)
                if resource["Type"] == "AWS::S3::BucketPolicy":
                    document = json.dumps(properties["PolicyDocument"])
                    yield self.arn(stack, title, resource), parse(document, PolicyKind.RESOURCE, title)

    def policy_on(self, resources):
        """The bucket's or key's own policy, if the package makes it."""
        owners = [arn.split("/")[0] if ":s3:::" in arn else arn for arn in resources]
        return next((self.policies[owner] for owner in owners if owner in self.policies), None)

    def decide(self, principal, action, resources, account, **context):
        """Organization policies and resource policies, for a sender that its own account lets do everything."""
        policies = AccountPolicies(identity=(ADMINISTRATOR,), resource=self.policy_on(resources))
        return self._evaluate(policies, principal, action, resources, account, context)

    def layers(self, principal, action, resources, account, **context):
        """The organization's policies alone, where the resource's own policy is not ours and lets everybody in."""
        policies = AccountPolicies(identity=(ADMINISTRATOR,), resource=EVERYBODY)
        return self._evaluate(policies, principal, action, resources, account, context)

    def _evaluate(self, policies, principal, action, resources, account, context):  # noqa: PLR0913, PLR0917  # a request's parts
        organization = self.organization
        memberships = {each.id: Membership(organization.id, ()) for each in organization.accounts}
        given = {key: (value,) for key, value in context.items()}
        request = Request(principal_of(principal), action, tuple(resources), account, Context(given))
        surroundings = Surroundings(region=organization.home_region, memberships=memberships)
        return evaluate(complete(request, surroundings), self.controls, policies)


@pytest.fixture
def paper(example) -> Paper:
    return Paper(example)


def deployment_calls(paper: Paper) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Every call of CloudFormation, in order: account, resource type, action, resources."""
    for stack in paper.stacks:
        account, region = paper.account(stack), stack["regions"][0]
        for title, resource in paper.template(stack)["Resources"].items():
            if resource["Type"].startswith("Custom::"):
                continue
            schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, resource["Type"]).schema
            arn = paper.arn(stack, title, resource)
            for operation in ("create", "read", "update"):
                for action in schema.get("handlers", {}).get(operation, {}).get("permissions", ()):
                    resources = (arn,)
                    if action.lower() in ("kms:createalias", "kms:updatealias"):
                        key = f"arn:{paper.organization.partition}:kms:{region}:{account}:key/{KEY_ID}"
                        resources = (arn, key)
                    if action.lower().startswith(("iam:passrole", "iam:createservicelinkedrole", "kms:createkey", "kms:list")):
                        resources = ("*",)
                    yield account, resource["Type"], action, resources


def test_cloudformation_may_make_every_call_of_every_stack(paper):
    calls = list(deployment_calls(paper))
    assert len(calls) > 100
    denied = []
    for account, resource_type, action, resources in calls:
        role = f"arn:{paper.organization.partition}:iam::{account}:role/AWSControlTowerExecution"
        decision = paper.decide(role, action, resources, account)
        if not decision.allowed:
            denied.append((resource_type, action, resources, decision.reason))
    assert denied == []


def test_the_replay_would_notice_a_denial(paper):
    """The same calls by another role of the Log Archive account: what the guard protects is denied, so the replay is no empty shell."""
    log_archive = paper.organization.log_archive
    role = f"arn:{paper.organization.partition}:iam::{log_archive}:role/Administrator"
    changes = [
        (action, resources)
        for account, resource_type, action, resources in deployment_calls(paper)
        if account == log_archive and resource_type == "AWS::S3::BucketPolicy" and not action.startswith("s3:Get")
    ]
    guarded = protected_buckets(paper)
    for action, resources in changes:
        assert paper.decide(role, action, resources, log_archive).allowed != (resources[0] in guarded)


def protected_buckets(paper) -> set[str]:
    """The bucket ARNs that the RCP names."""
    organization = paper.organization
    text = "".join(content.decode() for path, content in paper.files.items() if "-rcp-" in path)
    statements = json.loads(text)["Statement"]
    return {
        arn for statement in statements for arn in statement["Resource"] if arn.startswith(f"arn:{organization.partition}:s3:::")
    }


def cloudtrail_calls(paper) -> list[tuple[str, tuple[str, ...], dict[str, str]]]:
    """What CloudTrail calls to validate the trail and to deliver a log file (CloudTrail User Guide, bucket and key policies)."""
    organization = paper.organization
    adopted = organization.control_tower_trail
    bucket = adopted.bucket if adopted else f"{trail_name(paper)}-{organization.log_archive}-{organization.home_region}"
    bucket = f"arn:{organization.partition}:s3:::{bucket}"
    prefix = f"{organization.id}/" if adopted else ""
    acl = {"s3:x-amz-acl": "bucket-owner-full-control"}
    files = [
        f"{bucket}/{prefix}AWSLogs/{owner}/CloudTrail/file.json.gz"
        for owner in (organization.management_account, organization.id)
    ]
    calls = [("s3:GetBucketAcl", (bucket,), {}), *(("s3:PutObject", (file,), acl) for file in files)]
    if not adopted:
        key = (f"arn:{organization.partition}:kms:{organization.home_region}:{organization.log_archive}:key/{KEY_ID}",)
        context = {"kms:EncryptionContext:aws:cloudtrail:arn": trail_arn(paper)}
        calls += [("kms:GenerateDataKey", key, context), ("kms:Decrypt", key, {}), ("kms:DescribeKey", key, {})]
    return calls


def trail_name(paper) -> str:
    return (
        paper.organization.control_tower_trail.name
        if paper.organization.control_tower_trail
        else next(
            resource["Properties"]["TrailName"]
            for stack in paper.stacks
            for resource in paper.template(stack)["Resources"].values()
            if resource["Type"] == "AWS::CloudTrail::Trail"
        )
    )


def trail_arn(paper) -> str:
    organization = paper.organization
    owner = organization.management_account
    return f"arn:{organization.partition}:cloudtrail:{organization.home_region}:{owner}:trail/{trail_name(paper)}"


def source(paper) -> dict[str, str]:
    organization = paper.organization
    return {
        "aws:SourceArn": trail_arn(paper),
        "aws:SourceAccount": organization.management_account,
        "aws:SourceOrgID": organization.id,
    }


def test_cloudtrail_may_validate_and_deliver(paper):
    for action, resources, context in cloudtrail_calls(paper):
        given = {**source(paper), **context}
        if paper.organization.control_tower_trail:
            # The adopted bucket's own policy is Control Tower's: only the layers that we make can be in the way.
            decision = paper.layers("cloudtrail.amazonaws.com", action, resources, paper.organization.log_archive, **given)
        else:
            decision = paper.decide("cloudtrail.amazonaws.com", action, resources, paper.organization.log_archive, **given)
        assert decision.allowed, (action, decision.reason)


def test_cloudtrail_is_let_in_for_this_trail_only(paper):
    """Another organization's trail, as a confused deputy, gets nowhere."""
    stranger = {
        "aws:SourceArn": "arn:aws:cloudtrail:eu-central-1:999999999999:trail/theirs",
        "aws:SourceAccount": "999999999999",
        "aws:SourceOrgID": "o-notthisorganization",
    }
    for action, resources, context in cloudtrail_calls(paper):
        given = {**context, **stranger}
        assert not paper.decide("cloudtrail.amazonaws.com", action, resources, paper.organization.log_archive, **given).allowed


def test_access_logs_are_delivered(paper):
    """S3's logging service writes for the log bucket into the access log bucket (S3 User Guide, "Enabling server access logging")."""
    organization = paper.organization
    buckets = sorted(protected_buckets(paper))
    (access_logs,) = {bucket for bucket in buckets if "access" in bucket and not bucket.endswith("/*")}
    (logs,) = {bucket for bucket in buckets if "access" not in bucket and not bucket.endswith("/*")}
    given = {
        "aws:SourceArn": logs,
        "aws:SourceAccount": organization.log_archive,
        "aws:SourceOrgID": organization.id,
    }
    ask = paper.layers if organization.control_tower_trail else paper.decide
    decision = ask("logging.s3.amazonaws.com", "s3:PutObject", (f"{access_logs}/logs/file",), organization.log_archive, **given)
    assert decision.allowed, decision.reason


def test_cloudwatch_logs_may_use_the_key_of_the_log_groups(paper):
    """For every log group of the trail's stack (CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS")."""
    organization = paper.organization
    management, region = organization.management_account, organization.home_region
    groups = [
        resource["Properties"]["LogGroupName"]
        for stack in paper.stacks
        for resource in paper.template(stack)["Resources"].values()
        if resource["Type"] == "AWS::Logs::LogGroup"
    ]
    assert bool(groups) != bool(organization.control_tower_trail)
    key = f"arn:{organization.partition}:kms:{region}:{management}:key/{KEY_ID}"
    for group in groups:
        context = {
            "kms:EncryptionContext:aws:logs:arn": f"arn:{organization.partition}:logs:{region}:{management}:log-group:{group}"
        }
        for action in (
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:GenerateDataKey",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
            "kms:DescribeKey",
        ):
            decision = paper.decide(f"logs.{region}.amazonaws.com", action, (key,), management, **context)
            assert decision.allowed, (group, action, decision.reason)


@pytest.mark.parametrize("whose", ["log_archive", "audit", "management_account"])
def test_config_goes_on_writing_to_an_adopted_bucket(example_called, whose):
    """Its recorder's role in every account: Log Archive and Audit, which the SCP binds, and those that only the RCP does."""
    paper = Paper(example_called("adopt"))
    account = getattr(paper.organization, whose)
    role = f"arn:aws:iam::{account}:role/aws-controltower-ConfigRecorderRole"
    bucket = f"arn:aws:s3:::{paper.organization.control_tower_trail.bucket}"
    for action, resource in (("s3:GetBucketAcl", bucket), ("s3:PutObject", f"{bucket}/file")):
        assert paper.layers(role, action, (resource,), paper.organization.log_archive).allowed
    assert not paper.layers(role, "s3:DeleteObject", (f"{bucket}/file",), paper.organization.log_archive).allowed


def test_readers_read_and_administrators_administer(example_called):
    paper = Paper(example_called("every-option"))
    log_archive, home = paper.organization.log_archive, paper.organization.home_region
    bucket = f"arn:aws:s3:::audit-trail-{log_archive}-{home}"
    key = f"arn:aws:kms:{home}:{log_archive}:key/{KEY_ID}"
    reader = (
        "arn:aws:iam::222222222222:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Investigator_0123456789abcdef"
    )
    far_reader = "arn:aws:iam::333333333333:role/SecurityLake"
    for who in (reader, far_reader):
        assert paper.decide(who, "s3:GetObject", (f"{bucket}/file",), log_archive).allowed
        assert paper.decide(who, "s3:ListBucket", (bucket,), log_archive).allowed
        assert paper.decide(who, "kms:Decrypt", (key,), log_archive, **{"kms:ViaService": f"s3.{home}.amazonaws.com"}).allowed
        assert not paper.decide(who, "kms:Decrypt", (key,), log_archive).allowed, "only through S3"
        assert not paper.decide(who, "s3:DeleteObject", (f"{bucket}/file",), log_archive).allowed
        assert not paper.decide(who, "kms:ScheduleKeyDeletion", (key,), log_archive).allowed
    custodian = "arn:aws:iam::222222222222:role/LogCustodian"
    assert paper.decide(custodian, "kms:PutKeyPolicy", (key,), log_archive).allowed
    assert paper.decide(custodian, "s3:PutLifecycleConfiguration", (bucket,), log_archive).allowed
    assert not paper.decide(custodian, "kms:Decrypt", (key,), log_archive).allowed, "administrators do not read"
