"""Both input files in, one landing zone out, or every problem of both files at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from generator.aws.names import OU_PATH_SEPARATOR, AccountId, OrganizationId, OuId, OuPath, RootId
from generator.errors import InputError, Problem, Where
from generator.landing_zone import wording
from generator.landing_zone.cross_checks import check
from generator.landing_zone.document import Document, plain
from generator.landing_zone.facts import OrganizationFacts
from generator.landing_zone.intent import read_intent, read_sections
from generator.landing_zone.judging import Checks, checks_of, missing_folders
from generator.landing_zone.organization import (
    Account,
    AttachedPolicy,
    ControlTowerTrail,
    Organization,
    OrganizationalUnit,
)
from generator.landing_zone.organization_file import OrganizationFile, TrailEntry, UnitEntry
from generator.landing_zone.section import Section
from generator.landing_zone.source import read_document

_EMPTY_INTENT = "write at least `organization: ` and the organization's id"
_EMPTY_ORGANIZATION = "run `cfctgen snapshot`"


@dataclass(frozen=True)
class LandingZone:
    """The intent and the facts. `options` has the parsed section of every control that was handed in, by slug."""

    organization: Organization
    options: Mapping[str, Section]
    quota_profile: str
    checks: Checks = Checks()  # noqa: RUF009 # frozen


def load(config: Path, organization: Path, sections: Mapping[str, type[Section]]) -> LandingZone:
    """Read both files. Raises InputError with all problems of both, sorted by place."""
    problems: list[Problem] = []
    facts, file = _read_organization(organization, problems)
    document = _document(config, _EMPTY_INTENT, problems)
    intent, options = None, dict[str, Section]()
    if document:
        intent, wrong = read_intent(document, facts)
        problems.extend(wrong)
        problems.extend(missing_folders(document, intent.checks if intent else None, config))
        options, wrong = read_sections(document, sections, facts.known() if facts else None)
        problems.extend(wrong)
    if problems or file is None or intent is None:
        raise _all(problems)
    checks = checks_of(intent.checks, config)
    return LandingZone(_organization(file), MappingProxyType(options), intent.quota_profile, checks)


def load_organization(path: Path) -> Organization:
    """Read `organization.yaml` alone. Raises InputError with all its problems, sorted by place."""
    problems: list[Problem] = []
    _, file = _read_organization(path, problems)
    if problems or file is None:
        raise _all(problems)
    return _organization(file)


def _all(problems: list[Problem]) -> InputError:
    return InputError(sorted(set(problems), key=lambda problem: (problem.where or Where(""), problem.problem)))


def _document(path: Path, empty: str, problems: list[Problem]) -> Document | None:
    try:
        document = read_document(path, empty)
    except InputError as error:
        problems.extend(error.problems)
        return None
    problems.extend(document.problems)
    return document


def _read_organization(path: Path, problems: list[Problem]) -> tuple[OrganizationFacts | None, OrganizationFile | None]:
    document = _document(path, _EMPTY_ORGANIZATION, problems)
    if document is None:
        return None, None
    facts = OrganizationFacts(document)
    problems.extend(check(facts))
    try:
        return facts, OrganizationFile.model_validate_json(json.dumps(plain(document.root)))
    except ValidationError as error:
        problems.extend(wording.problems(error, document, OrganizationFile))
        return facts, None


def _organization(file: OrganizationFile) -> Organization:
    """The file's entries as domain values: flat, sorted, and free of the file's shape."""
    units = _units(file.organizational_units, file.root_id, "")
    accounts = (
        Account(each.id, each.name, each.email, OuPath(each.ou) if each.ou is not None else None, each.status)
        for each in file.accounts
    )
    attached = (
        AttachedPolicy(policy.name, policy.type, _target(target), policy.content)
        for policy in file.policies
        for target in policy.targets
    )
    return Organization(
        id=file.id,
        root_id=file.root_id,
        partition=file.partition,
        management_account=file.management_account,
        home_region=file.home_region,
        governed_regions=tuple(sorted(file.governed_regions)),
        log_archive=file.log_archive,
        audit=file.audit,
        deployment=file.deployment,
        control_tower_version=file.control_tower_version,
        cfct_version=file.cfct_version,
        control_tower_execution_in_management=file.control_tower_execution_in_management,
        control_tower_trail=_trail(file.control_tower_trail, file.id) if file.control_tower_trail else None,
        organizational_units=tuple(sorted(units, key=lambda unit: unit.path)),
        accounts=tuple(sorted(accounts, key=lambda account: account.id)),
        attached=tuple(sorted(attached, key=lambda policy: (policy.target, policy.type, policy.name))),
    )


def _trail(entry: TrailEntry, organization: OrganizationId) -> ControlTowerTrail:
    """Control Tower gives its trail the organization's id as prefix: it is the first folder of its bucket `aws-controltower-logs-*`."""
    return ControlTowerTrail(
        name=entry.name,
        bucket=entry.bucket,
        prefix=organization if entry.prefix is None else entry.prefix,
        access_log_bucket=entry.access_log_bucket,
        kms_key=entry.kms_key,
        log_group=entry.log_group,
        object_lock=entry.object_lock,
    )


def _units(entries: tuple[UnitEntry, ...], parent: OuId | RootId, above: str) -> Iterator[OrganizationalUnit]:
    for entry in entries:
        path = OuPath(above + entry.name)
        yield OrganizationalUnit(entry.id, entry.name, path, parent)
        yield from _units(entry.children, entry.id, path + OU_PATH_SEPARATOR)


def _target(text: str) -> OuId | RootId | AccountId:
    if text.startswith("ou-"):
        return OuId(text)
    return RootId(text) if text.startswith("r-") else AccountId(text)
