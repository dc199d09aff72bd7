"""Guard's judgement: every rule of the given folders, on every template, with the place in the template's own text."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from generator.cfct.document import Node
from generator.checks.finding import Finding, Level
from generator.checks.guard.engine import RuleFileError, Status, Violation, evaluate
from generator.checks.guard.source import RuleFile, load
from generator.checks.rule import Objection, Rule
from generator.checks.subject import Subject
from generator.errors import Where

_IN_REPOSITORY = Path(__file__).resolve().parents[3] / "guard_rules"
SHIPPED_RULES = _IN_REPOSITORY if _IN_REPOSITORY.is_dir() else Path(sys.prefix) / "share" / "cfctgen" / "guard_rules"
"""The rules of this repository."""

RULES_READABLE = Rule(
    "CT311",
    Level.ERROR,
    "the engine takes each file of rules",
    "rules that are not run judge nothing",
    "correct the rule file; `cfn-guard parse-tree` shows how it is read",
    "https://docs.aws.amazon.com/cfn-guard/latest/ug/writing-rules.html",
)
REASON_GIVEN = Rule(
    "CT312",
    Level.ERROR,
    "a suppressed rule has its reason beside it",
    "an exception that nobody can explain is a hole",
    "write `reason: <why>` beside `SuppressedRules`, below `Metadata.guard`",
    "https://github.com/aws-cloudformation/aws-guard-rules-registry",
)


def judge(subject: Subject, folders: Sequence[Path]) -> tuple[Finding, ...]:
    """All violations of all rules. InputError if a folder does not exist."""
    files = load(tuple(folders))
    known = frozenset(rule.name for file in files for rule in file.rules)
    findings: list[Finding] = []
    broken: set[Path] = set()
    for path, document in subject.templates.items():
        shown = subject.files.shown(path)
        if document.root is None or not isinstance(document.root.data, dict):
            continue
        findings.extend(REASON_GIVEN.finding(objection) for objection in _without_reason(document.root, shown, known))
        for file in files:
            if file.path in broken:
                continue
            try:
                findings.extend(_of_file(document.root, shown, file))
            except RuleFileError as error:
                broken.add(file.path)
                message = f"the engine does not take this file: {error}"
                findings.append(RULES_READABLE.finding(Objection(Where(f"{file.path.parent.name}/{file.path.name}"), message)))
    return tuple(findings)


def _of_file(root: Node, shown: str, file: RuleFile) -> Iterator[Finding]:
    template = root.data if isinstance(root.data, dict) else {}
    for outcome in evaluate(template, file):
        if outcome.status is Status.FAIL:
            yield from (_finding(outcome.rule, violation, root, shown, file) for violation in outcome.violations)


def _finding(rule: str, violation: Violation, root: Node, shown: str, file: RuleFile) -> Finding:
    node = _node(root, violation.path)
    where = Where(shown, node.key_line or node.line, node.key_column or node.column) if violation.path else Where(shown)
    subject = f"`{violation.path[1]}`: " if len(violation.path) > 1 else ""
    return Finding(
        path=where.path,
        line=where.line,
        column=where.column,
        rule=rule,
        level=Level.ERROR,
        message=f"{subject}{violation.text.violation or 'the rule fails'}",
        remedy=violation.text.fix or "see the rule",
        source=f"{file.path.parent.name}/{file.path.name}",
    )


def _node(root: Node, path: tuple[str, ...]) -> Node:
    """The node at Guard's path, whose steps are joined by `/` without escapes: a key may hold the separator."""
    node = root
    index = 0
    while index < len(path):
        for length in range(1, len(path) - index + 1):
            step = "/".join(path[index : index + length])
            child = node.get(step) or (node.get(int(step)) if step.isdigit() else None)
            if child is not None:
                node = child
                index += length
                break
        else:
            return node
    return node


def _without_reason(root: Node, shown: str, known: frozenset[str]) -> Iterator[Objection]:
    resources = root.get("Resources")
    for name, resource in resources.children.items() if resources else ():
        guard = resource.at("Metadata").get("guard")
        suppressed = guard.get("SuppressedRules") if guard else None
        if guard is None or suppressed is None:
            continue
        reason = guard.get("reason")
        explained = reason is not None and isinstance(reason.data, str) and bool(reason.data.strip())
        for item in suppressed.children.values():
            if item.text in known and not explained:
                yield Objection(Where(shown, item.line, item.column), f"`{name}` suppresses `{item.text}` without a reason")
