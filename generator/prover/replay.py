"""The replay: whether a request really refutes a claim, by the reference evaluator and a plain reading of the claim's scope.

Nothing here uses the cells, automata or choices by which the request was found.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.actions import Action
from generator.policy.coherence import violations
from generator.policy.decision import Decision
from generator.policy.layers import rcp_layer, scp_layer
from generator.policy.pattern import Glob, arn_matches
from generator.policy.request import Request
from generator.prover.claim import Claim, ClaimLayer, Expectation
from generator.prover.estate import Estate
from generator.prover.selection import catalogue_of, selects
from generator.prover.senders import means


class ReplayError(AssertionError):
    """The search found a request that the evaluator, or the claim's scope, does not confirm: an error in the prover itself."""


def outside_scope(request: Request, claim: Claim) -> str:
    """Why the claim is not about this request; empty iff it is."""
    return next(_objections(request, claim), "")


def _objections(request: Request, claim: Claim) -> Iterator[str]:
    yield from (f"it cannot occur: {found}" for found in violations(request))
    if not means(claim.principals, request.principal):
        yield f"`{request.principal}` is not meant"
    if not any(selects(chosen, request.action) for chosen in claim.actions):
        yield f"`{request.action}` is not meant"
    if request.resource_account != (claim.resource_account or request.principal.account):
        yield f"the resources belong to `{request.resource_account}`"
    matching = [any(arn_matches(Glob.parse(pattern), resource) for pattern in claim.resources) for resource in request.resources]
    if not (any(matching) if claim.expect is Expectation.DENIED else matching and all(matching)):
        yield "its resources are not meant"
    if not _takes(request, claim):
        yield f"`{request.action}` does not take these resources together"
    for key, values in claim.context.items():
        if any(request.context_for(resource).get(key) != values for resource in request.resources):
            yield f"`{key}` is not what the claim says"


def _takes(request: Request, claim: Claim) -> bool:
    """True iff the number of resources fits the action (what their ARNs look like is for the catalogue's formats to say)."""
    for chosen in claim.actions:
        if chosen.service.lower() == request.service:
            found: Action | None = catalogue_of(chosen).action(request.action)
            counts = {max(1, len(kinds)) for kinds in found.alternatives()} if found else {1}
            return len(request.resources) in counts
    return False


def decision(request: Request, layer: ClaimLayer, estate: Estate) -> Decision:
    """What the layers in question say of a request; of all layers, the first that denies."""
    controls = estate.controls(request.principal.account, request.resource_account)
    asked = {
        ClaimLayer.SCP: (scp_layer,),
        ClaimLayer.RCP: (rcp_layer,),
        ClaimLayer.ANY: (rcp_layer, scp_layer),
    }[layer]
    answers = [ask(request, controls) for ask in asked]
    return next((answer for answer in answers if not answer.allowed), answers[-1])


def refutes(request: Request, claim: Claim, estate: Estate) -> Decision | None:
    """The evaluator's decision if it contradicts the claim, else None. The request has to be in scope."""
    answer = decision(request, claim.layer, estate)
    wanted = claim.expect is Expectation.ALLOWED
    return None if answer.allowed is wanted else answer
