"""The fast path for a hook: judge what changed, and what a change of it can break elsewhere.

What takes time is cfn-lint, Guard and the proofs. The first two look at one template at a time, so unchanged templates are left out.
The proofs look at policies and claims, so they wait until something besides templates changes. Every other judge sees the whole
package, and its findings are then limited to the changed files and, if the manifest or a file that it names changed, to the manifest
and the claims as well. A finding that is elsewhere was there before.
"""

from __future__ import annotations

from dataclasses import replace

from generator.cfct.manifest import Manifest
from generator.checks.subject import Subject
from generator.checks.suppression import Outcome
from generator.package.claims_file import CLAIMS
from generator.package.files import MANIFEST, TEMPLATES, PackageFiles


def changed_paths(files: PackageFiles, base: PackageFiles | None) -> frozenset[str]:
    """Every path that one of the two has and the other has not, or has with other bytes. Without a `base`, all."""
    before = base.files if base else {}
    return frozenset(path for path in files.files.keys() | before.keys() if files.files.get(path) != before.get(path))


def without_unchanged_templates(subject: Subject, changed: frozenset[str] | None) -> Subject:
    """The package for judges that look at one template at a time."""
    if changed is None:
        return subject
    unchanged = frozenset(subject.template_paths) - changed
    kept = {path: content for path, content in subject.files.files.items() if path not in unchanged}
    return replace(subject, files=PackageFiles(kept, subject.files.root_shown_as))


def touch_policies(subject: Subject, changed: frozenset[str] | None) -> bool:
    """Whether a changed file can be one that the proofs look at."""
    return changed is None or any(path not in subject.template_paths and not path.startswith(TEMPLATES) for path in changed)


def limited(subject: Subject, outcome: Outcome, changed: frozenset[str] | None) -> Outcome:
    """The findings in changed files, and in the manifest and the claims if these can have changed their meaning."""
    if changed is None:
        return outcome
    shown = {subject.files.shown(path) for path in changed}
    if changed & _named(subject.manifest):
        shown |= {subject.files.shown(path) for path in subject.files.files if path == MANIFEST or path.startswith(CLAIMS)}
        shown.add(subject.files.shown(MANIFEST))
    return Outcome(
        tuple(finding for finding in outcome.findings if finding.path in shown),
        tuple(each for each in outcome.suppressed if each.finding.path in shown),
    )


def _named(manifest: Manifest | None) -> frozenset[str]:
    """The manifest, and the files that it names."""
    resources = manifest.resources if manifest else ()
    return frozenset({MANIFEST, *(path for each in resources for path in (each.file, each.parameter_file) if path)})
