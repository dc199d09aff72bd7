"""Resource types that hold what cannot be made again, as data: what is lost with each.

Types: those of cfn-lint's I3011 that hold lasting data, with those of services that record, encrypt or identify. Not in the list:
caches, compute of a cluster (its data is the cluster's), queues, and what AWS keeps elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_LOSSES = (
    ("its objects", "S3::Bucket S3Express::DirectoryBucket S3Outposts::Bucket S3Tables::TableBucket S3Vectors::VectorBucket"),
    ("all that it encrypted", "KMS::Key KMS::ReplicaKey"),
    ("its items", "DynamoDB::Table DynamoDB::GlobalTable Cassandra::Keyspace Cassandra::Table SDB::Domain QLDB::Ledger"),
    (
        "its data",
        (
            "RDS::DBCluster RDS::DBInstance DocDB::DBCluster DocDBElastic::Cluster Neptune::DBCluster NeptuneGraph::Graph "
            "Redshift::Cluster RedshiftServerless::Namespace Timestream::Database Timestream::Table OpenSearchService::Domain "
            "OpenSearchServerless::Collection Elasticsearch::Domain MemoryDB::Cluster DSQL::Cluster Kinesis::Stream"
        ),
    ),
    ("its files", "EFS::FileSystem FSx::FileSystem FSx::Volume EC2::Volume"),
    ("its log events", "Logs::LogGroup"),
    ("the record of what was done", "CloudTrail::Trail CloudTrail::EventDataStore SecurityLake::DataLake"),
    ("the secret", "SecretsManager::Secret"),
    ("its users", "Cognito::UserPool Cognito::IdentityPool"),
    ("its images", "ECR::Repository ECR::PublicRepository"),
    ("its recovery points", "Backup::BackupVault Backup::LogicallyAirGappedBackupVault"),
    ("its history", "CodeCommit::Repository"),
    ("its records and its name servers", "Route53::HostedZone"),
    ("every certificate below it", "ACMPCA::CertificateAuthority"),
    (
        "part of the organization",
        (
            "Organizations::Account Organizations::Organization Organizations::OrganizationalUnit Organizations::Policy "
            "Organizations::ResourcePolicy"
        ),
    ),
    ("every permission set and assignment", "SSO::Instance"),
)

LOSS: Mapping[str, str] = MappingProxyType({f"AWS::{name}": loss for loss, names in _LOSSES for name in names.split()})
"""What is lost when a resource of this type is deleted."""
