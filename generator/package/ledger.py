"""The policy ledger: every policy ever emitted and where, because CfCT never detaches one; and what the policies guard.

`policy-ledger.yaml` stands beside the inputs. `build` adds to it and never removes; whoever has detached and deleted a retired policy
writes the day into its `detached`, and from then on `build` leaves the policy out. In the same way what was once guarded stays
guarded, though the landing zone no longer makes it, until someone writes the day into its `released`: stacks retain logs and keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from generator.aws.names import AccountId, OuId, Region, RootId
from generator.errors import InputError, Problem
from generator.landing_zone import wording
from generator.landing_zone.document import plain
from generator.landing_zone.source import read_document
from generator.package.model import Layer

FILE_NAME = "policy-ledger.yaml"

_HEADER = """\
# Kept by `cfctgen build`: every policy that was ever part of the package, and the OU or root it is attached to.
# CfCT attaches policies and never detaches them. When you have detached and deleted one that is no longer emitted,
# write the day into its `detached`, for example "2026-01-31"; until then it stays in the package and denies nothing.
# `guarded` is what the policies protect. What the landing zone no longer makes is still there and stays protected, until you write
# the day into its `released`.
"""


@dataclass(frozen=True, order=True)
class Entry:
    """One policy that was emitted. `detached` is empty, or the day on which someone detached and deleted it."""

    name: str
    layer: Layer
    target: OuId | RootId
    detached: str = ""


class Kind(StrEnum):
    """What is guarded."""

    BUCKET = "bucket"
    KEY = "key"
    TRAIL = "trail"


@dataclass(frozen=True, order=True)
class Guarded:
    """A bucket by name, a key by alias or a trail by ARN. `released` is empty, or the day from which nobody guards it any more."""

    kind: Kind
    name: str
    account: AccountId
    region: Region
    released: str = ""


@dataclass(frozen=True)
class Ledger:
    """All entries, sorted; the names of policies are unique, as is what is guarded."""

    entries: tuple[Entry, ...] = ()
    guarded: tuple[Guarded, ...] = ()

    def with_emitted(self, emitted: Iterable[Entry]) -> Ledger:
        """This ledger and what is emitted now. A policy that is emitted again is no longer detached."""
        by_name = {entry.name: entry for entry in self.entries}
        by_name.update((entry.name, entry) for entry in emitted)
        return replace(self, entries=tuple(sorted(by_name.values())))

    def with_guarded(self, guarded: Iterable[Guarded]) -> Ledger:
        """This ledger and what is guarded now. What is made again is no longer released."""
        known = {(each.kind, each.name, each.account, each.region): each for each in self.guarded}
        known.update(((each.kind, each.name, each.account, each.region), each) for each in guarded)
        return replace(self, guarded=tuple(sorted(known.values())))

    def text(self) -> str:
        """The file's content."""
        policies = [
            {"name": entry.name, "type": entry.layer.value, "target": entry.target, "detached": entry.detached}
            for entry in self.entries
        ]
        guarded = [
            {
                "kind": each.kind.value,
                "name": each.name,
                "account": each.account,
                "region": each.region,
                "released": each.released,
            }
            for each in self.guarded
        ]
        return _HEADER + yaml.safe_dump({"policies": policies, "guarded": guarded}, sort_keys=False, width=200)


class _PolicyRow(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Field(min_length=1, max_length=128)]
    type: Literal["scp", "rcp"]
    target: Annotated[str, Field(pattern=r"^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$")]
    detached: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""


class _GuardedRow(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: Literal["bucket", "key", "trail"]
    name: Annotated[str, Field(min_length=1, max_length=256)]
    account: Annotated[str, Field(pattern=r"^[0-9]{12}$")]
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    released: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""


class _LedgerFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    policies: tuple[_PolicyRow, ...] = ()
    guarded: tuple[_GuardedRow, ...] = ()


def read_ledger(path: Path) -> Ledger:
    """The ledger at `path`; empty if there is no such file. Raises InputError with all that is wrong with it."""
    if not path.exists():
        return Ledger()
    document = read_document(path, "delete the file only if no package was ever deployed; otherwise restore it from git")
    if document.problems:
        raise InputError(document.problems)
    try:
        file = _LedgerFile.model_validate_json(json.dumps(plain(document.root)))
    except ValidationError as error:
        raise InputError(wording.problems(error, document, _LedgerFile)) from error
    names = [row.name for row in file.policies]
    twice = [
        Problem(
            document.where(document.find(["policies", place, "name"])[0]), f"policy `{name}` is listed twice", "keep one entry"
        )
        for place, name in enumerate(names)
        if name in names[:place]
    ]
    if twice:
        raise InputError(twice)
    return Ledger(tuple(sorted(map(_entry, file.policies))), tuple(sorted(map(_guarded, file.guarded))))


def _entry(row: _PolicyRow) -> Entry:
    target = RootId(row.target) if row.target.startswith("r-") else OuId(row.target)
    return Entry(row.name, Layer(row.type), target, row.detached)


def _guarded(row: _GuardedRow) -> Guarded:
    return Guarded(Kind(row.kind), row.name, AccountId(row.account), Region(row.region), row.released)
