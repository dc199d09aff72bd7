"""Policies that nobody built here: judged as if they were attached to the root of an organization of which nothing else is known."""

from __future__ import annotations

from collections.abc import Iterable

from generator.errors import InputError, Problem
from generator.policy.document import parse
from generator.policy.json_source import Array, Node, Object, read
from generator.policy.layers import FULL_ACCESS, Level
from generator.policy.model import Policy, PolicyKind
from generator.prover.estate import Estate, Stack

EVERYWHERE = "every account"
"""What decisions call the place where such policies are attached."""

SCPS = "scps"
RCPS = "rcps"
"""Subfolders that say of which kind their files are."""


def read_policy(path: str, text: str, kind: PolicyKind | None = None) -> Policy:
    """An SCP or an RCP. Raises InputError with every problem, each with its place.

    Where `kind` is left open, the statements tell: those of an RCP have a `Principal`, those of an SCP have none ("RCP syntax" and
    "SCP syntax", AWS Organizations User Guide).
    """
    return parse(text, kind or _kind(read(text, path)), path)


def _kind(document: Node) -> PolicyKind:
    """The kind that the statements tell. Raises InputError if some have a `Principal` and some have none."""
    statements = _member(document, "Statement")
    listed = statements.value.items if statements and isinstance(statements.value, Array) else (statements,)
    without = [node for node in listed if node and isinstance(node.value, Object) and _member(node, "Principal") is None]
    if not any(node and _member(node, "Principal") for node in listed):
        return PolicyKind.SCP
    if without:
        raise InputError(
            Problem(
                without[0].where,
                "this statement has no `Principal`, but others of the file have one",
                f'write `"Principal": "*"` in every statement of an RCP and in none of an SCP, or put the file into a folder '
                f"`{RCPS}/` or `{SCPS}/`",
            )
        )
    return PolicyKind.RCP


def _member(node: Node, key: str) -> Node | None:
    members = node.value.members if isinstance(node.value, Object) else ()
    return next((member.node for member in members if member.key == key), None)


def everywhere(policies: Iterable[Policy], partition: str = "aws", *, full_access: bool = True) -> Estate:
    """An estate in which all policies reach every account; with `full_access` beside `FullAWSAccess`, as AWS attaches it.

    Without it the SCPs are an allow list: what none of them allows is denied.
    """
    policies = tuple(policies)
    always = (FULL_ACCESS,) if full_access else ()
    scps = tuple(policy for policy in policies if policy.kind is PolicyKind.SCP)
    rcps = tuple(policy for policy in policies if policy.kind is PolicyKind.RCP)
    stack = Stack((Level(EVERYWHERE, (*always, *scps)),), (Level(EVERYWHERE, rcps),))
    return Estate({}, others=stack, partition=partition)
