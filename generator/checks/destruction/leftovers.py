"""What stays although it is gone from the manifest: policies that CfCT never detaches, and parameters whose absence it does not see."""

from __future__ import annotations

from collections.abc import Iterator

from generator.cfct.manifest import RCP, SCP, STACK_SET, Manifest, Resource
from generator.cfct.parameters import foreseen
from generator.cfct.targets import ROOT, ou_path
from generator.checks.destruction.comparison import before, gone, kept
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.package.files import PackageFiles

DETACHED = Rule(
    "CT058",
    Level.WARNING,
    "no policy that is gone from the manifest stays attached",
    "CfCT only ever attaches: a policy or a target that is removed from the manifest goes on working in the organization",
    "detach it by hand in AWS Organizations, or keep the entry",
    cfct("manifest_parser.py 378-379 and 397-398"),
)
PARAMETER_SEEN = Rule(
    "CT059",
    Level.WARNING,
    "a parameter is not removed alone",
    "CfCT compares the parameters that are given with those of the stack set and not the other way, so it sees no change and keeps the old value",
    "give the parameter the value that its default has, or change the template as well",
    cfct("sm_execution_manager.py 84-92 and 238-249"),
)


def _stays_attached(subject: Subject) -> Iterator[Objection]:
    both = before(subject)
    if both is None:
        return
    for kind in (SCP, RCP):
        for each in gone(both, subject.files, kind):
            if not _is_attached(subject, kind, each.entry.name):
                continue
            if each.successor is None:
                yield Objection(both.whole, f"the {kind} `{each.entry.name}` is no longer in the manifest; it stays attached")
            else:
                where = both.now.where(each.successor.place("name"))
                yield Objection(where, f"`{each.successor.name}` was called `{each.entry.name}`, which stays attached beside it")
        for old, new in kept(both, kind):
            where = both.now.where(new.place("deployment_targets"))
            for name in _targets_gone(old, new):
                if _is_attached(subject, kind, new.name, name):
                    yield Objection(where, f"the {kind} `{new.name}` is no longer for `{name}`; it stays attached there")


def _targets_gone(old: Resource, new: Resource) -> tuple[str, ...]:
    there = {ou_path(name) for name in new.organizational_units}
    return tuple(name for name in old.organizational_units if ou_path(name) not in there)


def _is_attached(subject: Subject, kind: str, name: str, target: str | None = None) -> bool:
    """Whether it has to be taken for attached: so it is, unless the organization's policies of this kind are known and it is not among them."""
    organization = subject.organization
    if organization is None or not any(policy.type == kind for policy in organization.attached):
        return True
    there = {policy.target for policy in organization.attached if policy.type == kind and policy.name == name}
    if target is None:
        return bool(there)
    unit = organization.root_id if target == ROOT else subject.resolver.unit(ou_path(target)) if subject.resolver else None
    return unit in there


def _unseen(subject: Subject) -> Iterator[Objection]:
    both = before(subject)
    if both is None:
        return
    for old, new in kept(both, STACK_SET):
        template = both.files.files.get(old.file)
        if template is None or template != subject.files.files.get(new.file):
            continue
        then, now = _parameters(old, both.files, both.then), _parameters(new, subject.files, both.now)
        removed = [key for key in then if key not in now]
        if removed and all(then.get(key) == value for key, value in now.items()):
            where = both.now.where(
                new.place("parameters" if new.parameters else "parameter_file" if new.parameter_file else "name")
            )
            names = ", ".join(f"`{key}`" for key in removed)
            yield Objection(where, f"`{new.name}` no longer gives {names}, which CfCT does not see as a change")


def _parameters(resource: Resource, files: PackageFiles, manifest: Manifest) -> dict[str, str]:
    return {each.key: each.sent for each in foreseen(resource, files, manifest.path)}


CHECKS = (Check(DETACHED, _stays_attached), Check(PARAMETER_SEEN, _unseen))
