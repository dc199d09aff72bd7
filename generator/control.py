"""What a control is: options, what it provides to the others, and what it builds.

Building has two phases. First every control says what it provides (the buckets that hold logs, the roles that may read them), then
each builds its part of the package knowing what all of them provide. So the guard of the logs protects a bucket that another
control makes, and exempts a role that a third one makes, and none imports another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, Literal, TypeVar

from generator.aws.names import AccountId, Arn, Region
from generator.landing_zone import LandingZone
from generator.landing_zone.section import Section
from generator.package.model import ActionSet, Claim, ClaimLayer, Expectation, Package, Principals, Slug

EXECUTION_ROLE = "AWSControlTowerExecution"
"""The role with which Control Tower and CfCT act in an account (CfCT 2.8.4: SELF_MANAGED stack sets use it in every target)."""

Options = TypeVar("Options", bound=Section)


def execution_role(partition: str, account: AccountId | Literal["*"]) -> Arn:
    """The ARN of Control Tower's execution role in `account`."""
    return role_arn(partition, account, EXECUTION_ROLE)


def role_arn(partition: str, account: AccountId | Literal["*"], name: str) -> Arn:
    """The ARN of the role `name`, a path before it included, in `account`."""
    return Arn(f"arn:{partition}:iam::{account}:role/{name}")


@dataclass(frozen=True)
class LogBucket:
    """A bucket whose content and configuration only the trusted may change."""

    name: str
    account: AccountId
    region: Region


@dataclass(frozen=True)
class LogKey:
    """A KMS key that encrypts logs. Its id is not known when the package is built, its alias is."""

    alias: str
    account: AccountId
    region: Region


@dataclass(frozen=True)
class LogTrail:
    """An organization trail, by ARN: it lies in the management account."""

    arn: Arn
    account: AccountId
    region: Region


@dataclass(frozen=True)
class TrailLogGroup:
    """The log group that gets the events of the organization trail `trail`: what alarms on them filter."""

    name: str
    account: AccountId
    region: Region
    trail: Arn


@dataclass(frozen=True)
class InvestigationQuery:
    """A named question to the organization trail, so that an alarm can say which one answers it.

    `slug` is the named query of Athena in `workgroup`, in the Log Archive account. `insights` is the same question's name in
    CloudWatch Logs Insights, where the trail's log group is; empty where no log group is known.
    """

    slug: str
    question: str
    workgroup: str
    insights: str = ""


@dataclass(frozen=True)
class DelegatedAdministrator:
    """The member account that an AWS service lets manage it for the whole organization. `service` is its service principal."""

    service: str
    account: AccountId


class Trust(StrEnum):
    """What a trusted principal may do with the logs."""

    ADMINISTRATOR = "administrator"
    WRITER = "writer"
    READER = "reader"


@dataclass(frozen=True)
class TrustedPrincipal:
    """A principal, by an ARN pattern with its account spelled out, that the guards let through, and why."""

    arn: Arn
    trust: Trust
    reason: str


@dataclass(frozen=True)
class SparedRole:
    """A role that a control's guard lets through, by ARN, and why; its account's principals must not make or re-trust it."""

    arn: Arn
    reason: str


@dataclass(frozen=True)
class GuardedDeployer:
    """An account in which a control lets nobody but Control Tower's execution role make or change that role.

    Control Tower asks the same of every OU that is registered with it, so an invited account makes the role before it moves there.
    """

    account: AccountId


@dataclass(frozen=True)
class TrailAdministrator:
    """The member account that CloudTrail lets manage organization trails; its principals can stop them."""

    account: AccountId


@dataclass(frozen=True)
class Facts:
    """What controls provide for each other."""

    buckets: tuple[LogBucket, ...] = ()
    keys: tuple[LogKey, ...] = ()
    trails: tuple[LogTrail, ...] = ()
    trusted: tuple[TrustedPrincipal, ...] = ()
    trail_administrators: tuple[TrailAdministrator, ...] = ()
    trail_log_groups: tuple[TrailLogGroup, ...] = ()
    queries: tuple[InvestigationQuery, ...] = ()
    delegated_administrators: tuple[DelegatedAdministrator, ...] = ()
    spared: tuple[SparedRole, ...] = ()
    guarded_deployers: tuple[GuardedDeployer, ...] = ()

    def trusted_as(self, *trusts: Trust) -> tuple[Arn, ...]:
        """The ARN patterns of all that are trusted with one of `trusts`, sorted, each once."""
        return tuple(sorted({principal.arn for principal in self.trusted if principal.trust in trusts}))

    def query(self, slug: str) -> InvestigationQuery | None:
        """The question of that name, if there is an investigation to ask it in."""
        return next((query for query in self.queries if query.slug == slug), None)


def together(parts: Iterable[Facts]) -> Facts:
    """All facts of all controls, in the order of the controls."""
    parts = tuple(parts)
    return Facts(**{field.name: tuple(fact for part in parts for fact in getattr(part, field.name)) for field in fields(Facts)})


@dataclass(frozen=True)
class Control(Generic[Options]):
    """One measure: what it is for, which options it has, and how it becomes part of a package.

    `shelf` names the policy that its SCP and RCP statements go into (`generator.package.shelves`); it never changes once
    published, because CfCT updates policies in parallel and a statement that moves leaves a gap. `frameworks` are ids of published
    controls, each with the framework's name.
    """

    slug: Slug
    title: str
    risk: str
    shelf: str
    section: type[Options]
    provides: Callable[[LandingZone, Options], Facts]
    build: Callable[[LandingZone, Options, Facts], Package]
    sources: tuple[str, ...]
    frameworks: tuple[str, ...]

    def options(self, landing_zone: LandingZone) -> Options:
        """This control's section of the landing zone, defaults filled in."""
        section = landing_zone.options[self.slug]
        if not isinstance(section, self.section):
            raise TypeError(f"the section of {self.slug} is a {type(section).__name__}, not a {self.section.__name__}")
        return section


def claim_of(  # noqa: PLR0913  # the parts of a claim
    slug: Slug,
    name: str,
    statement: str,
    *,
    expect: Expectation,
    layer: ClaimLayer,
    principals: Principals,
    actions: tuple[ActionSet, ...],
    resources: tuple[Arn, ...],
    account: AccountId,
    context: Mapping[str, str] = MappingProxyType({}),
) -> Claim:
    """A claim of the control `slug`. `account` owns the resources; `context` are condition keys with the value that they have."""
    return Claim(
        id=f"{slug}.{name}",
        control=slug,
        statement=statement,
        expect=expect,
        layer=layer,
        principals=principals,
        actions=actions,
        resources=resources,
        resource_account=account,
        context={key: (value,) for key, value in sorted(context.items())},
    )


def account_of(arn: Arn) -> AccountId:
    """The account field of an ARN, which may be a pattern."""
    return AccountId(arn.split(":")[4])


def sid(slug: Slug, name: str) -> str:
    """A statement id: the control's name and `name`, letters and digits only, as IAM's grammar asks."""
    return "".join(word.capitalize() for word in slug.split("-")) + name
