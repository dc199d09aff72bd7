"""The names that the stacks of organization-trail share: known when the package is built, so that policies can name them."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws.names import AccountId, Arn, OrganizationId, Region
from generator.controls.organization_trail.options import OrganizationTrailOptions
from generator.landing_zone.organization import Organization
from generator.package.model import Export, Slug

SLUG = Slug("organization-trail")

KEY_EXPORT = Export("/cfctgen/organization-trail/key-arn", "KeyArn")
"""How the trail's stack, in the management account, learns the key that the Log Archive account's stack has made."""


@dataclass(frozen=True)
class LogStore:
    """Where the log files lie. `prefix` is empty or ends with `/`.

    `key_alias` is empty where the key is not ours; `key` is the key's ARN as far as it is known, a pattern, or None for none.
    """

    bucket: str
    access_log_bucket: str
    prefix: str
    key_alias: str
    key: Arn | None


@dataclass(frozen=True)
class Names:
    """Everything that more than one template or policy has to call by the same name.

    `ours` begins the names of what is made; `trail` is the trail's, which may be Control Tower's.
    """

    partition: str
    organization: OrganizationId
    management: AccountId
    log_archive: AccountId
    home: Region
    ours: str
    trail: str
    store: LogStore
    log_group: str

    @property
    def trail_arn(self) -> Arn:
        """An organization trail belongs to the management account (CloudTrail User Guide, "Creating a trail for an organization")."""
        return Arn(f"arn:{self.partition}:cloudtrail:{self.home}:{self.management}:trail/{self.trail}")

    @property
    def bucket_arn(self) -> Arn:
        """The bucket that CloudTrail delivers to."""
        return bucket_arn(self.partition, self.store.bucket)

    @property
    def results_bucket(self) -> str:
        """The bucket that Athena writes the results of queries to."""
        return f"{self.ours}-query-{self.log_archive}-{self.home}"

    @property
    def database(self) -> str:
        """The database of the table over the logs; Athena wants no hyphens in it."""
        return self.ours.replace("-", "_")

    @property
    def investigator(self) -> str:
        """The managed policy of whoever investigates, the same in both accounts."""
        return f"{self.ours}-investigator"

    @property
    def log_group_arn(self) -> Arn:
        """The trail's log group, without the `:*` that stands for its streams."""
        return Arn(f"arn:{self.partition}:logs:{self.home}:{self.management}:log-group:{self.log_group}")


def bucket_arn(partition: str, bucket: str) -> Arn:
    """A bucket's ARN names neither account nor region."""
    return Arn(f"arn:{partition}:s3:::{bucket}")


def names(organization: Organization, options: OrganizationTrailOptions) -> Names:
    """The names of the trail that is adopted, or of the one that is created."""
    adopted = organization.control_tower_trail
    if adopted is None:
        suffix = f"{organization.log_archive}-{organization.home_region}"
        trail, log_group = options.name, f"/{options.name}/events"
        key = Arn(f"arn:{organization.partition}:kms:{organization.home_region}:{organization.log_archive}:key/*")
        store = LogStore(f"{options.name}-{suffix}", f"{options.name}-access-{suffix}", "", f"alias/{options.name}", key)
    else:
        trail, log_group = adopted.name, adopted.log_group or ""
        prefix = f"{adopted.prefix}/" if adopted.prefix else ""
        store = LogStore(adopted.bucket, adopted.access_log_bucket or "", prefix, "", adopted.kms_key)
    return Names(
        partition=organization.partition,
        organization=organization.id,
        management=organization.management_account,
        log_archive=organization.log_archive,
        home=organization.home_region,
        ours=options.name,
        trail=trail,
        store=store,
        log_group=log_group,
    )
