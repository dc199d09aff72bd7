"""Guard's judgement: every rule of the given folders, on every template, with the place in the template's own text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

from generator.aws.frameworks import Framework
from generator.cfct.document import Node
from generator.checks import fingerprint
from generator.checks.finding import Finding, Level
from generator.checks.guard.engine import RuleFileError, Status, Violation, evaluate_branches
from generator.checks.guard.source import GuardRule, RuleFile, load
from generator.checks.remembered import FORGETFUL, Memory
from generator.checks.rule import Objection, Rule
from generator.checks.subject import Subject
from generator.errors import Where

SHIPPED_RULES = fingerprint.SHIPPED_RULES
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


def judge(
    subject: Subject,
    folders: Sequence[Path],
    memory: Memory = FORGETFUL,
    frameworks: Collection[Framework] = (),
    *,
    elsewhere: Collection[Path] = (),
) -> tuple[Finding, ...]:
    """All violations of all rules, once for each template that `memory` does not know. InputError if a folder does not exist.

    With `frameworks`, only rules that answer one of them are run, and rules that name none: those are the user's own.
    `elsewhere` are those of the folders whose house this package is not of: what they ask of their own house is a warning here.
    """
    files = load(tuple(folders))
    chosen = tuple(kept for file in files if (kept := file.only(partial(_is_chosen, frozenset(frameworks)))).rules)
    homes = ("elsewhere" if folder in elsewhere else "home" for folder in folders)
    rules = "\n".join((fingerprint.guard_digest(folders), *homes, *sorted(frameworks)))
    known = frozenset(rule.name for file in files for rule in file.rules)
    there = frozenset(elsewhere)
    findings: dict[Finding, None] = {}
    for path, document in subject.templates.items():
        root, shown = document.root, subject.files.shown(path)
        if root is not None and isinstance(root.data, dict):
            judged = partial(_of_template, root, shown, chosen, known, there)
            findings |= dict.fromkeys(memory.judged(judged, "guard", rules, shown, subject.files.files[path]))
    return tuple(findings)


def _is_chosen(frameworks: frozenset[Framework], rule: GuardRule) -> bool:
    return not frameworks or not rule.header.frameworks or bool(frameworks & rule.header.frameworks)


def _of_template(
    root: Node, shown: str, files: Sequence[RuleFile], known: frozenset[str], elsewhere: frozenset[Path]
) -> tuple[Finding, ...]:
    findings = [REASON_GIVEN.finding(objection) for objection in _without_reason(root, shown, known)]
    template = root.data if isinstance(root.data, dict) else {}
    for file in files:
        levels = {rule.name: rule.header.level_for(home=file.path.parent not in elsewhere) for rule in file.rules}
        try:
            failed = tuple(outcome for outcome in evaluate_branches(template, file) if outcome.status is Status.FAIL)
        except RuleFileError as error:
            message = f"the engine does not take this file: {error}"
            findings.append(RULES_READABLE.finding(Objection(Where(f"{file.path.parent.name}/{file.path.name}"), message)))
            continue
        for outcome in failed:
            level = levels[outcome.rule]
            findings.extend(_finding(outcome.rule, level, each, root, shown, file) for each in outcome.violations)
    return tuple(findings)


def _finding(rule: str, level: Level, violation: Violation, root: Node, shown: str, file: RuleFile) -> Finding:  # noqa: PLR0913, PLR0917
    node = _node(root, violation.path)
    where = Where(shown, node.key_line or node.line, node.key_column or node.column) if violation.path else Where(shown)
    subject = f"`{violation.path[1]}`: " if len(violation.path) > 1 else ""
    return Finding(
        path=where.path,
        line=where.line,
        column=where.column,
        rule=rule,
        level=level,
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
