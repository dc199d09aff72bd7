"""Evidence of the reference landing zone, and of packages that fall short."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from markdown_it import MarkdownIt

from generator.build import Built
from generator.checks.finding import Finding
from generator.controls import CONTROLS
from generator.evidence.bundle import JSON, MARKDOWN, evidence_files
from generator.evidence.gather import judged
from generator.landing_zone import LandingZone

RULES = {"cfctgen": "1.2.3", "cfn-lint": "9.9.9", "guard rules": "sha256:00", "quotas": "2026-05-15", "something new": "7"}
INPUTS = {"landing-zone.yaml": b"organization: o-exampleorg1\n", "organization.yaml": b"id: o-exampleorg1\n"}


@dataclass(frozen=True)
class Documents:
    """Both documents; `tables` are the Markdown's tables as plain cells, as a reader of GitHub's Markdown shows them."""

    markdown: str
    document: Mapping[str, Any]

    @property
    def tables(self) -> tuple[tuple[tuple[str, ...], ...], ...]:
        return tables_of(self.markdown)

    def table(self, *head: str) -> tuple[tuple[str, ...], ...]:
        """The rows below the table's head, of all tables with this head."""
        return tuple(row for table in self.tables if table[0] == head for row in table[1:])


def tables_of(markdown: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    tables: list[list[list[str]]] = []
    for token in (tokens := iter(MarkdownIt("commonmark").enable("table").parse(markdown))):
        match token.type:
            case "table_open":
                tables.append([])
            case "tr_open":
                tables[-1].append([])
            case "th_open" | "td_open":
                children = next(tokens).children or []
                shown = (each.content for each in children if each.type in {"text", "code_inline", "text_special"})
                tables[-1][-1].append("".join(shown))
    return tuple(tuple(tuple(row) for row in table) for table in tables)


def documents(landing_zone: LandingZone, built: Built, findings: tuple[Finding, ...] = ()) -> Documents:
    files = evidence_files(landing_zone, built, CONTROLS, judged(landing_zone, built, findings, RULES), INPUTS)
    return Documents(files[MARKDOWN].decode(), json.loads(files[JSON]))


def without_statement(built: Built, sid: str) -> Built:
    """The package without one statement."""
    files = {
        path: _without(content, sid) if path.startswith("policies/") else content for path, content in built.files.files.items()
    }
    assert files != dict(built.files.files)
    return replace(built, files=replace(built.files, files=files))


def _without(content: bytes, sid: str) -> bytes:
    policy = json.loads(content)
    policy["Statement"] = [each for each in policy["Statement"] if each["Sid"] != sid]
    return json.dumps(policy, separators=(",", ":")).encode()


@pytest.fixture(scope="session")
def evidence_of():
    """Makes the documents of a built package."""
    return documents


@pytest.fixture(scope="session")
def weakened():
    """Takes a statement out of a package."""
    return without_statement
