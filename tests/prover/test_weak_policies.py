"""Weak policies, each with the request that gets past it: `tests/cases/weak_policies/*.json`, one file for each kind of slip."""

import json
from pathlib import Path

import pytest

from generator.package.claims_file import read_claims
from generator.policy.document import parse
from generator.policy.layers import FULL_ACCESS, Level
from generator.policy.model import PolicyKind
from generator.prover.estate import Estate, Stack
from generator.prover.folder import everywhere
from generator.prover.prove import Verdict, prove

FOLDER = Path(__file__).parents[1] / "cases" / "weak_policies"
CLAIMS = {claim.id: claim for claim in read_claims("claims.yaml", (FOLDER / "claims.yaml").read_bytes())}
CASES = {case["name"]: case for path in sorted(FOLDER.glob("*.json")) for case in json.loads(path.read_text())}


def _policy(statements, kind, name):
    return parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), kind, name)


def estate_of(case):
    policies = [
        _policy(case[key], kind, key) for key, kind in (("scp", PolicyKind.SCP), ("rcp", PolicyKind.RCP)) if case.get(key)
    ]
    scps = tuple(policy for policy in policies if policy.kind is PolicyKind.SCP)
    rcps = tuple(policy for policy in policies if policy.kind is PolicyKind.RCP)
    if "scps_instead" in case:
        allowing = _policy(case["scps_instead"], PolicyKind.SCP, "scp")
        return Estate({}, others=Stack((Level("r-exam", (allowing,)),)))
    if "reaches" not in case:
        return everywhere(policies)
    bare, bound = Level("r-exam", (FULL_ACCESS,)), Level("ou-exam-1", scps)
    reached = Stack((bare, Level("ou-exam-1", (FULL_ACCESS, *bound.policies))), (Level("ou-exam-1", rcps),))
    members = ("100000000001", "100000000002", "111111111111", "222222222222")
    return Estate({account: reached if account in case["reaches"] else Stack((bare,)) for account in members}, "111111111111")


def test_there_are_at_least_thirty_and_each_claim_is_tried():
    assert len(CASES) >= 30
    assert {case["claim"] for case in CASES.values()} >= set(CLAIMS) - {"log-bucket-known"}


@pytest.mark.parametrize("name", CASES)
def test_a_weak_policy_is_refuted_with_the_request_that_gets_past_it(name):
    case = CASES[name]
    (result,) = prove([CLAIMS[case["claim"]]], estate_of(case))
    assert result.verdict is Verdict.REFUTED
    data = result.data()["witness"]
    expected = case["witness"]
    assert {key: data[key] for key in expected if key != "context"} == {
        key: value for key, value in expected.items() if key != "context"
    }
    if "context" in expected:
        shown = {key.lower(): value for key, value in data["context"].items()}
        assert shown == {key.lower(): value for key, value in expected["context"].items()}
    assert set(case.get("also", ())) <= set(data["also"])
    if "near" in case:
        assert any(case["near"] in part for miss in data["near"] for part in miss["parts"])


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=lambda claim: claim.id)
def test_every_claim_is_refuted_or_holds_without_policies_as_it_should(claim):
    (result,) = prove([claim], everywhere(()))
    assert result.verdict is (Verdict.REFUTED if claim.expect == "denied" else Verdict.PROVED)
