"""Policies that nobody built here: judged as if they were attached to the root of an organization of which nothing else is known."""

from __future__ import annotations

import json
from collections.abc import Iterable

from generator.policy.document import parse
from generator.policy.layers import FULL_ACCESS, Level
from generator.policy.model import Policy, PolicyKind
from generator.prover.estate import Estate, Stack

EVERYWHERE = "every account"
"""What decisions call the place where such policies are attached."""


def read_policy(path: str, text: str) -> Policy:
    """An SCP or an RCP: only the latter has a `Principal`. Raises InputError with every problem, each with its place."""
    return parse(text, PolicyKind.RCP if _names_principals(text) else PolicyKind.SCP, path)


def _names_principals(text: str) -> bool:
    try:
        document = json.loads(text)
    except ValueError:
        return False
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    listed = statements if isinstance(statements, list) else [statements]
    return any(isinstance(statement, dict) and "Principal" in statement for statement in listed)


def everywhere(policies: Iterable[Policy], partition: str = "aws") -> Estate:
    """An estate in which all policies reach every account, beside `FullAWSAccess`."""
    policies = tuple(policies)
    scps = tuple(policy for policy in policies if policy.kind is PolicyKind.SCP)
    rcps = tuple(policy for policy in policies if policy.kind is PolicyKind.RCP)
    stack = Stack((Level(EVERYWHERE, (FULL_ACCESS, *scps)),), (Level(EVERYWHERE, rcps),))
    return Estate({}, others=stack, partition=partition)
