"""What a template certainly makes: the calls that its properties add, and the names that it writes out."""

from __future__ import annotations

import pytest

from generator.aws.actions import service
from generator.cfct.document import Node, Style, read
from generator.checks.policies.made import _NAMINGS, ADDED, Named, added, named
from generator.checks.policies.needs import Operation, _permissions

ACTIONS = [(kind, action) for kind, keys in ADDED.items() for action, _ in keys.values()]


def resource(properties: str, rest: str = "") -> Node:
    root = read(f"Properties: {properties}\n{rest}".encode(), "x.yaml", Style.TEMPLATE).root
    assert root is not None
    return root


@pytest.mark.parametrize(("kind", "action"), ACTIONS)
def test_every_action_is_one_that_awss_schema_says_the_making_can_need(kind: str, action: str) -> None:
    assert action.lower() in {permission.lower() for permission in _permissions(kind, Operation.CREATE)}
    catalogue = service(action.partition(":")[0])
    assert catalogue is not None
    assert catalogue.action(action) is not None


@pytest.mark.parametrize("kind", _NAMINGS)
def test_every_kind_is_one_of_the_reference_whose_arn_ends_in_one_name(kind: str) -> None:
    catalogue = service(kind.split("::")[1].lower())
    assert catalogue is not None
    form = catalogue.resource_types[_NAMINGS[kind].kind]
    for known in ("${Partition}", "${Region}", "${Account}"):
        form = form.replace(known, "")
    assert form.count("${") == 1
    assert form.endswith("}")


@pytest.mark.parametrize(
    ("kind", "properties", "found"),
    [
        ("AWS::IAM::Role", "{Policies: [{PolicyName: x}]}", ["iam:PutRolePolicy"]),
        ("AWS::IAM::Role", "{Policies: []}", []),
        ("AWS::IAM::Role", "{Policies: !If [A, [{PolicyName: x}], []]}", []),
        ("AWS::IAM::Role", "{ManagedPolicyArns: [!Ref Managed]}", ["iam:AttachRolePolicy"]),
        ("AWS::IAM::Role", "{ManagedPolicyArns: [!Ref 'AWS::NoValue']}", []),
        ("AWS::IAM::Role", "{ManagedPolicyArns: [!If [A, a, !Ref 'AWS::NoValue'], b]}", ["iam:AttachRolePolicy"]),
        ("AWS::IAM::Role", "{Policies: [{PolicyName: x}], Fn::Transform: {Name: Own}}", []),
        ("AWS::S3::Bucket", "{VersioningConfiguration: {Status: Suspended}}", []),
        ("AWS::S3::Bucket", "{VersioningConfiguration: {Status: Enabled}}", ["s3:PutBucketVersioning"]),
        ("AWS::S3::Bucket", "{LoggingConfiguration: !If [A, {}, {}], OwnershipControls: {}}", []),
        ("AWS::S3::Bucket", "{BucketEncryption: {ServerSideEncryptionConfiguration: []}}", ["s3:PutEncryptionConfiguration"]),
        ("AWS::KMS::Key", "{EnableKeyRotation: 'true'}", ["kms:EnableKeyRotation"]),
        ("AWS::KMS::Key", "{EnableKeyRotation: false}", []),
        ("AWS::KMS::Key", "{EnableKeyRotation: !Ref Rotated}", []),
        ("AWS::Lambda::Function", "{Role: !GetAtt Role.Arn}", ["iam:PassRole"]),
        ("AWS::Logs::LogGroup", "{RetentionInDays: 30}", ["logs:PutRetentionPolicy"]),
        ("AWS::Logs::LogGroup", "{RetentionInDays: !If [A, 30, !Ref 'AWS::NoValue']}", []),
        ("AWS::SSM::Parameter", "{Policies: [x]}", []),
    ],
)
def test_only_properties_that_are_certainly_there_add_calls(kind: str, properties: str, found: list[str]) -> None:
    assert [action for action, _ in added(kind, resource(properties))] == found


@pytest.mark.parametrize(
    ("kind", "properties", "found"),
    [
        ("AWS::IAM::Role", "{RoleName: a, Path: /b/}", Named("role", "b/a")),
        ("AWS::IAM::Role", "{RoleName: a}", Named("role", "a")),
        ("AWS::IAM::Role", "{RoleName: !Sub a}", None),
        ("AWS::IAM::Role", "{RoleName: a, Path: !Ref Path}", None),
        ("AWS::IAM::Role", "{RoleName: a, Fn::Transform: {Name: Own}}", None),
        ("AWS::SSM::Parameter", "{Name: /a/b}", Named("parameter", "a/b")),
        ("AWS::SSM::Parameter", "{Name: a}", Named("parameter", "a")),
        ("AWS::Events::Rule", "{Name: a}", Named("rule-on-default-event-bus", "a")),
        ("AWS::Events::Rule", "{Name: a, EventBusName: own}", None),
        ("AWS::S3::Bucket", "{}", None),
        ("AWS::Logs::LogGroup", "{LogGroupName: a}", None),
    ],
)
def test_a_name_is_known_where_all_of_it_is_written_out(kind: str, properties: str, found: Named | None) -> None:
    assert named(kind, resource(properties)) == found
