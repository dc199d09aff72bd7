"""Verdicts on single policies, each where a prover that skips something would err: `tests/cases/prover_verdicts.json`.

A case gives the statements' conditions (or other parts) by layer, what its claim says other than the usual one, and the outcome.
"""

import json
from pathlib import Path

import pytest

from generator.policy.completion import Membership
from generator.policy.document import parse
from generator.policy.layers import FULL_ACCESS, Level
from generator.policy.model import PolicyKind
from generator.prover import search
from generator.prover.claim import ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals, Slug
from generator.prover.estate import Estate, Stack
from generator.prover.folder import everywhere
from generator.prover.prove import Verdict, prove

ACCOUNT = "222222222222"
CASES = {
    case["name"]: case
    for case in json.loads((Path(__file__).parents[1] / "cases" / "prover_verdicts.json").read_text(encoding="utf-8"))
}


def _policy(kind, parts):
    elements = {"Effect", "Action", "NotAction", "Resource", "NotResource"}
    statements = []
    for part in parts:
        own = {key: value for key, value in part.items() if key in elements}
        condition = {key: value for key, value in part.items() if key not in elements}
        resource = {} if "NotResource" in own else {"Resource": "*"}
        statement = {"Effect": "Deny", "Action": "s3:*", **resource, **own, **({"Condition": condition} if condition else {})}
        statements.append({**statement, "Principal": "*"} if kind is PolicyKind.RCP else statement)
    name = "rcp" if kind is PolicyKind.RCP else "scp"
    return parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), kind, name)


def _estate(case):
    scps = (_policy(PolicyKind.SCP, case["scp"]),) if "scp" in case else ()
    rcps = (_policy(PolicyKind.RCP, case["rcp"]),) if "rcp" in case else ()
    organization = case.get("organization")
    if not organization:
        return everywhere((*scps, *rcps))
    membership = Membership(organization, (f"{organization}/r-exam/",))
    stack = Stack((Level("r-exam", (FULL_ACCESS, *scps)),), (Level("r-exam", rcps),), membership)
    return Estate({ACCOUNT: stack}, organization=organization)


def _claim(said):
    who = Principals(
        () if "service" in said else tuple(said.get("accounts", (ACCOUNT,))),
        only=tuple(said.get("only", ())),
        service=said.get("service", ""),
    )
    return Claim(
        "a",
        Slug(""),
        "nobody deletes a log file",
        Expectation.DENIED,
        ClaimLayer(said.get("layer", "scp")),
        who,
        (ActionSet("s3", named=(NamedAction("s3:DeleteObject", "deletes a log file"),)),),
        tuple(said.get("resources", ("arn:aws:s3:::logs/*",))),
        said.get("resource_account", ACCOUNT),
        {key: tuple(values) for key, values in said.get("context", {}).items()},
    )


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_is_the_one_that_all_requests_give(name):
    case = CASES[name]
    (result,) = prove([_claim(case.get("claim", {}))], _estate(case))
    assert result.verdict is Verdict(case["verdict"])
    assert not result.vacuous
    assert case.get("open") in (None, *result.open)
    if result.witnesses:
        request = result.witnesses[0].request
        sender = request.principal.arn or request.principal.name or "*"
        assert sender == case.get("principal", sender)
        assert request.resources[0] == case.get("resource", request.resources[0])
        assert {key: request.context.get(key) for key in case.get("context", {})} == {
            key: tuple(values) for key, values in case.get("context", {}).items()
        }


def test_a_search_that_takes_too_long_is_undecided(monkeypatch):
    """Four pigeons in three holes: no way to satisfy it, and no quick way to see that."""
    holes, pigeons = range(3), range(4)
    parts = [{"Null": {f"s3:p{pigeon}h{hole}": "true" for hole in holes}} for pigeon in pigeons]
    for hole in holes:
        pairs = ((one, other) for one in pigeons for other in range(one))
        parts += [{"Null": {f"s3:p{one}h{hole}": "false", f"s3:p{other}h{hole}": "false"}} for one, other in pairs]
    estate = everywhere([_policy(PolicyKind.SCP, parts)])
    (result,) = prove([_claim({})], estate)
    assert result.verdict is Verdict.PROVED
    monkeypatch.setattr(search, "MAX_NODES", 50)
    (result,) = prove([_claim({})], estate)
    assert result.verdict is Verdict.UNDECIDED
    assert result.open == ("its patterns and conditions make too many combinations",)
