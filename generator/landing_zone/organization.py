"""The organization as facts: units, accounts, Control Tower's trail, attached policies, and the questions that controls ask of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Literal

from generator.aws.names import OU_PATH_SEPARATOR, AccountId, Arn, OrganizationId, OuId, OuPath, Region, RootId


class AccountStatus(StrEnum):
    """The state of an account (AWS Organizations, `AccountState`). CfCT deploys to ACTIVE accounts only."""

    PENDING_ACTIVATION = "PENDING_ACTIVATION"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    PENDING_CLOSURE = "PENDING_CLOSURE"
    CLOSED = "CLOSED"


@dataclass(frozen=True)
class OrganizationalUnit:
    """An OU. `path` is what CfCT's manifest calls it; `id` is what survives a rename."""

    id: OuId
    name: str
    path: OuPath
    parent: OuId | RootId


@dataclass(frozen=True)
class Account:
    """An account; `ou` is None when it stands directly below the root, where the management account usually is."""

    id: AccountId
    name: str
    email: str | None
    ou: OuPath | None
    status: AccountStatus = AccountStatus.ACTIVE


@dataclass(frozen=True)
class ControlTowerTrail:
    """The organization trail that Control Tower made: adopted, never made a second time, because AWS bills the second copy of events.

    `prefix` is what its keys in the bucket begin with, without `/` at either end; empty if they begin with `AWSLogs/`.
    """

    name: str
    bucket: str
    prefix: str
    access_log_bucket: str | None
    kms_key: Arn | None
    log_group: str | None
    object_lock: bool


@dataclass(frozen=True)
class AttachedPolicy:
    """A policy that is attached to one target today. `content` is the JSON text exactly as AWS stores it, since its length counts."""

    name: str
    type: Literal["scp", "rcp"]
    target: OuId | RootId | AccountId
    content: str


@dataclass(frozen=True)
class Organization:
    """What is true of the organization. Units are sorted by path, accounts by id; lookups are by index, for 10,000 accounts."""

    id: OrganizationId
    root_id: RootId
    partition: str
    management_account: AccountId
    home_region: Region
    governed_regions: tuple[Region, ...]
    log_archive: AccountId
    audit: AccountId
    deployment: AccountId | None
    control_tower_version: str
    cfct_version: str
    control_tower_execution_in_management: bool
    control_tower_trail: ControlTowerTrail | None
    organizational_units: tuple[OrganizationalUnit, ...]
    accounts: tuple[Account, ...]
    attached: tuple[AttachedPolicy, ...]

    def account(self, account_id: AccountId) -> Account:
        """The account; KeyError if there is none, which the loader has ruled out for every id in the input files."""
        return self._accounts[account_id]

    def ou(self, path: OuPath) -> OrganizationalUnit:
        """The unit at `path`; KeyError if there is none."""
        return self._units[path]

    def ou_by_id(self, ou_id: OuId) -> OrganizationalUnit:
        """The unit with this id; KeyError if there is none."""
        return self._units_by_id[ou_id]

    def ou_of(self, account_id: AccountId) -> OrganizationalUnit | None:
        """The unit that holds the account directly; None for an account in the root."""
        path = self.account(account_id).ou
        return None if path is None else self.ou(path)

    def accounts_directly_in(self, path: OuPath | None) -> tuple[Account, ...]:
        """Accounts whose parent is this unit (None: the root). This is what CfCT's OU targets of stack sets reach."""
        return self._direct.get(path, ())

    def accounts_under(self, path: OuPath) -> tuple[Account, ...]:
        """Accounts in this unit and all units below it, sorted by id. This is what a policy attached to the unit reaches."""
        if path not in self._units:
            raise KeyError(path)
        found: list[Account] = []
        waiting = [path]
        while waiting:
            current = waiting.pop()
            found.extend(self._direct.get(current, ()))
            waiting.extend(child.path for child in self._children.get(self._units[current].id, ()))
        return tuple(sorted(found, key=lambda account: account.id))

    def children(self, parent: OuId | RootId) -> tuple[OrganizationalUnit, ...]:
        """The units directly below a unit or the root, sorted by path."""
        return self._children.get(parent, ())

    def lineage(self, account_id: AccountId) -> tuple[RootId | OuId, ...]:
        """Everything above the account that policies attach to, root first; the account itself is not in it."""
        unit = self.ou_of(account_id)
        return (self.root_id,) if unit is None else self._lineage[unit.path]

    def attached_to(self, target: OuId | RootId | AccountId) -> tuple[AttachedPolicy, ...]:
        """The policies attached to exactly this target, sorted by kind and name."""
        return self._attached.get(target, ())

    @cached_property
    def _accounts(self) -> Mapping[AccountId, Account]:
        return {account.id: account for account in self.accounts}

    @cached_property
    def _units(self) -> Mapping[OuPath, OrganizationalUnit]:
        return {unit.path: unit for unit in self.organizational_units}

    @cached_property
    def _units_by_id(self) -> Mapping[OuId, OrganizationalUnit]:
        return {unit.id: unit for unit in self.organizational_units}

    @cached_property
    def _direct(self) -> Mapping[OuPath | None, tuple[Account, ...]]:
        index: dict[OuPath | None, list[Account]] = {}
        for account in self.accounts:
            index.setdefault(account.ou, []).append(account)
        return {path: tuple(accounts) for path, accounts in index.items()}

    @cached_property
    def _children(self) -> Mapping[OuId | RootId, tuple[OrganizationalUnit, ...]]:
        index: dict[OuId | RootId, list[OrganizationalUnit]] = {}
        for unit in self.organizational_units:
            index.setdefault(unit.parent, []).append(unit)
        return {parent: tuple(units) for parent, units in index.items()}

    @cached_property
    def _lineage(self) -> Mapping[OuPath, tuple[RootId | OuId, ...]]:
        index: dict[OuPath, tuple[RootId | OuId, ...]] = {}
        for unit in sorted(self.organizational_units, key=lambda each: each.path.count(OU_PATH_SEPARATOR)):
            above = (self.root_id,) if unit.parent == self.root_id else index[self._units_by_id[OuId(unit.parent)].path]
            index[unit.path] = (*above, unit.id)
        return index

    @cached_property
    def _attached(self) -> Mapping[OuId | RootId | AccountId, tuple[AttachedPolicy, ...]]:
        index: dict[OuId | RootId | AccountId, list[AttachedPolicy]] = {}
        for policy in self.attached:
            index.setdefault(policy.target, []).append(policy)
        return {target: tuple(policies) for target, policies in index.items()}
