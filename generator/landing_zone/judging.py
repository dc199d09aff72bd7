"""The section `checks` of `landing-zone.yaml`: by which rules the package is judged besides those that always hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from generator.aws.frameworks import Framework
from generator.errors import InputError, Problem
from generator.landing_zone import wording
from generator.landing_zone.document import Document, Entries, Scalar, plain
from generator.landing_zone.source import read_document

_SECTION = "checks"


class ChecksSection(BaseModel):
    """How the package is judged."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    guard_rules: tuple[str, ...] = Field(
        default=(), description="folders of further Guard rules, seen from this file", examples=[["guard_rules"]]
    )
    frameworks: tuple[Framework, ...] = Field(
        default=(), description="run only Guard rules that answer one of these, and rules that name none; all by default"
    )


@dataclass(frozen=True)
class Checks:
    """The section, its folders found."""

    guard_rules: tuple[Path, ...] = ()
    frameworks: tuple[Framework, ...] = ()


def checks_of(section: ChecksSection | None, config: Path) -> Checks:
    """The section of the file `config`; the defaults where it has none."""
    if section is None:
        return Checks()
    return Checks(tuple(config.parent / each for each in section.guard_rules), tuple(sorted(set(section.frameworks))))


def missing_folders(document: Document, section: ChecksSection | None, config: Path) -> Iterator[Problem]:
    """Folders that the section names and that are not there."""
    for number, name in enumerate(section.guard_rules if section else ()):
        if not (config.parent / name).is_dir():
            node, _ = document.find([_SECTION, "guard_rules", number])
            yield Problem(document.where(node), f"there is no folder `{name}`", "name a folder that holds `*.guard` files")


def read_checks(config: Path) -> Checks:
    """The section alone, for a package that is judged without being built. InputError with its problems; other sections are not read."""
    document = read_document(config, "write at least `organization: ` and the organization's id")
    node, _ = document.find([_SECTION])
    named = isinstance(document.root, Entries) and _SECTION in document.root.nodes
    if not named or (isinstance(node, Scalar) and node.value is None):
        return Checks()
    try:
        section = ChecksSection.model_validate_json(json.dumps(plain(node)))
    except ValidationError as error:
        raise InputError(wording.problems(error, document, ChecksSection, (_SECTION,))) from error
    if problems := tuple(missing_folders(document, section, config)):
        raise InputError(problems)
    return checks_of(section, config)
