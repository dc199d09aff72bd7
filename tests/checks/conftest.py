"""A small organization and a clean package, for every judge."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.aws.names import AccountId, OrganizationId, OuId, OuPath, Region, RootId
from generator.landing_zone.organization import Account, AccountStatus, AttachedPolicy, Organization, OrganizationalUnit
from generator.package.files import PackageFiles
from generator.package.readers import read

CLEAN_PACKAGE = Path(__file__).parents[1] / "cases" / "clean_package"
ROOT = RootId("r-exam")

UNITS = {
    "Security": ("ou-exam-00000001", ROOT),
    "Workloads": ("ou-exam-00000002", ROOT),
    "Workloads:Production": ("ou-exam-00000003", OuId("ou-exam-00000002")),
    "Workloads:Empty": ("ou-exam-00000004", OuId("ou-exam-00000002")),
    "Parking": ("ou-exam-00000005", ROOT),
}
ACCOUNTS = (
    ("111111111111", "Management", None, AccountStatus.ACTIVE),
    ("222222222222", "Log Archive", "Security", AccountStatus.ACTIVE),
    ("333333333333", "Audit", "Security", AccountStatus.ACTIVE),
    ("012345670123", "Shop", "Workloads:Production", AccountStatus.ACTIVE),
    ("555555555555", "Shop Test", "Workloads", AccountStatus.ACTIVE),
    ("666666666666", "Closed", "Workloads:Production", AccountStatus.SUSPENDED),
    ("777777777777", "Newcomer", None, AccountStatus.ACTIVE),
)


def attached(count: int, *, target: str = "ou-exam-00000002", kind: str = "scp") -> tuple[AttachedPolicy, ...]:
    return tuple(AttachedPolicy(f"there-{index}", kind, OuId(target), "{}") for index in range(count))


def make_organization(policies: tuple[AttachedPolicy, ...] = (), *, execution_role: bool = False) -> Organization:
    return Organization(
        id=OrganizationId("o-exampleorg1"),
        root_id=ROOT,
        partition="aws",
        management_account=AccountId("111111111111"),
        home_region=Region("eu-central-1"),
        governed_regions=(Region("eu-central-1"), Region("eu-west-1")),
        log_archive=AccountId("222222222222"),
        audit=AccountId("333333333333"),
        deployment=None,
        control_tower_version="3.3",
        cfct_version="2.8.4",
        control_tower_execution_in_management=execution_role,
        control_tower_trail=None,
        organizational_units=tuple(
            OrganizationalUnit(OuId(unit), path.rsplit(":", maxsplit=1)[-1], OuPath(path), parent)
            for path, (unit, parent) in sorted(UNITS.items())
        ),
        accounts=tuple(
            sorted(
                (Account(AccountId(i), name, None, OuPath(ou) if ou else None, status) for i, name, ou, status in ACCOUNTS),
                key=lambda a: a.id,
            )
        ),
        attached=policies,
    )


@pytest.fixture
def organization() -> Organization:
    return make_organization()


@pytest.fixture
def organization_with():
    """Makes the organization with other facts."""
    return make_organization


@pytest.fixture
def attached_policies():
    """Makes policies that are attached already."""
    return attached


@pytest.fixture
def clean_package() -> PackageFiles:
    return read(CLEAN_PACKAGE)
