"""The evidence is complete, computed from the package, and the same bytes everywhere."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from generator.checks.finding import Finding, Level
from generator.control import sid
from generator.controls import CONTROLS
from generator.package.digest import package_digest
from generator.prover.prove import ASSUMPTIONS

ROOT = Path(__file__).parents[2]
FILE_HEAD = ("file", "bytes", "SHA-256")
CLAIM_HEAD = ("claim", "what it says", "such requests are", "accounts", "verdict")
FINDING_HEAD = ("level", "rule", "where", "what", "remedy", "who says so")
FINDING = Finding("a|b.yaml", 3, 0, "CT9", Level.ERROR, "the key `a|b` is *bad*", "remove `x`", "https://example.com/a_b_c")


@pytest.fixture(scope="module")
def evidence(evidence_of):
    from tests.conftest import example_of  # noqa: PLC0415

    return evidence_of(example_of("reference").landing_zone, example_of("reference").built)


def test_every_control_appears_with_title_risk_frameworks_and_sources(evidence):
    text = evidence.markdown
    shown = {row[0]: row[1:] for row in evidence.table("control", "what it brings about", "in the package")}
    assert shown == {control.slug: (control.title, "yes") for control in CONTROLS}
    for control in CONTROLS:
        assert control.risk in text
        assert all(framework in text for framework in control.frameworks)
        assert all(f"<{source}>" in text for source in control.sources)
    assert [each["slug"] for each in evidence.document["controls"]] == [control.slug for control in CONTROLS]


def test_a_control_that_is_off_is_said_to_be_off_with_its_options(reference, evidence_of):
    options = dict(reference.landing_zone.options)
    options["log-archive-guard"] = options["log-archive-guard"].model_copy(update={"enabled": False})
    evidence = evidence_of(replace(reference.landing_zone, options=options), reference.built)
    assert ("log-archive-guard", "Nobody can change or delete the logs", "no") in evidence.table(
        "control", "what it brings about", "in the package"
    )
    assert [each["enabled"] for each in evidence.document["controls"]] == [each != "log-archive-guard" for each in options]


def test_every_stack_appears_below_its_control_with_where_it_goes(evidence, reference):
    rows = {row[0]: row for row in evidence.table("stack", "what it is", "accounts", "regions", "resources")}
    templates = [path for path in reference.built.files.files if path.startswith("templates/")]
    assert sorted(rows) == sorted(Path(path).stem for path in templates)
    assert rows["organization-trail"][2:4] == ("111111111111 Management", "eu-central-1")
    assert "1 AWS::CloudTrail::Trail" in rows["organization-trail"][4]
    slugs = {control.slug for control in CONTROLS}
    for each in evidence.document["stacks"]:
        assert each["control"] in slugs
        assert f"{each['name']}-".startswith(f"{each['control']}-")


def test_every_statement_appears_as_it_stands_in_the_package(evidence, reference):
    written = {
        f"manifest/{path}": json.loads(content)["Statement"]
        for path, content in reference.built.files.files.items()
        if path.startswith("policies/")
    }
    assert {each["path"]: [it["statement"] for it in each["statements"]] for each in evidence.document["policies"]} == written
    for statement in (each for statements in written.values() for each in statements):
        (slug,) = (control.slug for control in CONTROLS if statement["Sid"].startswith(sid(control.slug, "")))
        assert f"`{statement['Sid']}` **denies**, for `{slug}`" in evidence.markdown


def test_a_policy_says_whom_it_reaches_and_what_it_takes_of_the_quota(evidence, reference):
    (scp,) = (each for each in evidence.document["policies"] if each["path"].startswith("manifest/policies/logs-scp-"))
    content = reference.built.files.files[scp["path"].removeprefix("manifest/")]
    assert scp["characters"] == len(content)
    assert scp["quota"] == 10_240
    assert scp["targets"] == [{"id": "ou-exam-c0ffee01", "path": "Security"}]
    reached = reference.landing_zone.organization.accounts_under("Security")
    assert scp["accounts"] == [{"id": account.id, "name": account.name} for account in reached]
    assert ("size", f"{len(content):,} of 10,240 characters ({len(content) * 100 // 10_240} %)") in evidence.table(
        "fact", "value"
    )


def test_every_claim_appears_as_proved_and_what_proofs_assume(evidence, reference):
    claims = sum(
        content.count(b"\n- id: ") for path, content in reference.built.files.files.items() if path.startswith("claims/")
    )
    rows = evidence.table(*CLAIM_HEAD)
    assert len(rows) == len(evidence.document["claims"]) == claims > 10
    assert {row[4] for row in rows} == {each["status"] for each in evidence.document["claims"]} == {"proved"}
    assert evidence.document["assumptions"] == list(ASSUMPTIONS)
    assert all(f"- {assumption}\n" in evidence.markdown for assumption in ASSUMPTIONS)
    assert "**This package passed:**" in evidence.markdown
    assert evidence.document["falls_short"] is False


def test_whoever_a_denial_spares_is_listed(evidence):
    spared = {row[0] for row in evidence.table("principal or account", "claims")}
    assert "arn:aws:iam::222222222222:role/AWSControlTowerExecution" in spared
    assert spared == {each for claim in evidence.document["claims"] if claim["expect"] == "denied" for each in claim["spared"]}


def test_a_refuted_claim_is_shown_as_refuted_with_its_witness(reference, evidence_of, weakened):
    evidence = evidence_of(reference.landing_zone, weakened(reference.built, "LogArchiveGuardLogs"))
    verdicts = {row[0]: row[4] for row in evidence.table(*CLAIM_HEAD)}
    assert verdicts["log-archive-guard.own-principals-cannot-change-logs"] == "refuted"
    assert verdicts["log-archive-guard.nobody-else-touches-logs"] == "proved"
    assert "### Why `log-archive-guard.own-principals-cannot-change-logs` does not hold" in evidence.markdown
    (claim,) = (each for each in evidence.document["claims"] if each["status"] == "refuted")
    assert claim["witnesses"][0]["action"].startswith("s3:")
    assert f"could call `{claim['witnesses'][0]['action']}`" in evidence.markdown
    assert "**This package falls short:**" in evidence.markdown
    assert evidence.document["falls_short"] is True


def test_claims_without_a_verdict_are_not_taken_for_proved(reference, evidence_of):
    files = {
        path: content.replace(b'"Effect":"Deny"', b'"Effect":"deny"', 1) if path.startswith("policies/") else content
        for path, content in reference.built.files.files.items()
    }
    evidence = evidence_of(reference.landing_zone, replace(reference.built, files=replace(reference.built.files, files=files)))
    assert {row[4] for row in evidence.table(*CLAIM_HEAD)} == {"not judged"}
    assert evidence.document["falls_short"] is True


def test_a_package_without_policies_and_claims_says_so(reference, evidence_of):
    kept = {path: content for path, content in reference.built.files.files.items() if path == "manifest.yaml"}
    manifest = kept["manifest.yaml"].partition(b"resources:")[0] + b"resources: []\n"
    built = replace(reference.built, files=replace(reference.built.files, files={"manifest.yaml": manifest}))
    evidence = evidence_of(reference.landing_zone, built)
    assert "nothing was proved" in evidence.markdown
    assert [evidence.document[key] for key in ("stacks", "policies", "claims")] == [[], [], []]


def test_a_finding_is_shown_and_an_error_makes_the_package_fall_short(reference, evidence_of):
    evidence = evidence_of(reference.landing_zone, reference.built, (FINDING,))
    assert evidence.table(*FINDING_HEAD) == (
        ("error", "CT9", "a|b.yaml:3", "the key a|b is *bad*", "remove x", "https://example.com/a_b_c"),
    )
    assert evidence.document["summary"] == {"error": 1, "warning": 0, "info": 0}
    assert evidence.document["falls_short"] is True


def test_digests_are_computed_from_the_bytes(evidence, reference):
    expected = {
        reference.built.files.shown(path): hashlib.sha256(content).hexdigest()
        for path, content in reference.built.files.files.items()
    }
    assert {each["path"]: each["sha256"] for each in evidence.document["package"]["files"]} == expected
    assert expected.items() <= {row[0]: row[2] for row in evidence.table(*FILE_HEAD)}.items()
    assert f"sha256:{evidence.document['package']['sha256']}" == package_digest(reference.built.files.files)
    (digest,) = (each["sha256"] for each in evidence.document["inputs"] if each["path"] == "organization.yaml")
    assert digest == hashlib.sha256(b"id: o-exampleorg1\n").hexdigest()
    assert {each["path"] for each in evidence.document["runbooks"]} == {each.path for each in reference.built.runbooks}


def test_versions_of_all_that_decides_are_shown(evidence, reference):
    versions = {row[0]: row[1] for row in evidence.table("what", "version or digest", "its part")}
    assert versions["cfn-lint"] == "9.9.9"
    assert versions["something new"] == "7"
    assert versions["action catalogue"].startswith("0.1.")
    assert versions["CfCT as installed"] == reference.landing_zone.organization.cfct_version


def test_a_retired_policy_is_called_so(reference, evidence_of):
    files = dict(reference.built.files.files)
    path = next(path for path in files if "logs-rcp" in path)
    statement = {"Sid": "Retired", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    files[path] = json.dumps({"Version": "2012-10-17", "Statement": [statement]}).encode()
    evidence = evidence_of(reference.landing_zone, replace(reference.built, files=replace(reference.built.files, files=files)))
    assert [each["path"] for each in evidence.document["policies"] if each["retired"]] == [f"manifest/{path}"]
    assert len(evidence.document["policies"]) > 1
    assert "waits to be detached by hand" in evidence.markdown


def test_notes_of_the_build_are_part_of_it(reference, evidence_of):
    evidence = evidence_of(reference.landing_zone, replace(reference.built, notes=("bucket `a_b` is left",)))
    assert "\n- bucket `a_b` is left\n" in evidence.markdown
    assert evidence.document["notes"] == ["bucket `a_b` is left"]


def test_names_from_the_organization_file_stay_text(reference, evidence_of):
    organization = reference.landing_zone.organization
    accounts = tuple(
        replace(account, name="[Log](http://x) | *Archive* `<b>`") if account.id == organization.log_archive else account
        for account in organization.accounts
    )
    landing_zone = replace(reference.landing_zone, organization=replace(organization, accounts=accounts))
    evidence = evidence_of(landing_zone, reference.built)
    assert ("Log Archive account", "222222222222 [Log](http://x) | *Archive* `<b>`") in evidence.table("fact", "value")


def test_the_json_document_is_as_the_docs_page_describes(example, evidence_of):
    page = (ROOT / "docs/evidence.md").read_text(encoding="utf-8")
    schema = json.loads(page.partition("```json\n")[2].partition("\n```")[0])
    jsonschema.Draft202012Validator.check_schema(schema)
    evidence = evidence_of(example.landing_zone, example.built, (FINDING,))
    jsonschema.validate(evidence.document, schema)
    assert schema["additionalProperties"] is False
    assert list(evidence.document) == list(schema["properties"]) == schema["required"]


_SCRIPT = """
import sys
from generator.controls import CONTROLS
from generator.evidence.bundle import evidence_files
from generator.evidence.gather import judged
from tests.conftest import example_of
example = example_of("adopt")
judgement = judged(example.landing_zone, example.built, (), {"b": "1", "a": "2"})
files = evidence_files(example.landing_zone, example.built, CONTROLS, judgement, {"z.yaml": b"1", "a.yaml": b"2"})
for name in sorted(files):
    sys.stdout.buffer.write(files[name])
"""


def test_the_bytes_do_not_depend_on_hash_seed_locale_or_time_zone():
    surroundings = (
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "UTC"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo", "COLUMNS": "40"},
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", _SCRIPT], cwd=ROOT, env={**os.environ, **each}, capture_output=True, check=True
        ).stdout
        for each in surroundings
    ]
    assert outputs[0] == outputs[1]
    assert outputs[0].count(b"# Evidence: o-exampleorg1\n") == 1


def test_nothing_of_the_machine_goes_in(evidence):
    for text in (evidence.markdown, json.dumps(evidence.document)):
        assert str(ROOT) not in text
        assert str(Path.home()) not in text
