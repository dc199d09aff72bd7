"""The Lambda-backed custom resource that every control makes the same way: its function, role and log group.

The same template may go to every governed region of one account, so nothing here has a fixed name unless the caller gives one:
CloudFormation names the role, and a log group that outlived its stack does not stand in the way of the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from troposphere import AWSObject, Sub, Template, awslambda, iam, kms, logs

from generator.aws.names import AccountId, Arn
from generator.handlers.bundle import bundle
from generator.handlers.permissions import Permission, permissions
from generator.landing_zone.organization import Organization
from generator.package.buckets import KEEP, RETAIN, TAGS
from generator.package.keys import rotated_key
from generator.package.model import JsonObject
from generator.package.policies import allow, identity_allow, key_administration, policy_document, trust

RUNTIME = "python3.13"
"""The newest Python runtime that every governed region offers; AWS supports it until 2029 (Lambda Developer Guide, "Runtimes")."""

SECONDS = 300
"""What a service was just told can take minutes to be seen; the handler answers before Lambda ends it."""

LONGEST_SECONDS = 900
"""A function runs for at most a quarter of an hour (Lambda Developer Guide, "Lambda quotas")."""

ANSWER_SECONDS = 60
"""CloudFormation waits so much longer than the function can run, and not the hour that it would wait without `ServiceTimeout`."""


@dataclass(frozen=True)
class HandlerFunction:
    """A custom resource of type `Custom::<Handler>` and the function behind it.

    `title` begins the logical ids of all four resources: `<title>` is the custom resource, `<title>Function`, `<title>Role` and
    `<title>LogGroup` go with it. `handler` is a module of `generator.handlers`. `description` is the function's. `log_group` is a
    name for stacks that exist once; empty lets CloudFormation choose.
    """

    title: str
    handler: str
    description: str
    seconds: int = SECONDS
    log_group: str = ""
    log_days: int = 365

    def __post_init__(self) -> None:
        if not 0 < self.seconds <= LONGEST_SECONDS:
            raise ValueError(f"a Lambda function runs for 1 to {LONGEST_SECONDS} seconds, not {self.seconds}")


def add_custom_resource(
    template: Template, function: HandlerFunction, organization: Organization, key: kms.Key, properties: JsonObject
) -> AWSObject:
    """Put the custom resource and what it needs into `template`; the custom resource, for `DependsOn` and `get_att`.

    `key` encrypts the log group and must be one of the same stack, or at least region (`log_group_key` makes one). `properties` are
    what the handler reads; CloudFormation hands every scalar among them over as a string. The role may do what
    `generator.handlers.permissions` says for the handler, and write its log.
    """
    group = template.add_resource(encrypted_log_group(f"{function.title}LogGroup", function.log_group, function.log_days, key))
    role = template.add_resource(_role(function, permissions(function.handler, organization), group))
    code = template.add_resource(
        awslambda.Function(
            f"{function.title}Function",
            Description=function.description,
            Code=awslambda.Code(ZipFile=bundle(f"generator.handlers.{function.handler}")),
            Handler="index.handler",
            LoggingConfig=awslambda.LoggingConfig(LogGroup=group.ref()),
            MemorySize=256,
            Role=role.get_att("Arn"),
            Runtime=RUNTIME,
            Timeout=function.seconds,
            Tags=TAGS,
        )
    )
    return template.add_resource(
        _custom_type(function.handler)(
            function.title,
            ServiceToken=code.get_att("Arn"),
            ServiceTimeout=function.seconds + ANSWER_SECONDS,
            **properties,
        )
    )


def encrypted_log_group(title: str, name: str, days: int, key: kms.Key) -> logs.LogGroup:
    """A log group with retention and a key of yours; without `name`, CloudFormation names it."""
    group = logs.LogGroup(
        title,
        RetentionInDays=days,
        KmsKeyId=key.get_att("Arn"),
        Tags=TAGS,
        DeletionPolicy=KEEP,
        UpdateReplacePolicy=RETAIN,
    )
    if name:
        group.LogGroupName = name
    return group


def log_group_key(title: str, description: str, partition: str, account: AccountId, administrators: Iterable[Arn]) -> kms.Key:
    """A key for the log groups that CloudFormation names in this stack, in whatever region the stack is.

    CloudWatch Logs takes a key of the group's own region only, so each regional stack has one (CloudWatch Logs User Guide, "Encrypt
    log data in CloudWatch Logs using AWS KMS"). The names that CloudFormation chooses begin with the stack's
    (CloudFormation User Guide, "Name type").
    """
    groups = Sub(f"arn:{partition}:logs:${{AWS::Region}}:{account}:log-group:${{AWS::StackName}}-*")
    return rotated_key(
        title,
        description,
        [
            key_administration(partition, account, administrators),
            allow(
                "LogGroupsEncrypt",
                {"Service": Sub("logs.${AWS::Region}.amazonaws.com")},
                ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
            ),
        ],
    )


def _role(function: HandlerFunction, allowed: tuple[Permission, ...], group: logs.LogGroup) -> iam.Role:
    """The function's role; why it may do each step stands beside it, where whoever reads the template looks for it."""
    names = [f"Step{number}" for number in range(1, len(allowed) + 1)]
    statements: list[JsonObject] = [
        {"Sid": name, **_statement(permission)} for name, permission in zip(names, allowed, strict=True)
    ]
    statements.append(identity_allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [group.get_att("Arn")]))
    role = iam.Role(
        f"{function.title}Role",
        AssumeRolePolicyDocument=policy_document([trust("Lambda", "lambda.amazonaws.com")]),
        Policies=[iam.Policy(PolicyName=_kebab(function.title), PolicyDocument=policy_document(statements))],
        Tags=TAGS,
    )
    metadata: dict[str, object] = {"reasons": {name: permission.reason for name, permission in zip(names, allowed, strict=True)}}
    if any("*" in permission.resources for permission in allowed):
        suppressed = {"id": "W11", "reason": "the actions on * take no resource; see reasons"}
        metadata["cfn_nag"] = {"rules_to_suppress": [suppressed]}
    role.resource["Metadata"] = metadata
    return role


def _statement(permission: Permission) -> JsonObject:
    """IAM's JSON, with whatever only CloudFormation knows left to it."""
    statement = dict(permission.statement)
    statement["Resource"] = [_filled_in(resource) for resource in permission.resources]
    if permission.condition:
        condition = permission.condition
        statement["Condition"] = {condition.operator: {condition.key: [_filled_in(value) for value in condition.values]}}
    return statement


def _filled_in(text: str) -> object:
    """`text`, or the intrinsic function that fills in what it takes from the stack; variables of IAM's own stay as they are."""
    return Sub(text) if "${AWS::" in text else text


def _custom_type(handler: str) -> type[AWSObject]:
    """The class of `Custom::<Handler>`; troposphere lets such a type have any property."""
    name = "".join(word.capitalize() for word in handler.split("_"))
    props = {"ServiceToken": (str, True), "ServiceTimeout": (int, True)}
    return type(name, (AWSObject,), {"resource_type": f"Custom::{name}", "props": props})


def _kebab(title: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", title).lower()
