"""Each rule of our own: one defect in a clean package gives one finding, at its place; what only looks alike gives none."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from generator.aws.quotas import PROFILES
from generator.checks import destruction, manifest, policies, quotas, templates
from generator.checks.run import RULES
from generator.checks.subject import Subject
from generator.package.files import PackageFiles

CASES = [
    case
    for file in sorted((Path(__file__).parents[1] / "cases" / "checks").glob("*.json"))
    for case in json.loads(file.read_text())
]
WITHOUT_CASE = {
    "CT038": "see manifest/test_policy_names",
    "CT219": "see test_policies",
    "CT220": "see test_policies",
    "CT301": "needs cfn-lint to break",
    "CT302": "see test_cfn_lint",
    "CT311": "see test_guard",
    "CT312": "see test_guard",
    "CT313": "see test_cfn_nag",
    **{f"CT40{number}": "see test_claims" for number in range(1, 7)},
    **{f"CT50{number}": "see test_suppression" for number in range(1, 4)},
}


def written_out(text: str) -> str:
    """`{{x*3}}` is `xxx`, so that a case can be large and its file small."""
    return re.sub(r"\{\{(.)\*(\d+)\}\}", lambda match: match[1] * int(match[2]), text)


def edited(files: PackageFiles, case: dict) -> PackageFiles:
    """The clean package with the case's texts replaced, each of which must be there once, and its files added and removed."""
    content = dict(files.files)
    for path, old, new in case.get("edit", ()):
        text = content[path].decode()
        assert text.count(old) == 1, f"`{old}` is {text.count(old)} times in {path}"
        content[path] = text.replace(old, written_out(new)).encode()
    for path, text in case.get("add", {}).items():
        content[path] = written_out(text).encode("latin-1")
    for path in case.get("remove", ()):
        del content[path]
    return PackageFiles(content)


def judged(files: PackageFiles, organization, profile: str = "2026-05-15", previous: PackageFiles | None = None):
    subject = Subject(files, organization, PROFILES[profile], previous)
    return {finding for judge in (manifest, destruction, templates, policies, quotas) for finding in judge.judge(subject)}


def facts(case: dict, organization_with, attached_policies):
    if case.get("organization") == "none":
        return None
    made = organization_with(
        attached_policies(**case["attached"]) if "attached" in case else (), execution_role=case.get("execution_role", False)
    )
    renamed = case.get("renamed", {})
    accounts = tuple(replace(account, name=renamed.get(account.id, account.name)) for account in made.accounts)
    return replace(made, accounts=accounts, **case.get("versions", {}))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_case_has_exactly_its_findings(case, clean_package, organization_with, attached_policies):
    findings = judged(
        edited(clean_package, case),
        facts(case, organization_with, attached_policies),
        case.get("profile", "2026-05-15"),
        edited(clean_package, case["before"]) if "before" in case else None,
    )
    shown = sorted([finding.rule, str(finding.path), finding.line, finding.column, finding.message] for finding in findings)
    assert shown == sorted([*place, written_out(message)] for *place, message in case["findings"])


def test_the_clean_package_has_no_finding(clean_package, organization):
    assert judged(clean_package, organization) == set()


def test_every_rule_has_a_case_that_fails_it():
    covered = {finding[0] for case in CASES for finding in case["findings"]}
    assert {rule.id for rule in RULES} - covered == WITHOUT_CASE.keys()


def test_rule_ids_are_unique():
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_explains_itself(rule):
    assert rule.title
    assert rule.why
    assert rule.fix
    assert rule.source or rule.id == "CT033"
    for text in (rule.title, rule.why, rule.fix):
        assert not text.endswith(".")
