"""Findings as one JSON document, in the shape that the command line promises."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from generator.checks.finding import Finding, Level
from generator.checks.suppression import Suppressed

_ORDER = ("rule", "level", "message", "remedy", "path", "line", "column", "source")


def render(findings: Sequence[Finding], suppressed: Sequence[Suppressed] | None = None) -> str:
    """`{"findings": [...], "suppressed": [...], "summary": {...}}`, indented, with a line end.

    A suppressed finding has its `reason` besides, and the place of the comment: `suppressed_at: {"path", "line", "column"}`. Whoever
    does not know what was suppressed gives None, and that key is missing.
    """
    hidden = {} if suppressed is None else {"suppressed": [_suppressed(each) for each in suppressed]}
    document = {
        "findings": [_finding(finding) for finding in findings],
        **hidden,
        "summary": {level.value: sum(finding.level is level for finding in findings) for level in Level},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding) -> Mapping[str, object]:
    fields = asdict(finding)
    return {key: fields[key] for key in _ORDER}


def _suppressed(suppressed: Suppressed) -> Mapping[str, object]:
    return {**_finding(suppressed.finding), "reason": suppressed.reason, "suppressed_at": asdict(suppressed.where)}
