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
            doubt = _doubt(subject, kind, each.entry.name)
            if each.successor is None:
                message = f"the {kind} `{each.entry.name}` is no longer in the manifest; it stays attached{doubt}"
                yield Objection(both.whole, message)
            else:
                where = both.now.where(each.successor.place("name"))
                message = f"`{each.successor.name}` was called `{each.entry.name}`, which stays attached beside it{doubt}"
                yield Objection(where, message)
        for old, new in kept(both, kind):
            where = both.now.where(new.place("deployment_targets"))
            for name in _targets_gone(old, new):
                doubt = _doubt(subject, kind, new.name, name)
                message = f"the {kind} `{new.name}` is no longer for `{name}`; it stays attached there{doubt}"
                yield Objection(where, message)


def _targets_gone(old: Resource, new: Resource) -> tuple[str, ...]:
    there = {ou_path(name) for name in new.organizational_units}
    return tuple(name for name in old.organizational_units if ou_path(name) not in there)


def _doubt(subject: Subject, kind: str, name: str, target: str | None = None) -> str:
    """What to add where the organization file, which may be older than the package before, does not have the attachment.

    It is believed for no more than that: a policy that the package before had is taken for attached.
    """
    organization = subject.organization
    if organization is None or not any(policy.type == kind for policy in organization.attached):
        return ""
    there = {policy.target for policy in organization.attached if policy.type == kind and policy.name == name}
    if target is None:
        is_known = bool(there)
    else:
        unit = organization.root_id if target == ROOT else subject.resolver.unit(ou_path(target)) if subject.resolver else None
        is_known = unit in there
    return "" if is_known else " (not in `organization.yaml`, so look whether it ever was)"


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
