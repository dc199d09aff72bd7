"""Paths in a report open from the folder that one is in."""

from __future__ import annotations

import json

import pytest

from generator.checks import report
from generator.checks.finding import Finding, Level
from generator.checks.suppression import Outcome, Suppressed
from generator.errors import Where
from generator.package.files import PackageFiles

FILES = PackageFiles({"manifest.yaml": b"region: x\n", "templates/a b.yaml": b"Resources: {}\n"}, root_shown_as="manifest/")


def found(path: str) -> Finding:
    return Finding(path, 1, 1, "CT001", Level.ERROR, "m", "r")


HIDDEN = Suppressed(found("templates/a b.yaml"), "why", Where("manifest/manifest.yaml", 1, 3))
OUTCOME = Outcome((found(""), found("manifest/manifest.yaml"), found("own-rules/x.guard")), (HIDDEN,))


@pytest.mark.parametrize("folder", ["", ".", "./"])
def test_in_the_packages_own_folder_nothing_changes(folder: str) -> None:
    assert report.places.below(folder, OUTCOME, FILES) == OUTCOME


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("infra/cfct", "infra/cfct/manifest/manifest.yaml"),
        ("./infra/", "infra/manifest/manifest.yaml"),
        ("../other", "../other/manifest/manifest.yaml"),
        ("/srv/cfct", "/srv/cfct/manifest/manifest.yaml"),
    ],
)
def test_files_of_the_package_are_below_the_folder_and_others_where_they_were(folder: str, expected: str) -> None:
    outcome = report.places.below(folder, OUTCOME, FILES)
    assert {finding.path for finding in outcome.findings} == {"", expected, "own-rules/x.guard"}
    (hidden,) = outcome.suppressed
    assert hidden.where == Where(expected, 1, 3)
    assert hidden.finding.path == expected.replace("manifest/manifest.yaml", "templates/a b.yaml")
    assert list(outcome.findings) == sorted(outcome.findings)


def test_a_manifest_that_is_missing_is_missed_in_the_folder() -> None:
    outcome = report.places.below("infra", Outcome((found("manifest.yaml"),)), PackageFiles({"x": b""}))
    assert [finding.path for finding in outcome.findings] == ["infra/manifest.yaml"]


def test_text_still_shows_the_line() -> None:
    outcome = report.places.below("infra", OUTCOME, FILES)
    shown = report.text.render(outcome.findings, FILES, folder="infra")
    assert "infra/manifest/manifest.yaml\n  1:1: error: m  [CT001]\n     1 | region: x\n" in shown


def test_junit_has_one_suite_a_file() -> None:
    outcome = report.places.below("infra", OUTCOME, FILES)
    shown = report.junit.render(outcome.findings, FILES, outcome.suppressed, folder="infra")
    for path in ("infra/manifest/manifest.yaml", "infra/templates/a b.yaml", "own-rules/x.guard"):
        assert shown.count(f'<testsuite name="{path}"') == 1
    assert '<testsuite name="templates' not in shown


@pytest.mark.parametrize(
    ("folder", "uri"), [("infra", "infra/templates/a%20b.yaml"), ("/srv", "file:///srv/templates/a%20b.yaml")]
)
def test_sarif_has_a_uri_that_a_code_host_resolves(folder: str, uri: str) -> None:
    outcome = report.places.below(folder, Outcome((found("templates/a b.yaml"),)), FILES)
    (run,) = json.loads(report.sarif.render(outcome.findings))["runs"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}
