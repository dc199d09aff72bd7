"""cfn-lint's judgement of every template, for the regions the template is deployed to; the work is done by a `Linter`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from generator.aws.partitions import PARTITIONS
from generator.aws.quotas import TEMPLATE_BYTES, TEMPLATE_RESOURCES
from generator.cfct.document import Node, Style, read
from generator.checks.finding import Finding, Level
from generator.checks.linter import FALLBACK_REGION, Answer, Linter, Template
from generator.checks.remembered import FORGETFUL, Memory
from generator.checks.rule import Objection, Rule
from generator.checks.subject import Subject
from generator.errors import Where

__all__ = ["JUDGED", "REGION_KNOWN", "Linter", "Template", "begin", "judge"]

_FRACTION = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)? is not of type ", re.IGNORECASE)
"""cfn-lint's schema of the metadata knows whole numbers only; CloudFormation does nothing with what the metadata say
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/metadata-section-structure.html)."""

_EXISTING_REGIONS = frozenset(region for partition in PARTITIONS.values() for region in partition.regions)

JUDGED = Rule(
    "CT301",
    Level.ERROR,
    "cfn-lint judges each template",
    "a template that nobody judged is not known to be right",
    "simplify the template, or report this to cfn-lint",
    "https://github.com/aws-cloudformation/cfn-lint",
)
REGION_KNOWN = Rule(
    "CT302",
    Level.INFO,
    "cfn-lint knows each region that a template goes to",
    "what is missing in a region that cfn-lint does not know is found only when the stack is made",
    "look up whether the region has the services of this template",
    "https://github.com/aws-cloudformation/cfn-lint",
)


def judge(subject: Subject) -> tuple[Finding, ...]:
    """All findings of cfn-lint. A template that cannot be read, is none, or is too large has its finding elsewhere."""
    with Linter(early=False) as linter:
        return begin(subject, linter)()


def begin(subject: Subject, linter: Linter, memory: Memory = FORGETFUL) -> Callable[[], tuple[Finding, ...]]:
    """Hands over the templates that `memory` does not know and returns at once; the value gives the findings when they are wanted."""
    known: list[Finding] = []
    unknown: list[Template] = []
    for template in _judgeable(subject):
        remembered = memory.recall(*_work(template))
        if remembered is None:
            unknown.append(template)
        else:
            known.extend(remembered)
    if not unknown:
        return lambda: tuple(known)
    linter.send(unknown)
    return lambda: (*known, *_received(linter.receive(), memory))


def _received(answers: Mapping[Template, Answer], memory: Memory) -> Iterator[Finding]:
    for template, answer in answers.items():
        findings = tuple(_findings(template, answer))
        if not answer.failure:  # for want of memory or time, perhaps: not next time
            memory.keep(findings, *_work(template))
        yield from findings


def _findings(template: Template, answer: Answer) -> Iterator[Finding]:
    where = Where(template.path)
    if answer.failure:
        yield JUDGED.finding(Objection(where, answer.failure))
    for region in answer.unknown:
        if region in _EXISTING_REGIONS:  # one that does not exist at all has its finding elsewhere (CT029)
            yield REGION_KNOWN.finding(Objection(where, f"cfn-lint does not know the region `{region}`"))
    yield from (finding for finding in answer.findings if not _is_no_fault(template, finding))


def _is_no_fault(template: Template, finding: Finding) -> bool:
    """Whether CloudFormation takes what cfn-lint objects to: a fraction in the metadata, or a default written as a truth instead of as text."""
    if finding.rule == "E4002":
        return bool(_FRACTION.match(finding.message))
    if finding.rule == "E2015" and finding.message.endswith("AllowedValues"):
        root = read(template.text.encode(), template.path, Style.TEMPLATE).root
        parameters = root.get("Parameters") if root else None
        return any(_is_allowed_truth(each, finding.line) for each in parameters.children.values()) if parameters else False
    return False


def _is_allowed_truth(parameter: Node, line: int) -> bool:
    """Whether the default in this line is `true` or `false`, which CloudFormation makes text, and is allowed as that text."""
    default, allowed = parameter.get("Default"), parameter.get("AllowedValues")
    if default is None or allowed is None or default.key_line != line or not isinstance(default.data, bool):
        return False
    return str(default.data).lower() in {str(each.data) for each in allowed.children.values()}


def _work(template: Template) -> tuple[str, ...]:
    """What decides the findings."""
    return ("cfn-lint", template.path, template.text, *template.regions)


def _judgeable(subject: Subject) -> Iterable[Template]:
    for path, document in subject.templates.items():
        content = subject.files.files[path]
        root = document.root
        if root and isinstance(root.data, dict) and _is_judged(root.data, len(content)):
            yield Template(
                subject.files.shown(path), content.decode("utf-8-sig"), subject.target_regions(path) or (FALLBACK_REGION,)
            )


def _is_judged(template: dict[object, object], size: int) -> bool:
    resources = template.get("Resources")
    too_many = isinstance(resources, dict) and len(resources) > TEMPLATE_RESOURCES.value
    return "Resources" in template and size <= TEMPLATE_BYTES.value and not too_many
