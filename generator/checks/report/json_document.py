"""Findings as one JSON document, in the shape that the command line promises."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from generator.checks.finding import Finding, Level

_ORDER = ("rule", "level", "message", "remedy", "path", "line", "column", "source")


def render(findings: Sequence[Finding]) -> str:
    """`{"findings": [...], "summary": {...}}`, indented, with a line end."""
    document = {
        "findings": [{key: asdict(finding)[key] for key in _ORDER} for finding in findings],
        "summary": {level.value: sum(finding.level is level for finding in findings) for level in Level},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
