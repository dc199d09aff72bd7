"""Mutation: dropping one part of a policy must refute a claim; a part whose loss nobody notices is dead, and worth a look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from generator.policy.layers import Level
from generator.policy.model import Effect, Policy, PolicyKind, Statement
from generator.prover.claim import Claim, ClaimLayer, Expectation
from generator.prover.decide import Decider
from generator.prover.estate import Estate, Stack
from generator.prover.memory import Memory

Part = TypeVar("Part")


@dataclass(frozen=True)
class Mutant:
    """An estate without one part of one Deny statement. `part` names it in the user's words; `looser`: less is denied than before."""

    policy: str
    sid: str
    part: str
    kind: PolicyKind
    looser: bool
    estate: Estate


WHOLE = "the whole statement"
"""The part of a mutant that lost a statement."""


def mutants(estate: Estate) -> Iterator[Mutant]:
    """Every statement dropped, and every action, resource and condition key of each, one at a time."""
    policies: dict[int, Policy] = {}
    for stack in estate.stacks:
        for level in (*stack.scps, *stack.rcps):
            policies.update({id(policy): policy for policy in level.policies})
    for policy in policies.values():
        for place, statement in enumerate(policy.statements):
            if statement.effect is Effect.DENY:
                for part, looser, without in _changed(statement):
                    changed = policy.statements[:place] + without + policy.statements[place + 1 :]
                    mutated = _with(estate, policy, replace(policy, statements=changed))
                    yield Mutant(policy.name, statement.name, part, policy.kind, looser, mutated)


def dead(claims: Iterable[Claim], changed: Iterable[Mutant]) -> tuple[Mutant, ...]:
    """The mutants that no claim notices: what they lost is protected by no claim. Takes seconds, so no check runs it by itself."""
    waiting = list(claims)
    kept = tuple(changed)  # what is remembered goes by identity, so that every mutant has to live to the end
    memory = Memory()
    found: list[Mutant] = []
    for mutant in kept:
        noticed = next((claim for claim in waiting if _notices(claim, mutant, memory)), None)
        if noticed is None:
            found.append(mutant)
        else:
            waiting.remove(noticed)
            waiting.insert(0, noticed)
    return tuple(found)


def _notices(claim: Claim, mutant: Mutant, memory: Memory) -> bool:
    """True iff the claim is about the layer and does not hold without the part; what denies less cannot hurt a claim of access."""
    layer = ClaimLayer.SCP if mutant.kind is PolicyKind.SCP else ClaimLayer.RCP
    if claim.layer not in (layer, ClaimLayer.ANY) or mutant.looser is not (claim.expect is Expectation.DENIED):
        return False
    return not Decider(claim, mutant.estate, memory).holds_trivially()


def _changed(statement: Statement) -> Iterator[tuple[str, bool, tuple[Statement, ...]]]:
    """A statement without one of its parts, in turn, and whether it denies less then.

    An entry of `NotAction`, or a condition, narrows a Deny: without it more is denied, which is for claims of access to notice.
    """
    yield WHOLE, True, ()
    actions, resources = statement.actions, statement.resources
    for pattern, patterns in _dropped(actions.patterns):
        fewer = replace(actions, patterns=patterns)
        yield f"`{pattern.text}`", not actions.negated, (replace(statement, actions=fewer),)
    if resources:
        for template, templates in _dropped(resources.patterns):
            others = replace(resources, patterns=templates)
            yield f"`{template.text}`", not resources.negated, (replace(statement, resources=others),)
    for condition, rest in _dropped(statement.conditions, keep_last=False):
        yield f"`{condition.operator}` on `{condition.key}`", False, (replace(statement, conditions=rest),)


def _dropped(parts: Sequence[Part], *, keep_last: bool = True) -> Iterator[tuple[Part, tuple[Part, ...]]]:
    if keep_last and len(parts) == 1:
        return
    for place, part in enumerate(parts):
        yield part, (*parts[:place], *parts[place + 1 :])


def _with(estate: Estate, old: Policy, new: Policy) -> Estate:
    def swap(levels: tuple[Level, ...]) -> tuple[Level, ...]:
        return tuple(
            replace(level, policies=tuple(new if policy is old else policy for policy in level.policies)) for level in levels
        )

    def changed(stack: Stack) -> Stack:
        return replace(stack, scps=swap(stack.scps), rcps=swap(stack.rcps))

    return replace(
        estate, accounts={account: changed(stack) for account, stack in estate.accounts.items()}, others=changed(estate.others)
    )
