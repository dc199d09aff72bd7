"""Where CfCT puts things, and what it loses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.cfct.manifest import parse
from generator.cfct.targets import resolve
from generator.package.files import PackageFiles

CASES = json.loads((Path(__file__).parents[1] / "cases" / "targets.json").read_text())


def resource(method: str, accounts=(), units=(), regions=()):
    entry = {
        "name": "x",
        "deploy_method": method,
        "resource_file": "x.json",
        "deployment_targets": {"accounts": list(accounts), "organizational_units": list(units)},
        "regions": list(regions),
    }
    text = json.dumps({"region": "eu-central-1", "resources": [entry]})
    return parse(PackageFiles({"manifest.yaml": text.encode()})).manifest.resources[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_case_resolves(case, organization):
    resolution = resolve(resource(case["method"], case.get("accounts", ()), case.get("units", ())), organization)
    assert list(resolution.accounts) == case.get("reached", [])
    assert list(resolution.targets) == case.get("targets", [])
    assert [[lost.loss.name, lost.value] for lost in resolution.lost] == case.get("lost", [])


def test_regions_default_to_the_manifests(organization):
    assert resolve(resource("stack_set", units=["Work"]), organization).regions == ("eu-central-1",)
    assert resolve(resource("stack_set", units=["Work"], regions=["eu-west-1"]), organization).regions == ("eu-west-1",)


def test_a_policy_has_no_regions(organization):
    assert resolve(resource("scp", units=["Work"]), organization).regions == ()


def test_a_lost_target_knows_its_place(organization):
    (lost,) = resolve(resource("stack_set", accounts=["Shop", "Nobody"]), organization).lost
    assert (lost.key, lost.index) == ("accounts", 1)
