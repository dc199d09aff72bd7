"""Each entry on its own: its name, its description, and what it exports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.aws.quotas import STACK_SET_NAME
from generator.cfct.executions import execution_name
from generator.cfct.manifest import STACK_SET_PREFIX, Manifest, Resource
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject

_STACK_SET_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*")
_MAX_STACK_SET_NAME = STACK_SET_NAME.value - len(STACK_SET_PREFIX)
_OUTPUT = re.compile(r"\$\[output_(?P<key>[A-Za-z0-9]+)\]", re.IGNORECASE)

STACK_SET_NAMES = Rule(
    "CT011",
    Level.ERROR,
    "a stack set's name has letters, digits and hyphens, begins with a letter, and is at most 109 characters long",
    f"CfCT calls the stack set `{STACK_SET_PREFIX}` and the name, and CloudFormation takes 128 characters of this alphabet",
    "rename the entry; mind that CfCT knows a stack set by its name",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackSet.html",
)
UNIQUE_NAMES = Rule(
    "CT013",
    Level.ERROR,
    "no two entries of one kind have the same name",
    "CfCT does not look: the second stack set replaces the first, and two policies of one name are updated at the same time",
    "give each entry a name of its own",
    cfct("validation/manifest-v2.schema.yaml, state_machine_handler.py"),
)
DISTINCT_EXECUTIONS = Rule(
    "CT014",
    Level.INFO,
    "policies of one kind differ in the first 50 characters of their names",
    "CfCT names the execution by them, so two executions can be told apart by the time of their start only",
    "put what distinguishes the names at their beginning",
    cfct("sm_execution_manager.py 150-161, state_machine.py 44"),
)
DESCRIBED = Rule(
    "CT015",
    Level.ERROR,
    "an SCP or RCP has a description",
    "the schema does not ask for it; but where no entry of the manifest has one, the deploy stage stops with an AttributeError",
    "add `description:`",
    cfct("manifest_parser.py 382 and 401, manifest.py 129-157"),
)
ONE_EXPORTER = Rule(
    "CT016",
    Level.ERROR,
    "a stack set that exports has one account",
    "CfCT reads the output from the first account of a list whose order is arbitrary, so the value changes from run to run",
    "move the exported resource to a stack set of its own with one account",
    cfct("state_machine_handler.py 1147-1151, manifest_parser.py 637"),
)
EXPORTED_OUTPUT = Rule(
    "CT017",
    Level.ERROR,
    "an export is `$[output_<Key>]` of an output that the template has",
    "CfCT logs a missing output and goes on; the next stack then fails, or takes an old value",
    "name an output of the template",
    cfct("state_machine_handler.py 1132-1269"),
)
UNIQUE_EXPORTS = Rule(
    "CT018",
    Level.ERROR,
    "no SSM parameter is exported twice",
    "the stack set that comes last wins",
    "give each export a parameter name of its own",
    cfct("state_machine_handler.py 1227-1269"),
)
ONE_REGION = Rule(
    "CT019",
    Level.WARNING,
    "a stack set that exports has one region",
    "CfCT reads the output in the region that the manifest lists first, and exports nothing of the others",
    "list first the region whose output is meant, or move the exported resource to a stack set of its own",
    cfct("state_machine_handler.py 1150-1151"),
)


def _resources(subject: Subject) -> Iterator[tuple[Manifest, Resource]]:
    if subject.manifest:
        for resource in subject.manifest.resources:
            yield subject.manifest, resource


def _stack_set_name(subject: Subject) -> Iterator[Objection]:
    for manifest, resource in _resources(subject):
        name = resource.name
        if not resource.is_stack_set or not name:
            continue
        where = manifest.where(resource.place("name"))
        if not _STACK_SET_NAME.fullmatch(name):
            yield Objection(where, f"`{name}` cannot name a stack set")
        elif len(name) > _MAX_STACK_SET_NAME:
            yield Objection(where, f"`{name}` has {len(name)} characters; CfCT leaves {_MAX_STACK_SET_NAME}")


def _same_name(subject: Subject) -> Iterator[Objection]:
    first: dict[tuple[str, str], int] = {}
    for manifest, resource in _resources(subject):
        if not resource.name:
            continue
        place = resource.place("name")
        line = first.setdefault((resource.deploy_method, resource.name), place.line)
        if line != place.line:
            yield Objection(
                manifest.where(place), f"`{resource.name}` is already the name of the {resource.deploy_method} in line {line}"
            )


def _same_execution(subject: Subject) -> Iterator[Objection]:
    first: dict[tuple[str, str], str] = {}
    for manifest, resource in _resources(subject):
        if not resource.is_policy:
            continue
        other = first.setdefault((resource.deploy_method, execution_name(resource.name)), resource.name)
        if other != resource.name:
            yield Objection(
                manifest.where(resource.place("name")), f"`{resource.name}` and `{other}` have the same first 50 characters"
            )


def _undescribed(subject: Subject) -> Iterator[Objection]:
    """As soon as one entry has a description, every other has an empty one; version 2020-01-01 always has."""
    manifest = subject.manifest
    if manifest is None or manifest.version_one or any(resource.description for resource in manifest.resources):
        return
    for resource in manifest.resources:
        if resource.is_policy:
            yield Objection(
                manifest.where(resource.place("name")), f"the {resource.deploy_method} `{resource.name}` has no description"
            )


def _arbitrary_export(subject: Subject) -> Iterator[Objection]:
    for manifest, resource in _resources(subject):
        if not resource.exports:
            continue
        where = manifest.where(resource.place("export_outputs"))
        resolver = subject.resolver
        accounts = len(resolver.resolve(resource).accounts) if resolver else len(set(resource.accounts))
        if accounts > 1:
            yield Objection(where, f"`{resource.name}` exports from {accounts} accounts")
        elif not subject.resolver and resource.organizational_units:
            yield Objection(
                where, f"`{resource.name}` exports from an OU, which can hold any number of accounts", "name the one account"
            )


def _first_region_only(subject: Subject) -> Iterator[Objection]:
    for manifest, resource in _resources(subject):
        regions = len(set(resource.target_regions))
        if resource.exports and regions > 1:
            where = manifest.where(resource.place("export_outputs"))
            yield Objection(
                where,
                f"`{resource.name}` has {regions} regions; its outputs are exported from `{resource.target_regions[0]}` only",
            )


def _no_such_output(subject: Subject) -> Iterator[Objection]:
    for manifest, resource in _resources(subject):
        document = subject.templates.get(resource.file)
        outputs = document.root.at("Outputs").data if document and document.root and document.root.get("Outputs") else {}
        known = {str(name).lower() for name in outputs} if isinstance(outputs, dict) else set()
        for index, export in enumerate(resource.exports):
            where = manifest.where(resource.place("export_outputs", index, "value"))
            reference = _OUTPUT.fullmatch(export.value)
            if not reference:
                yield Objection(where, f"`{export.value}` is no reference to an output", "write `$[output_<Key>]`")
            elif document and document.root and reference["key"].lower() not in known:
                yield Objection(where, f"`{resource.file}` has no output `{reference['key']}`")


def _exported_twice(subject: Subject) -> Iterator[Objection]:
    first: dict[str, int] = {}
    for manifest, resource in _resources(subject):
        for index, export in enumerate(resource.exports):
            place = resource.place("export_outputs", index, "name")
            line = first.setdefault(export.name, place.line)
            if export.name and line != place.line:
                yield Objection(manifest.where(place), f"`{export.name}` is already exported in line {line}")


CHECKS = (
    Check(STACK_SET_NAMES, _stack_set_name),
    Check(UNIQUE_NAMES, _same_name),
    Check(DISTINCT_EXECUTIONS, _same_execution),
    Check(DESCRIBED, _undescribed),
    Check(ONE_EXPORTER, _arbitrary_export),
    Check(EXPORTED_OUTPUT, _no_such_output),
    Check(UNIQUE_EXPORTS, _exported_twice),
    Check(ONE_REGION, _first_region_only),
)
