"""The policies in the evidence: whom each reaches, what it takes of the quota, and every statement in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from generator.evidence.markup import code, escape, table
from generator.evidence.model import Evidence, NamedAccount, PolicyRecord, StatementRecord
from generator.evidence.words import conditions, elements
from generator.package.model import Layer

_BINDS = {
    Layer.SCP: "service control policy: binds the principals of these accounts",
    Layer.RCP: "resource control policy: protects the resources of these accounts, whoever asks",
}


def lines(evidence: Evidence, accounts: Callable[[Iterable[NamedAccount]], str]) -> Iterator[str]:
    """The section; `accounts` renders a list of accounts."""
    yield "## Policies"
    yield ""
    if not evidence.policies:
        yield "The package has none."
        yield ""
        return
    yield "A request is denied if one statement of a policy that applies to it selects it: by its action, its resource, and all conditions."
    yield ""
    for policy in evidence.policies:
        yield from _policy(policy, accounts(policy.reach))


def _policy(policy: PolicyRecord, reach: str) -> Iterator[str]:
    targets = ", ".join(f"{code(path)} ({code(target)})" for target, path in policy.targets) or "nothing"
    share = policy.characters * 100 // policy.quota
    yield f"### {escape(policy.name)}"
    yield ""
    if policy.is_retired:
        yield "No control needs this policy any more. It denies nothing, and waits to be detached by hand, because CfCT never does so."
        yield ""
    yield from table(
        ("fact", "value"),
        (
            ("kind", _BINDS[policy.layer]),
            ("attached to", targets),
            ("accounts", reach),
            ("size", f"{policy.characters:,} of {policy.quota:,} characters ({share} %)"),
            ("file", code(policy.path)),
        ),
    )
    for number, statement in enumerate(policy.statements, 1):
        yield from _statement(statement, number)
    yield ""


def _statement(statement: StatementRecord, number: int) -> Iterator[str]:
    document = statement.document
    effect = {"Deny": "denies", "Allow": "allows"}.get(str(document.get("Effect")), "has no effect")
    owner = f", for {code(statement.control)}" if statement.control else ""
    yield f"{number}. {code(statement.sid) if statement.sid else 'A statement without `Sid`'} **{effect}**{owner}"
    yield from (f"    - {label}: {words}" for label, words in elements(document))
    phrases = conditions(document)
    if phrases:
        yield f"    - {'only if' if len(phrases) == 1 else 'only if all of these hold'}:"
        yield from (f"        - {phrase}" for phrase in phrases)
