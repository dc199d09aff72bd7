"""A CfCT package as values: stacks, policy statements, claims and runbooks, before anything is bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from troposphere import Template

from generator.aws.names import AccountId, OuId, OuPath, Region, RootId
from generator.prover.claim import OWN_ACCOUNT, ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals, Slug

__all__ = [
    "OWN_ACCOUNT",
    "ActionSet",
    "Claim",
    "ClaimLayer",
    "Expectation",
    "Export",
    "JsonObject",
    "Layer",
    "NamedAction",
    "Package",
    "Parameter",
    "PolicyStatement",
    "Principals",
    "Runbook",
    "Slug",
    "Stack",
]

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
