"""organization-trail: every API call in every account and region, now and later, into the Log Archive account.

Where Control Tower has made an organization trail already, that one is adopted: nothing is made twice, because AWS bills every
further copy of the management events, and only the protection and the investigation are generated.
"""

from __future__ import annotations

from generator.aws.names import Arn
from generator.aws.partitions import PARTITIONS
from generator.control import (
    Control,
    DelegatedAdministrator,
    Facts,
    InvestigationQuery,
    LogBucket,
    LogKey,
    LogTrail,
    TrailAdministrator,
    TrailLogGroup,
    Trust,
    TrustedPrincipal,
    execution_role,
    role_arn,
)
from generator.controls.organization_trail.adoption import lacking, to_be_allowed, without_effect
from generator.controls.organization_trail.investigation import athena_template, insights_name, insights_template
from generator.controls.organization_trail.log_archive import log_archive_template
from generator.controls.organization_trail.naming import KEY_EXPORT, SLUG, Names, names
from generator.controls.organization_trail.options import OrganizationTrailOptions
from generator.controls.organization_trail.queries import QUERIES
from generator.controls.organization_trail.trail import trail_template
from generator.landing_zone import LandingZone
from generator.landing_zone.organization import Organization
from generator.package.model import Package, Parameter, Stack

CLOUDTRAIL = "cloudtrail.amazonaws.com"

CONFIG_ROLE = "aws-controltower-ConfigRecorderRole"
"""With it AWS Config writes to Control Tower's log bucket from every account (Control Tower User Guide, "How AWS Control Tower works
with roles"); Control Tower's own SCPs let no member change roles of that name."""


def _provides(landing_zone: LandingZone, options: OrganizationTrailOptions) -> Facts:
    organization = landing_zone.organization
    called = names(organization, options)
    store = called.store
    adopted = organization.control_tower_trail is not None
    trusted = [TrustedPrincipal(arn, Trust.READER, "named in landing-zone.yaml") for arn in options.readers]
    if adopted:
        writer = role_arn(organization.partition, "*", CONFIG_ROLE)
        trusted.append(TrustedPrincipal(writer, Trust.WRITER, "AWS Config delivers to Control Tower's bucket with it"))
    administrator = options.delegated_administrator
    return Facts(
        buckets=tuple(
            LogBucket(bucket, organization.log_archive, organization.home_region)
            for bucket in (store.bucket, store.access_log_bucket)
            if bucket
        ),
        keys=(LogKey(store.key_alias, organization.log_archive, organization.home_region),) if store.key_alias else (),
        trails=(LogTrail(called.trail_arn, called.management, called.home),),
        trusted=tuple(trusted),
        trail_administrators=(TrailAdministrator(administrator),) if administrator else (),
        trail_log_groups=(_log_group(called),) if called.log_group else (),
        queries=_queries(called) if options.investigation else (),
        delegated_administrators=(DelegatedAdministrator(CLOUDTRAIL, administrator),) if administrator and not adopted else (),
    )


def _log_group(called: Names) -> TrailLogGroup:
    return TrailLogGroup(called.log_group, called.management, called.home, called.trail_arn)


def _queries(called: Names) -> tuple[InvestigationQuery, ...]:
    return tuple(
        InvestigationQuery(
            query.slug, query.question, workgroup=called.ours, insights=insights_name(called, query) if called.log_group else ""
        )
        for query in QUERIES
    )


def _build(landing_zone: LandingZone, options: OrganizationTrailOptions, facts: Facts) -> Package:
    organization = landing_zone.organization
    called = names(organization, options)
    stacks: tuple[Stack, ...] = ()
    notes: tuple[str, ...] = ()
    trail = organization.control_tower_trail
    if trail is None:
        own = execution_role(organization.partition, organization.log_archive)
        administrators = tuple(sorted({own, *facts.trusted_as(Trust.ADMINISTRATOR)}))
        stacks += _created(organization, called, options, administrators)
    else:
        notes += (*lacking(trail), *without_effect(options), *to_be_allowed(trail, called, options))
    if options.investigation:
        stacks += _investigation(called)
    return Package(stacks=stacks, notes=notes)


def _created(
    organization: Organization, called: Names, options: OrganizationTrailOptions, administrators: tuple[Arn, ...]
) -> tuple[Stack, ...]:
    return (
        Stack(
            name=f"{SLUG}-log-archive",
            control=SLUG,
            reason="the key and the buckets of the log files, which the trail needs to be there first",
            template=log_archive_template(called, options, administrators, options.readers),
            accounts=(called.log_archive,),
            regions=(called.home,),
            exports=(KEY_EXPORT,),
        ),
        Stack(
            name=SLUG,
            control=SLUG,
            reason="the trail of all accounts and regions, in the management account, which owns it",
            template=trail_template(organization, called, options),
            accounts=(called.management,),
            regions=(called.home,),
            parameters=(Parameter("LogKeyArn", KEY_EXPORT.reference),),
        ),
    )


def _investigation(called: Names) -> tuple[Stack, ...]:
    athena = Stack(
        name=f"{SLUG}-investigation",
        control=SLUG,
        reason="questions to the log files, as named Athena queries, with a policy for whoever asks them",
        template=athena_template(called, tuple(PARTITIONS[called.partition].regions)),
        accounts=(called.log_archive,),
        regions=(called.home,),
    )
    if not called.log_group:
        return (athena,)
    insights = Stack(
        name=f"{SLUG}-queries",
        control=SLUG,
        reason="the same questions to the trail's log group, as CloudWatch Logs Insights queries",
        template=insights_template(called),
        accounts=(called.management,),
        regions=(called.home,),
    )
    return (athena, insights)


CONTROL: Control[OrganizationTrailOptions] = Control(
    slug=SLUG,
    title="Every API call of the organization is logged",
    risk="Without one complete, validated log nobody can say what an attacker did, where, or whether it is over.",
    shelf="logs",
    section=OrganizationTrailOptions,
    provides=_provides,
    build=_build,
    sources=(
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
    ),
    frameworks=(
        "CIS AWS Foundations 3.0 3.1 (CloudTrail in all regions)",
        "CIS AWS Foundations 3.0 3.2 (log file validation)",
        "CIS AWS Foundations 3.0 3.4 (access logging of the log bucket)",
        "CIS AWS Foundations 3.0 3.5 (logs encrypted with KMS)",
        "NIST 800-53r5 AU-2, AU-9, AU-11, AU-12",
    ),
)
