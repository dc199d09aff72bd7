"""Findings as SARIF 2.1.0 (OASIS standard), which code hosts and editors show at the line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from generator import __version__
from generator.checks.finding import Finding, Level
from generator.checks.rule import Rule
from generator.checks.suppression import Suppressed
from generator.errors import Where

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Mapping[Level, str] = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}


def render(findings: Sequence[Finding], suppressed: Sequence[Suppressed] = (), rules: Sequence[Rule] = ()) -> str:
    """One run; every rule that found something is described in the tool's driver, our own (`rules`) in full.

    Suppressed findings are results with their suppression. If one result has that property, all must (SARIF 2.1.0, 3.27.23).
    """
    every = sorted([*((finding, None) for finding in findings), *((each.finding, each) for each in suppressed)], key=_place)
    known = {rule.id: rule for rule in rules}
    first = {finding.rule: finding for finding, _ in reversed(every)}
    places = {rule: index for index, rule in enumerate(sorted(first))}
    described = [_own(known[rule]) if rule in known else _others(first[rule]) for rule in places]
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "cfctgen", "version": __version__, "rules": described}},
                "columnKind": "unicodeCodePoints",
                "results": [
                    _result(finding, places[finding.rule])
                    | ({"suppressions": [_suppression(by)] if by else []} if suppressed else {})
                    for finding, by in every
                ],
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _place(pair: tuple[Finding, Suppressed | None]) -> Finding:
    return pair[0]


def _own(rule: Rule) -> Mapping[str, object]:
    text = f"Why: {rule.why}.\nFix: {rule.fix}.\nSource: {rule.source or 'none'}."
    described: dict[str, object] = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.title}: {rule.why}"},
        "help": {"text": text},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
    }
    return described | _help_uri(rule.source)


def _others(finding: Finding) -> Mapping[str, object]:
    """A rule of cfn-lint, cfn_nag or Guard, as far as its finding tells."""
    described: dict[str, object] = {"id": finding.rule, "defaultConfiguration": {"level": _LEVELS[finding.level]}}
    help_uri = _help_uri(finding.source)
    return described | (help_uri or ({"help": {"text": finding.source}} if finding.source else {}))


def _help_uri(source: str) -> dict[str, object]:
    """The page that states the rule, if that is where it stands."""
    return {"helpUri": source.split(";", maxsplit=1)[0]} if source.startswith("https://") else {}


def _result(finding: Finding, rule: int) -> dict[str, object]:
    location = _location(Where(finding.path, finding.line, finding.column))
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": _LEVELS[finding.level],
        "message": {"text": f"{finding.message}; fix: {finding.remedy}"},
        "locations": [location] if finding.path else [],
    }


def _suppression(by: Suppressed) -> Mapping[str, object]:
    return {"kind": "inSource", "justification": by.reason, "location": _location(by.where)}


def _location(where: Where) -> Mapping[str, object]:
    """A file name may hold any byte; a URI's characters are ASCII. An absolute path needs its scheme (SARIF 2.1.0, 3.4.3)."""
    scheme = "file://" if where.path.startswith("/") else ""
    location: dict[str, object] = {"artifactLocation": {"uri": scheme + quote(where.path, errors="surrogateescape")}}
    if where.line:
        location["region"] = {"startLine": where.line} | ({"startColumn": where.column} if where.column else {})
    return {"physicalLocation": location}
