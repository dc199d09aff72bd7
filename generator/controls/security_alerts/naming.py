"""The names that the stacks of security-alerts share: fixed, so that topics, policies and the guard can name each other."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws.names import AccountId, Arn, Region
from generator.aws.partitions import PARTITIONS
from generator.landing_zone.organization import Organization
from generator.package.model import Slug

SLUG = Slug("security-alerts")

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


@dataclass(frozen=True)
class Places:
    """The places that alerts come from.

    `findings` is where the findings of all regions arrive, `home` where the trail's log group is. The events of IAM, of Organizations
    and of root's sign-in arise in the partition's global region alone: `elsewhere` is there, None if that is the home region or if
    Control Tower does not govern it.
    """

    findings: Place
    home: Place
    elsewhere: Place | None
    global_region: Region

    @property
    def all(self) -> tuple[Place, ...]:
        """Every one, in the order in which their stacks are deployed."""
        return (self.findings, self.home, *((self.elsewhere,) if self.elsewhere else ()))

    @property
    def deaf(self) -> bool:
        """Whether global services' events arise where no stack is."""
        return self.elsewhere is None and self.home.region != self.global_region


def places(organization: Organization) -> Places:
    """Audit's home region, and the management account's home and global region."""
    partition, home, management = organization.partition, organization.home_region, organization.management_account
    global_region = PARTITIONS[partition].global_region
    apart = global_region != home and global_region in organization.governed_regions
    return Places(
        findings=Place(partition, organization.audit, home),
        home=Place(partition, management, home),
        elsewhere=Place(partition, management, global_region) if apart else None,
        global_region=global_region,
    )
