"""Claims and policies in, verdicts out: the prover's front door."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from generator.aws.names import AccountId
from generator.policy.conditions import holds
from generator.policy.request import Request
from generator.prover import rules as rule_book
from generator.prover.claim import Claim, ClaimLayer, Expectation
from generator.prover.decide import Decider
from generator.prover.estate import Estate
from generator.prover.memory import Memory
from generator.prover.rules import Rule
from generator.prover.witness import NearMiss, Witness

ASSUMPTIONS = (
    "the catalogue names every action's resource types and access level as AWS does",
    "the policies are attached where the organization file and the manifest say",
    "the request axioms hold: which condition keys are present, and which of their values agree",
    "service-linked roles and KMS keys that AWS manages are outside of every claim",
    "the values of condition keys are text, and of the type that the policies compare them as",
)
"""What every proof rests on, one sentence each; `docs/prover.md` says more."""


class Verdict(StrEnum):
    """The outcome. Only `proved` is good: undecided counts as a failure."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Result:
    """The verdict over one claim.

    `witnesses`: one for each way round, if refuted. `open`: what could not be followed, if undecided. `vacuous`: why the claim says
    nothing although it holds, else empty.
    """

    claim: Claim
    verdict: Verdict
    witnesses: tuple[Witness, ...] = ()
    open: tuple[str, ...] = ()
    vacuous: str = ""

    @property
    def holds(self) -> bool:
        """True iff the claim is proved and says something."""
        return self.verdict is Verdict.PROVED and not self.vacuous

    @property
    def accounts(self) -> tuple[AccountId, ...]:
        """The accounts that the claim names: its senders', or else the owner's; empty if it is about any."""
        named = self.claim.principals.accounts or (self.claim.resource_account,)
        return tuple(account for account in named if account)

    def text(self) -> str:
        """One line with the verdict, and one for each way round or open question."""
        accounts = ", ".join(self.accounts) or "any account"
        lines = [f"{'vacuous' if self.vacuous else self.verdict}: {self.claim.id} ({accounts})", f"  {self.claim.statement}"]
        lines += [f"  {witness.sentence(self.claim)}" for witness in self.witnesses]
        lines += [f"  not decided because of {reason}" for reason in self.open]
        lines += [f"  {self.vacuous}"] if self.vacuous else []
        return "\n".join(lines)

    def data(self) -> dict[str, Any]:
        """The result as JSON."""
        return {
            "id": self.claim.id,
            "statement": self.claim.statement,
            "accounts": list(self.accounts),
            "verdict": str(self.verdict),
            "witness": self.witnesses[0].data() if self.witnesses else None,
            "witnesses": [witness.data() for witness in self.witnesses],
            "open": list(self.open),
            "vacuous": self.vacuous,
        }


def prove(claims: Iterable[Claim], estate: Estate) -> tuple[Result, ...]:
    """The verdict over each claim, in order.

    Proved iff no request in the claim's scope refutes it, for what `docs/prover.md` calls the fragment. Refuted iff there is one that the
    reference evaluator confirms. Raises InputError for a claim that names a service or an action that does not exist.
    """
    return tuple(results(claims, estate))


def results(claims: Iterable[Claim], estate: Estate) -> Iterator[Result]:
    """The same one by one, for whoever shows progress."""
    memory = Memory()
    bare, bare_memory = estate.without_policies(), Memory()
    for claim in claims:
        yield _judged(claim, estate, memory, bare, bare_memory)


def _judged(claim: Claim, estate: Estate, memory: Memory, bare: Estate, bare_memory: Memory) -> Result:
    result = decide(claim, estate, memory)
    if result.verdict is not Verdict.PROVED or result.vacuous or claim.expect is Expectation.ALLOWED:
        return result
    if Decider(claim, bare, bare_memory).holds_trivially():
        return replace(result, vacuous="it holds without any policy")
    return result


def decide(claim: Claim, estate: Estate, memory: Memory) -> Result:
    """The verdict over one claim, without asking whether it would hold without policies."""
    found = Decider(claim, estate, memory).find()
    if found.witnesses:
        return Result(claim, Verdict.REFUTED, tuple(_ways_round(claim, estate, found.witnesses)))
    if found.open:
        return Result(claim, Verdict.UNDECIDED, open=found.open)
    return Result(claim, Verdict.PROVED, vacuous="no request is in its scope" if found.empty else "")


def _ways_round(claim: Claim, estate: Estate, found: Iterable[tuple[Witness, tuple[str, ...]]]) -> Iterator[Witness]:
    """One witness for each set of statements and parts that lets requests through, with all actions that go that way."""
    ways: dict[tuple[object, ...], tuple[Witness, dict[str, None]]] = {}
    for witness, also in found:
        near = near_misses(claim, estate, witness.request)
        if claim.expect is Expectation.DENIED:
            way: tuple[object, ...] = near
        else:
            way = witness.decision.statements or (witness.decision.reason,)
        first, actions = ways.setdefault(way, (replace(witness, near=near), {}))
        actions.update(dict.fromkeys((witness.request.action, *also)))
        if _plainness(witness) < _plainness(first):
            ways[way] = (replace(witness, near=near), actions)
    for witness, actions in ways.values():
        yield replace(witness, also=tuple(sorted(action for action in actions if action != witness.request.action)))


def _plainness(witness: Witness) -> tuple[int, int]:
    return (not witness.known, len(witness.context))


def near_misses(claim: Claim, estate: Estate, request: Request) -> tuple[NearMiss, ...]:
    """The Deny statements of the claim's layer that came closest to selecting a request: fewest parts that do not fit."""
    sender, owner = estate.stack(request.principal.account), estate.stack(request.resource_account)
    misses: list[NearMiss] = []
    for rule in rule_book.rules_for(claim.layer, sender, owner, request.principal.type):
        parts = _misfits(rule, request) if rule.denies else ()
        if parts:
            misses.append(NearMiss(rule.policy.name, rule.statement.name, parts))
    fewest = min((len(miss.parts) for miss in misses), default=0)
    return tuple(dict.fromkeys(miss for miss in misses if len(miss.parts) == fewest))


def _misfits(rule: Rule, request: Request) -> tuple[str, ...]:
    statement = rule.statement
    parts: list[str] = []
    if not statement.actions.matches(request.action):
        parts.append("`NotAction`" if statement.actions.negated else "`Action`")
    contexts = [request.context_for(resource) for resource in request.resources]
    resources = statement.resources
    if resources and not any(
        resources.matches(resource, context) for resource, context in zip(request.resources, contexts, strict=True)
    ):
        parts.append("`NotResource`" if resources.negated else "`Resource`")
    parts.extend(
        f"condition `{condition.operator}` on `{condition.key}`"
        for condition in statement.conditions
        if not any(holds(condition, context) for context in contexts)
    )
    if not parts and rule.layer is ClaimLayer.RCP:
        parts.append("layer, which does not cover the action")
    return tuple(parts)
