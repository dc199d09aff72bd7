"""log-archive-guard: whom the policies name, where they stand, and what they refuse to name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from generator.build import build
from generator.controls import CONTROLS
from generator.controls.log_archive_guard import CONTROL
from generator.controls.organization_trail.options import OrganizationTrailOptions
from generator.errors import PackageError
from generator.package.ledger import Ledger
from tests.paper import paper_of

PREFIX = "LogArchiveGuard"


def statements(example, layer: str) -> dict[str, dict]:
    """This control's statements of one layer by Sid, of all targets."""
    return {
        statement["Sid"].removeprefix(PREFIX): statement
        for path in example.built.files.files
        if path.startswith("policies/") and f"-{layer}-" in path
        for statement in json.loads(example.text(path))["Statement"]
        if statement["Sid"].startswith(PREFIX)
    }


def policies(example) -> set[str]:
    """The files of the policies that hold statements of this control."""
    return {path for path in example.built.files.files if path.startswith("policies/") and f'"{PREFIX}' in example.text(path)}


def built_with(example, **sections):
    options = {**example.landing_zone.options, **{name.replace("_", "-"): section for name, section in sections.items()}}
    return build(replace(example.landing_zone, options=options), CONTROLS, Ledger())


def test_policies_stand_on_the_log_archives_ou_and_never_on_the_root(example):
    organization = example.landing_zone.organization
    unit = organization.ou_of(organization.log_archive)
    found = policies(example)
    assert {f"policies/logs-{layer}-{unit.id}.json" for layer in ("scp", "rcp")} <= found
    assert all(path.startswith("policies/logs-") and organization.root_id not in path for path in found)


def test_every_exempt_principal_names_its_account_but_config_of_an_adopted_bucket(example):
    for layer in ("scp", "rcp"):
        for statement in statements(example, layer).values():
            exempt = statement["Condition"].get("ArnNotLike", {}).get("aws:PrincipalArn", [])
            for arn in [exempt] if isinstance(exempt, str) else exempt:
                assert "::*:" not in arn or arn.endswith("role/aws-controltower-ConfigRecorderRole")


def test_the_execution_role_is_exempt_in_its_own_account_only(example):
    organization = example.landing_zone.organization
    own = f"arn:{organization.partition}:iam::{organization.log_archive}:role/AWSControlTowerExecution"
    for layer in ("scp", "rcp"):
        named = {statement["Sid"] for statement in statements(example, layer).values() if own in json.dumps(statement)}
        assert named, layer
    text = "".join(example.text(path) for path in policies(example))
    accounts = {text[at - 18 : at - 6] for at in find_all(text, ":role/AWSControlTowerExecution")} | set()
    assert organization.management_account not in accounts


def find_all(text: str, part: str):
    at = text.find(part)
    while at >= 0:
        yield at + 6
        at = text.find(part, at + 1)


def test_a_delegated_administrator_is_kept_from_the_trail(example_called):
    assert "Trail" not in statements(example_called("minimal"), "scp")
    trail = statements(example_called("every-option"), "scp")["Trail"]
    assert trail["Resource"] == ["arn:aws:cloudtrail:eu-central-1:111111111111:trail/audit-trail"]
    assert trail["Condition"]["ArnNotLike"]["aws:PrincipalArn"] == "arn:aws:iam::333333333333:role/AWSControlTowerExecution"


def test_trusted_roles_are_guarded_in_the_account_they_belong_to(example_called):
    guarded = statements(example_called("every-option"), "scp")
    assert guarded["Roles222222222222"]["Resource"] == [
        "arn:aws:iam::222222222222:role/AWSControlTowerExecution",
        "arn:aws:iam::222222222222:role/LogCustodian",
    ], "what IAM Identity Center keeps needs no guard"
    assert guarded["Roles333333333333"]["Resource"] == [
        "arn:aws:iam::333333333333:role/AWSControlTowerExecution",
        "arn:aws:iam::333333333333:role/SecurityLake",
    ]
    assert "Roles111111111111" not in guarded, "no SCP reaches the management account"


def test_a_log_archive_in_the_root_is_refused(reference):
    organization = reference.landing_zone.organization
    moved = replace(
        organization,
        accounts=tuple(
            replace(account, ou=None) if account.id == organization.log_archive else account for account in organization.accounts
        ),
    )
    with pytest.raises(PackageError, match="the Log Archive account `222222222222` is directly in the organization's root"):
        build(replace(reference.landing_zone, organization=moved), CONTROLS, Ledger())


def test_without_logs_there_is_nothing_to_guard(reference):
    built = build(reference.landing_zone, (CONTROL,), Ledger())
    assert sorted(built.files.files) == ["manifest.yaml"]


def test_without_a_trail_the_logs_of_other_controls_are_guarded(reference):
    without = built_with(reference, organization_trail=OrganizationTrailOptions(enabled=False))
    guarded = without.files.files["policies/logs-scp-ou-exam-c0ffee01.json"].decode()
    assert "guardduty-findings-" in guarded
    assert "organization-trail" not in guarded


def test_claims_are_written_for_every_policy_that_is(example):
    text = example.text("claims/log-archive-guard.yaml")
    assert text.count("expect: denied") >= 10
    assert text.count("expect: allowed") >= 4


CASES = json.loads((Path(__file__).parents[1] / "cases" / "log_archive_guard.json").read_text())["cases"]
SHORT = {
    "BUCKET": "arn:aws:s3:::organization-trail-222222222222-eu-central-1",
    "ACCESS": "arn:aws:s3:::organization-trail-access-222222222222-eu-central-1",
    "KEY": "arn:aws:kms:eu-central-1:222222222222:key/11111111-2222-3333-4444-555555555555",
    "EXECUTION": "arn:aws:iam::222222222222:role/AWSControlTowerExecution",
}


def spelled(text: str) -> str:
    word, slash, rest = text.partition("/")
    return SHORT.get(word, word) + slash + rest


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_right_statement_denies(case):
    """Each statement is the one that stands in the way, so that none can be emptied unnoticed."""
    paper = paper_of("minimal")
    resource = spelled(case["resource"])
    account = "333333333333" if "333333333333" in resource else "222222222222"
    decision = paper.layer(case["layer"], spelled(case["who"]), case["action"], (resource,), account, **case.get("context", {}))
    sids = {statement.sid.removeprefix(PREFIX) for statement in decision.statements if statement.effect == "Deny"}
    assert decision.allowed == (case["sid"] is None), decision
    if case["sid"]:
        assert case["sid"] in sids


def test_every_statement_has_a_case(example_called):
    example = example_called("minimal")
    for layer in ("scp", "rcp"):
        tried = {case["sid"] for case in CASES if case["layer"] == layer}
        assert set(statements(example, layer)) == tried - {None}


@pytest.mark.parametrize("action", ["s3:DeleteObject", "s3:PutObject", "s3:PutBucketPolicy", "s3:PutObjectRetention"])
def test_a_reader_changes_nothing(action):
    paper = paper_of("every-option")
    bucket = "arn:aws:s3:::audit-trail-222222222222-eu-central-1"
    resource = bucket if "Bucket" in action else f"{bucket}/file"
    decision = paper.layer("rcp", "arn:aws:iam::333333333333:role/SecurityLake", action, (resource,), "222222222222")
    assert [statement.sid for statement in decision.statements] == ["LogArchiveGuardReaders"]
    assert paper.layer(
        "rcp", "arn:aws:iam::333333333333:role/SecurityLake", "s3:GetObject", (f"{bucket}/f",), "222222222222"
    ).allowed
