"""Findings as text, JSON and SARIF."""

from __future__ import annotations

import json

from generator.checks import report
from generator.checks.finding import Finding, Level
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


def test_text_shows_the_line_a_caret_and_the_remedy():
    assert report.text.render(FINDINGS[:2], FILES) == (
        "manifest/manifest.yaml\n"
        "  error: the whole file  [CT001]\n"
        "         fix: do this\n"
        "  2:8: warning: a place  [CT043]\n"
        "     2 |  name:  [31my\n"
        "       |        ^\n"
        "         fix: do that\n"
        "\n"
        "1 error, 1 warning in 1 file\n"
    )


def test_text_cuts_a_long_line_round_the_caret():
    lines = report.text.render(FINDINGS[2:], FILES).splitlines()
    shown, caret = lines[2], lines[3]
    assert shown.startswith("     1 | …aaa")
    assert shown.endswith("…")
    assert len(shown) < 140
    assert shown[caret.index("^")] == "a"
    assert caret.index("^") - len("     1 | …") == 60


def test_text_without_findings_says_so():
    assert report.text.render((), FILES) == "no findings\n"


def test_colour_is_asked_for_and_files_cannot_send_any():
    plain = report.text.render(FINDINGS, FILES)
    assert "\x1b" not in plain
    coloured = report.text.render(FINDINGS, FILES, colour=True)
    assert "\x1b[1;31merror\x1b[0m" in coloured
    assert "\x1b[31my" not in coloured


def test_a_finding_in_a_file_outside_the_package_has_no_excerpt():
    finding = Finding("rules/x.guard", 3, 1, "CT311", Level.ERROR, "broken", "mend it")
    assert "|" not in report.text.render((finding,), FILES)


def test_json_has_the_promised_shape():
    document = json.loads(report.json.render(FINDINGS))
    assert list(document) == ["findings", "summary"]
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


def test_json_without_findings_is_a_document_too():
    assert json.loads(report.json.render(())) == {"findings": [], "summary": {"error": 0, "warning": 0, "info": 0}}


def test_sarif_has_what_its_schema_requires():
    document = json.loads(report.sarif.render(FINDINGS))
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "cfctgen"
    assert [rule["id"] for rule in driver["rules"]] == sorted({finding.rule for finding in FINDINGS})
    for result, finding in zip(run["results"], FINDINGS, strict=True):
        assert result["ruleId"] == finding.rule == driver["rules"][result["ruleIndex"]]["id"]
        assert result["level"] == {"error": "error", "warning": "warning", "info": "note"}[finding.level]
        assert finding.message in result["message"]["text"]
        assert finding.remedy in result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == finding.path
        expected = {"startLine": finding.line, "startColumn": finding.column} if finding.line else None
        assert physical.get("region") == expected


def test_sarif_links_the_page_or_names_the_source():
    rules = json.loads(report.sarif.render(FINDINGS))["runs"][0]["tool"]["driver"]["rules"]
    assert rules[0]["help"] == {"text": "CfCT 2.8.4 x.py 1"}
    assert rules[1]["helpUri"] == "https://example.com/a"


def test_a_path_with_blanks_is_a_valid_uri_in_sarif():
    finding = Finding("templates/my file.yaml", 0, 0, "CT007", Level.ERROR, "m", "r")
    (result,) = json.loads(report.sarif.render((finding,)))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "templates/my%20file.yaml"
