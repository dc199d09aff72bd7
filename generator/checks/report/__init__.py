"""Findings as people and machines read them: each format a module with `render`."""

from __future__ import annotations

from generator.checks.report import json_document as json
from generator.checks.report import junit, sarif, text

__all__ = ["json", "junit", "sarif", "text"]
