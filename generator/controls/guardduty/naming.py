"""The names that guardduty's stacks and policies share, and where findings can be exported to."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws.names import AccountId, Arn, OrganizationId, Region
from generator.aws.partitions import PARTITIONS
from generator.landing_zone.organization import Organization
from generator.package.model import Export, Slug

SLUG = Slug("guardduty")
SERVICE = "guardduty.amazonaws.com"
MALWARE_PROTECTION = "malware-protection.guardduty.amazonaws.com"

KEY_EXPORT = Export("/cfctgen/guardduty/key-arn", "KeyArn")
"""How the administrator's stacks learn the key that the Log Archive account's stack has made."""


@dataclass(frozen=True)
class Names:
    """Everything that more than one template or policy has to call by the same name.

    `region` is where the bucket is. `exporting` are the governed regions whose findings GuardDuty can write there.
    """

    partition: str
    organization: OrganizationId
    log_archive: AccountId
    audit: AccountId
    region: Region
    exporting: tuple[Region, ...]
    principals: tuple[str, ...]

    @property
    def bucket(self) -> str:
        """The bucket of the findings."""
        return f"guardduty-findings-{self.log_archive}-{self.region}"

    @property
    def access_log_bucket(self) -> str:
        """The bucket of its access logs."""
        return f"guardduty-access-{self.log_archive}-{self.region}"

    @property
    def key_alias(self) -> str:
        """The name of the key of the findings."""
        return "alias/guardduty-findings"

    @property
    def detectors(self) -> Arn:
        """Every detector of the administrator: those whose findings come."""
        return Arn(f"arn:{self.partition}:guardduty:*:{self.audit}:detector/*")

    def bucket_arn(self, bucket: str) -> Arn:
        """A bucket's ARN names neither account nor region."""
        return Arn(f"arn:{self.partition}:s3:::{bucket}")


def names(organization: Organization) -> Names:
    """The names in this organization.

    GuardDuty exports from an always-open region to an always-open region only, and from an opt-in region there too or to itself
    (GuardDuty User Guide, "Exporting generated GuardDuty findings to Amazon S3 buckets"). So the bucket is in the home region unless
    that is an opt-in region, then in the first governed region that is none; where there is none, only the home region exports. In
    an opt-in region GuardDuty writes under a principal of that region (same page).
    """
    facts = PARTITIONS[organization.partition].regions
    governed, home = organization.governed_regions, organization.home_region
    open_ = [region for region in (home, *sorted(governed)) if not facts[region].opt_in]
    region = open_[0] if open_ else home
    exporting = governed if open_ else (home,)
    principals = sorted({f"guardduty.{each}.amazonaws.com" if facts[each].opt_in else SERVICE for each in exporting})
    return Names(
        partition=organization.partition,
        organization=organization.id,
        log_archive=organization.log_archive,
        audit=organization.audit,
        region=region,
        exporting=exporting,
        principals=tuple(principals),
    )
