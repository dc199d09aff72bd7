"""The deployment, replayed on paper: nothing that the package says denies a call that it needs itself.

CfCT attaches SCPs and RCPs first, then deploys each stack in order as AWSControlTowerExecution of the target account. Which calls
CloudFormation makes for a resource is AWS's own statement: the permissions of the handlers in the resource type's schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from generator.policy.document import parse
from generator.policy.evaluate import AccountPolicies
from generator.policy.layers import ControlPolicies
from generator.policy.model import PolicyKind
from tests.paper import KEY_ID, Deployed, Paper, paper_of


@pytest.fixture
def paper(example) -> Paper:
    return paper_of(example.name)


def deployment_calls(paper: Paper) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Every call of CloudFormation, in order: account, resource type, action, resources."""
    for stack in paper.stacks:
        for title, resource in paper.template(stack)["Resources"].items():
            if resource["Type"].startswith("Custom::"):
                continue
            schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(stack.region, resource["Type"]).schema
            arn = paper.arn(stack, title)
            for operation in ("create", "read", "update"):
                for action in schema.get("handlers", {}).get(operation, {}).get("permissions", ()):
                    resources = (arn,)
                    if action.lower() in ("kms:createalias", "kms:updatealias"):
                        resources = (arn, paper.arn(stack, resource["Properties"]["TargetKeyId"]["Ref"]))
                    if action.lower().startswith(("iam:passrole", "iam:createservicelinkedrole", "kms:createkey", "kms:list")):
                        resources = ("*",)
                    yield stack.account, resource["Type"], action, resources


def test_cloudformation_may_make_every_call_of_every_stack(paper):
    calls = set(deployment_calls(paper))
    assert {account for account, *_ in calls} >= {stack.account for stack in paper.stacks}
    assert len(calls) > 100
    denied = []
    for account, resource_type, action, resources in sorted(calls):
        role = f"arn:{paper.organization.partition}:iam::{account}:role/AWSControlTowerExecution"
        decision = paper.decide(role, action, resources, account)
        if not decision.allowed:
            denied.append((resource_type, action, resources, decision.reason))
    assert denied == []


def function_calls(paper) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """What each Lambda function is made to call: the ARN of its role, account, action and resources."""
    functions = {(stack, properties["Role"]) for stack, _, properties in paper.resources("AWS::Lambda::Function")}
    for stack, title, properties in paper.resources("AWS::IAM::Role"):
        role = paper.arn(stack, title)
        if (stack, role) in functions:
            for policy in properties["Policies"]:
                for statement in policy["PolicyDocument"]["Statement"]:
                    for action in statement["Action"]:
                        for resource in statement["Resource"]:
                            yield role, stack.account, action, (resource,)


def test_what_a_function_is_made_to_do_is_denied_to_it_nowhere(paper):
    """Neither by the guards of other controls, nor by its own control's."""
    calls = set(function_calls(paper))
    assert {role.split(":")[4] for role, *_ in calls} >= {paper.organization.management_account, paper.organization.audit}
    denied = [call for call in sorted(calls) if not paper.decide(call[0], call[2], call[3], call[1]).allowed]
    assert denied == []


def test_the_replay_would_notice_a_denial(paper):
    """The same calls by another role of the Log Archive account: what the guard protects is denied, so the replay is no empty shell."""
    log_archive = paper.organization.log_archive
    role = f"arn:{paper.organization.partition}:iam::{log_archive}:role/Administrator"
    changes = {
        (action, resources)
        for account, resource_type, action, resources in deployment_calls(paper)
        if account == log_archive and resource_type == "AWS::S3::BucketPolicy" and not action.startswith("s3:Get")
    }
    guarded = protected_buckets(paper)
    assert any(resources[0] in guarded for _, resources in changes)
    for action, resources in changes:
        assert paper.decide(role, action, resources, log_archive).allowed != (resources[0] in guarded)


def protected_buckets(paper) -> set[str]:
    """The buckets that log-archive-guard's RCP names."""
    prefix = f"arn:{paper.organization.partition}:s3:::"
    return {
        arn
        for path, content in paper.files.items()
        if path.startswith("policies/logs-rcp-")
        for statement in json.loads(content)["Statement"]
        for arn in statement["Resource"]
        if arn.startswith(prefix) and not arn.endswith("/*")
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
    if paper.organization.control_tower_trail:
        return paper.organization.control_tower_trail.name
    (name,) = (properties["TrailName"] for _, _, properties in paper.resources("AWS::CloudTrail::Trail"))
    return name


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


def access_logs(paper) -> Iterator[tuple[str, str, str]]:
    """Account of both, bucket, and where S3 writes its access logs."""
    organization = paper.organization
    prefix = f"arn:{organization.partition}:s3:::"
    for stack, title, properties in paper.resources("AWS::S3::Bucket"):
        if logging := properties.get("LoggingConfiguration"):
            place = f"{prefix}{logging['DestinationBucketName']}/{logging['LogFilePrefix']}file"
            yield stack.account, paper.arn(stack, title), place
    if adopted := organization.control_tower_trail:
        yield organization.log_archive, prefix + adopted.bucket, f"{prefix}{adopted.access_log_bucket}/logs/file"


def test_access_logs_are_delivered(paper):
    """S3's logging service writes for each bucket into the bucket that it names (S3 User Guide, "Enabling server access logging")."""
    logged = list(access_logs(paper))
    assert {bucket for _, logs, place in logged for bucket in (logs, place.partition("/")[0])} >= protected_buckets(paper)
    for account, logs, place in logged:
        given = {"aws:SourceArn": logs, "aws:SourceAccount": account, "aws:SourceOrgID": paper.organization.id}
        # An adopted bucket's own policy is Control Tower's.
        ask = paper.decide if paper.policy_on((place,)) else paper.layers
        decision = ask("logging.s3.amazonaws.com", "s3:PutObject", (place,), account, **given)
        assert decision.allowed, (place, decision.reason)


def log_groups(paper) -> Iterator[tuple[Deployed, str, str]]:
    """Each log group with a key: stack, the group's ARN, the key's."""
    for stack, title, properties in paper.resources("AWS::Logs::LogGroup"):
        yield stack, paper.arn(stack, title), properties["KmsKeyId"]


def test_cloudwatch_logs_may_use_the_key_of_every_log_group(paper):
    """Of the trail's, and of each function's in each region (CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs")."""
    groups = list(log_groups(paper))
    assert any(stack.name == "organization-trail" for stack, *_ in groups) != bool(paper.organization.control_tower_trail)
    assert len({(stack.account, stack.region) for stack, *_ in groups}) > 1
    for stack, group, key in groups:
        context = {"kms:EncryptionContext:aws:logs:arn": group}
        sender = f"logs.{stack.region}.amazonaws.com"
        for action in (
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:GenerateDataKey",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
            "kms:DescribeKey",
        ):
            decision = paper.decide(sender, action, (key,), stack.account, **context)
            assert decision.allowed, (group, action, decision.reason)
        foreign = {"kms:EncryptionContext:aws:logs:arn": group.rpartition(":")[0] + ":/somebody/else"}
        assert not paper.decide(sender, "kms:Decrypt", (key,), stack.account, **foreign).allowed, group


@pytest.mark.parametrize("whose", ["log_archive", "audit", "management_account"])
def test_config_goes_on_writing_to_an_adopted_bucket(whose):
    """Its recorder's role in every account: Log Archive and Audit, which the SCP binds, and those that only the RCP does."""
    paper = paper_of("adopt")
    account = getattr(paper.organization, whose)
    role = f"arn:aws:iam::{account}:role/aws-controltower-ConfigRecorderRole"
    bucket = f"arn:aws:s3:::{paper.organization.control_tower_trail.bucket}"
    for action, resource in (("s3:GetBucketAcl", bucket), ("s3:PutObject", f"{bucket}/file")):
        assert paper.layers(role, action, (resource,), paper.organization.log_archive).allowed
    assert not paper.layers(role, "s3:DeleteObject", (f"{bucket}/file",), paper.organization.log_archive).allowed


def test_readers_read_and_administrators_administer():
    paper = paper_of("every-option")
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


def test_cloudtrail_is_let_in_for_this_trail_only_by_the_bucket_and_the_key_themselves(example_called):
    """Without any RCP, another trail of the same management account gets nowhere either: `aws:SourceArn` is pinned."""
    paper = Paper(example_called("minimal"))
    paper.controls = ControlPolicies(paper.organization.management_account)
    other = {**source(paper), "aws:SourceArn": trail_arn(paper) + "-of-someone-else"}
    for action, resources, context in cloudtrail_calls(paper):
        assert paper.decide("cloudtrail.amazonaws.com", action, resources, "222222222222", **{**source(paper), **context}).allowed
        assert not paper.decide("cloudtrail.amazonaws.com", action, resources, "222222222222", **{**other, **context}).allowed, (
            action
        )


def granted(paper, title) -> AccountPolicies:
    """The identity policies of a role or managed policy of the package."""
    documents = [
        document
        for _, name, properties in paper.resources()
        if name == title
        for document in (
            *[policy["PolicyDocument"] for policy in properties.get("Policies", ())],
            *[properties[key] for key in ("PolicyDocument",) if key in properties],
        )
    ]
    return AccountPolicies(identity=tuple(parse(json.dumps(document), PolicyKind.IDENTITY, title) for document in documents))


def test_cloudtrails_role_may_write_the_streams_of_the_account_and_of_the_organization():
    """Stream names: CloudTrail User Guide, "Role policy document for CloudTrail to use CloudWatch Logs for monitoring"."""
    paper = paper_of("minimal")
    group = "arn:aws:logs:eu-central-1:111111111111:log-group:/organization-trail/events:log-stream:"
    role = "arn:aws:iam::111111111111:role/organization-trail-TrailDeliveryRole-EXAMPLE"
    for stream in ("111111111111_CloudTrail_eu-central-1_3", "o-exampleorg1_222222222222_CloudTrail_us-east-1"):
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            request = (role, action, (group + stream,), "111111111111")
            assert paper.decide_as(granted(paper, "TrailDeliveryRole"), *request).allowed, stream
            assert not paper.decide_as(
                granted(paper, "TrailDeliveryRole"), role, action, (group + "other",), "111111111111"
            ).allowed


INVESTIGATION = (
    ("athena:StartQueryExecution", "arn:aws:athena:eu-central-1:222222222222:workgroup/organization-trail", {}),
    ("athena:GetQueryResults", "arn:aws:athena:eu-central-1:222222222222:workgroup/organization-trail", {}),
    ("athena:ListDatabases", "arn:aws:athena:eu-central-1:222222222222:datacatalog/AwsDataCatalog", {}),
    ("athena:ListWorkGroups", "*", {}),
    ("glue:GetDatabase", "arn:aws:glue:eu-central-1:222222222222:database/default", {}),
    ("glue:GetTable", "arn:aws:glue:eu-central-1:222222222222:table/organization_trail/events", {}),
    ("s3:ListBucket", "arn:aws:s3:::organization-trail-222222222222-eu-central-1", {}),
    ("s3:GetObject", "arn:aws:s3:::organization-trail-222222222222-eu-central-1/AWSLogs/o-exampleorg1/f", {}),
    ("s3:PutObject", "arn:aws:s3:::organization-trail-query-222222222222-eu-central-1/r", {}),
    ("s3:GetObject", "arn:aws:s3:::organization-trail-query-222222222222-eu-central-1/r", {}),
    ("s3:GetBucketLocation", "arn:aws:s3:::organization-trail-query-222222222222-eu-central-1", {}),
    ("kms:Decrypt", f"arn:aws:kms:eu-central-1:222222222222:key/{KEY_ID}", {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}),
)


@pytest.mark.parametrize(("action", "resource", "context"), INVESTIGATION)
def test_an_investigator_who_is_named_as_reader_may_ask(action, resource, context):
    """Every call that a query in the console takes, against all that the package says, with nothing but the investigator policy."""
    paper = paper_of("readers")
    reader = (
        "arn:aws:iam::222222222222:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Investigator_0123456789abcdef"
    )
    policies = replace(granted(paper, "InvestigatorPolicy"), resource=paper.policy_on((resource,)))
    assert paper.decide_as(policies, reader, action, (resource,), "222222222222", **context).allowed
    stranger = reader.replace("Investigator", "Developer")
    if resource.startswith("arn:aws:s3:::organization-trail-2"):
        assert not paper.decide_as(policies, stranger, action, (resource,), "222222222222", **context).allowed


def test_an_investigator_may_query_the_log_group_and_change_nothing():
    paper = paper_of("readers")
    group = "arn:aws:logs:eu-central-1:111111111111:log-group:/organization-trail/events"
    role = (
        "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Investigator_0123456789abcdef"
    )
    policies = granted(paper, "InvestigatorPolicy")
    for action, resource in (("logs:StartQuery", group), ("logs:FilterLogEvents", group), ("logs:GetQueryResults", "*")):
        assert paper.decide_as(policies, role, action, (resource,), "111111111111").allowed
    for action in ("logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:DisassociateKmsKey"):
        assert not paper.decide_as(policies, role, action, (group,), "111111111111").allowed
