"""The stack in the Log Archive account: the key, the bucket of the log files, and the bucket of its access logs."""

from __future__ import annotations

from collections.abc import Iterable

from troposphere import Output, Template, kms, s3

from generator.aws.names import AccountId, Arn
from generator.control import account_of
from generator.controls.organization_trail.naming import KEY_EXPORT, Names, bucket_arn
from generator.controls.organization_trail.options import OrganizationTrailOptions
from generator.package.buckets import KEEP, RETAIN, bucket_policy, expire, hardened_bucket
from generator.package.keys import rotated_key
from generator.package.model import JsonObject
from generator.package.policies import allow, key_administration, organization_only, policy_document, tls_only

CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
S3_LOGGING = {"Service": "logging.s3.amazonaws.com"}
ACCESS_LOG_DAYS = 400
"""A little over a year, so that last year's access can be compared with this year's."""


def log_archive_template(
    names: Names, options: OrganizationTrailOptions, administrators: tuple[Arn, ...], readers: tuple[Arn, ...]
) -> Template:
    """Template of the stack that has to stand before the trail: CreateTrail tests both policies by using them."""
    template = Template()
    template.set_version("2010-09-09")
    template.set_description("Organization trail: key and buckets of the log files, in the Log Archive account")
    key = template.add_resource(_key(names, administrators, readers))
    template.add_resource(
        kms.Alias(
            "LogKeyAlias",
            AliasName=names.store.key_alias,
            TargetKeyId=key.ref(),
            DeletionPolicy=KEEP,
            UpdateReplacePolicy=RETAIN,
        )
    )
    access_logs = template.add_resource(_access_log_bucket(names))
    access_policy = template.add_resource(bucket_policy("AccessLogBucketPolicy", access_logs, _access_log_policy(names)))
    bucket = hardened_bucket(
        "LogBucket",
        names.store.bucket,
        [
            expire(
                "logs",
                options.expire_after_days,
                s3.LifecycleRuleTransition(StorageClass="GLACIER_IR", TransitionInDays=options.archive_after_days),
            )
        ],
        key=key.get_att("Arn"),
        access_logs=names.store.access_log_bucket,
        retention=s3.DefaultRetention(Mode=options.object_lock.mode, Days=options.object_lock.days),
    )
    bucket.DependsOn = [access_policy.title]
    template.add_resource(bucket)
    template.add_resource(bucket_policy("LogBucketPolicy", bucket, _log_policy(names, readers)))
    template.add_output(
        Output(
            KEY_EXPORT.output_key,
            Description="Key of the log files; the trail's stack takes it from SSM",
            Value=key.get_att("Arn"),
        )
    )
    return template


def _key(names: Names, administrators: tuple[Arn, ...], readers: tuple[Arn, ...]) -> kms.Key:
    own = [arn for arn in administrators if account_of(arn) == names.log_archive]
    by_this_trail = {"StringEquals": {"aws:SourceArn": names.trail_arn}}
    trails = f"arn:{names.partition}:cloudtrail:*:{names.management}:trail/*"
    statements: list[JsonObject] = [
        key_administration(names.partition, names.log_archive, own),
        # CloudTrail User Guide, "Configure AWS KMS key policies for CloudTrail": encrypt, and decrypt where a bucket key is on.
        allow(
            "CloudTrailEncrypts",
            CLOUDTRAIL,
            ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"],
            condition={**by_this_trail, "StringLikeIfExists": {"kms:EncryptionContext:aws:cloudtrail:arn": trails}},
        ),
        allow("CloudTrailDescribes", CLOUDTRAIL, ["kms:DescribeKey"], condition=by_this_trail),
    ]
    if readers:
        statements.append(
            allow(
                "ReadersDecrypt",
                _accounts(names, readers),
                ["kms:Decrypt"],
                condition={
                    "ArnLike": {"aws:PrincipalArn": list(readers)},
                    "StringEquals": {"kms:ViaService": f"s3.{names.home}.amazonaws.com"},
                },
            )
        )
    return rotated_key("LogKey", f"Log files of trail {names.trail}", statements)


def _log_policy(names: Names, readers: tuple[Arn, ...]) -> JsonObject:
    bucket, prefix = names.bucket_arn, names.store.prefix
    by_this_trail = {"aws:SourceArn": names.trail_arn}
    statements = [
        allow("CloudTrailChecks", CLOUDTRAIL, ["s3:GetBucketAcl"], [bucket], {"StringEquals": by_this_trail}),
        # Before a trail covers the organization, and for the management account, CloudTrail writes below the account's id
        # (CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail", organization trails): both paths are needed.
        allow(
            "CloudTrailDelivers",
            CLOUDTRAIL,
            ["s3:PutObject"],
            [f"{bucket}/{prefix}AWSLogs/{names.management}/*", f"{bucket}/{prefix}AWSLogs/{names.organization}/*"],
            {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **by_this_trail}},
        ),
        *(_readers_read(names, readers) if readers else ()),
        tls_only(bucket),
        organization_only(bucket, names.organization),
    ]
    return policy_document(statements)


def _readers_read(names: Names, readers: tuple[Arn, ...]) -> Iterable[JsonObject]:
    condition = {"ArnLike": {"aws:PrincipalArn": list(readers)}}
    accounts = _accounts(names, readers)
    yield allow(
        "ReadersList", accounts, ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketVersions"], [names.bucket_arn], condition
    )
    yield allow("ReadersRead", accounts, ["s3:GetObject", "s3:GetObjectVersion"], [f"{names.bucket_arn}/*"], condition)


def _accounts(names: Names, principals: tuple[Arn, ...]) -> dict[str, list[str]]:
    """The accounts of `principals` as principal: the condition beside it picks the roles, and a role made anew keeps its access."""
    accounts: list[AccountId] = sorted({account_of(arn) for arn in principals})
    return {"AWS": [f"arn:{names.partition}:iam::{account}:root" for account in accounts]}


def _access_log_bucket(names: Names) -> s3.Bucket:
    reason = "this bucket gets the access logs; logging itself into itself would never end"
    return hardened_bucket(
        "AccessLogBucket",
        names.store.access_log_bucket,
        [expire("access-logs", ACCESS_LOG_DAYS)],
        metadata={"cfn_nag": {"rules_to_suppress": [{"id": "W35", "reason": reason}]}},
    )


def _access_log_policy(names: Names) -> JsonObject:
    bucket = bucket_arn(names.partition, names.store.access_log_bucket)
    sources = bucket_arn(names.partition, f"*-{names.log_archive}-{names.home}")
    return policy_document(
        [
            # Amazon S3 User Guide, "Enabling Amazon S3 server access logging": the logging service, for buckets of this account.
            allow(
                "S3DeliversAccessLogs",
                S3_LOGGING,
                ["s3:PutObject"],
                [f"{bucket}/*"],
                {"ArnLike": {"aws:SourceArn": sources}, "StringEquals": {"aws:SourceAccount": names.log_archive}},
            ),
            tls_only(bucket),
            organization_only(bucket, names.organization),
        ]
    )
