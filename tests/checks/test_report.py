"""Findings as text and JSON."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.checks import report
from generator.checks.finding import Finding, Level
from generator.checks.report.text import printable
from generator.checks.suppression import Suppressed
from generator.errors import Where
from generator.package.files import PackageFiles

FILES = PackageFiles(
    {"manifest.yaml": b"region: x\n\tname: \x1b[31my\n", "policies/p.json": b'{"' + b"a" * 300 + b'":1}'},
    root_shown_as="manifest/",
)
FINDINGS = (
    Finding("manifest/manifest.yaml", 0, 0, "CT001", Level.ERROR, "the whole file", "do this", "CfCT 2.8.4 x.py 1"),
    Finding("manifest/manifest.yaml", 2, 8, "CT043", Level.WARNING, "a place", "do that", "https://example.com/a; more"),
    Finding("manifest/policies/p.json", 1, 200, "CT202", Level.INFO, "deep in a line", "cut it"),
)


SUPPRESSED = (Suppressed(FINDINGS[1], "it is meant so", Where("manifest/manifest.yaml", 1, 11)),)


def test_text_shows_the_line_a_caret_and_the_remedy() -> None:
    assert report.text.render(FINDINGS[:2], FILES) == (
        "manifest/manifest.yaml\n"
        "  error: the whole file  [CT001]\n"
        "         fix: do this\n"
        "  2:8: warning: a place  [CT043]\n"
        "     2 |  name: \\x1b[31my\n"
        "       |        ^\n"
        "         fix: do that\n"
        "\n"
        "1 error, 1 warning in 1 file\n"
    )


def test_text_cuts_a_long_line_round_the_caret() -> None:
    lines = report.text.render(FINDINGS[2:], FILES).splitlines()
    shown, caret = lines[2], lines[3]
    assert shown.startswith("     1 | …aaa")
    assert shown.endswith("…")
    assert len(shown) < 140
    assert shown[caret.index("^")] == "a"
    assert caret.index("^") - len("     1 | …") == 60


def test_text_without_findings_says_so() -> None:
    assert report.text.render((), FILES) == "no findings\n"


def test_colour_is_asked_for_and_files_cannot_send_any() -> None:
    plain = report.text.render(FINDINGS, FILES)
    assert "\x1b" not in plain
    coloured = report.text.render(FINDINGS, FILES, colour=True)
    assert "\x1b[1;31merror\x1b[0m" in coloured
    assert "\x1b[31my" not in coloured


def test_a_finding_in_a_file_outside_the_package_has_no_excerpt() -> None:
    finding = Finding("rules/x.guard", 3, 1, "CT311", Level.ERROR, "broken", "mend it")
    assert "|" not in report.text.render((finding,), FILES)


def test_json_has_the_promised_shape() -> None:
    document = json.loads(report.json.render(FINDINGS, ()))
    assert list(document) == ["findings", "suppressed", "summary"]
    assert document["suppressed"] == []
    assert document["summary"] == {"error": 1, "warning": 1, "info": 1}
    assert document["findings"][1] == {
        "rule": "CT043",
        "level": "warning",
        "message": "a place",
        "remedy": "do that",
        "path": "manifest/manifest.yaml",
        "line": 2,
        "column": 8,
        "source": "https://example.com/a; more",
    }


def test_json_without_findings_is_a_document_too() -> None:
    assert json.loads(report.json.render((), ())) == {
        "findings": [],
        "suppressed": [],
        "summary": {"error": 0, "warning": 0, "info": 0},
    }


def test_json_does_not_say_that_nothing_was_suppressed_when_nobody_knows() -> None:
    assert list(json.loads(report.json.render(FINDINGS))) == ["findings", "summary"]


def test_json_lists_what_is_suppressed_with_reason_and_place_and_does_not_count_it() -> None:
    document = json.loads(report.json.render((), SUPPRESSED))
    (suppressed,) = document["suppressed"]
    assert suppressed["rule"] == "CT043"
    assert suppressed["reason"] == "it is meant so"
    assert suppressed["suppressed_at"] == {"path": "manifest/manifest.yaml", "line": 1, "column": 11}
    assert document["summary"] == {"error": 0, "warning": 0, "info": 0}


def test_text_counts_what_is_suppressed() -> None:
    assert report.text.render((), FILES, suppressed=SUPPRESSED) == "no findings, 1 suppressed\n"
    assert report.text.render(FINDINGS[:1], FILES, suppressed=SUPPRESSED).endswith("1 error in 1 file, 1 suppressed\n")


def caret_under(line: str, column: int) -> str:
    """The column of the shown line, in cells of a terminal, that the caret points at."""
    files = PackageFiles({"a.yaml": line.encode("utf-8", "surrogateescape")})
    shown = report.text.render((Finding("a.yaml", 1, column, "CT001", Level.ERROR, "m", "r"),), files).splitlines()
    assert shown[3].endswith("^")
    return shown[3].removeprefix("       | ")[:-1]


@pytest.mark.parametrize(
    ("line", "column", "cells"),
    [
        ("key: value", 6, 5),
        ("\tkey", 2, 1),
        ("\x07\x07key", 3, 8),
        ("\u6771\u4eac: x", 5, 6),
        ("e\u0301: x", 5, 3),
        ("\u202ekey", 2, 6),
        ("\udcff: x", 4, 3),
    ],
)
def test_the_caret_stands_under_its_column_whatever_the_line_holds(line: str, column: int, cells: int) -> None:
    assert caret_under(line, column) == " " * cells


@pytest.mark.parametrize(
    "text", ["\x1b]0;title\x07", "\x9b31m", "\u202e", "a\u00a0b", "a\rb", "\u2028", "\ufeff", "\u200b", "\udc80"]
)
def test_nothing_that_steers_a_terminal_or_hides_is_shown(text: str) -> None:
    finding = Finding(f"a{text}.yaml", 1, 1, "CT001", Level.ERROR, f"m {text}", f"r {text}")
    files = PackageFiles({f"a{text}.yaml": f"x: {text}".encode("utf-8", "surrogatepass")})
    shown = report.text.render((finding,), files)
    assert all(line.isprintable() for line in shown.split("\n"))
    assert re.search(r"\\x|\\u|\\r|�", shown)


@given(st.text())
def test_what_is_printable_stays_as_it_is(text: str) -> None:
    assert printable(text).isprintable()
    assert (printable(text) == text) == text.isprintable()


def test_lines_are_counted_as_yaml_counts_them() -> None:
    files = PackageFiles({"a.yaml": "a: 1\r\nb: 2\rc: 3\u2028d: 4\n".encode()})
    shown = report.text.render((Finding("a.yaml", 4, 1, "CT001", Level.ERROR, "m", "r"),), files)
    assert "     4 | d: 4\n" in shown


def test_a_binary_and_a_huge_file_are_shown_in_part() -> None:
    files = PackageFiles({"a.bin": bytes(range(256)) * 10, "b.json": b"x" * 20_000_000})
    findings = [
        Finding("a.bin", 1, 5, "CT001", Level.ERROR, "m", "r"),
        Finding("b.json", 1, 15_000_000, "CT001", Level.ERROR, "m", "r"),
    ]
    assert max(len(line) for line in report.text.render(findings, files).splitlines()) < 1000


@pytest.mark.parametrize(("line", "column"), [(99, 1), (1, 99), (0, 3)])
def test_a_place_that_is_not_there_is_shown_without_a_crash(line: int, column: int) -> None:
    files = PackageFiles({"a.yaml": b"a: 1\n"})
    assert "[CT001]" in report.text.render((Finding("a.yaml", line, column, "CT001", Level.ERROR, "m", "r"),), files)
