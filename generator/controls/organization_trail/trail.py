"""The stack in the management account: trusted access, the trail, and the log group that alarms and queries read."""

from __future__ import annotations

from troposphere import AWSObject, Parameter, Ref, Template, cloudtrail, iam, kms

from generator.control import execution_role
from generator.controls.organization_trail.naming import Names
from generator.controls.organization_trail.options import OrganizationTrailOptions
from generator.landing_zone.organization import Organization
from generator.package.buckets import KEEP, RETAIN, TAGS
from generator.package.functions import HandlerFunction, add_custom_resource, encrypted_log_group
from generator.package.keys import rotated_key
from generator.package.policies import allow, identity_allow, key_administration, policy_document, trust


def trail_template(organization: Organization, names: Names, options: OrganizationTrailOptions) -> Template:
    """Template of the stack that makes the trail, after the Log Archive account's stack has made its bucket and key."""
    template = Template()
    template.set_version("2010-09-09")
    template.set_description("Organization trail: trusted access, trail and log group, in the management account")
    log_key = template.add_parameter(
        Parameter("LogKeyArn", Type="String", Description="Key of the log files, in the Log Archive account")
    )
    key = template.add_resource(_key(names))
    group = template.add_resource(encrypted_log_group("TrailLogGroup", names.log_group, options.log_group_days, key))
    delivery = template.add_resource(_delivery_role(names))
    access = _access(template, organization, names, options, key)
    trail = cloudtrail.Trail(
        "Trail",
        TrailName=names.trail,
        IsLogging=True,
        IsOrganizationTrail=True,
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        EnableLogFileValidation=True,
        S3BucketName=names.store.bucket,
        KMSKeyId=Ref(log_key),
        CloudWatchLogsLogGroupArn=group.get_att("Arn"),
        CloudWatchLogsRoleArn=delivery.get_att("Arn"),
        AdvancedEventSelectors=_selectors(names, options),
        Tags=TAGS,
        DependsOn=[access.title],
        DeletionPolicy=KEEP,
        UpdateReplacePolicy=RETAIN,
    )
    if names.store.prefix:
        trail.S3KeyPrefix = names.store.prefix.rstrip("/")
    if options.insights:
        trail.InsightSelectors = [cloudtrail.InsightSelector(InsightType=insight) for insight in options.insights]
    template.add_resource(trail)
    return template


def _selectors(names: Names, options: OrganizationTrailOptions) -> list[cloudtrail.AdvancedEventSelector]:
    """Management events of every kind, and the data events asked for.

    Never those of the log buckets themselves: each log file delivered would be recorded in the next one.
    """
    equals = cloudtrail.AdvancedFieldSelector
    selectors = [
        cloudtrail.AdvancedEventSelector(
            Name="Management events", FieldSelectors=[equals(Field="eventCategory", Equals=["Management"])]
        )
    ]
    for resource_type in options.data_events:
        fields = [equals(Field="eventCategory", Equals=["Data"]), equals(Field="resources.type", Equals=[resource_type])]
        if resource_type == "AWS::S3::Object":
            own = [f"arn:{names.partition}:s3:::{bucket}/" for bucket in (names.store.access_log_bucket, names.store.bucket)]
            fields.append(equals(Field="resources.ARN", NotStartsWith=own))
        selectors.append(cloudtrail.AdvancedEventSelector(Name=f"Data events of {resource_type}", FieldSelectors=fields))
    return selectors


def _key(names: Names) -> kms.Key:
    """The log groups' own key: CloudWatch Logs wants it in its region, and here its account is the one that owns the groups."""
    groups = f"arn:{names.partition}:logs:{names.home}:{names.management}:log-group:/{names.trail}/*"
    statements = [
        key_administration(names.partition, names.management, [execution_role(names.partition, names.management)]),
        # CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
        allow(
            "LogGroupsEncrypt",
            {"Service": f"logs.{names.home}.amazonaws.com"},
            ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        ),
    ]
    return rotated_key("LogGroupKey", f"Log groups of trail {names.trail}", statements)


def _delivery_role(names: Names) -> iam.Role:
    """CloudTrail's role to write to the log group: streams of the management account and of the organization.

    CloudTrail User Guide, "Role policy document for CloudTrail to use CloudWatch Logs for monitoring", organization trails.
    """
    streams = [
        f"{names.log_group_arn}:log-stream:{names.management}_CloudTrail_{names.home}*",
        f"{names.log_group_arn}:log-stream:{names.organization}_*",
    ]
    this_trail = {"StringEquals": {"aws:SourceArn": names.trail_arn, "aws:SourceAccount": names.management}}
    return iam.Role(
        "TrailDeliveryRole",
        AssumeRolePolicyDocument=policy_document([trust("CloudTrail", "cloudtrail.amazonaws.com", this_trail)]),
        Policies=[
            iam.Policy(
                PolicyName="deliver",
                PolicyDocument=policy_document(
                    [identity_allow("Deliver", ["logs:CreateLogStream", "logs:PutLogEvents"], streams)]
                ),
            )
        ],
        Tags=TAGS,
    )


def _access(
    template: Template, organization: Organization, names: Names, options: OrganizationTrailOptions, key: kms.Key
) -> AWSObject:
    """What CloudFormation has no types for; it has to be done before the trail."""
    function = HandlerFunction(
        title="Access",
        handler="organization_trail_access",
        description="Lets CloudTrail work for the whole organization",
        log_group=f"/{names.trail}/access",
    )
    return add_custom_resource(
        template, function, organization, key, {"DelegatedAdministrator": options.delegated_administrator or ""}
    )
