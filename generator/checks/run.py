"""All judges on one package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from generator.aws.frameworks import Framework
from generator.aws.quotas import NEWEST, PROFILES, QuotaProfile
from generator.checks import (
    cfn_lint,
    cfn_nag,
    changed_files,
    claims,
    destruction,
    guard,
    manifest,
    policies,
    quotas,
    suppression,
    templates,
)
from generator.checks.aside import Aside
from generator.checks.cfn_lint import Linter
from generator.checks.finding import Finding
from generator.checks.remembered import FORGETFUL, Memory, digest
from generator.checks.subject import Subject
from generator.checks.suppression import Outcome
from generator.landing_zone.organization import Organization
from generator.package.files import PackageFiles

RULES = tuple(
    sorted(
        (
            *(check.rule for check in (*manifest.CHECKS, *destruction.CHECKS, *quotas.CHECKS, *templates.CHECKS)),
            *policies.RULES,
            *claims.RULES,
            *suppression.RULES,
            *(cfn_lint.JUDGED, cfn_lint.REGION_KNOWN, guard.RULES_READABLE, guard.REASON_GIVEN, cfn_nag.REASON_GIVEN),
        ),
        key=lambda rule: rule.id,
    )
)
"""Every rule of our own, for the docs; cfn-lint's and Guard's have theirs."""


@dataclass(frozen=True)
class Settings:
    """How to judge. `guard_rules` are the folders of our own rules, `extra_guard_rules` the user's; `frameworks` choose among them."""

    quota_profile: QuotaProfile = PROFILES[NEWEST]
    guard_rules: tuple[Path, ...] = (guard.SHIPPED_RULES,)
    extra_guard_rules: tuple[Path, ...] = ()
    frameworks: tuple[Framework, ...] = ()
    house: bool = True
    """Whether the package is of this house: else what our own rules ask of the house's landing zone is a warning."""


DEFAULT = Settings()


JUDGES: Mapping[str, Callable[[Subject], tuple[Finding, ...]]] = MappingProxyType(
    {
        "manifest": manifest.judge,
        "destruction": destruction.judge,
        "templates": templates.judge,
        "policies": policies.judge,
        "quotas": quotas.judge,
        "claims": claims.judge,
    }
)
"""Who judges the package as a whole, by the name that is shown meanwhile."""

_PROVERS = ("claims",)
"""Judges that need time and look at nothing that a template holds."""

Observer = Callable[[str, int, int], None]
"""Is told what is judged next, how many judges are done, and how many there are."""


def unobserved(_judge: str, _done: int, _of: int) -> None:
    """Nobody looks."""


def check_package(
    files: PackageFiles,
    organization: Organization | None,
    settings: Settings = DEFAULT,
    linter: Linter | None = None,
    *,
    previous: PackageFiles | None = None,
) -> tuple[Finding, ...]:
    """Every finding once that no comment suppresses, sorted by place. Parameters and errors as for `judge_package`."""
    return judge_package(files, organization, settings, linter, previous=previous).findings


def judge_package(  # noqa: PLR0913  # one per thing that a check can be given
    files: PackageFiles,
    organization: Organization | None,
    settings: Settings = DEFAULT,
    linter: Linter | None = None,
    *,
    previous: PackageFiles | None = None,
    changed: frozenset[str] | None = None,
    observe: Observer = unobserved,
    memory: Memory = FORGETFUL,
) -> Outcome:
    """Every finding once, sorted by place: the same package always has the same findings in the same order.

    A `linter` that the caller started before it built the package is warm by now. `previous` is the package as it was. `changed` limits the judgement to what these paths
    of the package can have made worse (`changed_files`). InputError if a folder of rules does not exist.
    """
    subject = Subject(files, organization, settings.quota_profile, previous)
    templates_only = changed_files.without_unchanged_templates(subject, changed)
    if linter is None and templates_only.template_paths:
        with Linter(early=memory is FORGETFUL) as own:
            return _all(subject, templates_only, settings, own, changed, observe, memory)
    return _all(subject, templates_only, settings, linter, changed, observe, memory)


def _all(  # noqa: PLR0913, PLR0917  # as above
    subject: Subject,
    templates_only: Subject,
    settings: Settings,
    linter: Linter | None,
    changed: frozenset[str] | None,
    observe: Observer,
    memory: Memory,
) -> Outcome:
    """The provers and cfn-lint begin first and answer last: they work in their own processes while the other judges work in this one."""
    judges = {
        name: judge for name, judge in JUDGES.items() if name not in _PROVERS or changed_files.touch_policies(subject, changed)
    }
    total = len(judges) + 2
    findings: set[Finding] = set()
    with ExitStack() as processes:
        proofs = {name: _proof(name, subject, memory, processes) for name in _PROVERS if name in judges}
        verdict = cfn_lint.begin(templates_only, linter, memory) if linter else tuple[Finding, ...]
        here = {name: judge for name, judge in judges.items() if name not in proofs}
        for done, (name, judge) in enumerate(here.items()):
            observe(name, done, total)
            findings.update(judge(subject))
        observe("Guard", len(here), total)
        folders = (*settings.guard_rules, *settings.extra_guard_rules)
        elsewhere = () if settings.house else settings.guard_rules
        findings.update(guard.judge(templates_only, folders, memory, settings.frameworks, elsewhere=elsewhere))
        findings.update(cfn_nag.judge(templates_only))
        for done, (name, proof) in enumerate(proofs.items(), len(here) + 1):
            observe(name, done, total)
            findings.update(proof())
    observe("cfn-lint", total - 1, total)
    findings.update(verdict())
    outcome = suppression.apply(
        subject,
        findings,
        frozenset(rule.id for rule in RULES),
        idle=changed is not None or subject.organization is None,
        unjudged=frozenset() if subject.previous else frozenset(check.rule.id for check in destruction.CHECKS),
    )
    return changed_files.limited(subject, outcome, changed)


def _proof(name: str, subject: Subject, memory: Memory, processes: ExitStack) -> Callable[[], tuple[Finding, ...]]:
    """Begins what takes longest in a process of its own, unless it is known; the value gives the findings when they are wanted."""
    work = (name, *_proved_from(subject)) if memory.cache else ()
    known = memory.recall(*work)
    if known is not None:
        return lambda: known
    aside = processes.enter_context(Aside(partial(JUDGES[name], subject)))

    def findings() -> tuple[Finding, ...]:
        found = aside.findings()
        memory.keep(found, *work)
        return found

    return findings


def _proved_from(subject: Subject) -> tuple[str, ...]:
    """All that the provers look at: the organization, and every file, of templates only that it is there."""
    files = subject.files.files
    templates_there = frozenset(subject.template_paths)
    contents = (part for path in files for part in (path, b"" if path in templates_there else files[path]))
    return (repr(subject.organization), subject.files.root_shown_as, digest(*contents))
