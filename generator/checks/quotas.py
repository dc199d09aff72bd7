"""Quotas: sizes and numbers that AWS refuses, found before CfCT meets them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from generator.aws.quotas import (
    CLOUDFORMATION_LIMITS,
    ORGANIZATIONS_LIMITS,
    POLICY_DESCRIPTION,
    POLICY_NAME,
    TEMPLATE_BYTES,
    TEMPLATE_MAPPINGS,
    TEMPLATE_OUTPUTS,
    TEMPLATE_PARAMETERS,
    TEMPLATE_RESOURCES,
    QuotaProfile,
)
from generator.cfct.manifest import RCP, SCP, Resource
from generator.cfct.targets import ou_path
from generator.checks.finding import Finding, Level
from generator.checks.policies import minified
from generator.checks.rule import Check, Objection, Rule
from generator.checks.rule import judge as judge_all
from generator.checks.subject import Subject
from generator.errors import Where

POLICY_SIZE = Rule(
    "CT101",
    Level.ERROR,
    "an SCP or RCP is within its size",
    "AWS Organizations refuses it in the middle of a run, after other policies are changed; it counts every character it gets",
    "write it on one compact line, shorten it, or split it",
    ORGANIZATIONS_LIMITS,
)
POLICIES_PER_TARGET = Rule(
    "CT102",
    Level.ERROR,
    "no root or OU gets more policies than it can have",
    "AWS Organizations refuses the one too many; those already attached count too, Control Tower's and AWS's own included",
    "merge policies, attach them higher up, or detach what is no longer needed",
    ORGANIZATIONS_LIMITS,
)
NAME_LENGTH = Rule(
    "CT103",
    Level.ERROR,
    f"a policy's name has at most {POLICY_NAME.value} characters",
    "AWS Organizations refuses it",
    "shorten the name",
    POLICY_NAME.source,
)
DESCRIPTION_LENGTH = Rule(
    "CT104",
    Level.ERROR,
    f"a policy's description has at most {POLICY_DESCRIPTION.value} characters",
    "AWS Organizations refuses it",
    "shorten the description",
    POLICY_DESCRIPTION.source,
)
TEMPLATE_SIZE = Rule(
    "CT105",
    Level.ERROR,
    f"a template has at most {TEMPLATE_BYTES.value:,} bytes",
    "CloudFormation refuses it",
    "split the stack set",
    TEMPLATE_BYTES.source,
)
TEMPLATE_COUNTS = Rule(
    "CT106",
    Level.ERROR,
    "a template has no more resources, parameters, outputs and mappings than CloudFormation takes",
    "CloudFormation refuses it",
    "split the stack set",
    CLOUDFORMATION_LIMITS,
)

_SECTIONS = {
    "Resources": TEMPLATE_RESOURCES,
    "Parameters": TEMPLATE_PARAMETERS,
    "Outputs": TEMPLATE_OUTPUTS,
    "Mappings": TEMPLATE_MAPPINGS,
}


def characters(profile: QuotaProfile, kind: str) -> int:
    """The size of an SCP or RCP."""
    return profile.rcp_characters if kind == RCP else profile.scp_characters


def per_target(profile: QuotaProfile, kind: str) -> int:
    """The number of SCPs or RCPs on one target."""
    return profile.rcps_per_target if kind == RCP else profile.scps_per_target


def _policies(subject: Subject) -> Iterator[Resource]:
    for resource in subject.manifest.resources if subject.manifest else ():
        if resource.is_policy:
            yield resource


def _too_large(subject: Subject) -> Iterator[Objection]:
    kinds = {(resource.file, resource.deploy_method) for resource in _policies(subject)}
    for path, kind in sorted(kinds):
        content = subject.files.files.get(path)
        if content is None:
            continue
        size = len(minified(content.decode("utf-8", errors="replace")))
        limit = characters(subject.profile, kind)
        if size > limit:
            message = f"this {kind} has {size:,} characters; the quota of {subject.profile.name} is {limit:,}"
            yield Objection(Where(subject.files.shown(path)), message)


def _too_many(subject: Subject) -> Iterator[Objection]:
    """Attached already, minus those of the same name, which the package updates, plus the package's own."""
    manifest, organization = subject.manifest, subject.organization
    for kind in (SCP, RCP):
        names: dict[str, dict[str, Resource]] = defaultdict(dict)
        shown: dict[str, str] = {}
        for resource in _policies(subject):
            if resource.deploy_method != kind:
                continue
            for target, name in _targets(subject, resource):
                names[target].setdefault(resource.name, resource)
                shown[target] = name
        for target, added in sorted(names.items()):
            there = (
                {policy.name for policy in organization.attached if policy.type == kind and policy.target == target}
                if organization
                else set()
            )
            total = len(there | added.keys())
            limit = per_target(subject.profile, kind)
            if manifest and total > limit:
                last = list(added.values())[-1]
                stay = len(there - added.keys())
                message = f"`{shown[target]}` gets {total} {kind}s, {stay} of them attached already; the quota of {subject.profile.name} is {limit}"
                yield Objection(manifest.where(last.place("name")), message)


def _targets(subject: Subject, resource: Resource) -> Iterator[tuple[str, str]]:
    """Ids if the organization is known, else paths; each with what to call it."""
    if not subject.resolver:
        yield from ((ou_path(name), name) for name in resource.organizational_units)
        return
    organization = subject.resolver.organization
    paths = {str(unit.id): str(unit.path) for unit in organization.organizational_units}
    for target in subject.resolver.resolve(resource).targets:
        yield target, paths.get(target, "Root")


def _long_name(subject: Subject) -> Iterator[Objection]:
    for resource in _policies(subject):
        if subject.manifest and len(resource.name) > POLICY_NAME.value:
            yield Objection(subject.manifest.where(resource.place("name")), f"the name has {len(resource.name)} characters")


def _long_description(subject: Subject) -> Iterator[Objection]:
    for resource in _policies(subject):
        if subject.manifest and len(resource.description or "") > POLICY_DESCRIPTION.value:
            where = subject.manifest.where(resource.place("description"))
            yield Objection(where, f"the description has {len(resource.description or ''):,} characters")


def _large_template(subject: Subject) -> Iterator[Objection]:
    for path in subject.template_paths:
        size = len(subject.files.files[path])
        if size > TEMPLATE_BYTES.value:
            yield Objection(Where(subject.files.shown(path)), f"this template has {size:,} bytes")


def _crowded_template(subject: Subject) -> Iterator[Objection]:
    for path, document in subject.templates.items():
        for section, quota in _SECTIONS.items():
            node = document.root.get(section) if document.root else None
            if node and len(node.children) > quota.value:
                where = Where(subject.files.shown(path), node.key_line, node.key_column)
                yield Objection(where, f"this template has {len(node.children)} {quota.unit}; the quota is {quota.value}")


CHECKS = (
    Check(POLICY_SIZE, _too_large),
    Check(POLICIES_PER_TARGET, _too_many),
    Check(NAME_LENGTH, _long_name),
    Check(DESCRIPTION_LENGTH, _long_description),
    Check(TEMPLATE_SIZE, _large_template),
    Check(TEMPLATE_COUNTS, _crowded_template),
)


def judge(subject: Subject) -> tuple[Finding, ...]:
    """Everything above a quota."""
    return judge_all(CHECKS, subject)
