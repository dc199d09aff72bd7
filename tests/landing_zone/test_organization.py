from __future__ import annotations

from pathlib import Path

import pytest

from generator.aws.names import AccountId, OuId, OuPath
from generator.landing_zone import load_organization

ROOT = Path(__file__).parents[2]
REGULATED = OuPath("Workloads:Production:Regulated")
PAYMENTS = AccountId("100000000016")


@pytest.fixture(scope="module")
def organization():
    return load_organization(ROOT / "organization.yaml")


def test_the_reference_is_realistic(organization):
    assert len(organization.accounts) == 40
    assert len(organization.organizational_units) == 12
    assert max(unit.path.count(":") for unit in organization.organizational_units) == 2
    assert len(organization.governed_regions) == 5


def test_units_accounts_and_regions_are_sorted(organization):
    paths = [unit.path for unit in organization.organizational_units]
    ids = [account.id for account in organization.accounts]
    assert (paths, ids) == (sorted(paths), sorted(ids))
    assert list(organization.governed_regions) == sorted(organization.governed_regions)


def test_an_account_knows_its_unit_and_its_lineage_from_the_root_down(organization):
    assert organization.ou_of(PAYMENTS).path == REGULATED
    assert organization.lineage(PAYMENTS) == ("r-exam", "ou-exam-c0ffee05", "ou-exam-c0ffee06", "ou-exam-c0ffee07")


def test_an_account_in_the_root_has_no_unit(organization):
    assert organization.ou_of(organization.management_account) is None
    assert organization.lineage(organization.management_account) == ("r-exam",)
    assert [account.name for account in organization.accounts_directly_in(None)] == ["Management"]


def test_direct_accounts_are_what_stack_sets_reach_and_accounts_under_what_policies_reach(organization):
    direct = organization.accounts_directly_in(OuPath("Workloads:Production"))
    under = organization.accounts_under(OuPath("Workloads:Production"))
    assert (len(direct), len(under)) == (6, 9)
    assert {account.id for account in direct} < {account.id for account in under}
    assert PAYMENTS in {account.id for account in under}


def test_a_unit_without_accounts_of_its_own_has_none_directly(organization):
    assert organization.accounts_directly_in(OuPath("Workloads")) == ()
    assert len(organization.accounts_under(OuPath("Workloads"))) == 20


def test_a_unit_is_found_by_path_and_by_id(organization):
    assert organization.ou(REGULATED) == organization.ou_by_id(OuId("ou-exam-c0ffee07"))
    assert organization.ou(REGULATED).parent == "ou-exam-c0ffee06"
    assert [unit.name for unit in organization.children(OuId("ou-exam-c0ffee02"))] == ["Network", "Shared"]


def test_what_does_not_exist_is_a_key_error(organization):
    for question in (
        lambda: organization.ou(OuPath("Nowhere")),
        lambda: organization.accounts_under(OuPath("Nowhere")),
        lambda: organization.account(AccountId("999999999999")),
        lambda: organization.ou_by_id(OuId("ou-exam-00000000")),
    ):
        with pytest.raises(KeyError):
            question()


def test_policies_are_flat_by_target(organization):
    security = organization.ou(OuPath("Security")).id
    names = [(policy.type, policy.name) for policy in organization.attached_to(security)]
    assert ("rcp", "RCPFullAWSAccess") in names
    assert sum(kind == "scp" and name.startswith("aws-guardrails-") for kind, name in names) == 2
    assert [policy.name for policy in organization.attached_to(PAYMENTS)] == ["RCPFullAWSAccess", "FullAWSAccess"]
