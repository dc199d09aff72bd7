"""Suppression by comment: what a comment covers, what it needs, and what cannot be suppressed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.aws.quotas import PROFILES
from generator.checks import manifest, policies, quotas, suppression, templates
from generator.checks.comments import comments
from generator.checks.finding import Finding, Level
from generator.checks.run import RULES, judge_package
from generator.checks.subject import Subject
from generator.landing_zone.organization import Organization
from generator.package.files import PackageFiles

Case = dict[str, Any]

CASES = json.loads((Path(__file__).parents[1] / "cases" / "suppressions.json").read_text())
KNOWN = frozenset(rule.id for rule in RULES)


def edited(files: PackageFiles, case: Case) -> PackageFiles:
    content = dict(files.files)
    for path, old, new in case["edit"]:
        text = content[path].decode()
        assert text.count(old) == 1, f"`{old}` is {text.count(old)} times in {path}"
        content[path] = text.replace(old, new).encode()
    return PackageFiles(content)


def outcome_of(files: PackageFiles, organization: Organization | None, case: Case) -> suppression.Outcome:
    subject = Subject(files, organization, PROFILES["2026-05-15"])
    found = {finding for judge in (manifest, templates, policies, quotas) for finding in judge.judge(subject)}
    given = {Finding(path, line, column, rule, Level.ERROR, "m", "r") for rule, path, line, column in case.get("given", ())}
    return suppression.apply(subject, found | given, KNOWN, idle=organization is None)


def described(suppressed: suppression.Suppressed) -> list[object]:
    found, where = suppressed.finding, suppressed.where
    return [found.rule, found.path, found.line, found.column, suppressed.reason, where.line, where.column]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_case_suppresses_exactly_this(case: Case, clean_package: PackageFiles, organization: Organization) -> None:
    outcome = outcome_of(edited(clean_package, case), None if case.get("organization") == "none" else organization, case)
    left = [[each.rule, each.path, each.line, each.column] for each in outcome.findings if each.rule not in case.get("also", ())]
    assert sorted(left) == sorted(case["findings"])
    assert [described(each) for each in outcome.suppressed] == case["suppressed"]


def test_a_suppression_reaches_what_the_check_says(clean_package: PackageFiles, organization: Organization) -> None:
    files = edited(clean_package, CASES[2])
    outcome = judge_package(files, organization)
    assert outcome.findings == ()
    assert [each.finding.rule for each in outcome.suppressed] == ["CT022", "CT030"]


def test_what_was_not_judged_because_it_could_not_be_read_is_never_suppressed() -> None:
    assert suppression.UNREADABLE <= KNOWN
    titles = {rule.id: rule.title for rule in RULES if rule.id in suppression.UNREADABLE}
    assert len(titles) == len(suppression.UNREADABLE)


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        ("F3", "rules_to_suppress"),
        ("W11", "rules_to_suppress"),
        ("TOPIC_ENCRYPTED", "SuppressedRules"),
        ("CT403", "mend what it finds"),
        ("CT001", "mend what it finds"),
        ("CT0220", "as the report shows it"),
        ("ct022", "as the report shows it"),
    ],
)
def test_who_names_another_id_is_told_what_to_do(
    clean_package: PackageFiles, organization: Organization, ids: str, told: str
) -> None:
    case = {"edit": [["manifest.yaml", "region: eu-central-1", f"region: eu-central-1 # cfctgen: ignore {ids} -- why"]]}
    (finding,) = outcome_of(edited(clean_package, case), organization, case).findings
    assert (finding.rule, finding.line) == ("CT502", 2)
    assert told in finding.remedy
    assert f"`{ids}`" in finding.message


def test_paths_are_those_that_users_see(clean_package: PackageFiles, organization: Organization) -> None:
    case = CASES[8]
    files = PackageFiles(edited(clean_package, case).files, root_shown_as="manifest/")
    given = [[rule, f"manifest/{path}", line, column] for rule, path, line, column in case["given"]]
    (suppressed,) = outcome_of(files, organization, case | {"given": given}).suppressed
    assert (suppressed.finding.path, suppressed.where.path) == ("manifest/policies/guard.json", "manifest/manifest.yaml")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="#:-|>\"'[]{} \n\r\x85\u2028ab&*!,", max_size=60))
def test_every_comment_is_where_it_says_it_is(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\u2028", "\n").split("\n")
    for comment in comments(text):
        line = lines[comment.line - 1]
        assert line[comment.column - 1 :] == comment.text
        assert comment.text.startswith("#")
        assert comment.above == (not line[: comment.column - 1].strip())
        assert comment.at == comment.line or (comment.above and (comment.at == 0 or comment.at > comment.line))
