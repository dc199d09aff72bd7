"""Exports: the SSM parameters that CfCT fills from a stack's outputs, and the entries that take them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.aws.partitions import partition_of
from generator.cfct.manifest import Manifest, Resource
from generator.cfct.parameters import given, helper_of, split
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.errors import Where

_OUTPUT = re.compile(r"(?P<bracket>\$\[)?output_(?P<key>[A-Za-z0-9]+)(?(bracket)\])", re.IGNORECASE)
"""With brackets or without: CfCT takes them off only where they are (state_machine_handler.py, _save_ssm_parameters)."""

_NAME_CHARACTERS = re.compile(r"[a-zA-Z0-9_.\-/]+")
_RESERVED = re.compile(r"/?(aws|ssm)", re.IGNORECASE)
_MAX_LEVELS = 15
_MAX_NAME = 1_011
"""With the ARN before it (AWS Systems Manager API Reference, PutParameter)."""

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
EXPORT_NAME = Rule(
    "CT065",
    Level.ERROR,
    "an export's name is one that Parameter Store takes",
    "CfCT writes the parameter after the stack is deployed; Parameter Store refuses the name, and the execution fails in every run",
    "use letters, digits and `_.-`; a name in levels begins with `/`, has at most 15 of them, and does not begin with `aws` or `ssm`",
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html",
)
EXPORTED_BEFORE = Rule(
    "CT066",
    Level.ERROR,
    "an entry that takes an exported SSM parameter stands after the entry that exports it",
    "CfCT deploys one stack set after the other and looks the parameter up when a stack set's turn comes: "
    "the first run stops because it is not there yet, and every later run takes the value of the run before",
    "move the entry below the one that exports the parameter",
    cfct("sm_execution_manager.py 61-64 and 166-187, cfn_params_handler.py 303-325"),
)


def _resources(subject: Subject) -> Iterator[tuple[Manifest, Resource]]:
    if subject.manifest:
        for resource in subject.manifest.resources:
            yield subject.manifest, resource


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
            line = first.setdefault(_same(export.name), place.line)
            if export.name and line != place.line:
                yield Objection(manifest.where(place), f"`{export.name}` is already exported in line {line}")


def _refused_name(subject: Subject) -> Iterator[Objection]:
    for manifest, resource in _resources(subject):
        for index, export in enumerate(resource.exports):
            reason = _why_refused(export.name.strip(), manifest.region)
            if reason:
                yield Objection(manifest.where(resource.place("export_outputs", index, "name")), f"`{export.name}` {reason}")


def _why_refused(name: str, region: str) -> str:
    """What Parameter Store has against a name, from whose ends it takes the blanks; empty if nothing, or if there is no name."""
    if not name:
        return ""
    if not _NAME_CHARACTERS.fullmatch(name):
        refused = next(each for each in name if not _NAME_CHARACTERS.fullmatch(each))
        return f"holds {'a blank' if refused.isspace() else f'`{refused}`'}"
    if "/" in name and not name.startswith("/"):
        return "has levels and does not begin with `/`"
    if _RESERVED.match(name):
        return "begins with a word that AWS keeps to itself"
    levels = sum(bool(level) for level in name.split("/"))
    if levels > _MAX_LEVELS:
        return f"has {levels} levels"
    arn = f"arn:{partition_of(region) or 'aws'}:ssm:{region}:123456789012:parameter/{name.removeprefix('/')}"
    return f"makes an ARN of {len(arn):,} characters; {_MAX_NAME:,} are allowed" if len(arn) > _MAX_NAME else ""


def _taken_too_early(subject: Subject) -> Iterator[Objection]:
    """Only what some entry exports is judged: any other parameter may have been there for long."""
    exporters = _exporters(subject)
    stack_sets = [(manifest, resource) for manifest, resource in _resources(subject) if resource.is_stack_set]
    for index, (manifest, resource) in enumerate(stack_sets):
        for where, name in _taken(subject, manifest, resource):
            places = exporters.get(_same(name), ())
            if not places or places[0] < index:
                continue
            if places[0] == index:
                yield Objection(where, f"`{resource.name}` takes `{name}`, which it exports itself", "take it in a later entry")
            else:
                exporter = stack_sets[places[0]][1].name
                yield Objection(where, f"`{resource.name}` takes `{name}`, which `{exporter}` further down exports")


def _exporters(subject: Subject) -> dict[str, list[int]]:
    """SSM parameter to the places, among the stack sets, of the entries that export it."""
    found: dict[str, list[int]] = {}
    stack_sets = (resource for _, resource in _resources(subject) if resource.is_stack_set)
    for index, resource in enumerate(stack_sets):
        for export in resource.exports:
            found.setdefault(_same(export.name), []).append(index)
    return found


def _taken(subject: Subject, manifest: Manifest, resource: Resource) -> Iterator[tuple[Where, str]]:
    """The SSM parameters that a stack set's parameters name; of parameters given in two ways CfCT takes none."""
    if resource.parameters and resource.parameter_file:
        return
    for each in given(resource, subject.files, manifest.path):
        value = split(each.value)
        for part in (value,) if isinstance(value, str) else value:
            helper = helper_of(part)
            if helper and helper.ssm_parameter:
                yield each.where, helper.ssm_parameter


def _same(name: str) -> str:
    """A name that is the same for Parameter Store: `/x` is `x`, but `/x/y` keeps its slash."""
    name = name.strip()
    return name.removeprefix("/") if name.count("/") == 1 else name


CHECKS = (
    Check(ONE_EXPORTER, _arbitrary_export),
    Check(EXPORTED_OUTPUT, _no_such_output),
    Check(UNIQUE_EXPORTS, _exported_twice),
    Check(ONE_REGION, _first_region_only),
    Check(EXPORT_NAME, _refused_name),
    Check(EXPORTED_BEFORE, _taken_too_early),
)
