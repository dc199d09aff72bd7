"""A server that answers like AWS Organizations, over HTTP on this machine, with an organization in it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from urllib.request import Request, urlopen

import boto3
import botocore.session
import pytest
from botocore.loaders import Loader, create_loader
from moto.organizations.models import organizations_backends
from moto.server import ThreadedMotoServer

from generator.landing_zone import load_organization

BY_HAND = """\
# Our organization. Ask the platform team before you change anything below the line.
home_region: eu-central-1
governed_regions: [eu-central-1, us-east-1]   # twice a year we look at this
log_archive: "{log_archive}"
audit: "{audit}"
control_tower_version: "3.3"
cfct_version: "2.8.4"
# ------------------------------------------------------------------------
control_tower_trail: none
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@cache
def models() -> Loader:
    """Reads botocore's models once for all sessions."""
    return create_loader()


def connected() -> boto3.Session:
    inner = botocore.session.Session()
    inner.register_component("data_loader", models())
    return boto3.Session(botocore_session=inner, region_name="eu-central-1")


@pytest.fixture(scope="module")
def server(endpoint) -> Iterator[dict[str, object]]:
    """The environment of the server's users, and an organization in it: see `session`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        patch.setenv("AWS_ACCESS_KEY_ID", "documentation")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "documentation")
        patch.delenv("AWS_PROFILE", raising=False)
        found_organization(connected())
        yield deepcopy(vars(organizations_backends["123456789012"]["aws"]))
    forget(endpoint)


def forget(endpoint: str) -> None:
    urlopen(Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=10).close()  # noqa: S310 - our own server


@pytest.fixture
def session(endpoint, server) -> boto3.Session:
    """A fresh organization of 27 accounts in 3 OUs, two deep, with one SCP of its own."""
    forget(endpoint)
    vars(organizations_backends["123456789012"]["aws"]).update(deepcopy(server))
    return connected()


def found_organization(session: boto3.Session) -> None:
    organizations = session.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    names = {}
    for parent, name in ((root, "Security"), (root, "Workloads"), ("Workloads", "Production")):
        parent_id = names.get(parent, parent)
        unit = organizations.create_organizational_unit(ParentId=parent_id, Name=name)
        names[name] = unit["OrganizationalUnit"]["Id"]
    create(organizations, root, names["Security"], "Log Archive", "Audit")
    create(organizations, root, names["Production"], *(f"Shop {number}" for number in range(24)))
    policy = organizations.create_policy(
        Name="deny-leaving",
        Description="nobody leaves",
        Type="SERVICE_CONTROL_POLICY",
        Content='{"Version": "2012-10-17",\n "Statement": [{"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}]}',
    )
    organizations.attach_policy(PolicyId=policy["Policy"]["PolicySummary"]["Id"], TargetId=names["Workloads"])


def create(organizations, root: str, unit: str, *names: str) -> None:
    for name in names:
        status = organizations.create_account(AccountName=name, Email=f"{name.replace(' ', '-').lower()}@example.com")
        organizations.move_account(
            AccountId=status["CreateAccountStatus"]["AccountId"], SourceParentId=root, DestinationParentId=unit
        )


def ids(session: boto3.Session) -> dict[str, str]:
    pages = session.client("organizations").get_paginator("list_accounts").paginate()
    return {account["Name"]: account["Id"] for page in pages for account in page["Accounts"]}


def by_hand(session: boto3.Session) -> str:
    accounts = ids(session)
    return BY_HAND.format(log_archive=accounts["Log Archive"], audit=accounts["Audit"])


def loaded(tmp_path: Path, text: str):
    path = tmp_path / "organization.yaml"
    path.write_text(text)
    return load_organization(path)
