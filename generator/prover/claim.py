"""Claims: what policies must bring about, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from generator.aws.names import AccountId, Arn

Slug = NewType("Slug", str)
"""A control's name, lower case with hyphens; the same in modules, stacks, Guard files, docs, Sids. Empty for claims of nobody's."""


class Expectation(StrEnum):
    """What a claim says of its requests."""

    DENIED = "denied"
    ALLOWED = "allowed"


class ClaimLayer(StrEnum):
    """Which policies must bring the claim about: one layer alone, or all together."""

    SCP = "scp"
    RCP = "rcp"
    ANY = "any"


@dataclass(frozen=True)
class NamedAction:
    """An action that the catalogue's rule would not select, with the reason why the claim covers it."""

    action: str
    reason: str


@dataclass(frozen=True)
class ActionSet:
    """The actions of one service that a claim is about, taken from the catalogue and never from the policy it tests.

    All actions of `service` whose access level contains one of `levels` and which take one of `resource_types` (`-`: none, so
    that only `*` names their resource), plus `named`, minus `excluded`; if `unknown`, also every action that the catalogue does
    not know yet: those that match none of `known_harmless` patterns (reads that AWS names `Get*`, `List*`, ...).
    """

    service: str
    levels: tuple[str, ...] = ()
    resource_types: tuple[str, ...] = ()
    named: tuple[NamedAction, ...] = ()
    excluded: tuple[NamedAction, ...] = ()
    unknown: bool = False
    known_harmless: tuple[str, ...] = ()


@dataclass(frozen=True)
class Principals:
    """Who sends the requests. Patterns are ARNs of users, roles and roots (a session has its role's ARN) with `*` and `?`.

    Empty `only` means every principal. `accounts` empty means any account, of the organization or not, and anonymous callers too;
    `excepted_accounts` takes away everyone of an account, federated users included. `service` is an AWS service principal
    (`cloudtrail.amazonaws.com`, or `*` for any) calling on its own; it excludes the other fields. Service-linked roles are never
    meant, because no SCP or RCP reaches them.
    """

    accounts: tuple[AccountId, ...] = ()
    only: tuple[Arn, ...] = ()
    excepted: tuple[Arn, ...] = ()
    excepted_accounts: tuple[AccountId, ...] = ()
    service: str = ""


OWN_ACCOUNT = AccountId("")
"""As a claim's `resource_account`: the account of whoever sends the request."""


@dataclass(frozen=True)
class Claim:
    """What policies must bring about.

    iff-reading: for every request by one of `principals`, of one of `actions`, on a resource that matches one of `resources` in
    `resource_account`, whose context holds `context` (and anything else that can occur): the organization's policies of `layer`
    deny it (`denied`), or none of them denies it (`allowed`). A request that names several resources (`kms:UpdateAlias`: an alias
    and a key) is meant by `denied` if one of them matches, and by `allowed` if all do.
    """

    id: str
    control: Slug
    statement: str
    expect: Expectation
    layer: ClaimLayer
    principals: Principals
    actions: tuple[ActionSet, ...]
    resources: tuple[Arn, ...]
    resource_account: AccountId
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
