"""Policy files: what CfCT sends to AWS Organizations is the policy that was written, and the policy does what it seems to do."""

from __future__ import annotations

from generator.cfct.staging import minified
from generator.checks.finding import Finding
from generator.checks.policies import actions, allows, conditions, deployment, overlaps, reach, services, values, writing
from generator.checks.policies.book import Book
from generator.checks.rule import judge as judge_all
from generator.checks.subject import Subject

__all__ = ["RULES", "judge", "minified"]

_MEANING = (
    *actions.CHECKS,
    *conditions.CHECKS,
    *values.CHECKS,
    *reach.CHECKS,
    *overlaps.CHECKS,
    *deployment.CHECKS,
    *allows.CHECKS,
    *services.CHECKS,
)

RULES = tuple(check.rule for check in (*writing.CHECKS, *_MEANING))
"""Every rule on policy files."""


def judge(subject: Subject) -> tuple[Finding, ...]:
    """Everything wrong with the policy files. What a policy means is judged only where all of it can be read."""
    book = Book(subject)
    meaning = (check.rule.finding(objection) for check in _MEANING for objection in check.find(book))
    return (*judge_all(writing.CHECKS, subject), *meaning)
