"""A CfCT package as values: stacks, policy statements, claims and runbooks, before anything is bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType

from troposphere import Template

from generator.aws.names import AccountId, Arn, OuId, OuPath, Region, RootId

Slug = NewType("Slug", str)
"""A control's name, lower case with hyphens; the same in modules, stacks, Guard files, docs, Sids."""

JsonObject = Mapping[str, Any]
"""A JSON object whose grammar is AWS's, not ours: policy statements, Athena projections."""


class Layer(StrEnum):
    """Which kind of organization policy; the value is CfCT's `deploy_method`."""

    SCP = "scp"
    RCP = "rcp"


@dataclass(frozen=True)
class Parameter:
    """A stack parameter. `value` is a literal or one of CfCT's `$[alfred_ssm_...]` references, never holding a comma."""

    key: str
    value: str


@dataclass(frozen=True)
class Export:
    """An SSM parameter in the management account's home region that CfCT fills from a stack's output.

    CfCT reads the output from the first account and region of the stack set only, and their order is arbitrary
    (state_machine_handler.py 1147-1151), so a stack that exports has one account and one region (`render` refuses others).
    """

    parameter_name: str
    output_key: str

    @property
    def reference(self) -> str:
        """The value by which a later stack's parameter takes it."""
        return f"$[alfred_ssm_{self.parameter_name}]"


@dataclass(frozen=True)
class Stack:
    """One CloudFormation template and where CfCT puts it; order in the package is deployment order.

    `name` is unique in the package and matches `[a-zA-Z][-a-zA-Z0-9]*`, at most 109 characters, because the stack set is called
    `CustomControlTower-<name>`. `reason` is one sentence for whoever reads the manifest: which control made it, and for what.
    """

    name: str
    control: Slug
    reason: str
    template: Template
    regions: tuple[Region, ...]
    accounts: tuple[AccountId, ...] = ()
    organizational_units: tuple[OuPath, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    exports: tuple[Export, ...] = ()


@dataclass(frozen=True)
class PolicyStatement:
    """One SCP or RCP statement and the OU (or root) it is attached to. `statement` has a `Sid` that starts with the control's name."""

    control: Slug
    layer: Layer
    target: OuId | RootId
    statement: JsonObject


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

    Empty `only` means every principal. `accounts` empty means any account, of the organization or not. `service` is an AWS
    service principal (`cloudtrail.amazonaws.com`) calling on its own; it excludes the other fields. `service_linked_roles` are
    left out unless said, because no SCP or RCP reaches them.
    """

    accounts: tuple[AccountId, ...] = ()
    only: tuple[Arn, ...] = ()
    excepted: tuple[Arn, ...] = ()
    service: str = ""


OWN_ACCOUNT = AccountId("")
"""As a claim's `resource_account`: the account of whoever sends the request."""


@dataclass(frozen=True)
class Claim:
    """What the policies of the package must bring about, as plain data that is written beside them.

    iff-reading: for every request by one of `principals`, of one of `actions`, on a resource that matches one of `resources` in
    `resource_account`, whose context holds `context` (and anything else that can occur): the organization's policies of `layer`
    deny it (`denied`), or none of them denies it (`allowed`).
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


@dataclass(frozen=True)
class Runbook:
    """What AWS lets nobody automate, rendered with this organization's own ids; written beside the package, never in it."""

    path: str
    text: str


@dataclass(frozen=True)
class Package:
    """Everything that the controls ask for. `statements` still have to be laid on shelves (`generator.package.shelves`).

    `notes` are what whoever builds should know and no check can say, one sentence each.
    """

    stacks: tuple[Stack, ...] = ()
    statements: tuple[PolicyStatement, ...] = ()
    claims: tuple[Claim, ...] = ()
    runbooks: tuple[Runbook, ...] = ()
    notes: tuple[str, ...] = ()
