"""Where claims and policies come from: a package, or files of somebody else's."""

import json

import pytest

from generator.checks.proof import claims_and_estate, estate_of_files, estate_of_package
from generator.errors import InputError
from generator.prover.explain import Question, explain
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
    assert "FullAWSAccess" in names[0]
    assert not any(name.startswith("aws-guardrails-") for name in names[0])
    assert any(name.startswith("aws-guardrails-") for name in names[1])


def test_a_package_without_claims_has_nothing_to_prove(written, reference):
    for path in (written / "claims").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="makes no claim"):
        claims_and_estate(written, reference.folder / "organization.yaml")


QUESTION = Question("s3:GetObject", "arn:aws:iam::222222222222:role/A", ("arn:aws:s3:::a/b",), "222222222222", {})
MANIFEST = """\
---
region: eu-central-1
version: 2021-03-15
resources:
  - name: allow-list
    resource_file: policies/a.json
    deploy_method: scp
    deployment_targets:
      organizational_units: [Security]
"""
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:*"],"Resource":"*"}]}'
SECURITY = "      - ou-exam-c0ffee01\n"


@pytest.fixture
def allow_list(tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "manifest.yaml").write_text(MANIFEST)
    (tmp_path / "policies" / "a.json").write_text(ALLOW)
    return tmp_path


def decision_over(package, text, *, with_attached):
    (package / "organization.yaml").write_text(text)
    estate = estate_of_package(package, package / "organization.yaml", with_attached=with_attached)
    return explain(QUESTION, estate).data()["decision"]


def test_an_allow_list_takes_nothing_away_while_full_access_stands_beside_it(allow_list, reference):
    text = (reference.folder / "organization.yaml").read_text()
    assert decision_over(allow_list, text, with_attached=False) == "allowed"
    assert decision_over(allow_list, text, with_attached=True) == "allowed"


def test_an_allow_list_counts_where_the_organization_file_says_that_full_access_is_gone(allow_list, reference):
    head, full_access, rest = (reference.folder / "organization.yaml").read_text().partition("  - name: FullAWSAccess\n")
    assert SECURITY in rest
    text = head + full_access + rest.replace(SECURITY, "", 1)
    assert decision_over(allow_list, text, with_attached=False) == "allowed"
    assert decision_over(allow_list, text, with_attached=True) == "denied"


def test_an_organization_file_without_scps_leaves_full_access_where_aws_put_it(allow_list, reference):
    text = (reference.folder / "organization.yaml").read_text().partition("policies:\n")[0]
    assert decision_over(allow_list, text, with_attached=True) == "allowed"


def test_the_option_decides_the_kind_of_a_file(folder):
    assert [len(estate_of_files([folder / "scp.json"], []).others.scps[0].policies)] == [2]
    with pytest.raises(InputError, match="Principal"):
        estate_of_files([], [folder / "scp.json"])


def test_the_folder_decides_the_kind_of_a_file(folder):
    (folder / "rcps").mkdir()
    (folder / "scp.json").rename(folder / "rcps" / "a.json")
    with pytest.raises(InputError, match="Principal"):
        claims_and_estate(folder, folder / "none.yaml", policies=folder, claims=folder / "claims.yaml")
    (folder / "rcps").rename(folder / "scps")
    claims, estate = claims_and_estate(folder, folder / "none.yaml", policies=folder, claims=folder / "claims.yaml")
    assert [result.holds for result in prove(claims, estate)] == [True]
    _, estate = claims_and_estate(folder, folder / "none.yaml", policies=folder, claims=folder / "claims.yaml", full_access=False)
    assert [policy.name for policy in estate.others.scps[0].policies] == [str(folder / "scps" / "a.json")]
