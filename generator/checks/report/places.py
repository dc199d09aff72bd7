"""Where findings stand for whoever reads them: seen from the folder one is in, not from the package's root."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from generator.checks.suppression import Outcome, Suppressed
from generator.package.files import MANIFEST, PackageFiles


def joined(folder: str, path: str) -> str:
    """A file of the package as a path that opens; `folder` is the package's own as it was named, empty or `.` if one is in it."""
    return posixpath.normpath(posixpath.join(folder, path)) if folder and path else path


def below(folder: str, outcome: Outcome, files: PackageFiles) -> Outcome:
    """The same outcome, with paths of the package below `folder`. Other files, such as Guard rules, keep the paths they were named by.

    A code host takes the paths of a report to be those of the repository, where the package can be in a folder of its own.
    """
    if joined(folder, MANIFEST) == MANIFEST:
        return outcome
    inside = frozenset(map(files.shown, (*files.files, MANIFEST)))
    findings = sorted(replace(each, path=_placed(folder, each.path, inside)) for each in outcome.findings)
    return Outcome(tuple(findings), tuple(_suppressed(folder, each, inside) for each in outcome.suppressed))


def _suppressed(folder: str, each: Suppressed, inside: frozenset[str]) -> Suppressed:
    finding = replace(each.finding, path=_placed(folder, each.finding.path, inside))
    return replace(each, finding=finding, where=replace(each.where, path=_placed(folder, each.where.path, inside)))


def _placed(folder: str, path: str, inside: frozenset[str]) -> str:
    return joined(folder, path) if path in inside else path
