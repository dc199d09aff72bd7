"""Findings as people and machines read them: each format a module with `render`; `places` says where they stand."""

from __future__ import annotations

from generator.checks.report import json_document as json
from generator.checks.report import junit, places, sarif, text

__all__ = ["json", "junit", "places", "sarif", "text"]
