"""The bucket every control starts from: private, versioned, encrypted, owned by its account alone, and kept when its stack goes."""

from __future__ import annotations

from collections.abc import Iterable

from troposphere import Tags, s3

from generator.package.model import JsonObject

BLOCK_ALL = s3.PublicAccessBlockConfiguration(
    BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
)
TAGS = Tags(managed_by="cfctgen")
RETAIN = "Retain"
KEEP = "RetainExceptOnCreate"
"""Kept when its stack goes, but not when the very first deployment fails: what was made a moment ago holds nothing yet, and plain
`Retain` would leave it in the way of the second attempt (CloudFormation User Guide, "DeletionPolicy attribute")."""


def hardened_bucket(  # noqa: PLR0913  # what differs between buckets
    title: str,
    name: str,
    lifecycle: Iterable[s3.LifecycleRule],
    *,
    key: object = None,
    access_logs: str = "",
    retention: s3.DefaultRetention | None = None,
    metadata: JsonObject | None = None,
) -> s3.Bucket:
    """A bucket called `name`, encrypted with KMS key `key` (an ARN or intrinsic) or else with S3's own keys.

    `access_logs` is the bucket that gets its server access logs; such a bucket itself can have neither a KMS key nor a default
    retention (Amazon S3 User Guide, "Enabling Amazon S3 server access logging"). SSE-C is refused, because whoever holds such a
    customer key alone decides who reads the object.
    """
    default = (
        s3.ServerSideEncryptionByDefault(SSEAlgorithm="aws:kms", KMSMasterKeyID=key)
        if key is not None
        else s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
    )
    bucket = s3.Bucket(
        title,
        BucketName=name,
        BucketEncryption=s3.BucketEncryption(
            ServerSideEncryptionConfiguration=[
                s3.ServerSideEncryptionRule(
                    BlockedEncryptionTypes=s3.BlockedEncryptionTypes(EncryptionType=["SSE-C"]),
                    BucketKeyEnabled=key is not None,
                    ServerSideEncryptionByDefault=default,
                )
            ]
        ),
        LifecycleConfiguration=s3.LifecycleConfiguration(Rules=list(lifecycle)),
        OwnershipControls=s3.OwnershipControls(Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]),
        PublicAccessBlockConfiguration=BLOCK_ALL,
        Tags=TAGS,
        VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
        DeletionPolicy=KEEP,
        UpdateReplacePolicy=RETAIN,
    )
    if access_logs:
        bucket.LoggingConfiguration = s3.LoggingConfiguration(
            DestinationBucketName=access_logs,
            LogFilePrefix=f"{name}/",
            TargetObjectKeyFormat=s3.TargetObjectKeyFormat(
                PartitionedPrefix=s3.PartitionedPrefix(PartitionDateSource="EventTime")
            ),
        )
    if retention is not None:
        bucket.ObjectLockEnabled = True
        bucket.ObjectLockConfiguration = s3.ObjectLockConfiguration(
            ObjectLockEnabled="Enabled", Rule=s3.ObjectLockRule(DefaultRetention=retention)
        )
    if metadata:
        bucket.resource["Metadata"] = metadata
    return bucket


def bucket_policy(title: str, bucket: s3.Bucket, document: JsonObject) -> s3.BucketPolicy:
    """The policy of `bucket`; retained with it, or the bucket would outlive what protects it."""
    return s3.BucketPolicy(title, Bucket=bucket.ref(), PolicyDocument=document, DeletionPolicy=KEEP, UpdateReplacePolicy=RETAIN)


def expire(name: str, days: int, *transitions: s3.LifecycleRuleTransition) -> s3.LifecycleRule:
    """Delete objects after `days`, what was overwritten 30 days later, and uploads that were given up."""
    rule = s3.LifecycleRule(
        Id=name,
        Status="Enabled",
        ExpirationInDays=days,
        NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=30),
        AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=7),
    )
    if transitions:
        rule.Transitions = list(transitions)
    return rule
