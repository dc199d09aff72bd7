"""Each entry on its own: its name and its description."""

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


CHECKS = (
    Check(STACK_SET_NAMES, _stack_set_name),
    Check(UNIQUE_NAMES, _same_name),
    Check(DISTINCT_EXECUTIONS, _same_execution),
    Check(DESCRIBED, _undescribed),
)
