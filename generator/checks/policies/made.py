"""What a template certainly makes: the calls that its properties add, and the name that a resource has by its template.

Only what is written out counts. A property that a condition or a parameter can take away, and a name that is put together, are left
open: a finding that rests on this must be certain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from generator.cfct.document import Node

_MACRO = "Fn::Transform"
_NO_VALUE = "AWS::NoValue"
_NAME = re.compile(r"[A-Za-z0-9+=,.@_/-]+")


@dataclass(frozen=True)
class Named:
    """A resource with a name of its own. `kind` is its type in the Service Authorization Reference, `name` as it stands in its ARN."""

    kind: str
    name: str


@dataclass(frozen=True)
class _Naming:
    """Which property names a resource. `path` is IAM's property for what stands before the name; `unless` makes it another kind."""

    kind: str
    property: str
    path: str = ""
    unless: str = ""


_NAMINGS: Mapping[str, _Naming] = {
    # a log group is not here: `logs:CreateLogGroup` is decided on the ARN of its log streams
    "AWS::CloudTrail::Trail": _Naming("trail", "TrailName"),
    "AWS::DynamoDB::Table": _Naming("table", "TableName"),
    "AWS::Events::Rule": _Naming("rule-on-default-event-bus", "Name", unless="EventBusName"),
    "AWS::IAM::Group": _Naming("group", "GroupName", "Path"),
    "AWS::IAM::InstanceProfile": _Naming("instance-profile", "InstanceProfileName", "Path"),
    "AWS::IAM::ManagedPolicy": _Naming("policy", "ManagedPolicyName", "Path"),
    "AWS::IAM::Role": _Naming("role", "RoleName", "Path"),
    "AWS::IAM::User": _Naming("user", "UserName", "Path"),
    "AWS::Lambda::Function": _Naming("function", "FunctionName"),
    "AWS::S3::Bucket": _Naming("bucket", "BucketName"),
    "AWS::SNS::Topic": _Naming("topic", "TopicName"),
    "AWS::SQS::Queue": _Naming("queue", "QueueName"),
    "AWS::SSM::Parameter": _Naming("parameter", "Name"),
}


def _is_mapping(node: Node) -> bool:
    return isinstance(node.data, dict) and bool(node.data) and not any(map(_is_function, node.data))


def _is_list(node: Node) -> bool:
    return isinstance(node.data, list) and any(map(_is_item, node.children.values()))


def _is_item(node: Node) -> bool:
    return not isinstance(node.data, dict) or (
        node.data.keys().isdisjoint(("Fn::If", _MACRO)) and node.data.get("Ref") != _NO_VALUE
    )


def _is_value(node: Node) -> bool:
    if isinstance(node.data, dict):
        return len(node.data) == 1 and _is_item(node)
    return node.data not in (None, "") and not isinstance(node.data, list)


def _is_true(node: Node) -> bool:
    return str(node.data).lower() == "true"


def _is_enabled(node: Node) -> bool:
    return node.at("Status").data == "Enabled"


def _is_function(key: object) -> bool:
    return key == "Ref" or str(key).startswith("Fn::")


_BUCKET = {
    "BucketEncryption": ("s3:PutEncryptionConfiguration", _is_mapping),
    "LifecycleConfiguration": ("s3:PutLifecycleConfiguration", _is_mapping),
    "LoggingConfiguration": ("s3:PutBucketLogging", _is_mapping),
    "OwnershipControls": ("s3:PutBucketOwnershipControls", _is_mapping),
    "PublicAccessBlockConfiguration": ("s3:PutBucketPublicAccessBlock", _is_mapping),
    "VersioningConfiguration": ("s3:PutBucketVersioning", _is_enabled),
}
_TRAIL = {
    "EventSelectors": ("cloudtrail:PutEventSelectors", _is_list),
    "InsightSelectors": ("cloudtrail:PutInsightSelectors", _is_list),
    "IsLogging": ("cloudtrail:StartLogging", _is_true),
}

ADDED: Mapping[str, Mapping[str, tuple[str, Callable[[Node], bool]]]] = {
    "AWS::CloudTrail::Trail": _TRAIL,
    "AWS::Events::Rule": {"Targets": ("events:PutTargets", _is_list)},
    "AWS::IAM::Group": {
        "ManagedPolicyArns": ("iam:AttachGroupPolicy", _is_list),
        "Policies": ("iam:PutGroupPolicy", _is_list),
    },
    "AWS::IAM::InstanceProfile": {"Roles": ("iam:AddRoleToInstanceProfile", _is_list)},
    "AWS::IAM::ManagedPolicy": {
        "Groups": ("iam:AttachGroupPolicy", _is_list),
        "PolicyDocument": ("iam:CreatePolicy", _is_mapping),
        "Roles": ("iam:AttachRolePolicy", _is_list),
        "Users": ("iam:AttachUserPolicy", _is_list),
    },
    "AWS::IAM::Role": {
        "ManagedPolicyArns": ("iam:AttachRolePolicy", _is_list),
        "Policies": ("iam:PutRolePolicy", _is_list),
    },
    "AWS::IAM::User": {
        "Groups": ("iam:AddUserToGroup", _is_list),
        "LoginProfile": ("iam:CreateLoginProfile", _is_mapping),
        "ManagedPolicyArns": ("iam:AttachUserPolicy", _is_list),
        "Policies": ("iam:PutUserPolicy", _is_list),
    },
    "AWS::KMS::Key": {"EnableKeyRotation": ("kms:EnableKeyRotation", _is_true)},
    "AWS::Lambda::Function": {
        "ReservedConcurrentExecutions": ("lambda:PutFunctionConcurrency", _is_value),
        "Role": ("iam:PassRole", _is_value),
    },
    "AWS::Logs::LogGroup": {"RetentionInDays": ("logs:PutRetentionPolicy", _is_value)},
    "AWS::S3::Bucket": _BUCKET,
    "AWS::SNS::Topic": {"Subscription": ("sns:Subscribe", _is_list)},
}
"""By type and property, what is called besides the call that makes the resource, and when. Each stands among the permissions that AWS's
schema lists for the type's `create` handler; that it is called for this property is what the property is for."""


def added(resource_type: str, resource: Node) -> Iterator[tuple[str, str]]:
    """The actions that the resource's properties certainly add, each with its property."""
    properties = resource.get("Properties")
    for key, (action, is_given) in ADDED.get(resource_type, {}).items() if properties and not _is_open(resource) else ():
        value = properties.get(key) if properties else None
        if value is not None and is_given(value):
            yield action, key


def named(resource_type: str, resource: Node) -> Named | None:
    """The resource by its name, if the template writes the whole of it out."""
    naming = _NAMINGS.get(resource_type)
    properties = resource.get("Properties")
    if naming is None or properties is None or _is_open(resource) or (naming.unless and properties.get(naming.unless)):
        return None
    name = _text(properties.get(naming.property))
    path = properties.get(naming.path) if naming.path else None
    before = "/" if path is None else _text(path)  # IAM's default
    if not name or not before:
        return None
    return Named(
        naming.kind, f"{before}{name}".lstrip("/")
    )  # a parameter's ARN has no leading slash, and no other name begins so


def _text(node: Node | None) -> str:
    return node.data if node and isinstance(node.data, str) and _NAME.fullmatch(node.data) else ""


def _is_open(resource: Node) -> bool:
    """Whether a macro may change the properties."""
    properties = resource.get("Properties")
    return resource.get(_MACRO) is not None or bool(properties and properties.get(_MACRO))
