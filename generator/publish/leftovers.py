"""What stays in AWS after a publish: policies that the package no longer needs, and which CfCT never detaches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from generator.package.files import PackageFiles
from generator.package.ledger import Entry, Ledger
from generator.package.model import Layer

_FILTERS = {Layer.SCP: "SERVICE_CONTROL_POLICY", Layer.RCP: "RESOURCE_CONTROL_POLICY"}
_RETIRED = "Retired"
"""The Sid of the one statement of a policy that only waits to be detached (`generator.package.shelves`)."""


@dataclass(frozen=True)
class Leftover:
    """A policy that is still attached. `commands` are for a shell with credentials of the management account."""

    entry: Entry
    commands: str


def leftovers(ledger: Ledger, files: PackageFiles) -> tuple[Leftover, ...]:
    """Every policy of the ledger that nobody has detached and that no control of this package needs."""
    return tuple(
        Leftover(entry, "\n".join(_commands(entry)))
        for entry in ledger.entries
        if not entry.detached and not _is_needed(files.files.get(f"policies/{entry.name}.json"))
    )


def _is_needed(content: bytes | None) -> bool:
    if content is None:
        return False
    statements = json.loads(content)["Statement"]
    return [statement.get("Sid") for statement in statements] != [_RETIRED]


def _commands(entry: Entry) -> Iterator[str]:
    query = f"Policies[?Name=='{entry.name}'].Id"
    yield f'id=$(aws organizations list-policies --filter {_FILTERS[entry.layer]} --query "{query}" --output text)'
    yield f'aws organizations detach-policy --policy-id "$id" --target-id {entry.target}'
    yield 'aws organizations delete-policy --policy-id "$id"'
