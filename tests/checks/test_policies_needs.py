"""What a deployment certainly calls, read from the schemas that come with cfn-lint."""

from __future__ import annotations

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from generator.checks.policies.needs import Operation, _permissions, needed


@pytest.mark.parametrize(
    ("resource_type", "create", "update"),
    [
        ("AWS::S3::Bucket", ("s3:CreateBucket",), ()),
        ("AWS::S3::BucketPolicy", ("s3:PutBucketPolicy",), ("s3:PutBucketPolicy",)),
        ("AWS::SNS::TopicPolicy", ("sns:SetTopicAttributes",), ("sns:SetTopicAttributes",)),
        ("AWS::CloudTrail::Trail", ("cloudtrail:CreateTrail",), ("cloudtrail:UpdateTrail",)),
        ("AWS::IAM::ManagedPolicy", (), ()),
        ("AWS::Nothing::AtAll", (), ()),
        ("Custom::Thing", (), ()),
    ],
)
def test_only_what_no_property_can_avoid_is_needed(resource_type, create, update):
    assert needed(resource_type, Operation.CREATE) == create
    assert needed(resource_type, Operation.UPDATE)[: len(update)] == update


@pytest.mark.parametrize("resource_type", ["AWS::S3::Bucket", "AWS::IAM::Role", "AWS::KMS::Key"])
def test_the_schemas_are_those_that_cfn_lint_judges_by(resource_type):
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    for operation in Operation:
        theirs = {permission.lower() for permission in schema["handlers"][operation.value]["permissions"]}
        assert {permission.lower() for permission in _permissions(resource_type, operation)} == theirs
