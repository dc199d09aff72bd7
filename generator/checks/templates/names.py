"""Names that AWS gives away once, as data: where each type's name stands, and within what it is unique.

Only types whose second resource of the same name is surely refused: CloudFormation finds that it exists already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Scope(Enum):
    """Within what a name is unique."""

    PARTITION = "all of AWS"
    ACCOUNT = "an account, all regions together"
    REGION = "an account and region"


@dataclass(frozen=True)
class Naming:
    """`path` leads to the property that holds the name; an empty one means that there can be only one. IAM knows no upper case."""

    scope: Scope
    path: tuple[str, ...]
    any_case: bool = False


def _named(scope: Scope, types: str, *, any_case: bool = False) -> dict[str, Naming]:
    """From `Service::Type:Path.To.Name`, by blanks."""
    found: dict[str, Naming] = {}
    for item in types.split():
        kind, path = item.rsplit(":", maxsplit=1)
        found[f"AWS::{kind}"] = Naming(scope, tuple(step for step in path.split(".") if step), any_case)
    return found


NAMINGS: Mapping[str, Naming] = MappingProxyType(
    _named(Scope.PARTITION, "S3::Bucket:BucketName")
    | _named(
        Scope.ACCOUNT,
        "IAM::Role:RoleName IAM::User:UserName IAM::Group:GroupName IAM::InstanceProfile:InstanceProfileName "
        "IAM::ManagedPolicy:ManagedPolicyName",
        any_case=True,
    )
    | _named(
        Scope.ACCOUNT,
        "IAM::OIDCProvider:Url IAM::SAMLProvider:Name IAM::ServiceLinkedRole:AWSServiceName Budgets::Budget:Budget.BudgetName Organizations::Policy:Name "
        "CloudFront::Function:Name CloudFront::CachePolicy:CachePolicyConfig.Name "
        "CloudFront::OriginAccessControl:OriginAccessControlConfig.Name "
        "CloudFront::ResponseHeadersPolicy:ResponseHeadersPolicyConfig.Name",
    )
    | _named(
        Scope.REGION,
        "SNS::Topic:TopicName SQS::Queue:QueueName Logs::LogGroup:LogGroupName KMS::Alias:AliasName SSM::Parameter:Name "
        "Lambda::Function:FunctionName DynamoDB::Table:TableName SecretsManager::Secret:Name ECR::Repository:RepositoryName "
        "Backup::BackupVault:BackupVaultName StepFunctions::StateMachine:StateMachineName CloudTrail::Trail:TrailName "
        "GuardDuty::Detector: SecurityHub::Hub:",
    )
)
"""By type. Sources: the `Name` properties of each type in the CloudFormation reference, and the services' own pages on names."""

APART = ("BucketNamespace", "CustomSuffix")
"""Properties that hold equal names apart: buckets in an account's own namespace, a suffix of a service-linked role."""
