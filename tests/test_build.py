"""The build: no finding in any landing zone, and the same bytes wherever, whenever and in whatever locale it runs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import yaml

from generator.aws.quotas import PROFILES
from generator.build import Built, build
from generator.checks.cfn_lint import Linter
from generator.checks.remembered import Memory
from generator.checks.run import Settings, judge_package
from generator.controls import CONTROLS
from generator.landing_zone import load
from generator.package.ledger import Ledger
from tests.conftest import Store

ROOT = Path(__file__).parents[1]
BUILT = ("templates", "manifest", "runbooks", "policy-ledger.yaml")


@pytest.fixture(scope="module")
def judge():
    """Judges as `check` does; what was found out of a template, or of claims, is not found out again."""
    memory = Memory(Store(), "")  # type: ignore[arg-type]
    with Linter() as linter:
        yield partial(judge_package, linter=linter, memory=memory)


def test_every_landing_zone_builds_without_a_finding(judge, example):
    settings = Settings(PROFILES[example.landing_zone.quota_profile])
    assert judge(example.built.files, example.landing_zone.organization, settings).findings == ()


def digest(root: Path) -> str:
    """One digest of every built file's path and bytes."""
    total = hashlib.sha256()
    for name in BUILT:
        for path in sorted([root / name, *(root / name).rglob("*")]):
            if path.is_file():
                total.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()


@pytest.mark.parametrize(
    "surroundings",
    [
        {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
        {"TZ": "America/Adak", "PYTHONHASHSEED": "4242", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0"},
    ],
)
def test_the_committed_package_comes_out_in_other_surroundings_and_another_folder(tmp_path, surroundings):
    inputs = tmp_path / "a folder with blanks"
    inputs.mkdir()
    for name in ("landing-zone.yaml", "organization.yaml", "policy-ledger.yaml"):
        shutil.copy(ROOT / name, inputs)
    subprocess.run(
        [sys.executable, "-m", "generator", "build", "--no-check"],
        cwd=inputs,
        env={**os.environ, "PYTHONPATH": str(ROOT), **surroundings},
        check=True,
        capture_output=True,
    )
    assert digest(inputs) == digest(ROOT)


def built_with(organization: Path) -> Built:
    sections = {control.slug: control.section for control in CONTROLS}
    return build(load(ROOT / "landing-zone.yaml", organization, sections), CONTROLS, Ledger())


def test_the_order_of_the_organization_file_does_not_matter(tmp_path, reference):
    facts = yaml.safe_load((ROOT / "organization.yaml").read_text())
    for key in ("accounts", "organizational_units", "policies", "governed_regions"):
        facts[key].reverse()
    (tmp_path / "organization.yaml").write_text(yaml.safe_dump(facts))
    assert built_with(tmp_path / "organization.yaml").files == reference.built.files


def test_a_new_account_changes_nothing_that_cfct_deploys(reference, tmp_path):
    """Claims alone list the accounts of today: those about every account are then proved for the new one too."""
    text = (ROOT / "organization.yaml").read_text()
    text = text.replace("\naccounts:\n", '\naccounts:\n  - {id: "999999999999", name: New, ou: Sandbox}\n', 1)
    (tmp_path / "organization.yaml").write_text(text)
    assert "999999999999" in text
    before, after = reference.built.files.files, built_with(tmp_path / "organization.yaml").files.files
    assert after.keys() == before.keys()
    changed = {path for path in after if after[path] != before[path]}
    assert all(path.startswith("claims/") for path in changed), changed


@pytest.mark.parametrize("key", ["access_log_bucket", "kms_key", "log_group", "object_lock"])
def test_adopting_works_with_whatever_is_known_of_the_trail(judge, tmp_path, key):
    """`cfctgen snapshot` cannot see all of it: no key but the trail's name and bucket is needed."""
    text = (ROOT / "tests/inputs/adopt/organization.yaml").read_text()
    without = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(f"  {key}:"))
    assert without != text
    (tmp_path / "organization.yaml").write_text(without)
    sections = {control.slug: control.section for control in CONTROLS}
    landing_zone = load(ROOT / "tests/inputs/adopt/landing-zone.yaml", tmp_path / "organization.yaml", sections)
    built = build(landing_zone, CONTROLS, Ledger())
    assert judge(built.files, landing_zone.organization).findings == ()


def test_options_that_an_adopted_trail_ignores_are_told(tmp_path):
    (tmp_path / "landing-zone.yaml").write_text(
        "organization: o-exampleorg1\ncontrols:\n  organization-trail:\n    data_events: ['AWS::S3::Object']\n"
        "    delegated_administrator: Audit\n    readers: ['arn:aws:iam::333333333333:role/SecurityLake']\n"
    )
    sections = {control.slug: control.section for control in CONTROLS}
    landing_zone = load(tmp_path / "landing-zone.yaml", ROOT / "tests/inputs/adopt/organization.yaml", sections)
    built = build(landing_zone, CONTROLS, Ledger())
    told = "\n".join(built.notes)
    assert "`data_events` of organization-trail has no effect" in told
    assert "`delegated_administrator` 333333333333 is not registered" in told
    assert "readers of 333333333333 are let through by the guard, but the policy of bucket" in told
    assert "needs `kms:Decrypt` in that key's policy" in told
    policies = "".join(content.decode() for path, content in built.files.files.items() if "-scp-" in path)
    assert "LogArchiveGuardTrail" in policies, "and the guard keeps the administrator from the trail all the same"
