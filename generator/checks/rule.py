"""What a rule is: a frozen value that says what it asks, why, and who says so, with one function that finds objections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from generator.checks.finding import Finding, Level
from generator.checks.subject import Subject
from generator.errors import Where

CFCT_VERSION = "2.8.4"
"""The version of CfCT whose source the rules cite."""


def cfct(place: str) -> str:
    """A source: file and lines of CfCT's own code."""
    return f"CfCT {CFCT_VERSION} {place}"


@dataclass(frozen=True)
class Objection:
    """What a rule has against one place: the problem, and a remedy where the rule's own `fix` is too general."""

    where: Where
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Rule:
    """`id` never changes its meaning. `title` says what must hold, `why` what happens otherwise, `fix` what to do.

    `holds_for` names the versions of CfCT, and of Control Tower where it matters, of which the rule is known to be true.
    """

    id: str
    level: Level
    title: str
    why: str
    fix: str
    source: str
    holds_for: str = f"CfCT {CFCT_VERSION}"

    def finding(self, objection: Objection) -> Finding:
        """The objection as this rule's finding."""
        where = objection.where
        return Finding(
            where.path,
            where.line,
            where.column,
            self.id,
            self.level,
            objection.message,
            objection.remedy or self.fix,
            self.source,
        )


@dataclass(frozen=True)
class Check:
    """A rule with the function that judges it."""

    rule: Rule
    find: Callable[[Subject], Iterable[Objection]]


def judge(checks: Sequence[Check], subject: Subject) -> tuple[Finding, ...]:
    """All findings of all checks, in the order of the checks."""
    return tuple(check.rule.finding(objection) for check in checks for objection in check.find(subject))
