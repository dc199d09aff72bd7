"""A package beside the one before it: which entries are gone, which are new, which are the same under another name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.cfct.manifest import Manifest, Resource, parse
from generator.cfct.targets import ou_path
from generator.checks.subject import Subject
from generator.errors import Where
from generator.package.files import PackageFiles


@dataclass(frozen=True)
class Before:
    """Both manifests, read, and the files of the package before."""

    now: Manifest
    then: Manifest
    files: PackageFiles

    @property
    def whole(self) -> Where:
        """Where something stands that is no longer there: at `resources` of today's manifest."""
        root = self.now.document.root
        node = root.get("resources") if root else None
        return self.now.where(node) if node else Where(self.now.path)


@dataclass(frozen=True)
class Gone:
    """An entry that is no longer there; `successor` is the new entry that has its content, if one does."""

    entry: Resource
    successor: Resource | None


def before(subject: Subject) -> Before | None:
    """None without a package before, or where one of the manifests cannot be read."""
    if subject.previous is None or subject.manifest is None:
        return None
    then = parse(subject.previous).manifest
    return Before(subject.manifest, then, subject.previous) if then else None


def kept(both: Before, deploy_method: str) -> Iterator[tuple[Resource, Resource]]:
    """Entries of one kind that both manifests have, by name: the one before, and today's."""
    old = _by_name(both.then, deploy_method)
    for name, resource in _by_name(both.now, deploy_method).items():
        if name in old:
            yield old[name], resource


def gone(both: Before, files: PackageFiles, deploy_method: str) -> tuple[Gone, ...]:
    """Entries that are no longer there, in their order, each with its successor; an entry succeeds one at most."""
    old, new = _by_name(both.then, deploy_method), _by_name(both.now, deploy_method)
    fresh = [resource for name, resource in new.items() if name not in old]
    found: list[Gone] = []
    for name, entry in old.items():
        if name in new:
            continue
        successor = next((each for each in fresh if _same_content(entry, both.files, each, files)), None)
        if successor is not None:
            fresh.remove(successor)
        found.append(Gone(entry, successor))
    return tuple(found)


def _by_name(manifest: Manifest, deploy_method: str) -> dict[str, Resource]:
    return {
        resource.name: resource for resource in manifest.resources if resource.deploy_method == deploy_method and resource.name
    }


def _same_content(old: Resource, old_files: PackageFiles, new: Resource, new_files: PackageFiles) -> bool:
    """The same bytes, or the same path and the same targets: the entry was renamed, whatever else was changed with it."""
    content = old_files.files.get(old.file)
    if content is not None and content == new_files.files.get(new.file):
        return True
    return old.resource_file == new.resource_file and _targets(old) == _targets(new)


def _targets(resource: Resource) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(resource.accounts), frozenset(map(ou_path, resource.organizational_units))
