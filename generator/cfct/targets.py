"""Where CfCT 2.8.4 puts a resource: accounts and regions of a stack set, targets of a policy, and what it loses on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from generator.aws.names import OU_PATH_SEPARATOR, AccountId, OuId, OuPath, Region, RootId
from generator.cfct.manifest import Resource
from generator.landing_zone.organization import Account, AccountStatus, Organization

ROOT = "Root"
"""The name by which a manifest means the organization's root (manifest_parser.py, get_ou_id and get_accounts_in_ou)."""

ACCOUNT_ID_DIGITS = 12


class Loss(Enum):
    """Why a target that the manifest names is not reached."""

    UNKNOWN_ACCOUNT = "unknown account"
    INACTIVE_ACCOUNT = "account not ACTIVE"
    UNENROLLED_ACCOUNT = "account in no OU, so not enrolled in Control Tower"
    NESTED_ACCOUNT = "account not directly in a top-level OU, which manifest version 2020-01-01 does not see"
    ACCOUNTS_OF_POLICY = "accounts of a policy"
    UNKNOWN_OU = "unknown OU"
    UNKNOWN_NESTED_OU = "unknown nested OU, on which CfCT stops"
    BESIDE_ROOT = "OU beside `Root`"


@dataclass(frozen=True)
class Lost:
    """A named target that is not reached; `index` is its place in `accounts` or `organizational_units`."""

    loss: Loss
    key: str
    index: int
    value: str


@dataclass(frozen=True)
class Resolution:
    """What CfCT does with one resource. Accounts and targets are sorted; a policy has no accounts and regions, a stack set no targets."""

    accounts: tuple[AccountId, ...] = ()
    regions: tuple[Region, ...] = ()
    targets: tuple[OuId | RootId, ...] = ()
    lost: tuple[Lost, ...] = ()


def resolve(resource: Resource, organization: Organization) -> Resolution:
    """The accounts and regions of one resource, or a policy's targets; `Resolver` for many."""
    return Resolver(organization).resolve(resource)


def is_account_id(name: str) -> bool:
    """Whether CfCT takes an item of `accounts` for an id, and not for a name (get_final_account_list)."""
    return len(name) == ACCOUNT_ID_DIGITS and name.isdigit()


def ou_path(name: str) -> OuPath:
    """An OU's name in a manifest as its path: CfCT trims each segment and drops empty ones (string_manipulation.py, list_sanitizer)."""
    segments = (segment.strip() for segment in name.split(OU_PATH_SEPARATOR))
    return OuPath(OU_PATH_SEPARATOR.join(segment for segment in segments if segment))


@dataclass(frozen=True)
class Resolver:
    """Resolves any number of resources; the organization is indexed once."""

    organization: Organization

    def resolve(self, resource: Resource) -> Resolution:
        """The accounts and regions, or the policy's targets."""
        if resource.is_policy:
            return self._policy(resource)
        accounts, lost = self._reached(resource)
        return Resolution(accounts, resource.target_regions, lost=lost)

    def _reached(self, resource: Resource) -> tuple[tuple[AccountId, ...], tuple[Lost, ...]]:
        """A stack set's accounts. Many stack sets name the same targets, and an organization has thousands of accounts: looked up once."""
        key = (resource.accounts, resource.organizational_units, resource.version_one)
        if key not in self._looked_up:
            accounts, lost_units = self._accounts_in_units(resource.organizational_units)
            named, lost_accounts = self._named_accounts(
                resource.accounts, self._at_top if resource.version_one else self._eligible
            )
            self._looked_up[key] = (tuple(sorted(accounts | named)), (*lost_accounts, *lost_units))
        return self._looked_up[key]

    @cached_property
    def _looked_up(self) -> dict[tuple[tuple[str, ...], tuple[str, ...], bool], tuple[tuple[AccountId, ...], tuple[Lost, ...]]]:
        return {}

    def unit(self, path: OuPath) -> OuId | None:
        """The id of the OU at a path."""
        return self._units.get(path)

    def _policy(self, resource: Resource) -> Resolution:
        """OUs only, accounts are ignored (SCPParser, RCPParser); an OU not found is skipped with a warning (get_final_ou_list)."""
        lost = [Lost(Loss.ACCOUNTS_OF_POLICY, "accounts", index, name) for index, name in enumerate(resource.accounts)]
        targets: set[OuId | RootId] = set()
        for index, name in enumerate(resource.organizational_units):
            if name == ROOT:
                targets.add(self.organization.root_id)
            elif (path := ou_path(name)) in self._units:
                targets.add(self._units[path])
            else:
                lost.append(Lost(Loss.UNKNOWN_OU, "organizational_units", index, name))
        return Resolution(targets=tuple(sorted(targets)), lost=tuple(lost))

    def _accounts_in_units(self, names: tuple[str, ...]) -> tuple[frozenset[AccountId], list[Lost]]:
        """Not recursive. `Root` hides the others and means the enrolled accounts, never the management account (get_accounts_in_ou)."""
        if ROOT in names:
            return self._enrolled, [
                Lost(Loss.BESIDE_ROOT, "organizational_units", index, name) for index, name in enumerate(names) if name != ROOT
            ]
        accounts: set[AccountId] = set()
        lost: list[Lost] = []
        for index, name in enumerate(names):
            nested = OU_PATH_SEPARATOR in name
            # only a name with a separator is trimmed; a name without one is compared as it stands (get_accounts_in_ou)
            path = ou_path(name) if nested else OuPath(name)
            if path in self._units:
                inside = self.organization.accounts_directly_in(path)
                accounts |= {account.id for account in inside if account.status is AccountStatus.ACTIVE}
            else:
                lost.append(Lost(Loss.UNKNOWN_NESTED_OU if nested else Loss.UNKNOWN_OU, "organizational_units", index, name))
        return frozenset(accounts), lost

    def _named_accounts(self, names: tuple[str, ...], eligible: frozenset[AccountId]) -> tuple[frozenset[AccountId], list[Lost]]:
        """Twelve digits are an id, all else a name without regard to case, which can be that of several accounts.

        Enrolled accounts and the management account stay, the rest is dropped without a word (get_final_account_list). CfCT knows
        ACTIVE accounts only (get_account_for_name); others are looked up here to say why they are lost.
        """
        accounts: set[AccountId] = set()
        lost: list[Lost] = []
        for index, name in enumerate(names):
            named = self._meant(name)
            reached = {account.id for account in named if account.id in eligible}
            accounts |= reached
            if not reached:
                is_nested = any(account.id in self._eligible for account in named)
                lost.append(Lost(Loss.NESTED_ACCOUNT if is_nested else _loss(named), "accounts", index, name))
        return frozenset(accounts), lost

    def _meant(self, name: str) -> tuple[Account, ...]:
        """The accounts that CfCT takes for `name`: of several with exactly one name the last that AWS lists, here the last of the file."""
        if is_account_id(name):
            account = self._by_id.get(AccountId(name))
            return (account,) if account else ()
        known = self.namesakes(name)
        active = tuple(account for account in known if account.status is AccountStatus.ACTIVE)
        return tuple({account.name: account for account in active or known}.values())

    def namesakes(self, name: str) -> tuple[Account, ...]:
        """Every account whose name is this one without regard to case. AWS Organizations has unique e-mail addresses, not names."""
        return self._by_name.get(name.lower(), ())

    @cached_property
    def _units(self) -> Mapping[OuPath, OuId]:
        return {unit.path: unit.id for unit in self.organization.organizational_units}

    @cached_property
    def _by_id(self) -> Mapping[AccountId, Account]:
        return {account.id: account for account in self.organization.accounts}

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Account, ...]]:
        found: dict[str, list[Account]] = {}
        for account in self.organization.accounts:
            found.setdefault(account.name.lower(), []).append(account)
        return {name: tuple(accounts) for name, accounts in found.items()}

    @cached_property
    def _enrolled(self) -> frozenset[AccountId]:
        """The nearest to Control Tower's baseline stack set, which CfCT asks: ACTIVE, in an OU, not the management account."""
        return frozenset(
            account.id
            for account in self.organization.accounts
            if account.status is AccountStatus.ACTIVE
            and account.ou is not None
            and account.id != self.organization.management_account
        )

    @cached_property
    def _eligible(self) -> frozenset[AccountId]:
        return self._enrolled | {self.organization.management_account}

    @cached_property
    def _at_top(self) -> frozenset[AccountId]:
        """What manifest version 2020-01-01 knows of accounts: the ACTIVE ones directly in a top-level OU (manifest_parser.py 259-264, 721-749)."""
        return frozenset(
            account.id
            for account in self.organization.accounts
            if account.status is AccountStatus.ACTIVE and account.ou is not None and OU_PATH_SEPARATOR not in account.ou
        )


def _loss(accounts: tuple[Account, ...]) -> Loss:
    if not accounts:
        return Loss.UNKNOWN_ACCOUNT
    is_active = any(account.status is AccountStatus.ACTIVE for account in accounts)
    return Loss.UNENROLLED_ACCOUNT if is_active else Loss.INACTIVE_ACCOUNT
