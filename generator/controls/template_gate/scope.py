"""What template-gate guards, for whom, and where its policies stand: the same for its claims and its statements."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws.names import AccountId, Arn, OuId, OuPath, Region
from generator.control import execution_role
from generator.controls.template_gate.naming import Names, names
from generator.errors import PackageError, Problem
from generator.landing_zone.organization import Organization

WITHOUT_HOOKS = frozenset(map(Region, ("us-gov-east-1", "us-gov-west-1")))
"""Regions whose CloudFormation has no `AWS::CloudFormation::GuardHook` (its registry schemas, 2026-11; a test compares the two)."""


@dataclass(frozen=True)
class Target:
    """An OU that a policy stands on, and all accounts that it reaches today."""

    id: OuId
    accounts: tuple[AccountId, ...]


@dataclass(frozen=True)
class Scope:
    """`targets` are the OUs chosen that lie below no other one chosen: their policies reach the others too, and slots are few."""

    called: Names
    targets: tuple[Target, ...]
    audit_unit: OuId
    deployer: Arn
    deployer_of_audit: Arn

    @property
    def accounts(self) -> tuple[AccountId, ...]:
        """Every account that is judged or could be."""
        return tuple(sorted({account for target in self.targets for account in target.accounts}))

    @property
    def buckets(self) -> tuple[Arn, ...]:
        """The buckets of rules, and what lies in them."""
        return (self.called.buckets, Arn(f"{self.called.buckets}/*"))

    @property
    def roles_of_audit(self) -> tuple[Arn, ...]:
        """Who may change the rules."""
        return (self.deployer_of_audit, self.called.upload_roles)

    @property
    def roles_to_guard(self) -> tuple[Arn, ...]:
        """Those of them that need a statement of their own: where Audit is judged itself, the deploying role has one already."""
        return (self.called.upload_roles,) if self.called.audit in self.accounts else self.roles_of_audit


def scope(organization: Organization, chosen: tuple[OuPath, ...]) -> Scope:
    """The scope of the guard. Raises PackageError when the Audit account is in no OU, where CfCT could attach nothing to it alone."""
    unit = organization.ou_of(organization.audit)
    if unit is None:
        raise PackageError(
            Problem(
                None,
                f"the Audit account `{organization.audit}`, which holds the rules of template-gate, is directly in the organization's root",
                "move it into an OU of its own kind, such as `Security`, and correct `ou` in organization.yaml",
            )
        )
    units = [organization.ou(path) for path in sorted(set(chosen))]
    topmost = [each for each in units if not any(each.path.startswith(f"{other.path}:") for other in units)]
    management = organization.management_account
    return Scope(
        called=names(organization),
        targets=tuple(
            Target(each.id, tuple(account.id for account in organization.accounts_under(each.path) if account.id != management))
            for each in topmost
        ),
        audit_unit=unit.id,
        deployer=execution_role(organization.partition, "*"),
        deployer_of_audit=execution_role(organization.partition, organization.audit),
    )


def hook_regions(organization: Organization) -> tuple[Region, ...]:
    """The governed regions that can have the hook. Raises PackageError when there is none."""
    regions = tuple(region for region in organization.governed_regions if region not in WITHOUT_HOOKS)
    if not regions:
        governed = ", ".join(f"`{region}`" for region in organization.governed_regions)
        raise PackageError(
            Problem(
                None,
                f"template-gate needs Guard Hooks, and CloudFormation has none in {governed}",
                "take `organizational_units` out of the section `template-gate`; `cfctgen check --changed` judges templates before they "
                "are committed",
            )
        )
    return regions
