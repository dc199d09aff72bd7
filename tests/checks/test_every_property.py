"""Every property that we write is watched, or there is a reason why not: each is deleted in turn, and somebody must object.

Who objects: cfn-lint, where the property is required (its schemas are read, it is not run), a Guard rule of any level, or cfn_nag.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

from cfnlint.rules.resources.iam.IdentityPolicy import IdentityPolicy
from cfnlint.rules.resources.iam.ResourcePolicy import ResourcePolicy
from cfnlint.rules.resources.iam.TrustPolicy import TrustPolicy
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from generator.aws.quotas import NEWEST, PROFILES
from generator.cfct.document import Style, read
from generator.checks import cfn_nag
from generator.checks.finding import Level
from generator.checks.guard import SHIPPED_RULES
from generator.checks.guard.engine import Status, evaluate_shown
from generator.checks.guard.source import load
from generator.checks.subject import Subject
from tests.conftest import example_of

Data = Mapping[str, Any]
Steps = tuple[str | int, ...]

EXCEPTIONS = json.loads((Path(__file__).parents[1] / "cases" / "unwatched_properties.json").read_text())
"""Types and paths with the reason why nobody watches them. In a path `*` is within a step, and `**` is any number of steps."""

ATTRIBUTES = ("DeletionPolicy", "DependsOn", "Properties", "UpdateReplacePolicy")
FILES = load((SHIPPED_RULES,))
POLICIES = {
    keyword: rule.identity_schema
    for rule in (IdentityPolicy(), ResourcePolicy(), TrustPolicy())  # type: ignore[no-untyped-call]
    for keyword in rule.keywords
}
"""What cfn-lint asks of policy documents, by place."""


@dataclass(frozen=True)
class Deletion:
    """One property to take out of one resource. In `path` a place in a list is `*`, a statement its effect and Sid."""

    template: str
    name: str
    kind: str
    steps: Steps
    path: str

    @property
    def resource(self) -> Data:
        found: Data = templates()[self.template]["Resources"][self.name]
        return found

    @property
    def left(self) -> Any:
        """The resource without the property."""
        return without(self.resource, self.steps)


@cache
def templates() -> Mapping[str, Data]:
    subject = Subject(example_of("reference").built.files, None, PROFILES[NEWEST])
    roots = {path: document.root for path, document in subject.templates.items()}
    return {path: root.data for path, root in roots.items() if root and isinstance(root.data, dict)}


def word(item: object) -> str:
    return f"{item['Effect']} {item['Sid']}" if isinstance(item, dict) and {"Effect", "Sid"} <= item.keys() else "*"


def is_mapping(value: object) -> TypeGuard[dict[str, object]]:
    """Not an intrinsic function."""
    return isinstance(value, dict) and not next(iter(value), "").startswith(("Fn::", "Ref"))


def alone(value: object) -> Iterator[str]:
    """The names of what is alone in a mapping, down to what is not."""
    while is_mapping(value) and len(value) == 1:
        ((name, value),) = value.items()
        yield name


def places(value: object, steps: Steps, words: tuple[str, ...]) -> Iterator[tuple[Steps, str]]:
    """The place, and every place below. What is alone in what holds it goes with the holder, which is called by it then."""
    yield steps, "/".join((*words, *alone(value)))
    if is_mapping(value):
        entries: list[tuple[str | int, str, object]] = [(key, key, each) for key, each in value.items()]
    elif isinstance(value, list):
        entries = [(index, word(each), each) for index, each in enumerate(value)]
    else:
        return
    for step, name, each in entries:
        below = places(each, (*steps, step), (*words, name))
        if len(entries) == 1:
            next(below)
        yield from below


@cache
def deletions() -> tuple[Deletion, ...]:
    return tuple(
        Deletion(path, name, resource["Type"], steps, words)
        for path, template in templates().items()
        for name, resource in template["Resources"].items()
        for attribute in ATTRIBUTES
        if attribute in resource
        for steps, words in places(resource[attribute], (attribute,), (attribute,))
    )


def without(value: Any, steps: Steps) -> Any:
    step, rest = steps[0], steps[1:]
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    kept = {key: without(each, rest) if key == step else each for key, each in entries if key != step or rest}
    return kept if isinstance(value, dict) else list(kept.values())


def held(schema: Data, root: Data, data: Any) -> bool:
    """Nothing is missing, as far as this level of the data goes."""
    if "$ref" in schema:
        return held(resolved(schema["$ref"], root), root, data) and held(
            {k: v for k, v in schema.items() if k != "$ref"}, root, data
        )
    if isinstance(data, dict):
        if not set(schema.get("required", ())) <= data.keys():
            return False
        if any(key in schema and not set(schema[key]) & data.keys() for key in ("requiredXor", "requiredOr")):
            return False
        if any(key in data and not set(needs) <= data.keys() for key, needs in schema.get("dependentRequired", {}).items()):
            return False
    if not all(held(each, root, data) for each in schema.get("allOf", ())):
        return False
    return all(key not in schema or any(held(each, root, data) for each in schema[key]) for key in ("anyOf", "oneOf"))


def resolved(reference: str, root: Data) -> Data:
    found: Any = root
    for step in reference.partition("#")[2].strip("/").split("/"):
        found = found.get(step, {}) if step else found
    return found if isinstance(found, dict) else {}


def inner(schema: Data, root: Data, step: str | int) -> Iterator[Data]:
    if "$ref" in schema:
        yield from inner(resolved(schema["$ref"], root), root, step)
    below = schema.get("items") if isinstance(step, int) else schema.get("properties", {}).get(step)
    if isinstance(below, dict):
        yield below
    for key in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(key, ()):
            yield from inner(each, root, step)


@cache
def schema_of(kind: str) -> Data:
    """The schema of a resource, as far as a property can be missing."""
    if kind.startswith("Custom::"):
        return {"required": ["Properties"], "properties": {"Properties": {"required": ["ServiceToken"]}}}
    schema: Data = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    needed = any(key in schema for key in ("required", "requiredOr", "requiredXor"))
    return {"required": ["Properties"] if needed else [], "properties": {"Properties": schema}}


def is_required(deletion: Deletion) -> bool:
    """A schema that the holder meets is not met without the property."""
    holder: Any = deletion.resource
    schemas: list[tuple[Data, Data]] = [(schema_of(deletion.kind), {})]
    place = f"Resources/{deletion.kind}"
    for step in deletion.steps[:-1]:
        holder = holder[step]
        place += f"/{step if isinstance(step, str) else '*'}"
        schemas = [(found, root) for schema, root in schemas for found in inner(schema, root, step)]
        if place in POLICIES:
            schemas = [(POLICIES[place], POLICIES[place])]
        elif len(place.split("/")) == 3:
            schemas = [(found, found) for found, _ in schemas]
    left = without(holder, deletion.steps[-1:])
    return any(held(schema, root, holder) and not held(schema, root, left) for schema, root in schemas)


def neighbourhood(template: Data, name: str) -> Data:
    """The resource, with those that name it and those that it names: rules may look at them."""
    resources = template["Resources"]
    own = json.dumps(resources[name])
    named = {other for other, each in resources.items() if f'"{other}' in own or f'"{name}' in json.dumps(each)}
    return {**template, "Resources": {other: each for other, each in resources.items() if other == name or other in named}}


def objections(template: Data, name: str) -> Iterator[str]:
    """The Guard rules that fail in the neighbourhood, and what cfn_nag has against the resource.

    One is often enough, so the rules that are named like the resource's service are asked first.
    """
    service = template["Resources"][name]["Type"].lower().split("::")[1:2]
    for file in sorted(FILES, key=lambda file: file.path.stem.partition("-")[0] not in service):
        yield from (outcome.rule for outcome in evaluate_shown(template, file) if outcome.status is Status.FAIL)
    text = json.dumps({"Resources": {name: template["Resources"][name]}})
    root = read(text.encode(), "template.json", Style.TEMPLATE).root
    assert root is not None
    yield from (each.rule for each in cfn_nag.judge_template(root, text, "template.json") if each.level is Level.ERROR)


@cache
def before(template: str, name: str) -> tuple[Data, frozenset[str]]:
    near = neighbourhood(templates()[template], name)
    return near, frozenset(objections(near, name))


@cache
def objects(deletion: Deletion) -> bool:
    """Somebody objects who did not before."""
    near, known = before(deletion.template, deletion.name)
    changed = {**near, "Resources": {**near["Resources"], deletion.name: deletion.left}}
    return any(rule not in known for rule in objections(changed, deletion.name))


def as_regex(pattern: str) -> str:
    parts = (re.escape(part).replace(r"\*", "[^/]*") for part in pattern.split("**"))
    return ".*".join(parts)


@cache
def reasons(kind: str, path: str) -> tuple[tuple[str, str], ...]:
    """The exceptions that cover a property: the pattern of the path and the reason."""
    return tuple(
        (pattern, exception["reason"])
        for exception in EXCEPTIONS
        if any(re.fullmatch(as_regex(each), kind) for each in exception["types"])
        for pattern in exception["paths"]
        if re.fullmatch(as_regex(pattern), path)
    )


def test_a_property_that_nobody_would_miss_is_listed_with_the_reason() -> None:
    missed = {
        (deletion.kind, deletion.path, deletion.template, deletion.name)
        for deletion in deletions()
        if not is_required(deletion) and not reasons(deletion.kind, deletion.path) and not objects(deletion)
    }
    assert missed == set()


def test_every_exception_is_needed() -> None:
    """Each pattern covers a property whose deletion nobody notices."""
    listed = {(pattern, exception["reason"]) for exception in EXCEPTIONS for pattern in exception["paths"]}
    for deletion in deletions():
        open_ones = listed.intersection(reasons(deletion.kind, deletion.path))
        if open_ones and not is_required(deletion) and not objects(deletion):
            listed -= open_ones
    assert listed == set()


def test_no_policy_uses_a_variable_that_its_version_would_be_needed_for() -> None:
    """`${aws:...}` is a variable of IAM; `${AWS::...}` is one of CloudFormation."""
    texts = (json.dumps(deletion.resource) for deletion in deletions() if deletion.path.endswith("/Version"))
    assert [text for text in texts if re.search(r"\$\{[a-z0-9-]+:[A-Za-z]", text)] == []
