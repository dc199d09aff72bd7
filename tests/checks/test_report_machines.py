"""Findings as SARIF and JUnit XML, which other programs read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.checks import report
from generator.checks.finding import Finding, Level
from generator.checks.rule import Rule
from generator.checks.run import RULES
from generator.checks.suppression import Suppressed
from generator.errors import Where
from generator.package.files import PackageFiles

FILES = PackageFiles({"manifest.yaml": b"x", "policies/p.json": b"{}", "templates/t.yaml": b"x"}, root_shown_as="manifest/")
FINDINGS = (
    Finding("manifest/manifest.yaml", 0, 0, "CT001", Level.ERROR, "the whole file", "do this", "CfCT 2.8.4 x.py 1"),
    Finding("manifest/manifest.yaml", 2, 8, "CT043", Level.WARNING, "a place", "do that", "https://example.com/a; more"),
    Finding("manifest/policies/p.json", 1, 200, "E9999", Level.INFO, "deep in a line", "cut it", "https://example.com/b"),
    Finding("manifest/policies/p.json", 1, 0, "MINE", Level.ERROR, "a line", "mend it", "rules/mine.guard"),
)
SUPPRESSED = (
    Suppressed(
        Finding("manifest/manifest.yaml", 9, 1, "CT022", Level.WARNING, "closed", "r"),
        "in spring",
        Where("manifest/manifest.yaml", 8, 3),
    ),
)


def run_of(findings: Sequence[Finding], suppressed: Sequence[Suppressed] = (), rules: Sequence[Rule] = ()) -> dict[str, Any]:
    (run,) = json.loads(report.sarif.render(findings, suppressed, rules))["runs"]
    return dict(run)


def test_sarif_has_what_its_schema_requires() -> None:
    document = json.loads(report.sarif.render(FINDINGS))
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "cfctgen"
    assert [rule["id"] for rule in driver["rules"]] == sorted({finding.rule for finding in FINDINGS})
    for result, finding in zip(run["results"], sorted(FINDINGS), strict=True):
        assert result["ruleId"] == finding.rule == driver["rules"][result["ruleIndex"]]["id"]
        assert result["level"] == {"error": "error", "warning": "warning", "info": "note"}[finding.level]
        assert finding.message in result["message"]["text"]
        assert finding.remedy in result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == finding.path
        expected = (
            {"startLine": finding.line} | ({"startColumn": finding.column} if finding.column else {}) if finding.line else None
        )
        assert physical.get("region") == expected


def test_sarif_describes_our_own_rules_in_full_and_others_as_far_as_they_are_known() -> None:
    rules = {rule["id"]: rule for rule in run_of(FINDINGS, (), RULES)["tool"]["driver"]["rules"]}
    own = next(rule for rule in RULES if rule.id == "CT001")
    assert rules["CT001"]["shortDescription"]["text"] == own.title
    assert own.why in rules["CT001"]["fullDescription"]["text"]
    assert own.fix in rules["CT001"]["help"]["text"]
    assert rules["E9999"]["helpUri"] == "https://example.com/b"
    assert rules["MINE"]["help"] == {"text": "rules/mine.guard"}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.source.startswith("https://")], ids=lambda rule: rule.id)
def test_sarif_links_the_page_that_states_a_rule(rule: Rule) -> None:
    (described,) = run_of((Finding("a", 1, 1, rule.id, rule.level, "m", "r"),), (), RULES)["tool"]["driver"]["rules"]
    assert described["helpUri"].startswith("https://")
    assert not set(described["helpUri"]) & set(" ;")


def test_sarif_says_of_every_result_whether_it_is_suppressed_if_one_is() -> None:
    results = run_of(FINDINGS, SUPPRESSED)["results"]
    assert len(results) == len(FINDINGS) + 1
    (suppressed,) = [result for result in results if result["suppressions"]]
    assert suppressed["ruleId"] == "CT022"
    (suppression,) = suppressed["suppressions"]
    assert (suppression["kind"], suppression["justification"]) == ("inSource", "in spring")
    assert suppression["location"]["physicalLocation"]["region"] == {"startLine": 8, "startColumn": 3}
    assert all("suppressions" not in result for result in run_of(FINDINGS)["results"])


@pytest.mark.parametrize(
    ("path", "uri"),
    [("templates/my file.yaml", "templates/my%20file.yaml"), ("a:b.yaml", "a%3Ab.yaml"), ("a\udcff.yaml", "a%FF.yaml")],
)
def test_any_path_is_a_valid_uri_in_sarif(path: str, uri: str) -> None:
    (result,) = run_of((Finding(path, 0, 0, "CT007", Level.ERROR, "m", "r"),))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_a_finding_about_no_file_has_no_location_in_sarif() -> None:
    (result,) = run_of((Finding("", 0, 0, "CT402", Level.ERROR, "m", "r"),))["results"]
    assert result["locations"] == []


def suites_of(findings: Sequence[Finding], suppressed: Sequence[Suppressed] = ()) -> dict[str, ET.Element]:
    root = ET.fromstring(report.junit.render(findings, FILES, suppressed).encode())  # noqa: S314  # our own text
    assert root.tag == "testsuites"
    return {suite.attrib["name"]: suite for suite in root}


def test_junit_has_a_suite_per_file_and_a_case_per_finding() -> None:
    suites = suites_of(FINDINGS)
    assert list(suites) == ["manifest/manifest.yaml", "manifest/policies/p.json", "templates/t.yaml"]
    first = suites["manifest/manifest.yaml"]
    assert {key: first.attrib[key] for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
    }
    whole, place = first
    assert whole.attrib["name"] == "CT001 the whole file"
    (failure,) = whole
    assert (failure.tag, failure.attrib) == ("failure", {"type": "CT001", "message": "the whole file"})
    assert "fix: do this" in (failure.text or "")
    assert place.attrib == {"name": "CT043 2:8 a place", "classname": "manifest/manifest.yaml"}
    assert [child.tag for child in place] == ["system-out"], "a warning does not fail"


def test_junit_of_a_clean_package_passes_and_is_not_empty() -> None:
    for name, suite in suites_of(()).items():
        (case,) = suite
        assert (case.attrib, len(case)) == ({"name": "no finding", "classname": name}, 0)
        assert (suite.attrib["tests"], suite.attrib["failures"]) == ("1", "0")


def test_junit_skips_what_is_suppressed_and_says_why() -> None:
    suite = suites_of((), SUPPRESSED)["manifest/manifest.yaml"]
    assert suite.attrib["skipped"] == "1"
    ((skipped,),) = suite
    assert (skipped.tag, skipped.attrib["message"]) == ("skipped", "in spring")


def test_junit_totals_are_those_of_its_suites() -> None:
    root = ET.fromstring(report.junit.render(FINDINGS, FILES, SUPPRESSED).encode())  # noqa: S314  # our own text
    assert {key: root.attrib[key] for key in ("tests", "failures", "errors")} == {"tests": "6", "failures": "2", "errors": "0"}


_CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "skipped", "system-out"},
    "failure": set(),
    "skipped": set(),
    "system-out": set(),
}
_ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped"},
    "testcase": {"name", "classname"},
    "failure": {"type", "message"},
    "skipped": {"type", "message"},
    "system-out": set(),
}


@given(st.text(), st.text(), st.text())
def test_junit_is_well_formed_and_of_the_known_shape_whatever_a_package_holds(path: str, message: str, reason: str) -> None:
    """Elements and attributes are those that Jenkins' schema (junit-10.xsd) allows."""
    finding = Finding(path, 1, 1, "CT001", Level.ERROR, message, message)
    text = report.junit.render((finding,), FILES, (Suppressed(finding, reason or "why", Where(path)),))
    for element in ET.fromstring(text.encode()).iter():  # noqa: S314  # our own text
        assert set(element.attrib) <= _ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= _CHILDREN[element.tag]


def test_characters_that_xml_forbids_are_replaced() -> None:
    text = report.junit.render((Finding("a\udcff", 0, 0, "CT001", Level.ERROR, "\x00\x1b\ufffe<&>\U0001f600\t", "r"),), FILES)
    assert 'message="\ufffd\ufffd\ufffd&lt;&amp;&gt;\U0001f600&#09;"' in text
    assert 'name="a\ufffd"' in text
