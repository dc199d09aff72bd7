"""Findings as SARIF 2.1.0 (OASIS standard), which code hosts and editors show at the line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from generator import __version__
from generator.checks.finding import Finding, Level

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Mapping[Level, str] = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}


def render(findings: Sequence[Finding]) -> str:
    """One run; every rule that found something is described in the tool's driver."""
    first = {finding.rule: finding for finding in reversed(findings)}
    rules = sorted(first)
    places = {rule: index for index, rule in enumerate(rules)}
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "cfctgen", "version": __version__, "rules": [_rule(first[rule]) for rule in rules]}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, places[finding.rule]) for finding in findings],
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _rule(finding: Finding) -> Mapping[str, object]:
    rule: dict[str, object] = {"id": finding.rule, "defaultConfiguration": {"level": _LEVELS[finding.level]}}
    if finding.source.startswith("https://"):
        rule["helpUri"] = finding.source.split(";", maxsplit=1)[0]
    elif finding.source:
        rule["help"] = {"text": finding.source}
    return rule


def _result(finding: Finding, rule: int) -> Mapping[str, object]:
    location: dict[str, object] = {"artifactLocation": {"uri": quote(finding.path)}}
    if finding.line:
        location["region"] = {"startLine": finding.line} | ({"startColumn": finding.column} if finding.column else {})
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": _LEVELS[finding.level],
        "message": {"text": f"{finding.message}; fix: {finding.remedy}"},
        "locations": [{"physicalLocation": location}],
    }
