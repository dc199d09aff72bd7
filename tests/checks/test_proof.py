"""Where claims and policies come from: a package, or files of somebody else's."""

import json

import pytest

from generator.checks.proof import claims_and_estate, estate_of_files, estate_of_package
from generator.errors import InputError
from generator.prover.prove import prove

ROOT_CLAIM = """\
claims:
- id: keys
  statement: the root user makes no access key
  expect: denied
  layer: scp
  principals: {accounts: ['111122223333'], only: ['arn:aws:iam::*:root']}
  actions: [{service: iam, named: [{action: iam:CreateAccessKey, reason: never expires}]}]
  resources: ['arn:aws:iam::*:user/*']
  resource_account: '111122223333'
"""
SCP = {"Version": "2012-10-17", "Statement": [{"Sid": "Root", "Effect": "Deny", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "scp.json").write_text(json.dumps(SCP))
    (tmp_path / "claims.yaml").write_text(ROOT_CLAIM)
    return tmp_path


def test_a_team_judges_its_own_policies(folder):
    claims, estate = claims_and_estate(folder, folder / "none.yaml", policies=folder, claims=folder / "claims.yaml")
    assert [result.holds for result in prove(claims, estate)] == [True]


def test_policies_need_claims(folder):
    with pytest.raises(InputError, match="policies without claims"):
        claims_and_estate(folder, folder / "none.yaml", policies=folder)


def test_a_folder_without_policies_is_an_error(folder):
    (folder / "scp.json").unlink()
    with pytest.raises(InputError, match="no policy in this folder"):
        claims_and_estate(folder, folder / "none.yaml", policies=folder, claims=folder / "claims.yaml")


def test_a_file_with_a_slip_is_named(folder):
    (folder / "scp.json").write_text(json.dumps(SCP).replace("Deny", "deny"))
    with pytest.raises(InputError, match=r"scp\.json:1:"):
        estate_of_files([folder / "scp.json"])


@pytest.fixture
def written(reference, tmp_path):
    for path, content in reference.built.files.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    return tmp_path


def test_a_package_brings_its_own_claims(written, reference):
    claims, estate = claims_and_estate(written, reference.folder / "organization.yaml")
    assert len(claims) >= 15
    assert estate.organization == reference.landing_zone.organization.id


def test_what_is_attached_today_counts_for_explanations_only(written, reference):
    facts = reference.folder / "organization.yaml"
    names = [
        {
            policy.name
            for level in estate_of_package(written, facts, with_attached=asked).stack("100000000003").scps
            for policy in level.policies
        }
        for asked in (False, True)
    ]
    assert names[0] == {"FullAWSAccess"}
    assert any(name.startswith("aws-guardrails-") for name in names[1])


def test_a_package_without_claims_has_nothing_to_prove(written, reference):
    for path in (written / "claims").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="makes no claim"):
        claims_and_estate(written, reference.folder / "organization.yaml")
