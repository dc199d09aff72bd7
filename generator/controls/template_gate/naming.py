"""The names that the stacks, policies and claims of template-gate share: known when the package is built."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from generator.aws.names import AccountId, Arn, OrganizationId, Region
from generator.control import role_arn
from generator.landing_zone.organization import Organization
from generator.package.model import Slug

SLUG = Slug("template-gate")

ALIAS = "Private::Guard::TemplateGate"
"""The hook's name in the registry, in the form of the documentation (Hooks User Guide, "Activate a Guard Hook in your account")."""

HOOK_ROLE = f"{SLUG}-hook"
"""The role with which the hook reads its rules, the same in every account, so that the bucket's policy needs no list of accounts."""

UPLOAD_ROLE = f"{SLUG}-upload"
"""How the name of the role begins with which the rules are put into a region's bucket."""

PREFIX = "rules/"
"""Where the rules lie in the bucket."""

DEPLOYED_STACKS = ("StackSet-AWSControlTower*", "StackSet-CustomControlTower-*")
"""Names of the stacks that Control Tower and CfCT make in an account: CloudFormation calls the stack of a stack set
`StackSet-<name>-<id>`, Control Tower's own stack sets begin with `AWSControlTower` (Control Tower User Guide, "Stack sets"), and CfCT's
with `CustomControlTower-` (state_machine_handler.py)."""


@dataclass(frozen=True)
class Names:
    """What is called how in this organization. ARNs may be patterns: a name is the same in every account or region."""

    partition: str
    organization: OrganizationId
    audit: AccountId
    home: Region

    @property
    def bucket(self) -> str:
        """A region's bucket of rules, without the region."""
        return f"{SLUG}-{self.audit}-"

    @property
    def buckets(self) -> Arn:
        """The buckets of all regions."""
        return Arn(f"arn:{self.partition}:s3:::{self.bucket}*")

    @property
    def hook(self) -> Arn:
        """The hook in every account and region: the registry writes the alias with hyphens (Hooks User Guide, `type-arn`)."""
        return Arn(f"arn:{self.partition}:cloudformation:*:*:type/hook/{ALIAS.replace('::', '-')}")

    @property
    def stacks(self) -> tuple[Arn, ...]:
        """The stacks that the gate lets pass, in every account and region."""
        return tuple(Arn(f"arn:{self.partition}:cloudformation:*:*:stack/{name}/*") for name in DEPLOYED_STACKS)

    @property
    def hook_role(self) -> Arn:
        """The hook's role in every account."""
        return role_arn(self.partition, "*", HOOK_ROLE)

    @property
    def upload_roles(self) -> Arn:
        """The roles, one for each region, that put the rules into the buckets."""
        return role_arn(self.partition, self.audit, f"{UPLOAD_ROLE}-*")


def names(organization: Organization) -> Names:
    """The names in this organization."""
    return Names(organization.partition, organization.id, organization.audit, organization.home_region)


def key_of(text: str) -> str:
    """The object that holds these rules and never any others: other rules have another name, so that the hook changes with them."""
    return f"{PREFIX}{hashlib.sha256(text.encode()).hexdigest()}.guard"
