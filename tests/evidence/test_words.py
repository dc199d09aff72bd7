"""Statements in words say what the evaluator does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.errors import InputError
from generator.evidence.words import conditions, elements
from generator.policy.conditions import holds
from generator.policy.document import parse
from generator.policy.keys import Context
from generator.policy.model import PolicyKind
from generator.policy.operators import BASES, Family

CASES = json.loads((Path(__file__).parents[1] / "cases" / "evidence_words.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_statement_in_words(case):
    statement = case["statement"]
    assert [f"{label}: {words}" for label, words in elements(statement)] == case["elements"]
    assert list(conditions(statement)) == case["conditions"]


VALUES = {
    Family.NUMERIC: "5",
    Family.DATE: "2026-01-01T00:00:00Z",
    Family.BOOL: "true",
    Family.BINARY: "QQ==",
    Family.IP: "10.0.0.0/8",
    Family.ARN: "arn:aws:iam::111122223333:role/a",
}
NAMES = [
    f"{prefix}{base}{suffix}" for prefix in ("", "ForAnyValue:", "ForAllValues:") for base in BASES for suffix in ("", "IfExists")
]


def _holds_without_the_key(name: str, value: str) -> bool | None:
    """The evaluator's answer; None for an operator that IAM does not have."""
    condition = {name: {"x:key": value}}
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition}],
    }
    try:
        (statement,) = parse(json.dumps(policy), PolicyKind.SCP, "p").statements
    except InputError:
        return None
    return holds(statement.conditions[0], Context({}))


def test_the_words_say_of_an_absent_key_what_the_evaluator_does():
    compared = 0
    for name in NAMES:
        value = VALUES.get(BASES[name.rpartition(":")[2].removesuffix("IfExists")].family, "v")
        expected = _holds_without_the_key(name, value)
        if expected is not None and "Null" not in name:
            (phrase,) = conditions({"Condition": {name: {"x:key": value}}})
            assert phrase.endswith(", or the key is absent") is expected, name
            compared += 1
    assert compared > 100
