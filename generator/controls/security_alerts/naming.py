"""The names that the stacks of security-alerts share: fixed, so that topics, policies and the guard can name each other."""

from __future__ import annotations

from dataclasses import dataclass

from troposphere import Sub

from generator.aws.names import AccountId, Arn, Region
from generator.aws.partitions import PARTITIONS
from generator.landing_zone.organization import Organization
from generator.package.model import Slug

SLUG = Slug("security-alerts")

EACH_REGION = Region("${AWS::Region}")
"""The region of a template that CfCT puts into several."""

TOPIC = str(SLUG)
QUEUE = f"{SLUG}-undelivered"


def named(name: str) -> str:
    """What a rule, an alarm or a metric filter is called: all begin alike, and the guard knows them by that."""
    return f"{SLUG}-{name}"


def title(name: str) -> str:
    """The logical id of what is called `name`."""
    return "".join(word.capitalize() for word in name.split("-"))


@dataclass(frozen=True)
class Place:
    """Where a channel of alerts is: one account, one region.

    Events and alarms go to topics of their own region only (EventBridge User Guide, "Amazon EventBridge targets"; CloudWatch User
    Guide, "Using Amazon CloudWatch alarms").
    """

    partition: str
    account: AccountId
    region: Region

    @property
    def topic(self) -> Arn:
        """The channel's topic."""
        return self.arn("sns", TOPIC)

    def arn(self, service: str, resource: str) -> Arn:
        """The ARN of something in this place."""
        return Arn(f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}")

    def written(self, service: str, resource: str) -> Arn | Sub:
        """The same as a template has it."""
        arn = self.arn(service, resource)
        return Sub(arn) if self.region == EACH_REGION else arn


@dataclass(frozen=True)
class Places:
    """The places that alerts come from.

    `findings` is where the findings of the home region arrive, and those of all regions where Security Hub gathers them there; where
    it cannot, `scattered` are the other regions that have findings. `home` is where the trail's log group is. The events of IAM, of
    Organizations and of root's sign-in arise in the partition's global region alone: `elsewhere` is there, None if that is the home
    region.
    """

    findings: Place
    scattered: tuple[Place, ...]
    home: Place
    elsewhere: Place | None

    @property
    def all(self) -> tuple[Place, ...]:
        """Every one, in the order in which their stacks are deployed."""
        return (self.findings, *self.scattered, self.home, *((self.elsewhere,) if self.elsewhere else ()))


def places(organization: Organization) -> Places:
    """Audit's home region, and the management account's home and global region.

    Security Hub takes no opt-in region as the one that gathers findings (Security Hub User Guide, "Enabling cross-Region
    aggregation"), so with such a home region findings stay where they arise. The global region is one of these places even where
    Control Tower does not govern it: its region deny is an SCP, and no SCP binds the management account (AWS Organizations User
    Guide, "Service control policies").
    """
    partition, home, management = organization.partition, organization.home_region, organization.management_account
    facts = PARTITIONS[partition]
    others = sorted(set(organization.governed_regions) - {home}) if facts.regions[home].opt_in else ()
    return Places(
        findings=Place(partition, organization.audit, home),
        scattered=tuple(Place(partition, organization.audit, region) for region in others),
        home=Place(partition, management, home),
        elsewhere=Place(partition, management, facts.global_region) if facts.global_region != home else None,
    )
