"""Claims files: what is written is read again, and every slip is found at its place."""

from pathlib import Path

import pytest

from generator.errors import InputError
from generator.package.claims_file import claims_text, read_claims
from generator.prover.claim import OWN_ACCOUNT, ClaimLayer, Expectation

EXAMPLES = Path(__file__).parents[1] / "cases" / "weak_policies" / "claims.yaml"
GOOD = """\
claims:
- id: a
  statement: nobody leaves
  expect: denied
  layer: scp
  actions:
  - service: organizations
    named: [{action: organizations:LeaveOrganization, reason: why}]
  resources: ['*']
"""
SESSION = "arn:aws:sts::222222222222:assumed-role/Admin/me"
NAMED = "    named: [{action: organizations:LeaveOrganization, reason: why}]\n"


def test_what_is_written_is_read_again():
    claims = read_claims("claims.yaml", EXAMPLES.read_bytes())
    assert read_claims("again.yaml", claims_text(claims).encode()) == claims


def test_what_is_left_out_has_the_plainest_meaning():
    (claim,) = read_claims("claims.yaml", GOOD.encode())
    assert (claim.expect, claim.layer, claim.resource_account) == (Expectation.DENIED, ClaimLayer.SCP, OWN_ACCOUNT)
    assert not claim.principals.accounts
    assert not claim.context


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("expect:", "expct:", (4, 3), "`expct` is no field of a claim"),
        ("expect: denied", "expect: deny", (4, 11), "`deny` is not one of denied, allowed"),
        ("  resources: ['*']\n", "", (2, 3), "has no `resources`"),
        ("['*']", "[s3]", (9, 15), "`s3` is no pattern of ARNs"),
        ("['*']", "[]", (9, 14), "the list is empty"),
        ("['*']", "'*'", (9, 14), "this is no list"),
        (", reason: why", "", (8, 13), "has no `reason`"),
        ("    named: [{action: organizations:LeaveOrganization, reason: why}]\n", "", (7, 5), "selects no action"),
        ("layer: scp", "layer: scp\n  resource_account: 12", (6, 21), "`12` is no account id"),
        ("layer: scp", "layer: scp\n  principals: {service: '*', accounts: ['111122223333']}", (6, 25), "stands beside"),
        ("- service: organizations\n", "- service: organizations\n    levels: [Write]\n", (7, 5), "only select together"),
        ("- service: organizations\n", "- service: organizations\n    unknown: perhaps\n", (8, 14), "neither `true` nor `false`"),
        ("layer: scp", "layer: scp\n  resource_account: '" + "\u0661" * 12 + "'", (6, 21), "is no account id"),
        ("layer: scp", "layer: scp\n  principals: {only: ['arn:aws:iam::22:root']}", (6, 23), "has no account id of 12 digits"),
        ("layer: scp", f"layer: scp\n  principals: {{excepted: ['{SESSION}']}}", (6, 27), "is the ARN of a session"),
        ("LeaveOrganization", "LeaveOrganisation", (8, 13), "no action `organizations:LeaveOrganisation` of `organizations`"),
        ("service: organizations", "service: organisations", (7, 14), "knows no service `organisations`"),
        ("service: organizations", "service: ../actions/s3", (7, 14), "`../actions/s3` is no prefix of a service"),
        ("service: organizations", f"service: {'s' * 5000}", (7, 14), f"`{'s' * 64}` is no prefix of a service"),
        ("service: organizations", 'service: "s3\\0"', (7, 14), "is no prefix of a service"),
        ("['*']", "['arn:aws:s3:::logs']", (9, 15), "no resource of `organizations` looks like `arn:aws:s3:::logs`"),
        ("layer: scp", "layer: scp\n  context: {aws:PrincipleArn: [a]}", (6, 13), "is no global condition key"),
        ("layer: scp", "layer: scp\n  context: {s3:prefixx: [a]}", (6, 13), "`s3` has no condition key `s3:prefixx`"),
        ("layer: scp", "layer: scp\n  context: {color: [red]}", (6, 13), "`color` is no condition key"),
        (NAMED, "    levels: [Write, rit]\n    resource_types: [account]\n", (8, 21), "has the level `rit`"),
        (NAMED, "    levels: [Write]\n    resource_types: [acount]\n", (9, 22), "has the type of resource `acount`"),
        (
            NAMED,
            "    levels: [Tagging]\n    resource_types: [handshake]\n",
            (8, 13),
            "no action of `organizations` has one of these",
        ),
        (NAMED, "    unknown: true\n    known_harmless: ['organizations:*']\n", (9, 21), "covers every action"),
        (NAMED, "    unknown: true\n    known_harmless: ['s3:Get*']\n", (9, 22), "no pattern of actions of `organizations`"),
        (NAMED, NAMED + "    known_harmless: ['organizations:Get*']\n", (9, 21), "stands without `unknown: true`"),
    ],
)
def test_a_slip_is_found_at_its_place(old, new, place, words):
    with pytest.raises(InputError) as caught:
        read_claims("claims.yaml", GOOD.replace(old, new).encode())
    found = {(it.where.line, it.where.column): it.problem for it in caught.value.problems}
    assert words in found[place]


@pytest.mark.parametrize(
    "context",
    [
        "aws:PrincipalTag/team: [a]",
        "kms:EncryptionContext:aws:s3:arn: [a]",
        "S3:Prefix: [a]",
        "saml:aud: [a]",
        "accounts.google.com:aud: [a]",
    ],
)
def test_a_key_of_aws_a_service_or_an_identity_provider_is_a_key(context):
    (claim,) = read_claims(
        "claims.yaml", GOOD.replace("layer: scp", f"layer: scp\n  context: {{'{context[:-5]}': [a]}}").encode()
    )
    assert list(claim.context) == [context[:-5]]


def test_an_id_stands_for_one_claim():
    with pytest.raises(InputError, match="the id `a` is given twice"):
        read_claims("claims.yaml", (GOOD + GOOD.removeprefix("claims:\n")).encode())


def test_a_file_that_is_not_utf8_is_named():
    with pytest.raises(InputError, match=r"claims\.yaml:1: the file is not UTF-8"):
        read_claims("claims.yaml", b"\xff")
