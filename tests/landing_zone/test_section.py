"""Principals that a section accepts; those it refuses are cases of `tests/cases/bad_inputs.json`."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from generator.aws.names import AccountId
from generator.landing_zone.section import Known, LogArchivePrincipal, PinnedPrincipal, PrincipalPattern, Section

LOG_ARCHIVE, AUDIT = AccountId("222222222222"), AccountId("333333333333")
KNOWN = Known(accounts={LOG_ARCHIVE: LOG_ARCHIVE, AUDIT: AUDIT, "audit": AUDIT}, partition="aws", log_archive=LOG_ARCHIVE)

PARTS_OF_NAMES = [
    "role/Admin",
    "role/Admin*",
    "role/*Admin",
    "role/a?",
    "role/path/Admin",
    "role/*/Admin",
    "role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Audit_*",
    "user/auditor@example.com",
]
EVERY_NAME = ["role/*", "role/?", "role/?*", "role/**", "role/path/*", "role/*/*", "user/*", "role/path/"]


class Anybody(Section):
    who: PrincipalPattern


class Pinned(Section):
    who: PinnedPrincipal


class Keeper(Section):
    who: LogArchivePrincipal


def refusal(model: type[Section], arn: str, known: Known | None) -> tuple[str, str]:
    with pytest.raises(ValidationError) as raised:
        model.model_validate({"who": arn}, context=known)
    context = raised.value.errors()[0]["ctx"]
    return context["problem"], context["remedy"]


@pytest.mark.parametrize("name", PARTS_OF_NAMES)
@pytest.mark.parametrize("known", [KNOWN, None])
def test_a_name_or_a_part_of_one_is_accepted_in_the_right_account(name, known):
    for model, account in ((Pinned, AUDIT), (Pinned, LOG_ARCHIVE), (Keeper, LOG_ARCHIVE)):
        arn = f"arn:aws:iam::{account}:{name}"
        assert model.model_validate({"who": arn}, context=known).model_dump()["who"] == arn


@pytest.mark.parametrize("name", EVERY_NAME)
def test_every_name_is_refused_where_a_principal_is_pinned_and_allowed_where_it_is_a_pattern(name):
    arn = f"arn:aws:iam::{LOG_ARCHIVE}:{name}"
    for model in (Pinned, Keeper):
        problem, remedy = refusal(model, arn, KNOWN)
        assert arn in problem
        assert remedy.startswith(f"write the {name.split('/')[0]}'s name")
    assert Anybody.model_validate({"who": arn}, context=KNOWN).model_dump()["who"] == arn


@pytest.mark.parametrize("model", [Pinned, Keeper])
@pytest.mark.parametrize(
    "arn", ["*", "arn:aws:iam::*:role/A", "arn:aws:iam::222222222222:role/*", "arn:aws:iam::222222222222:root"]
)
def test_no_remedy_for_a_pinned_principal_suggests_a_wildcard(model, arn):
    for known in (KNOWN, None):
        assert "*" not in refusal(model, arn, known)[1]


def test_an_account_of_the_organization_is_not_asked_for_where_the_organization_is_not_known():
    arn = "arn:aws:iam::999999999999:role/A"
    assert Pinned.model_validate({"who": arn}, context=Known()).model_dump()["who"] == arn
    assert refusal(Pinned, arn, KNOWN)[0] == f"account `999999999999` of `{arn}` is not in the organization"


@pytest.mark.parametrize("model", [Pinned, Keeper])
def test_the_schema_accepts_and_refuses_the_names_that_the_loader_does(model):
    pattern = re.compile(model.model_json_schema()["properties"]["who"]["pattern"])
    for name in PARTS_OF_NAMES:
        assert pattern.search(f"arn:aws:iam::{LOG_ARCHIVE}:{name}"), name
    for name in [*EVERY_NAME, "root", "group/admins"]:
        assert not pattern.search(f"arn:aws:iam::{LOG_ARCHIVE}:{name}"), name
    assert not pattern.search("arn:aws:iam::*:role/Admin")
