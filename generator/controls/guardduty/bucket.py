"""The stack in the Log Archive account: the key and the bucket that GuardDuty exports findings to."""

from __future__ import annotations

from collections.abc import Iterator

from troposphere import Output, Template, kms

from generator.aws.names import Arn
from generator.control import account_of
from generator.controls.guardduty.naming import KEY_EXPORT, Names
from generator.controls.guardduty.options import GuarddutyOptions
from generator.package.buckets import KEEP, RETAIN, bucket_policy, expire, hardened_bucket
from generator.package.keys import rotated_key
from generator.package.model import JsonObject
from generator.package.policies import allow, key_administration, organization_only, policy_document, tls_only

ACCESS_LOG_DAYS = 400
"""A little over a year, so that last year's access can be compared with this year's."""


def bucket_template(
    names: Names, options: GuarddutyOptions, administrators: tuple[Arn, ...], readers: tuple[Arn, ...]
) -> Template:
    """Template of the stack that has to stand before the export: GuardDuty writes a test object when it is set up."""
    template = Template()
    template.set_version("2010-09-09")
    template.set_description("GuardDuty: key and bucket of the findings, in the Log Archive account")
    key = template.add_resource(_key(names, administrators, readers))
    template.add_resource(
        kms.Alias(
            "FindingsKeyAlias",
            AliasName=names.key_alias,
            TargetKeyId=key.ref(),
            DeletionPolicy=KEEP,
            UpdateReplacePolicy=RETAIN,
        )
    )
    reason = "this bucket gets the access logs; logging itself into itself would never end"
    access_logs = template.add_resource(
        hardened_bucket(
            "AccessLogBucket",
            names.access_log_bucket,
            [expire("access-logs", ACCESS_LOG_DAYS)],
            metadata={"cfn_nag": {"rules_to_suppress": [{"id": "W35", "reason": reason}]}},
        )
    )
    access_policy = template.add_resource(bucket_policy("AccessLogBucketPolicy", access_logs, _access_log_policy(names)))
    bucket = hardened_bucket(
        "FindingsBucket",
        names.bucket,
        [expire("findings", options.expire_after_days)],
        key=key.get_att("Arn"),
        access_logs=names.access_log_bucket,
    )
    bucket.DependsOn = [access_policy.title]
    template.add_resource(bucket)
    template.add_resource(bucket_policy("FindingsBucketPolicy", bucket, _findings_policy(names, readers)))
    template.add_output(
        Output(
            KEY_EXPORT.output_key,
            Description="Key of the findings; the administrator's stacks take it from SSM",
            Value=key.get_att("Arn"),
        )
    )
    return template


def _by_our_detectors(names: Names) -> dict[str, dict[str, object]]:
    """GuardDuty acting for a detector of the administrator, in whatever region: ids are GuardDuty's to choose."""
    return {"ArnLike": {"aws:SourceArn": names.detectors}, "StringEquals": {"aws:SourceAccount": names.audit}}


def _key(names: Names, administrators: tuple[Arn, ...], readers: tuple[Arn, ...]) -> kms.Key:
    own = [arn for arn in administrators if account_of(arn) == names.log_archive]
    statements: list[JsonObject] = [
        key_administration(names.partition, names.log_archive, own),
        # GuardDuty User Guide, "Exporting generated GuardDuty findings to Amazon S3 buckets", step 2.
        allow(
            "GuardDutyEncrypts",
            {"Service": list(names.principals)},
            ["kms:GenerateDataKey"],
            condition=_by_our_detectors(names),
        ),
    ]
    if readers:
        through_s3 = {"StringEquals": {"kms:ViaService": f"s3.{names.region}.amazonaws.com"}}
        condition = {"ArnLike": {"aws:PrincipalArn": list(readers)}, **through_s3}
        statements.append(allow("ReadersDecrypt", _accounts(names, readers), ["kms:Decrypt"], condition=condition))
    return rotated_key("FindingsKey", "Findings of GuardDuty", statements)


def _findings_policy(names: Names, readers: tuple[Arn, ...]) -> JsonObject:
    """Step 3 of the same page; what it denies, an object under no key or a stranger's, is here never allowed."""
    bucket, service = names.bucket_arn(names.bucket), {"Service": list(names.principals)}
    ours = _by_our_detectors(names)
    own_keys = f"arn:{names.partition}:kms:{names.region}:{names.log_archive}:key/*"
    encrypted = {
        "ArnLike": {**ours["ArnLike"], "s3:x-amz-server-side-encryption-aws-kms-key-id": own_keys},
        "StringEquals": {**ours["StringEquals"], "s3:x-amz-server-side-encryption": "aws:kms"},
    }
    return policy_document(
        [
            allow("GuardDutyChecks", service, ["s3:GetBucketLocation"], [bucket], ours),
            allow("GuardDutyExports", service, ["s3:PutObject"], [f"{bucket}/*"], encrypted),
            *_readers_read(names, bucket, readers),
            tls_only(bucket),
            organization_only(bucket, names.organization),
        ]
    )


def _readers_read(names: Names, bucket: Arn, readers: tuple[Arn, ...]) -> Iterator[JsonObject]:
    if readers:
        condition, accounts = {"ArnLike": {"aws:PrincipalArn": list(readers)}}, _accounts(names, readers)
        yield allow("ReadersList", accounts, ["s3:GetBucketLocation", "s3:ListBucket"], [bucket], condition)
        yield allow("ReadersRead", accounts, ["s3:GetObject", "s3:GetObjectVersion"], [f"{bucket}/*"], condition)


def _accounts(names: Names, principals: tuple[Arn, ...]) -> dict[str, list[str]]:
    """The accounts of `principals` as principal: the condition beside it picks the roles, and a role made anew keeps its access."""
    accounts = sorted({account_of(arn) for arn in principals})
    return {"AWS": [f"arn:{names.partition}:iam::{account}:root" for account in accounts]}


def _access_log_policy(names: Names) -> JsonObject:
    bucket = names.bucket_arn(names.access_log_bucket)
    source = {
        "ArnLike": {"aws:SourceArn": names.bucket_arn(names.bucket)},
        "StringEquals": {"aws:SourceAccount": names.log_archive},
    }
    logging = {"Service": "logging.s3.amazonaws.com"}
    # Amazon S3 User Guide, "Enabling Amazon S3 server access logging": the logging service, for the bucket of the findings.
    delivery = allow("S3DeliversAccessLogs", logging, ["s3:PutObject"], [f"{bucket}/*"], source)
    return policy_document([delivery, tls_only(bucket), organization_only(bucket, names.organization)])
