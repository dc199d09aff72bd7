"""Templates: each by itself, against the parameters that it gets, and in all the accounts and regions that it goes to.

What cfn-lint says of a template is not said again here.
"""

from __future__ import annotations

from generator.checks.finding import Finding
from generator.checks.rule import judge as judge_all
from generator.checks.subject import Subject
from generator.checks.templates import collisions, custom_resources, files, macros, parameters, regions, retention

CHECKS = (
    *files.CHECKS,
    *parameters.CHECKS,
    *retention.CHECKS,
    *macros.CHECKS,
    *custom_resources.CHECKS,
    *collisions.CHECKS,
    *regions.CHECKS,
)


def judge(subject: Subject) -> tuple[Finding, ...]:
    """Everything that is wrong with the templates of a package."""
    return judge_all(CHECKS, subject)
