"""Templates as text: CloudFormation must be able to read them before any judge of their content is asked."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.finding import Finding, Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.rule import judge as judge_all
from generator.checks.subject import Subject
from generator.errors import Where

READABLE = Rule(
    "CT303",
    Level.ERROR,
    "a template is one YAML or JSON document without duplicate keys",
    "CfCT's build stage sends it to CloudFormation, which refuses it; of a key given twice CloudFormation takes one without a word",
    "correct the template",
    cfct("run-validation.sh 161-195"),
)


def _unreadable(subject: Subject) -> Iterator[Objection]:
    for path, document in subject.templates.items():
        for problem in document.problems:
            yield Objection(problem.where or Where(subject.files.shown(path)), problem.problem, problem.remedy)


CHECKS = (Check(READABLE, _unreadable),)


def judge(subject: Subject) -> tuple[Finding, ...]:
    """Every template that cannot be read, or not in one way only."""
    return judge_all(CHECKS, subject)
