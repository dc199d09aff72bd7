"""The command line as its users meet it: what it prints where, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator.controls import CONTROLS
from tests import forked

ROOT = Path(__file__).parents[1]


def environ(**env: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "NO_COLOR": "1", **env}


def cfctgen(*arguments: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return forked.cfctgen(*arguments, cwd=cwd, environ=environ(**env))


def start(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """In an interpreter of its own."""
    program = [sys.executable, "-m", "generator", *arguments]
    return subprocess.run(program, cwd=cwd, env=environ(), check=False, capture_output=True, text=True)


@pytest.fixture
def landing_zone(tmp_path) -> Path:
    """A folder with a small landing zone of its own."""
    for path in (ROOT / "tests" / "inputs" / "minimal").iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def first_build(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The same, built, with what was said: never touched, only copied."""
    folder = tmp_path_factory.mktemp("built")
    for path in (ROOT / "tests" / "inputs" / "minimal").iterdir():
        shutil.copy(path, folder)
    return folder, start("build", cwd=folder)


@pytest.fixture
def built_zone(first_build, tmp_path) -> Path:
    """A folder with a small landing zone of its own, built already, with what the check remembers."""
    return shutil.copytree(first_build[0], tmp_path, dirs_exist_ok=True)


def test_help_names_every_command_and_imports_nothing_heavy():
    heavy = "import sys; from generator.cli import app; print(sorted({'boto3', 'troposphere', 'cfnlint'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", heavy], cwd=ROOT, check=True, capture_output=True, text=True)
    assert shown.stdout.strip() == "[]"
    helped = start("--help")
    assert helped.returncode == 0
    for command in ("build", "check", "package", "snapshot"):
        assert f" {command} " in helped.stdout


def test_build_writes_and_says_what(first_build):
    landing_zone, result = first_build
    assert result.returncode == 0, result.stderr
    policies = len(list((landing_zone / "manifest" / "policies").iterdir()))
    stacks = len(list((landing_zone / "templates").iterdir()))
    assert policies >= 2
    assert stacks >= 4
    assert result.stdout == (
        "o-exampleorg1: 3 accounts, 1 OUs, 2 regions\n"
        f"wrote {policies} policies and {stacks} stacks to manifest/ and templates/: no finding\n"
    )
    assert all(line.startswith("note: ") for line in result.stderr.splitlines()), result.stderr
    assert sorted(path.name for path in landing_zone.iterdir()) == [
        ".cache",
        "landing-zone.yaml",
        "manifest",
        "organization.yaml",
        "policy-ledger.yaml",
        "runbooks",
        "templates",
    ], "and leaves nothing lying about but what the check remembers"


def test_every_error_of_both_inputs_is_told_at_once(landing_zone):
    (landing_zone / "landing-zone.yaml").write_text("organization: o-exampleorg1\ncontrolls: {}\n")
    facts = (landing_zone / "organization.yaml").read_text().replace("control_tower_trail: none\n", "")
    (landing_zone / "organization.yaml").write_text(facts.replace("us-east-1", "us-eats-1"))
    result = cfctgen("build", cwd=landing_zone)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "error: landing-zone.yaml:2:1: " in result.stderr
    assert "did you mean `controls`?" in result.stderr
    assert "`us-eats-1`" in result.stderr
    assert "control_tower_trail: none" in result.stderr
    assert result.stderr.count("error: ") == 3
    assert result.stderr.count("  fix: ") == 3
    assert not (landing_zone / "templates").exists()


def test_aws_cn_is_refused_in_one_line(landing_zone):
    facts = (landing_zone / "organization.yaml").read_text()
    facts = (
        facts.replace("partition: aws", "partition: aws-cn")
        .replace("eu-central-1", "cn-north-1")
        .replace("us-east-1", "cn-northwest-1")
    )
    (landing_zone / "organization.yaml").write_text(facts)
    result = cfctgen("build", cwd=landing_zone)
    assert result.returncode == 2
    assert result.stderr.count("error: ") == 1
    assert "Control Tower does not exist in partition `aws-cn`" in result.stderr


def test_a_package_with_errors_is_not_written_but_its_runbooks_are(landing_zone, first_build):
    shutil.copytree(first_build[0] / ".cache", landing_zone / ".cache")
    facts = (landing_zone / "organization.yaml").read_text()
    facts = facts.replace("control_tower_execution_in_management: true", "control_tower_execution_in_management: false")
    (landing_zone / "organization.yaml").write_text(facts)
    result = cfctgen("build", cwd=landing_zone)
    assert result.returncode == 1
    assert "AWSControlTowerExecution" in result.stdout
    assert "nothing was written but runbooks/" in result.stderr
    assert not (landing_zone / "templates").exists()
    assert (landing_zone / "runbooks" / "management-execution-role.md").exists()
    assert cfctgen("build", "--no-check", cwd=landing_zone).returncode == 0
    assert (landing_zone / "templates").exists()


def test_a_file_that_no_build_has_written_is_never_removed(built_zone):
    mine = built_zone / "templates" / "mine.yaml"
    mine.write_text("Resources: {}\n")
    result = cfctgen("build", "--no-check", cwd=built_zone)
    assert result.returncode == 2
    assert "templates/mine.yaml: this file was not written by cfctgen" in result.stderr
    assert mine.read_text() == "Resources: {}\n"


def test_what_is_no_longer_built_is_removed_but_a_policy_that_stays_attached(built_zone):
    policies = {path.name for path in (built_zone / "manifest" / "policies").iterdir()}
    off = "".join(f"  {control.slug}: {{enabled: false}}\n" for control in CONTROLS if control.slug != "organization-trail")
    (built_zone / "landing-zone.yaml").write_text(
        f"organization: o-exampleorg1\ncontrols:\n  organization-trail: {{investigation: false}}\n{off}"
    )
    result = cfctgen("build", cwd=built_zone)
    assert result.returncode == 0, result.stdout
    assert sorted(path.name for path in (built_zone / "templates").iterdir()) == [
        "organization-trail-log-archive.yaml",
        "organization-trail.yaml",
    ]
    assert not (built_zone / "manifest" / "claims").exists()
    kept = {path.name: path.read_text() for path in (built_zone / "manifest" / "policies").iterdir()}
    assert kept.keys() == policies >= {"logs-scp-ou-exam-c0ffee01.json"}
    assert all("Retired" in text for text in kept.values())
    assert result.stderr.count("is no longer needed and denies nothing") == len(policies)
    ledger = (built_zone / "policy-ledger.yaml").read_text()
    (built_zone / "policy-ledger.yaml").write_text(ledger.replace("detached: ''", "detached: '2026-11-23'"))
    assert cfctgen("build", cwd=built_zone).returncode == 0
    assert not (built_zone / "manifest" / "policies").exists()


def test_check_judges_what_build_wrote_and_says_nothing_to_object(built_zone):
    shutil.rmtree(built_zone / ".cache")
    for argument in (".", str(built_zone)):
        result = cfctgen("check", argument, cwd=built_zone)
        assert (result.returncode, result.stderr) == (0, "")


def test_check_as_json_is_one_document_and_nothing_else(built_zone):
    manifest = built_zone / "manifest" / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("version: 2021-03-15", "version: '2021-03-15'"))
    result = cfctgen("check", "--format", "json", cwd=built_zone)
    assert result.returncode == 1
    document = json.loads(result.stdout)
    assert document["summary"]["error"] >= 1
    finding = next(each for each in document["findings"] if each["rule"] == "CT003")
    line = next(number for number, text in enumerate(manifest.read_text().splitlines(), start=1) if text.startswith("version"))
    assert (finding["path"], finding["line"], finding["level"]) == ("manifest/manifest.yaml", line, "error")
    assert set(finding) == {"rule", "level", "message", "remedy", "path", "line", "column", "source"}
    sarif = json.loads(cfctgen("check", "--format", "sarif", cwd=built_zone).stdout)
    assert sarif["version"] == "2.1.0"


@pytest.mark.parametrize("out", ["out", "out.zip"])
def test_package_then_check_of_what_cfct_gets(built_zone, out):
    assert cfctgen("package", "--out", out, cwd=built_zone).returncode == 0
    result = cfctgen("check", out, "--organization", "organization.yaml", cwd=built_zone)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["build", "--config", "nowhere.yaml"], "nowhere.yaml: there is no such file"),
        (["check", "nowhere"], "nowhere: there is nothing at this path"),
        (["check", ".", "--quota-profile", "1999"], "there is no quota profile `1999`"),
        (["check", ".", "--guard-rules", "nowhere"], "nowhere"),
        (["package", "--out", "out"], "there is no `manifest.yaml`"),
        (["snapshot", "--profile", "nobody"], "there is no AWS profile `nobody`"),
    ],
)
def test_bad_arguments_are_told_with_a_remedy_and_exit_code_2(landing_zone, first_build, arguments, told):
    if "--quota-profile" in arguments or "--guard-rules" in arguments:
        shutil.copytree(first_build[0], landing_zone, dirs_exist_ok=True)
    result = cfctgen(*arguments, cwd=landing_zone, AWS_CONFIG_FILE=os.devnull)
    assert result.returncode == 2
    assert told in result.stderr
    assert "  fix: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_broken_aws_configuration_is_told(landing_zone):
    (landing_zone / "config").write_text("[profile a\nregion=x\n")
    result = cfctgen("snapshot", cwd=landing_zone, AWS_CONFIG_FILE="config")
    assert result.returncode == 2
    assert "the AWS configuration cannot be read" in result.stderr
    result = cfctgen("snapshot", cwd=landing_zone, AWS_PROFILE="nobody", AWS_CONFIG_FILE=os.devnull)
    assert "there is no AWS profile `nobody`" in result.stderr


def test_a_result_that_cannot_be_written_is_told_in_two_lines():
    for more in ((), ("--no-cache",)):  # said again, and found out
        with Path("/dev/full").open("w") as full:
            program = [sys.executable, "-m", "generator", "check", ".", *more]
            done = subprocess.run(program, cwd=ROOT, env=environ(), check=False, stdout=full, stderr=subprocess.PIPE, text=True)
        told = "error: the result cannot be written: No space left on device\n  fix: write it to a place that has room\n"
        assert (done.returncode, done.stderr) == (3, told)


def test_a_full_disk_leaves_what_was_there_and_exits_with_3(built_zone):
    before = {path: path.read_bytes() for path in built_zone.rglob("*") if path.is_file()}
    (built_zone / "landing-zone.yaml").write_text(
        "organization: o-exampleorg1\ncontrols: {organization-trail: {name: another-name}}\n"
    )
    before[built_zone / "landing-zone.yaml"] = (built_zone / "landing-zone.yaml").read_bytes()
    limited = (
        "import resource, signal, runpy, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (8192, {resource.RLIM_INFINITY}));"
        "sys.argv = ['cfctgen', 'build', '--no-check']; runpy.run_module('generator', run_name='__main__')"
    )
    result = subprocess.run(
        [sys.executable, "-c", limited],
        cwd=built_zone,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 3, result.stderr
    assert "cannot be written: file too large" in result.stderr
    assert "nothing was changed" in result.stderr
    assert {path: path.read_bytes() for path in built_zone.rglob("*") if path.is_file()} == before


def test_prove_says_a_line_per_claim_and_what_it_is_about():
    result = cfctgen("prove")
    assert result.returncode == 0, result.stdout
    verdicts = [line for line in result.stdout.splitlines() if not line.startswith("  ")]
    assert len(verdicts) >= 20
    assert all(re.fullmatch(r"proved: [a-z-]+\.[a-z0-9-]+ \(.+\) in \d+ ms", line) for line in verdicts)


def test_a_refuted_claim_is_shown_with_one_request_and_fails_build_and_check(built_zone):
    """The guard without its statement about the buckets: the witness is a sentence, and the same in JSON."""
    policy = built_zone / "manifest/policies/logs-scp-ou-exam-c0ffee01.json"
    document = json.loads(policy.read_text())
    document["Statement"] = [each for each in document["Statement"] if each["Sid"] != "LogArchiveGuardLogs"]
    policy.write_text(json.dumps(document, separators=(",", ":")))
    shown = cfctgen("prove", cwd=built_zone)
    assert shown.returncode == 1
    assert "refuted: log-archive-guard.own-principals-cannot-change-logs" in shown.stdout
    assert "no statement denies it" in shown.stdout
    claims = json.loads(cfctgen("prove", "--format", "json", cwd=built_zone).stdout)["claims"]
    (refuted,) = [claim for claim in claims if claim["verdict"] == "refuted"]
    assert refuted["accounts"] == ["222222222222"]
    assert set(refuted["witness"]) >= {"action", "resources", "principal", "account", "context"}
    assert refuted["witness"]["action"].startswith("s3:")
    judged = cfctgen("check", cwd=built_zone)
    assert judged.returncode == 1
    assert "[CT403]" in judged.stdout


def test_explain_names_the_statement_the_policy_and_the_level():
    asked = (
        "explain", "s3:DeleteObject", "--principal", "arn:aws:iam::222222222222:root", "--account", "222222222222",
        "--resource", "arn:aws:s3:::organization-trail-222222222222-eu-central-1/file",
    )  # fmt: skip
    answer = json.loads(cfctgen(*asked, "--format", "json").stdout)
    assert answer["decision"] == "denied"
    assert {
        "policy": "logs-scp-ou-exam-c0ffee01",
        "sid": "LogArchiveGuardLogs",
        "effect": "Deny",
        "target": "ou-exam-c0ffee01",
    } in answer["statements"]
    assert cfctgen(*asked).stdout.startswith("denied: ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["prove", "nowhere"], "nowhere: there is nothing at this path"),
        (["prove", ".", "--policies", "nowhere"], "policies without claims say nothing to prove"),
        (["prove", ".", "--policies", "nowhere", "--claims", "tests/cases/weak_policies/claims.yaml"], "nowhere"),
        (["explain", "s3", "--principal", "*", "--resource", "*", "--account", "222222222222"], "`s3`"),
        (["publish", "--to", "ftp"], "`--to ftp` is none of `codecommit`, `git`, `s3`"),
    ],
)
def test_bad_questions_are_told_with_a_remedy_and_exit_code_2(arguments, told):
    result = cfctgen(*arguments)
    assert result.returncode == 2, result.stdout
    assert told in result.stderr
    assert "  fix: " in result.stderr
    assert "Traceback" not in result.stderr


def test_evidence_is_written_and_is_the_same_every_time(built_zone):
    for run, out in ((start, "first"), (cfctgen, "second")):
        assert run("evidence", "--out", out, cwd=built_zone).returncode == 0
    for name in ("evidence.md", "evidence.json"):
        assert (built_zone / "first" / name).read_bytes() == (built_zone / "second" / name).read_bytes()


def test_publish_refuses_what_is_not_what_the_inputs_build(built_zone):
    template = built_zone / "templates" / "organization-trail.yaml"
    template.write_text(template.read_text() + "# edited\n")
    result = cfctgen("publish", cwd=built_zone, AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="example")
    assert result.returncode == 2
    assert "templates/ and manifest/ are not what the inputs build" in result.stderr
