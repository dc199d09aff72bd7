"""Policies stand on fixed shelves: names survive a rename, statements never move, and nothing that was attached is forgotten."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from generator.package.ledger import Entry, Ledger
from generator.package.model import Layer, PolicyStatement
from generator.package.shelves import lay
from generator.policy.completion import complete
from generator.policy.document import parse
from generator.policy.model import PolicyKind
from generator.policy.request import Request, principal_of

SECURITY, NETWORK = "ou-exam-c0ffee01", "ou-exam-c0ffee03"
SHELF = {"trail": "logs", "guard": "logs", "identity": "identity"}


@pytest.fixture
def organization(reference):
    return reference.landing_zone.organization


def statement(control: str, target: str, sid: str, layer: Layer = Layer.SCP) -> PolicyStatement:
    return PolicyStatement(control, layer, target, {"Sid": sid, "Effect": "Deny", "Action": "s3:*", "Resource": "*"})


def test_one_policy_for_each_target_shelf_and_layer(organization):
    statements = [
        statement("trail", SECURITY, "A"),
        statement("guard", SECURITY, "B"),
        statement("identity", SECURITY, "C"),
        statement("guard", NETWORK, "D"),
        statement("guard", SECURITY, "E", Layer.RCP),
    ]
    laid = {policy.name: [each["Sid"] for each in policy.statements] for policy in lay(statements, SHELF, organization, Ledger())}
    assert laid == {
        f"logs-scp-{SECURITY}": ["A", "B"],
        f"identity-scp-{SECURITY}": ["C"],
        f"logs-scp-{NETWORK}": ["D"],
        f"logs-rcp-{SECURITY}": ["E"],
    }


def test_a_renamed_ou_keeps_its_policies_under_their_names(organization):
    renamed = replace(
        organization,
        organizational_units=tuple(
            replace(unit, path="Trust", name="Trust") if unit.id == SECURITY else unit
            for unit in organization.organizational_units
        ),
    )
    (before,), (after,) = (lay([statement("guard", SECURITY, "A")], SHELF, each, Ledger()) for each in (organization, renamed))
    assert before.name == after.name
    assert (before.target_path, after.target_path) == ("Security", "Trust")


def test_names_differ_within_the_50_characters_that_cfct_keeps(example):
    names = [path for path in example.built.files.files if path.startswith("policies/")]
    assert len({name.removeprefix("policies/")[:50] for name in names}) == len(names)


def test_content_is_one_compact_line_that_cfct_cannot_spoil(example):
    for path, content in example.built.files.files.items():
        if path.startswith("policies/"):
            text = content.decode("ascii")
            assert "\n" not in text
            assert "  " not in text
            assert text == json.dumps(json.loads(text), separators=(",", ":"))


@pytest.mark.parametrize("layer", list(Layer))
def test_what_is_no_longer_needed_stays_and_denies_nothing(organization, layer):
    ledger = Ledger((Entry(f"logs-{layer.value}-{NETWORK}", layer, NETWORK),))
    (policy,) = lay([], SHELF, organization, ledger)
    assert (policy.name, policy.target_path, policy.controls) == (f"logs-{layer.value}-{NETWORK}", "Infrastructure:Network", ())
    kind = PolicyKind.SCP if layer is Layer.SCP else PolicyKind.RCP
    (only,) = parse(policy.content, kind, policy.name).statements
    bucket = only_resource(policy.content)
    for sender in ("arn:aws:iam::100000000003:root", "*", "cloudtrail.amazonaws.com", "arn:aws:iam::100000000003:role/Admin"):
        request = complete(Request(principal_of(sender), "s3:GetObject", (bucket,), "100000000003"))
        assert not only.selects(request.action, bucket, request.context)


def only_resource(content: str) -> str:
    (only,) = json.loads(content)["Statement"]
    return only["Resource"]


def test_what_is_detached_or_lost_its_ou_is_left_out(organization):
    ledger = Ledger(
        (
            Entry("logs-scp-a", Layer.SCP, NETWORK, "2026-01-31"),
            Entry("logs-scp-b", Layer.SCP, "ou-exam-99999999"),
        )
    )
    assert lay([], SHELF, organization, ledger) == ()


def test_the_root_is_called_root(organization):
    (policy,) = lay([statement("guard", organization.root_id, "A")], SHELF, organization, Ledger())
    assert policy.target_path == "Root"
