"""Lay policy statements on fixed shelves: per target, one policy for each shelf and layer, with a name that never changes.

A shelf's name is made of the target's id, so renaming an OU keeps it, and no policy is shared between targets. A statement never
moves to another policy, because CfCT updates policies in parallel (sm_execution_manager.py 131-135) and a move opens a gap. A
shelf that no statement is laid on any more stays, as a policy that denies nothing, until the ledger says that it is detached:
CfCT only ever attaches (manifest_parser.py 378, 397).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from generator.aws.names import OuId, OuPath, RootId
from generator.landing_zone.organization import Organization
from generator.package.ledger import Entry, Ledger
from generator.package.model import JsonObject, Layer, PolicyStatement, Slug

ROOT_TARGET = OuPath("Root")
"""What CfCT's manifest calls the organization's root (manifest_parser.py 552)."""


@dataclass(frozen=True)
class Policy:
    """One SCP or RCP as CfCT gets it. `controls` is empty for a shelf that only waits to be detached."""

    name: str
    layer: Layer
    target: OuId | RootId
    target_path: OuPath
    controls: tuple[Slug, ...]
    statements: tuple[JsonObject, ...]

    @property
    def description(self) -> str:
        """What AWS Organizations shows beside the name; CfCT fails without one (manifest_parser.py 382, 401)."""
        return (
            f"Written by cfctgen for {', '.join(self.controls)}" if self.controls else "Retired by cfctgen: detach and delete it"
        )

    @property
    def content(self) -> str:
        """One compact line without double spaces, which CfCT's minifier leaves as it is (state_machine_handler.py 713)."""
        document = {"Version": "2012-10-17", "Statement": list(self.statements)}
        return json.dumps(document, separators=(",", ":"), ensure_ascii=True)


def lay(
    statements: Iterable[PolicyStatement], shelf_of: Mapping[Slug, str], organization: Organization, ledger: Ledger
) -> tuple[Policy, ...]:
    """The policies that hold `statements`, and the harmless ones that the ledger still knows to be attached, sorted by name.

    `shelf_of` gives each control's shelf.
    """
    paths: dict[OuId | RootId, OuPath] = {organization.root_id: ROOT_TARGET}
    paths.update((unit.id, unit.path) for unit in organization.organizational_units)
    laid: dict[str, list[PolicyStatement]] = {}
    for statement in statements:
        laid.setdefault(shelf_name(statement.layer, shelf_of[statement.control], statement.target), []).append(statement)
    policies = [
        Policy(
            name=name,
            layer=group[0].layer,
            target=group[0].target,
            target_path=paths[group[0].target],
            controls=tuple(dict.fromkeys(statement.control for statement in group)),
            statements=tuple(statement.statement for statement in group),
        )
        for name, group in laid.items()
    ]
    policies += [
        _retired(entry, paths[entry.target], organization)
        for entry in ledger.entries
        if entry.name not in laid and not entry.detached and entry.target in paths
    ]
    return tuple(sorted(policies, key=lambda policy: policy.name))


def shelf_name(layer: Layer, shelf: str, target: OuId | RootId) -> str:
    """The policy's name. CfCT cuts execution names at 50 characters, so what tells policies apart comes first."""
    return f"{shelf}-{layer.value}-{target}"


def _retired(entry: Entry, path: OuPath, organization: Organization) -> Policy:
    """A policy that denies nothing: one read of a bucket nobody has, by an account that cannot exist."""
    statement: dict[str, object] = {"Sid": "Retired", "Effect": "Deny"}
    if entry.layer is Layer.RCP:
        statement["Principal"] = "*"
    statement |= {
        "Action": "s3:GetObject",
        "Resource": f"arn:{organization.partition}:s3:::retired-policy-of-{organization.id}/none",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": "000000000000"}},
    }
    return Policy(entry.name, entry.layer, entry.target, path, (), (statement,))
