"""The fast path for a hook: judge what changed, and what a change of it can break elsewhere.

What takes time is cfn-lint, Guard and the proofs. The first two look at one template at a time, so unchanged templates are left out.
The proofs look at policies and claims, so they wait until something besides templates changes. Every other judge sees the whole
package, and its findings are then limited to the changed files and, if the manifest or a file that it names changed, to the manifest
and the claims as well.

A file that has not changed is judged with the changed ones when the manifest now uses it otherwise: a template in other regions, an SCP
that is an RCP now. A finding anywhere that names a changed file, or an entry that uses one, can be new too, as when a role that a
template now makes has a name that another template's role has. What is left out was there before.
"""

from __future__ import annotations

from dataclasses import replace

from generator.cfct.manifest import Manifest, parse
from generator.checks.finding import Finding
from generator.checks.subject import Subject
from generator.checks.suppression import Outcome
from generator.package.claims_file import CLAIMS
from generator.package.files import MANIFEST, TEMPLATES, PackageFiles


def changed_paths(files: PackageFiles, base: PackageFiles | None) -> frozenset[str]:
    """Every path that one of the two has and the other has not, or has with other bytes. Without a `base`, all."""
    before = base.files if base else {}
    return frozenset(path for path in files.files.keys() | before.keys() if files.files.get(path) != before.get(path))


def used_otherwise(files: PackageFiles, base: PackageFiles | None) -> frozenset[str]:
    """The files of entries that are new, are gone, or have another method, other targets, regions or parameters than before."""
    if base is None or files.files.get(MANIFEST) == base.files.get(MANIFEST):
        return frozenset()
    uses = _uses(parse(files).manifest) ^ _uses(parse(base).manifest)
    return frozenset(path for path, _ in uses) & files.files.keys()


def _uses(manifest: Manifest | None) -> frozenset[tuple[str, object]]:
    """Each file that the manifest names, with all that CfCT does with it for one entry."""
    found: set[tuple[str, object]] = set()
    for each in manifest.resources if manifest else ():
        targets = (each.name, each.deploy_method, each.accounts, each.organizational_units, each.target_regions, each.version_one)
        parameters = repr((each.parameters, each.parameter_file))  # a value can be anything that YAML has
        found |= {(path, (*targets, parameters)) for path in (each.file, each.parameters_path) if path}
    return frozenset(found)


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
    """The findings in changed files, in the manifest and the claims if these can have changed their meaning, and of what is changed."""
    if changed is None:
        return outcome
    shown = frozenset(subject.files.shown(path) for path in changed)
    if changed & _named(subject.manifest):
        claims = (path for path in subject.files.files if path.startswith(CLAIMS))
        shown |= frozenset(map(subject.files.shown, (MANIFEST, *claims)))
    words = tuple(f"`{word}`" for word in shown | _entries(subject.manifest, changed))
    return Outcome(
        tuple(finding for finding in outcome.findings if _is_of(finding, shown, words)),
        tuple(each for each in outcome.suppressed if _is_of(each.finding, shown, words)),
    )


def _is_of(finding: Finding, shown: frozenset[str], words: tuple[str, ...]) -> bool:
    return finding.path in shown or any(word in finding.message for word in words)


def _entries(manifest: Manifest | None, changed: frozenset[str]) -> frozenset[str]:
    """The names of the entries that use a changed file."""
    resources = manifest.resources if manifest else ()
    return frozenset(each.name for each in resources if each.name and {each.file, each.parameters_path} & changed)


def _named(manifest: Manifest | None) -> frozenset[str]:
    """The manifest, and the files that it names."""
    resources = manifest.resources if manifest else ()
    return frozenset({MANIFEST, *(path for each in resources for path in (each.file, each.parameters_path) if path)})
