"""The statements that can decide a claim, in order, and what each still asks once sender, action and resources are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from generator.aws.names import Arn
from generator.policy.conditions import Condition, holds
from generator.policy.coverage import rcp_covers
from generator.policy.keys import Context
from generator.policy.layers import Level
from generator.policy.model import Effect, Policy, Statement
from generator.policy.pattern import Glob, resource_matches
from generator.policy.request import ANY_RESOURCE, SERVICE_LINKED_PATH, PrincipalType
from generator.prover.claim import ClaimLayer
from generator.prover.estate import Stack
from generator.prover.fragment import Settled, is_exact, is_free, variables_are_exact

NO_SCP = frozenset({PrincipalType.SERVICE, PrincipalType.IDENTITY_PROVIDER, PrincipalType.ANONYMOUS})
"""Senders that SCPs do not reach (AWS Organizations User Guide, "Service control policies (SCPs)")."""


@dataclass(frozen=True, eq=False)
class Rule:
    """One statement where it is attached. `level` counts the levels of its layer from the root."""

    layer: ClaimLayer
    level: int
    target: str
    policy: Policy
    statement: Statement

    @property
    def denies(self) -> bool:
        """True iff it is a Deny."""
        return self.statement.effect is Effect.DENY


def rules_for(layer: ClaimLayer, sender: Stack, owner: Stack, kind: PrincipalType) -> tuple[Rule, ...]:
    """The statements of the layers in question that reach the sender, or the resource."""
    found: list[Rule] = []
    if layer is not ClaimLayer.RCP and kind not in NO_SCP:
        found.extend(_rules(ClaimLayer.SCP, sender.scps))
    if layer is not ClaimLayer.SCP:
        found.extend(rule for rule in _rules(ClaimLayer.RCP, owner.rcps) if rule.denies)
    return tuple(found)


def _rules(layer: ClaimLayer, levels: Sequence[Level]) -> Iterator[Rule]:
    for number, level in enumerate(levels):
        for policy in level.policies:
            for statement in policy.statements:
                yield Rule(layer, number, level.target, policy, statement)


@dataclass(frozen=True)
class Left:
    """What a statement still asks of the free keys. `unsure` are conditions, or parts, that cannot be followed exactly."""

    demands: tuple[Condition, ...] = ()
    unsure: tuple[str, ...] = ()


ALWAYS = Left()
"""Selects the request whatever the free keys hold."""


def left_by_sender(rule: Rule, context: Context, known: Settled) -> Left | None:
    """What is left of a statement's conditions when the sender is known; None if it cannot apply."""
    demands: list[Condition] = []
    unsure: list[str] = []
    for condition in rule.statement.conditions:
        if not is_exact(condition, known):
            unsure.append(f"`{condition.operator}` on `{condition.key}`")
        elif is_free(condition.key, known):
            demands.append(condition)
        elif not holds(condition, context):
            return None
    return Left(tuple(demands), tuple(unsure))


def reaches(rule: Rule, action: str, resource: Arn, sender: PrincipalType) -> bool:
    """True iff the rule's layer covers the action and the resource at all (`layers.rcp_decision`)."""
    if rule.layer is ClaimLayer.SCP:
        return True
    linked = sender is PrincipalType.SERVICE and f":{SERVICE_LINKED_PATH}" in resource
    return rcp_covers(action) and resource != ANY_RESOURCE and not linked


def on_resource(rule: Rule, resource: Arn, context: Context, known: Settled) -> bool | None:
    """Whether the statement's resources select `resource`; None if that hangs on a variable that cannot be followed."""
    resources = rule.statement.resources
    if resources is None:
        return True
    if not variables_are_exact(resources.patterns, known):
        exact = [template for template in resources.patterns if variables_are_exact((template,), known)]
        if not any(_matches(template.resolve(context), resource) for template in exact):
            return None
        return not resources.negated
    return resources.matches(resource, context)


def _matches(glob: Glob | None, resource: Arn) -> bool:
    return glob is not None and resource_matches(glob, resource)


def resource_globs(rules: Iterable[Rule], context: Context, known: Settled) -> tuple[Glob, ...]:
    """The resource patterns of some rules, variables filled in where that is exact.

    Where a wider pattern lets more requests pass (`NotResource` of a Deny, `Resource` of an Allow), with all its readings.
    """
    found: dict[Glob, None] = {}
    for rule in rules:
        resources = rule.statement.resources
        for template in resources.patterns if resources else ():
            glob = template.resolve(context) if variables_are_exact((template,), known) else None
            if glob is not None:
                wide = resources is not None and resources.negated is rule.denies
                found.update(dict.fromkeys(glob.readings if wide else (glob,)))
    return tuple(found)
