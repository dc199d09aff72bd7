"""Stack sets that CfCT would delete, or would leave behind."""

from __future__ import annotations

from collections.abc import Iterator

from generator.cfct.manifest import STACK_SET
from generator.checks.destruction.comparison import before, gone
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.errors import Where

_DELETION = "enable_stack_set_deletion"
_SOURCE = cfct("manifest_parser.py 298-309, cloudformation.py 385-446")

NOT_EVERYTHING = Rule(
    "CT051",
    Level.ERROR,
    "with `enable_stack_set_deletion: true` the manifest has a stack set",
    "CfCT deletes every stack set of its own that the manifest does not name; here that is all of them, with all their stacks in all accounts",
    "remove `enable_stack_set_deletion`, or keep at least one stack set in the manifest",
    _SOURCE,
)
NOT_DELETED = Rule(
    "CT052",
    Level.WARNING,
    "no stack set that was in the package before is deleted",
    "CfCT deletes its stacks in every account and region, with everything in them that has no `DeletionPolicy: Retain`",
    "put the entry back, or be sure that nothing needs what it made",
    _SOURCE,
)
NOT_RENAMED = Rule(
    "CT053",
    Level.ERROR,
    "no stack set is renamed while `enable_stack_set_deletion` is true",
    "CfCT knows a stack set by its name: it first deletes the old one with all its stacks, and makes the new one later in the same run",
    "keep the name; if it must change, move what has to live on to a new stack set first",
    _SOURCE,
)
NOT_ORPHANED = Rule(
    "CT054",
    Level.WARNING,
    "no stack set that was in the package before is left behind",
    "without `enable_stack_set_deletion` CfCT forgets it: its stacks stay, are no longer updated, and new accounts do not get them",
    "put the entry back, or delete the stack set by hand",
    _SOURCE,
)
DELETION_NOT_NEW = Rule(
    "CT055",
    Level.WARNING,
    "`enable_stack_set_deletion` is not turned on by the way",
    "from this run on CfCT deletes every stack set of its own that the manifest does not name, those too that earlier packages left behind",
    "list the stack sets that begin with `CustomControlTower-` in the management account before you turn it on",
    _SOURCE,
)


def _everything(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    if manifest and manifest.enable_stack_set_deletion and not any(resource.is_stack_set for resource in manifest.resources):
        yield Objection(
            _at_deletion(subject), f"`{_DELETION}` is true, and the manifest has no stack set: CfCT deletes all of them"
        )


def _deleted(subject: Subject) -> Iterator[Objection]:
    both = before(subject)
    if both is None or not both.now.enable_stack_set_deletion:
        return
    for each in gone(both, subject.files, STACK_SET):
        if each.successor is None:
            yield Objection(both.whole, f"the stack set `{each.entry.name}` is no longer in the manifest, so CfCT deletes it")


def _renamed(subject: Subject) -> Iterator[Objection]:
    both = before(subject)
    if both is None or not both.now.enable_stack_set_deletion:
        return
    for each in gone(both, subject.files, STACK_SET):
        if each.successor is not None:
            where = both.now.where(each.successor.place("name"))
            yield Objection(
                where,
                f"`{each.successor.name}` was called `{each.entry.name}`, which CfCT deletes first",
                f"call it `{each.entry.name}` again",
            )


def _orphaned(subject: Subject) -> Iterator[Objection]:
    both = before(subject)
    if both is None or both.now.enable_stack_set_deletion:
        return
    for each in gone(both, subject.files, STACK_SET):
        if each.successor is None:
            yield Objection(both.whole, f"the stack set `{each.entry.name}` is no longer in the manifest; it stays as it is")
        else:
            where = both.now.where(each.successor.place("name"))
            message = f"`{each.successor.name}` was called `{each.entry.name}`; that stack set stays, and the same resources are made beside it"
            yield Objection(where, message, f"call it `{each.entry.name}` again")


def _turned_on(subject: Subject) -> Iterator[Objection]:
    both = before(subject)
    if both and both.now.enable_stack_set_deletion and not both.then.enable_stack_set_deletion:
        yield Objection(_at_deletion(subject), f"`{_DELETION}` was not true in the package before")


def _at_deletion(subject: Subject) -> Where:
    manifest = subject.manifest
    root = manifest.document.root if manifest else None
    node = root.get(_DELETION) if root else None
    return manifest.where(node) if manifest and node else Where("")


CHECKS = (
    Check(NOT_EVERYTHING, _everything),
    Check(NOT_DELETED, _deleted),
    Check(NOT_RENAMED, _renamed),
    Check(NOT_ORPHANED, _orphaned),
    Check(DELETION_NOT_NEW, _turned_on),
)
