"""A small organization."""

from __future__ import annotations

import pytest

from generator.aws.names import AccountId, OrganizationId, OuId, OuPath, Region, RootId
from generator.landing_zone.organization import Account, AccountStatus, Organization, OrganizationalUnit

ROOT = RootId("r-exam")


@pytest.fixture
def organization() -> Organization:
    units = {"Security": ("ou-1", ROOT), "Work": ("ou-2", ROOT), "Work:Deep": ("ou-3", OuId("ou-2"))}
    accounts = (
        ("000000000001", "Management", None, AccountStatus.ACTIVE),
        ("000000000002", "Logs", "Security", AccountStatus.ACTIVE),
        ("000000000003", "Shop", "Work", AccountStatus.ACTIVE),
        ("000000000004", "Closed", "Work", AccountStatus.SUSPENDED),
        ("000000000005", "Below", "Work:Deep", AccountStatus.ACTIVE),
        ("000000000006", "Newcomer", None, AccountStatus.ACTIVE),
        ("000000000007", "Twin", "Work:Deep", AccountStatus.SUSPENDED),
        ("000000000008", "twin", "Work:Deep", AccountStatus.ACTIVE),
        ("000000000009", "Till", "Security", AccountStatus.ACTIVE),
        ("000000000010", "TILL", "Security", AccountStatus.ACTIVE),
        ("000000000011", "Same", "Security", AccountStatus.ACTIVE),
        ("000000000012", "Same", "Security", AccountStatus.ACTIVE),
    )
    return Organization(
        id=OrganizationId("o-exampleorg1"),
        root_id=ROOT,
        partition="aws",
        management_account=AccountId("000000000001"),
        home_region=Region("eu-central-1"),
        governed_regions=(Region("eu-central-1"),),
        log_archive=AccountId("000000000002"),
        audit=AccountId("000000000003"),
        deployment=None,
        control_tower_version="3.3",
        cfct_version="2.8.4",
        control_tower_execution_in_management=False,
        control_tower_trail=None,
        organizational_units=tuple(
            OrganizationalUnit(OuId(unit), path.rsplit(":", maxsplit=1)[-1], OuPath(path), parent)
            for path, (unit, parent) in sorted(units.items())
        ),
        accounts=tuple(Account(AccountId(i), name, None, OuPath(ou) if ou else None, status) for i, name, ou, status in accounts),
        attached=(),
    )
