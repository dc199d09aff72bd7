"""Switches that must be on or off: encryption, rotation, protection, public access."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.checks.cfn_nag.rule import NagRule, Violation
from generator.checks.cfn_nag.template import Path, Resource, Template
from generator.checks.cfn_nag.values import NO_VALUE, not_truthy, text, truthy

_AURORA = ("aurora", "aurora-mysql", "aurora-postgresql")


def _off(resource: Resource, name: str) -> Iterator[Violation]:
    value = resource.get(name)
    if not_truthy(value) or value == NO_VALUE:
        yield _switch(name, value)


def _switch(name: str, value: object) -> Violation:
    path: Path = () if value is None else (name,)
    return Violation(f"`{name}` is missing" if value is None or value == NO_VALUE else f"`{name}` is `{text(value)}`", path)


@dataclass(frozen=True)
class _On:
    """A property that must be there, and not be false (boolean_base_rule.rb)."""

    name: str

    def find(self, resource: Resource, _: Template) -> Iterator[Violation]:
        return _off(resource, self.name)


def _encrypted(rule_id: str, type_name: str, name: str, file: str) -> NagRule:
    return NagRule(
        rule_id,
        f"`{name}` of `{type_name}` is on",
        type_name,
        _On(name).find,
        why="data is not encrypted unless the template says so",
        fix=f"write `{name}: true`",
        file=file,
    )


def _instance_storage(resource: Resource, _: Template) -> Iterator[Violation]:
    value = resource.get("StorageEncrypted")
    if resource.get("DBClusterIdentifier") is None and not_truthy(value):
        yield _switch("StorageEncrypted", value)


def _instance_protection(resource: Resource, _: Template) -> Iterator[Violation]:
    if resource.get("Engine") not in _AURORA:
        yield from _off(resource, "DeletionProtection")


def _instance_public(resource: Resource, _: Template) -> Iterator[Violation]:
    value = resource.get("PubliclyAccessible")
    if value is None or truthy(value):
        yield _switch("PubliclyAccessible", value)


def _key_rotation(resource: Resource, _: Template) -> Iterator[Violation]:
    value = resource.get("EnableKeyRotation")
    if isinstance(value, dict):
        yield Violation("`EnableKeyRotation` is no literal `true`, and cfn_nag takes nothing else", ("EnableKeyRotation",))
    elif not truthy(value):
        yield _switch("EnableKeyRotation", value)


def _workspace(resource: Resource, _: Template) -> Iterator[Violation]:
    value = resource.get("UserVolumeEncryptionEnabled")
    if not_truthy(value):
        yield _switch("UserVolumeEncryptionEnabled", value)


def _user_pool(resource: Resource, _: Template) -> Iterator[Violation]:
    if text(resource.get("MfaConfiguration")).lower() == "off":
        yield Violation("`MfaConfiguration` is off", ("MfaConfiguration",))


RULES = (
    _encrypted("F1", "AWS::EC2::Volume", "Encrypted", "EbsVolumeHasSseRule"),
    _encrypted(
        "F25",
        "AWS::ElastiCache::ReplicationGroup",
        "AtRestEncryptionEnabled",
        "ElastiCacheReplicationGroupAtRestEncryptionRule",
    ),
    _encrypted("F26", "AWS::RDS::DBCluster", "StorageEncrypted", "RDSDBClusterStorageEncryptedRule"),
    _encrypted("F28", "AWS::Redshift::Cluster", "Encrypted", "RedshiftClusterEncryptedRule"),
    _encrypted("F30", "AWS::Neptune::DBCluster", "StorageEncrypted", "NeptuneDBClusterStorageEncryptedRule"),
    _encrypted("F32", "AWS::EFS::FileSystem", "Encrypted", "EFSFileSystemEncryptedRule"),
    _encrypted(
        "F33",
        "AWS::ElastiCache::ReplicationGroup",
        "TransitEncryptionEnabled",
        "ElastiCacheReplicationGroupTransitEncryptionRule",
    ),
    NagRule(
        "F19",
        "a KMS key rotates",
        "AWS::KMS::Key",
        _key_rotation,
        why="a key that never changes stays useful to whoever got hold of it",
        fix="write `EnableKeyRotation: true`; a key that cannot rotate (asymmetric, HMAC) suppresses `F19` with that reason",
        file="KMSKeyRotationRule",
    ),
    NagRule(
        "F22",
        "a database instance says that it is not public",
        "AWS::RDS::DBInstance",
        _instance_public,
        why="the default depends on the subnet group, and can be public",
        fix="write `PubliclyAccessible: false`",
        file="RDSInstancePubliclyAccessibleRule",
    ),
    NagRule(
        "F27",
        "a database instance outside a cluster is encrypted",
        "AWS::RDS::DBInstance",
        _instance_storage,
        why="data is not encrypted unless the template says so",
        fix="write `StorageEncrypted: true`",
        file="RDSDBInstanceStorageEncryptedRule",
    ),
    NagRule(
        "F29",
        "a workspace's user volume is encrypted",
        "AWS::WorkSpaces::Workspace",
        _workspace,
        why="data is not encrypted unless the template says so",
        fix="write `UserVolumeEncryptionEnabled: true`",
        file="WorkspacesWorkspaceEncryptionRule",
    ),
    NagRule(
        "F78",
        "a Cognito user pool has MFA on or optional",
        "AWS::Cognito::UserPool",
        _user_pool,
        why="a password alone opens the account",
        fix="write `MfaConfiguration: 'ON'`, in quotes, or `OPTIONAL`",
        file="CognitoUserPoolMfaConfigurationOnorOptionalRule",
    ),
    NagRule(
        "F80",
        "a database instance is protected against deletion, unless it is Aurora",
        "AWS::RDS::DBInstance",
        _instance_protection,
        why="one wrong stack update deletes the database",
        fix="write `DeletionProtection: true`",
        file="RDSInstanceDeletionProtectionRule",
    ),
)
