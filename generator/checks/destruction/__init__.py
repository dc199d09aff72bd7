"""What a package destroys or leaves behind: stack sets, stacks and policies, by itself and against the package before it."""

from __future__ import annotations

from generator.checks.destruction import departures, leftovers, removals
from generator.checks.finding import Finding
from generator.checks.rule import judge as judge_all
from generator.checks.subject import Subject

CHECKS = (*removals.CHECKS, *departures.CHECKS, *leftovers.CHECKS)


def judge(subject: Subject) -> tuple[Finding, ...]:
    """Everything that would be deleted, and everything that would stay although it is gone from the manifest."""
    return judge_all(CHECKS, subject)
