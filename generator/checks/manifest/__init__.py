"""The manifest's judge: every way in which CfCT 2.8.4 fails on a manifest, or does something else than it says."""

from __future__ import annotations

from generator.checks.finding import Finding
from generator.checks.manifest import (
    account_names,
    entries,
    exports,
    migration,
    parameters,
    paths,
    policy_names,
    remote,
    schema,
    targets,
    values,
    versions,
)
from generator.checks.rule import judge as judge_all
from generator.checks.subject import Subject

CHECKS = (
    *schema.CHECKS,
    *paths.CHECKS,
    *entries.CHECKS,
    *exports.CHECKS,
    *targets.CHECKS,
    *account_names.CHECKS,
    *parameters.CHECKS,
    *values.CHECKS,
    *remote.CHECKS,
    *policy_names.CHECKS,
    *migration.CHECKS,
    *versions.CHECKS,
)


def judge(subject: Subject) -> tuple[Finding, ...]:
    """Everything wrong with the manifest and the files it names."""
    return judge_all(CHECKS, subject)
