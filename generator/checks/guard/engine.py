"""Guard's engine in process, made safe: no failure is ever lost.

cfn-guard-rs 0.3.3 returns only the last part of a report above 8,192 bytes, which is then no JSON. Such a report is a failure.
Its details come back by asking less at a time: one rule; then fewer and fewer resources, the others of the template being present but
suppressed (`Metadata.guard.SuppressedRules`), so that a rule that looks across resources still sees them; for rules without that
convention, with the other resources of the same type removed, in the end all others. What stays too long, or too much (a template with
more resources than CloudFormation takes, among others), is reported by the rule's own texts.

The engine is called below cfn-guard-rs's own Python interface, which raises on every report that holds a disjunction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from cfn_guard_rs.cfn_guard_rs import (
    CfnGuardMissingValue,
    CfnGuardParseError,
    _CfnGuardIncompatibleError,
    _CfnGuardIncompatibleRetrievalError,
    _CfnGuardMultipleValues,
    _CfnGuardNotComparable,
    _CfnGuardRetrievalError,
    run_checks_rs,
)

from generator.aws.quotas import TEMPLATE_RESOURCES
from generator.checks.guard.branches import Branch, branches
from generator.checks.guard.source import GuardRule, RuleFile, Text, read_text

_INCOMPARABLE = (
    _CfnGuardIncompatibleError,
    _CfnGuardIncompatibleRetrievalError,
    _CfnGuardMultipleValues,
    _CfnGuardNotComparable,
    _CfnGuardRetrievalError,
)
"""What the engine raises when a value is of a kind that a rule cannot be asked of (a null, say): the rule does not hold there."""

_REPORTS = 100
"""How often a rule is asked for details: enough for some fifty resources, in about a second for the largest template."""

_RESOURCE_DEPTH = 2
"""How many steps lead to a resource: no number stands there."""

_FAULT = "PanicException"
"""What a fault of the engine is called in Python. It is no `Exception`, and no module exports it."""

Template = Mapping[str, Any]
"""A CloudFormation template as plain data, intrinsic functions in their long form."""


class Status(StrEnum):
    """What a rule says of a template; SKIP when it found nothing to judge."""

    PASS = "PASS"  # noqa: S105 # Guard's word
    FAIL = "FAIL"
    SKIP = "SKIP"


class RuleFileError(Exception):
    """The engine does not take the rule file; its own words."""


@dataclass(frozen=True)
class Violation:
    """Where a rule fails: a path into the template (`Resources`, the logical id, ...), as far as it exists."""

    path: tuple[str, ...]
    text: Text


@dataclass(frozen=True)
class Outcome:
    """A rule's verdict. A failure has at least one violation; its path is empty when the engine names no place."""

    rule: str
    status: Status
    violations: tuple[Violation, ...] = ()


class _LostReportError(Exception):
    pass


def evaluate_branches(template: Template, file: RuleFile) -> tuple[Outcome, ...]:
    """As `evaluate_shown`, and with every branch of `Fn::If` laid open: what fails in one of them fails."""
    shown, awake = _shown(template, file)
    found = {outcome.rule: outcome for outcome in _evaluate_awake(shown, awake)}
    for branch in branches(shown) if awake.rules else ():
        for outcome in _evaluate_awake(branch.template, awake):
            found[outcome.rule] = _both(found[outcome.rule], outcome, branch)
    return tuple(found.get(rule.name) or Outcome(rule.name, Status.SKIP) for rule in file.rules)


def _both(known: Outcome, found: Outcome, branch: Branch) -> Outcome:
    """Two verdicts of one rule as one: the worse, and every violation of both where it is written."""
    written = (replace(each, path=branch.written(each.path)) for each in found.violations)
    violations = tuple(dict.fromkeys((*known.violations, *written)))
    statuses = {known.status, found.status}
    status = next(each for each in (Status.FAIL, Status.PASS, Status.SKIP) if each in statuses)
    return Outcome(known.rule, status, violations)


def evaluate_shown(template: Template, file: RuleFile) -> tuple[Outcome, ...]:
    """The verdict of every rule of a file, as of `evaluate`, with less work for the engine.

    Rules that would say SKIP are not run, and rules that look at some types of resources only are shown only those (`reach`).
    """
    shown, awake = _shown(template, file)
    found = {outcome.rule: outcome for outcome in _evaluate_awake(shown, awake)}
    return tuple(found.get(rule.name) or Outcome(rule.name, Status.SKIP) for rule in file.rules)


def _evaluate_awake(template: Template, awake: RuleFile) -> tuple[Outcome, ...]:
    return evaluate(template, awake) if awake.rules else ()


def _shown(template: Template, file: RuleFile) -> tuple[Template, RuleFile]:
    """What of the template concerns the file, and the rules of it that have something to say."""
    resources = template["Resources"] if isinstance(template.get("Resources"), dict) else {}
    present = frozenset(kind for each in resources.values() if isinstance(kind := _type(each), str))
    awake = file.only(lambda rule: rule.reach.gate is None or bool(rule.reach.gate & present))
    reads = tuple(rule.reach.reads for rule in awake.rules)
    shown = template
    if None not in reads:
        types = frozenset(kind for each in reads if each for kind in each)
        kept = {name: each for name, each in resources.items() if isinstance(kind := _type(each), str) and kind in types}
        shown = {**template, "Resources": kept}
    return shown, awake


def evaluate(template: Template, file: RuleFile) -> tuple[Outcome, ...]:
    """The verdict of every rule of a file, in the order of the file. RuleFileError if the engine cannot read it."""
    try:
        outcomes = _outcomes(template, file.text, file.rules)
    except _LostReportError:
        outcomes = tuple(_one_rule(template, file, rule) for rule in file.rules)
    return tuple(_placed(template, file, rule, outcome) for rule, outcome in zip(file.rules, outcomes, strict=True))


def _placed(template: Template, file: RuleFile, rule: GuardRule, outcome: Outcome) -> Outcome:
    """The outcome with each violation that names no resource at those resources that fail by themselves, the others suppressed."""
    placed = tuple(each for each in outcome.violations if len(each.path) > 1)
    resources: Mapping[str, Any] = template["Resources"] if isinstance(template.get("Resources"), dict) else {}
    suspects = [name for name, each in resources.items() if rule.reach.gate is None or _type(each) in rule.reach.gate]
    if len(placed) == len(outcome.violations) or len(suspects) > _REPORTS:
        return outcome
    source = file.alone(rule.name)
    if _fails(_suppressed(template, resources, rule.name, keep=frozenset()), source, rule) != ():
        return outcome
    told = {each.path[:2] for each in placed}
    failing = (
        ("Resources", name)
        for name in suspects
        if ("Resources", name) not in told
        and _fails(_suppressed(template, resources, rule.name, keep=frozenset({name})), source, rule) != ()
    )
    texts = dict.fromkeys(each.text for each in outcome.violations if len(each.path) <= 1)
    found = (*placed, *(Violation(path, text) for path in failing for text in texts))
    return replace(outcome, violations=found) if found else outcome


def _one_rule(template: Template, file: RuleFile, rule: GuardRule) -> Outcome:
    source = file.alone(rule.name)
    try:
        return _outcomes(template, source, (rule,))[0]
    except _LostReportError:
        violations = tuple(dict.fromkeys(_by_resource(template, source, rule)))
        return Outcome(rule.name, Status.FAIL, violations or _by_text((), rule))


def _by_resource(template: Template, source: str, rule: GuardRule) -> Iterator[Violation]:
    resources: Mapping[str, Any] = template["Resources"] if isinstance(template.get("Resources"), dict) else {}
    if len(resources) > TEMPLATE_RESOURCES.value:
        return
    if _fails(_suppressed(template, resources, rule.name, keep=frozenset()), source, rule) == ():
        yield from _by_halves(template, tuple(resources), source, rule)
        return
    for name, resource in resources.items():
        others = {key: each for key, each in resources.items() if key == name or _type(each) != _type(resource)}
        violations = _fails({**template, "Resources": others}, source, rule)
        if violations is None:
            # the others are still too many to be told: this one without any, at the risk that the rule misses one of them
            violations = _fails({**template, "Resources": {name: resource}}, source, rule)
        if violations is None:
            yield from _by_text(("Resources", name), rule)
        else:
            yield from (violation for violation in violations if violation.path[:2] == ("Resources", name))


def _by_halves(template: Template, names: tuple[str, ...], source: str, rule: GuardRule) -> Iterator[Violation]:
    """The violations of resources that are too many to be told at once: of each half, and so on, the rest without a place."""
    waiting = [names]
    for _ in range(_REPORTS):
        if not waiting:
            return
        group = waiting.pop()
        violations = _fails(_suppressed(template, template["Resources"], rule.name, keep=frozenset(group)), source, rule)
        if violations is not None:
            yield from violations
        elif len(group) == 1:
            yield from _by_text(("Resources", group[0]), rule)
        else:
            middle = len(group) // 2
            waiting += (group[middle:], group[:middle])
    if waiting:
        yield from _by_text((), rule)


def _type(resource: object) -> object:
    return resource.get("Type") if isinstance(resource, dict) else None


def _fails(template: Template, source: str, rule: GuardRule) -> tuple[Violation, ...] | None:
    """The rule's violations; none if it does not fail; None if it does and the report is lost."""
    try:
        return _outcomes(template, source, (rule,))[0].violations
    except _LostReportError:
        return None


def _suppressed(template: Template, resources: Mapping[str, Any], rule: str, keep: frozenset[str]) -> Template:
    """The template with the rule suppressed on every resource but those to `keep`."""
    changed = {
        name: each if name in keep or not isinstance(each, dict) else _suppress(each, rule) for name, each in resources.items()
    }
    return {**template, "Resources": changed}


def _suppress(resource: Mapping[str, Any], rule: str) -> Mapping[str, Any]:
    given = resource.get("Metadata")
    metadata = given if isinstance(given, dict) else {}
    guard = metadata.get("guard")
    already = guard.get("SuppressedRules") if isinstance(guard, dict) else None
    rules = [*already, rule] if isinstance(already, list) else [rule]
    return {**resource, "Metadata": {**metadata, "guard": {"SuppressedRules": rules}}}


def _by_text(path: tuple[str, ...], rule: GuardRule) -> tuple[Violation, ...]:
    return tuple(Violation(path, text) for text in rule.texts) or (Violation(path, Text(f"the rule `{rule.name}` fails", "")),)


def _outcomes(template: Template, source: str, rules: tuple[GuardRule, ...]) -> tuple[Outcome, ...]:
    try:
        report = json.loads(run_checks_rs(json.dumps(template), source, False))
    except (json.JSONDecodeError, *_INCOMPARABLE) as error:
        raise _LostReportError from error
    except (CfnGuardParseError, CfnGuardMissingValue) as error:
        # the engine quotes the rest of the file behind the place
        raise RuleFileError(
            " ".join(str(error).split(", fragment")[0].split()).removesuffix(", when handling").lower()
        ) from error
    except BaseException as error:
        if type(error).__name__ != _FAULT:
            raise
        raise RuleFileError(f"the engine stops with a fault of its own: {error}") from error
    failed = {each["Rule"]["name"]: each["Rule"] for each in report["not_compliant"] if "Rule" in each}
    passed = frozenset(report["compliant"])
    return tuple(_outcome(rule, failed.get(rule.name), passed=rule.name in passed) for rule in rules)


def _outcome(rule: GuardRule, failure: Mapping[str, Any] | None, *, passed: bool) -> Outcome:
    if failure is None:
        return Outcome(rule.name, Status.PASS if passed else Status.SKIP)
    violations = tuple(_violations(failure))
    texts = rule.texts
    # in a block of clauses only the last carries the text, for all of them
    named = tuple(replace(each, text=texts[0]) if not each.text.violation and texts else each for each in violations)
    return Outcome(rule.name, Status.FAIL, tuple(dict.fromkeys(named)) or _by_text((), rule))


def _violations(report: Mapping[str, Any]) -> Iterator[Violation]:
    for check in report.get("checks") or ():
        for kind, body in check.items():
            if kind == "Clause":
                yield _clause(next(iter(body.values())))
            elif kind == "Disjunctions":
                branches = tuple(_violations(body))
                texts = [branch.text for branch in branches if branch.text.violation]
                # every branch of an `or` failed: one violation, at the first branch, in the words of the last
                yield from (replace(branches[0], text=texts[-1] if texts else branches[0].text),) if branches else ()
            elif kind == "Rule":
                yield from _violations(body)
            else:
                yield Violation(_path(body.get("unresolved")), _message(body))


def _clause(clause: Mapping[str, Any]) -> Violation:
    return Violation(_path(clause.get("check")), _message(clause))


def _message(body: Mapping[str, Any]) -> Text:
    messages = body.get("messages") or {}
    return read_text(messages.get("custom_message") or "")


def _path(check: object) -> tuple[str, ...]:
    """The first path in a check: of the value that was compared, or as far as the query came."""
    if isinstance(check, dict):
        for key in ("Resolved", "InResolved", "UnResolved", "value", "from", "traversed_to"):
            if key in check and (found := _path(check[key])):
                return found
        path = check.get("path")
        # a count has the path of the first of what was counted
        counted = isinstance(check.get("value"), int) and isinstance(path, str) and path.count("/") <= _RESOURCE_DEPTH
        return tuple(path.strip("/").split("/")) if isinstance(path, str) and path.strip("/") and not counted else ()
    return ()
