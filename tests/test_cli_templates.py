"""`cfctgen templates` as its users meet it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator.checks.single_templates import CHECKS
from tests import forked

ROOT = Path(__file__).parents[1]
APPLICATION = """\
Resources:
  Application:
    Type: AWS::Amplify::App
    Properties:
      Name: front
"""
FAULTS = """\
Resources:
  # cfctgen: ignore CT305 -- nothing is kept here
  Bucket:
    Type: AWS::S3::Bucket
  Topic:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Bucket]
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: "*", Action: "sns:Publish", Resource: "*"}]
  Maker:
    Type: Custom::Maker
    Properties:
      ServiceToken: arn:aws:lambda:eu-central-1:333333333333:function:maker
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "package"
    shutil.copytree(ROOT / "tests" / "cases" / "clean_package", folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return forked.cfctgen(*arguments, cwd=cwd, environ=environ())


def start(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """In an interpreter of its own, which has a hash seed of its own."""
    program = [sys.executable, "-m", "generator", *arguments]
    return subprocess.run(program, cwd=cwd, env=environ(), check=False, capture_output=True, text=True)


def findings(result: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    assert result.stderr in ("", "no organization file: targets, and what is attached already, are not checked\n")
    return list(json.loads(result.stdout)["findings"])


def rules(result: subprocess.CompletedProcess[str]) -> set[object]:
    return {each["rule"] for each in findings(result)}


def test_a_template_has_the_findings_that_it_has_in_a_check_of_its_package(package: Path) -> None:
    (package / "templates" / "faults.yaml").write_text(FAULTS)
    (package / "templates" / "broken.yaml").write_text("Resources: {A: 1, A: 2}\n")
    (package / "templates" / "other.yaml").write_text("nothing: at all\n")
    names = [f"templates/{name}.yaml" for name in ("broken", "faults", "other")]
    whole = run("check", "--format", "json", cwd=package)
    alone = run("templates", "--format", "json", *names, cwd=package)
    assert alone.returncode == 1
    there = [each for each in findings(whole) if each["path"] in names and each["rule"] != "CT304"]
    assert findings(alone) == there
    assert {"CT303", "FATAL", "F18", "CT320", "BUCKET_ENCRYPTION"} <= rules(alone)
    assert json.loads(alone.stdout)["suppressed"] == json.loads(whole.stdout)["suppressed"] != []
    from_above = run("templates", "--format", "json", *(f"package/{name}" for name in names), cwd=package.parent)
    assert from_above.stdout.replace('"package/templates/', '"templates/') == alone.stdout
    assert {each["suppressed_at"]["path"] for each in json.loads(from_above.stdout)["suppressed"]} == {f"package/{names[1]}"}


def test_a_template_is_judged_for_the_regions_that_its_manifest_names(package: Path) -> None:
    """Amplify is in eu-central-1 and not in eu-south-2."""
    (package / "templates" / "topic.yaml").write_text(APPLICATION)
    assert run("templates", "templates/topic.yaml", cwd=package).stdout == "no findings\n"
    manifest = package / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("eu-west-1", "eu-south-2"))
    for name, folder in (("templates/topic.yaml", package), ("package/templates/topic.yaml", package.parent)):
        (finding,) = findings(run("templates", "--format", "json", name, cwd=folder))
        assert (finding["rule"], finding["path"], finding["line"]) == ("E3006", name, 3)
        assert "eu-south-2" in str(finding["message"])


def test_a_template_without_a_package_is_judged_whatever_its_name(package: Path) -> None:
    (package / "stacks").mkdir()
    for path in (package.parent / "faults.cfn", package / "stacks" / "faults.json"):
        path.write_text(FAULTS)
        result = run("templates", "--format", "json", str(path), cwd=package)
        assert result.returncode == 1
        assert {each["path"] for each in findings(result)} == {path.as_posix()}
        assert {"F18", "CT320", "BUCKET_ENCRYPTION"} <= rules(result)


@pytest.mark.parametrize("form", ["text", "junit"])
def test_what_is_known_is_said_again_byte_for_byte(package: Path, form: str) -> None:
    (package / "templates" / "faults.yaml").write_text(FAULTS)
    arguments = ("templates", "--format", form, "templates/faults.yaml")
    first, again = start(*arguments, cwd=package), start(*arguments, cwd=package)
    never = start(*arguments, "--no-cache", cwd=package)
    assert first.returncode == again.returncode == never.returncode == 1
    assert first.stdout == again.stdout == never.stdout


def test_nothing_is_said_again_of_another_template_manifest_or_rule(package: Path) -> None:
    guard = package.parent / "rules"
    guard.mkdir()
    (guard / "ours.guard").write_text("")
    name = "templates/topic.yaml"
    arguments = ("templates", "--format", "json", "--guard-rules", str(guard), name)
    assert rules(run(*arguments, cwd=package)) == set()

    (guard / "ours.guard").write_text(
        "rule NO_TOPIC when Resources exists { Resources.*.Type != 'AWS::SNS::Topic' << Violation: a topic\n Fix: none >> }\n"
    )
    assert rules(run(*arguments, cwd=package)) == {"NO_TOPIC"}
    assert rules(run("templates", "--format", "json", name, cwd=package)) == set()

    (package / name).write_text(APPLICATION)
    assert rules(run(*arguments, cwd=package)) == set()
    manifest = package / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("eu-west-1", "eu-south-2"))
    assert rules(run(*arguments, cwd=package)) == {"E3006"}

    shutil.rmtree(guard)
    result = run(*arguments, cwd=package)
    assert (result.returncode, result.stdout) == (2, "")
    assert "there is no such folder of Guard rules" in result.stderr


def test_each_file_that_is_not_there_is_told(package: Path) -> None:
    result = run("templates", "a.yaml", "templates/topic.yaml", "b.yaml", cwd=package)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("there is no such file") == 2


def test_our_own_rules_on_one_template_are_asked() -> None:
    assert {"CT008", "CT105", "CT106", "CT303", "CT305", "CT306", "CT307", "CT320"} < {check.rule.id for check in CHECKS}
