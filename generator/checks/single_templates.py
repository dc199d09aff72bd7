"""Judges of one template at a time, for a hook that knows which files have changed: cfn-lint, Guard, cfn_nag, and our own.

Nothing of the package is read but its manifest, which says to which regions a template goes. What needs more than one file (the
parameters that a template gets, names that collide) is for `cfctgen check`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from generator.aws.quotas import NEWEST, PROFILES
from generator.cfct.file_check import is_validated_template
from generator.checks import cfn_lint, cfn_nag, guard, quotas, suppression
from generator.checks.finding import Finding
from generator.checks.linter import Linter
from generator.checks.manifest import paths
from generator.checks.remembered import FORGETFUL, Memory
from generator.checks.rule import judge
from generator.checks.subject import Subject
from generator.checks.suppression import Outcome, Suppressed
from generator.checks.templates import custom_resources, files, macros, retention
from generator.package.files import MANIFEST, TEMPLATES, PackageFiles
from generator.package.named_templates import Named, NamedTemplates

_BESIDE_OTHERS = frozenset({files.READABLE, paths.ONLY_TEMPLATES, quotas.TEMPLATE_SIZE, quotas.TEMPLATE_COUNTS})
"""Rules that look at one template, among others that look at the whole package."""

CHECKS = (
    *(check for check in (*files.CHECKS, *paths.CHECKS, *quotas.CHECKS) if check.rule in _BESIDE_OTHERS),
    *retention.CHECKS,
    *macros.CHECKS,
    *custom_resources.CHECKS,
)
"""Our own rules that look at nothing but the template."""

_DIRECTIVE = b"cfctgen:"


@dataclass(frozen=True)
class _Work:
    """Templates of one package as something to judge; `names` are the user's, by what findings call them."""

    subject: Subject
    names: Mapping[str, str]
    house: bool
    """Whether the package has a landing zone of its own (`Settings.house`)."""


def judge_templates(
    groups: Sequence[NamedTemplates], linter: Linter, guard_rules: Sequence[Path] = (), memory: Memory = FORGETFUL
) -> Outcome:
    """Every finding once, sorted by the user's names. `guard_rules` are folders besides ours; InputError if one does not exist."""
    outcomes = [_outcome(work, linter, tuple(guard_rules), memory) for group in groups for work in _works(group)]
    return Outcome(
        tuple(sorted({finding for outcome in outcomes for finding in outcome.findings})),
        tuple(sorted((each for outcome in outcomes for each in outcome.suppressed), key=lambda each: (each.finding, each.where))),
    )


def _works(group: NamedTemplates) -> tuple[_Work, ...]:
    """CfCT's own templates, and others that lie beside them: those go nowhere that anybody knows of."""
    own: tuple[Named, ...] = ()
    works = []
    if group.manifest is not None:
        contents = {named.path: named.content for named in group.templates}
        package = _subject({MANIFEST: group.manifest} | contents)
        own = tuple(named for named in group.templates if named.path in package.template_paths)
        works.append(_Work(package, {named.path: named.name for named in own}, group.house))
    others = {_below_templates(named.name): named for named in group.templates if named not in own}
    if others:
        alone = _subject({path: named.content for path, named in others.items()})
        works.append(_Work(alone, {path: named.name for path, named in others.items()}, group.house))
    return tuple(works)


def _subject(contents: Mapping[str, bytes]) -> Subject:
    return Subject(PackageFiles(contents), None, PROFILES[NEWEST])


def _below_templates(name: str) -> str:
    """A path under which every judge takes the file for a template, whatever its name."""
    path = TEMPLATES + name
    return path if is_validated_template(path) else f"{path}.template"


def _outcome(work: _Work, linter: Linter, folders: Sequence[Path], memory: Memory) -> Outcome:
    """cfn-lint begins first and answers last, as in a check of the whole package."""
    subject = work.subject
    elsewhere = () if work.house else (guard.SHIPPED_RULES,)
    verdict = cfn_lint.begin(subject, linter, memory)
    rules = guard.judge(subject, (guard.SHIPPED_RULES, *folders), memory, elsewhere=elsewhere)
    findings = {*judge(CHECKS, subject), *rules, *cfn_nag.judge(subject)}
    findings.update(verdict())
    outcome = suppression.apply(subject, findings, _known(subject), idle=True)
    return Outcome(
        tuple(_named(finding, work.names) for finding in outcome.findings if finding.path != MANIFEST),
        tuple(
            Suppressed(
                _named(each.finding, work.names), each.reason, replace(each.where, path=_name(each.where.path, work.names))
            )
            for each in outcome.suppressed
        ),
    )


def _known(subject: Subject) -> frozenset[str]:
    """The ids of our rules; asked for only where a comment may name one, because that loads every judge."""
    if not any(_DIRECTIVE in content for content in subject.files.files.values()):
        return frozenset()
    from generator.checks.run import RULES  # noqa: PLC0415 # see above

    return frozenset(rule.id for rule in RULES)


def _named(finding: Finding, names: Mapping[str, str]) -> Finding:
    return replace(finding, path=_name(finding.path, names))


def _name(path: str, names: Mapping[str, str]) -> str:
    """The user's name of a template; a file of Guard rules has its own."""
    return names.get(path, path)
