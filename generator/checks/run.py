"""All judges on one package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from generator.aws.quotas import NEWEST, PROFILES, QuotaProfile
from generator.checks import cfn_lint, claims, guard, manifest, policies, quotas, templates
from generator.checks.cfn_lint import Linter
from generator.checks.finding import Finding
from generator.checks.subject import Subject
from generator.landing_zone.organization import Organization
from generator.package.files import PackageFiles

RULES = tuple(
    sorted(
        (
            *(check.rule for check in (*manifest.CHECKS, *quotas.CHECKS, *policies.CHECKS, *templates.CHECKS)),
            *claims.RULES,
            *(cfn_lint.JUDGED, cfn_lint.REGION_KNOWN, guard.RULES_READABLE, guard.REASON_GIVEN),
        ),
        key=lambda rule: rule.id,
    )
)
"""Every rule of our own, for the docs; cfn-lint's and Guard's have theirs."""


@dataclass(frozen=True)
class Settings:
    """How to judge. `guard_rules` are the folders of our own rules, `extra_guard_rules` the user's."""

    quota_profile: QuotaProfile = PROFILES[NEWEST]
    guard_rules: tuple[Path, ...] = (guard.SHIPPED_RULES,)
    extra_guard_rules: tuple[Path, ...] = ()


DEFAULT = Settings()


def check_package(
    files: PackageFiles,
    organization: Organization | None,
    settings: Settings = DEFAULT,
    linter: Linter | None = None,
) -> tuple[Finding, ...]:
    """Every finding once, sorted by place: the same package always has the same findings in the same order.

    A `linter` that the caller started before it built the package is warm by now. InputError if a folder of rules does not exist.
    """
    subject = Subject(files, organization, settings.quota_profile)
    if linter is None:
        with Linter() as own:
            return _all(subject, settings, own)
    return _all(subject, settings, linter)


def _all(subject: Subject, settings: Settings, linter: Linter) -> tuple[Finding, ...]:
    """cfn-lint begins first and answers last: it works in its own process while the other judges work in this one."""
    verdict = cfn_lint.begin(subject, linter)
    findings = {
        *manifest.judge(subject),
        *templates.judge(subject),
        *policies.judge(subject),
        *quotas.judge(subject),
        *claims.judge(subject),
        *guard.judge(subject, (*settings.guard_rules, *settings.extra_guard_rules)),
        *verdict(),
    }
    return tuple(sorted(findings))
