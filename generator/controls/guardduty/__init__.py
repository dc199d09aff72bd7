"""guardduty: threat detection in every account and governed region, findings kept, and nobody to turn it off.

docs/controls/guardduty.md shows the way of a finding, and what it costs.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.names import Arn
from generator.control import Control, DelegatedAdministrator, Facts, LogBucket, LogKey, Trust, execution_role
from generator.controls.guardduty.bucket import bucket_template
from generator.controls.guardduty.claims import claims, denied_changes
from generator.controls.guardduty.functions import administrator_template, organization_template, policy_template
from generator.controls.guardduty.naming import KEY_EXPORT, SERVICE, SLUG, Names, names
from generator.controls.guardduty.options import GuarddutyOptions
from generator.controls.guardduty.runbook import runbook
from generator.controls.guardduty.scope import scope
from generator.controls.guardduty.statements import statements
from generator.landing_zone import LandingZone
from generator.landing_zone.organization import Organization
from generator.package.model import Package, Parameter, Stack


def _provides(landing_zone: LandingZone, options: GuarddutyOptions) -> Facts:
    """The bucket and key, which log-archive-guard protects, and who administers GuardDuty."""
    organization = landing_zone.organization
    called = names(organization)
    administrator = (DelegatedAdministrator(SERVICE, organization.audit),)
    if not options.export:
        return Facts(delegated_administrators=administrator)
    return Facts(
        buckets=tuple(
            LogBucket(bucket, called.log_archive, called.region) for bucket in (called.bucket, called.access_log_bucket)
        ),
        keys=(LogKey(called.key_alias, called.log_archive, called.region),),
        delegated_administrators=administrator,
    )


def _build(landing_zone: LandingZone, options: GuarddutyOptions, facts: Facts) -> Package:
    organization = landing_zone.organization
    called, guarded = names(organization), scope(organization)
    return Package(
        stacks=tuple(_stacks(organization, called, options, facts)),
        statements=tuple(statements(guarded)),
        claims=tuple(claims(guarded)),
        runbooks=(runbook(organization),),
        notes=tuple(_notes(organization, called, options)),
    )


def _stacks(organization: Organization, called: Names, options: GuarddutyOptions, facts: Facts) -> Iterator[Stack]:
    everywhere = organization.governed_regions
    if options.export:
        own = execution_role(organization.partition, organization.log_archive)
        administrators: tuple[Arn, ...] = tuple(sorted({own, *facts.trusted_as(Trust.ADMINISTRATOR)}))
        yield Stack(
            name=f"{SLUG}-bucket",
            control=SLUG,
            reason="the key and the bucket of the findings, which the export needs to be there first",
            template=bucket_template(called, options, administrators, facts.trusted_as(Trust.READER)),
            accounts=(organization.log_archive,),
            regions=(called.region,),
            exports=(KEY_EXPORT,),
        )
    yield Stack(
        name=f"{SLUG}-administrator",
        control=SLUG,
        reason="the delegated administrator of each region, which only the management account can name",
        template=administrator_template(organization, options),
        accounts=(organization.management_account,),
        regions=everywhere,
    )
    if options.mode == "organization-policy":
        yield Stack(
            name=f"{SLUG}-policy",
            control=SLUG,
            reason="the policy that says what GuardDuty looks at in every account",
            template=policy_template(organization, options),
            accounts=(organization.management_account,),
            regions=(organization.home_region,),
        )
    yield Stack(
        name=SLUG,
        control=SLUG,
        reason="protection of every account, by the administrator of each region",
        template=organization_template(organization, called, options),
        accounts=(organization.audit,),
        regions=everywhere,
        parameters=(Parameter("FindingsKeyArn", KEY_EXPORT.reference),) if options.export else (),
    )


def _notes(organization: Organization, called: Names, options: GuarddutyOptions) -> Iterator[str]:
    """How far the guard reaches, and where findings cannot go as one would expect."""
    yield f"guardduty denies members {denied_changes()} of GuardDuty's actions, and on its detectors whatever AWS adds"
    left_out = sorted(set(organization.governed_regions) - set(called.exporting))
    if options.export and left_out:
        yield (
            f"findings of {', '.join(left_out)} are not exported: GuardDuty cannot export from one opt-in region to another, and no "
            "governed region is always open"
        )
    elif options.export and called.region != organization.home_region:
        yield (
            f"the bucket of GuardDuty's findings is in {called.region}: GuardDuty cannot export from other regions to the opt-in "
            f"region {organization.home_region}"
        )


CONTROL: Control[GuarddutyOptions] = Control(
    slug=SLUG,
    title="Threats are detected in every account",
    risk="Stolen credentials, crypto-mining or data theft in one account of many go unnoticed until the damage is done.",
    shelf="detection",
    section=GuarddutyOptions,
    provides=_provides,
    build=_build,
    sources=(
        "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_organizations.html",
        "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html",
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_guardduty_syntax.html",
    ),
    frameworks=(
        "AWS FSBP GuardDuty.1 (GuardDuty is enabled)",
        "AWS FSBP GuardDuty.5, GuardDuty.6, GuardDuty.8, GuardDuty.9, GuardDuty.10 (protection plans)",
        "NIST 800-53r5 SI-4 (system monitoring)",
        "NIST 800-53r5 AU-6 (review and analysis of audit records)",
    ),
)
