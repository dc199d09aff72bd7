"""The claims in the evidence: what each says, the verdict, every way round that was found, who is spared, and what a proof assumes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from generator.evidence.markup import code, prose, table
from generator.evidence.model import NOT_JUDGED, ClaimRecord, Evidence, NamedAccount
from generator.prover.claim import ClaimLayer, Expectation
from generator.prover.prove import ASSUMPTIONS

_LAYERS = {ClaimLayer.SCP: "the SCPs alone", ClaimLayer.RCP: "the RCPs alone", ClaimLayer.ANY: "SCPs and RCPs together"}
_EXPECTED = {Expectation.DENIED: "denied by", Expectation.ALLOWED: "let through by"}
_VERDICTS = (
    ("proved", "no request that the claim is about goes the other way, whatever action AWS may add, where the claim says so"),
    ("refuted", "a request that goes the other way was found, confirmed by replaying it, and is shown below"),
    ("undecided", "the prover could not follow something; this counts as a failure"),
    ("vacuous", "the claim holds, but would hold without any policy, or is about no request; this counts as a failure"),
    (NOT_JUDGED, "there is no verdict, because a policy or a claim could not be read; this counts as a failure"),
)


def lines(evidence: Evidence, accounts: Callable[[Iterable[NamedAccount]], str]) -> Iterator[str]:
    """The section; `accounts` renders a list of accounts."""
    yield "## Claims"
    yield ""
    if not evidence.claims:
        yield "The package makes no claim about its policies: nothing was proved."
        yield ""
        return
    yield "A claim says what the policies must bring about. It is about every request that fits it, not about examples; its actions come from"
    yield "AWS's Service Authorization Reference and not from the policies."
    yield ""
    used = {record.status for record in evidence.claims}
    yield from (f"- **{verdict}**: {meaning}" for verdict, meaning in _VERDICTS if verdict in used)
    yield ""
    names = {account.id: account.name for account in evidence.organization.accounts}
    yield from table(
        ("claim", "what it says", "such requests are", "accounts", "verdict"),
        (
            (
                code(record.claim.id),
                prose(record.claim.statement),
                f"{_EXPECTED[record.claim.expect]} {_LAYERS[record.claim.layer]}",
                accounts(NamedAccount(each, names.get(each, "")) for each in record.accounts) if record.accounts else "any",
                record.status if record.holds else f"**{record.status}**",
            )
            for record in evidence.claims
        ),
    )
    for record in evidence.claims:
        yield from _failure(record)
    yield from _spared(evidence.claims)
    yield "### What every proof rests on"
    yield ""
    yield from (f"- {prose(assumption)}" for assumption in ASSUMPTIONS)
    yield ""


def _failure(record: ClaimRecord) -> Iterator[str]:
    if record.holds:
        return
    yield f"### Why {code(record.claim.id)} does not hold"
    yield ""
    result = record.result
    if result is None:
        yield "- it was not judged; the findings say what could not be read"
    else:
        yield from (f"- {prose(witness.sentence(record.claim))}" for witness in result.witnesses)
        yield from (f"- not decided because of {prose(reason)}" for reason in result.open)
        if result.vacuous:
            yield f"- {prose(result.vacuous)}"
    yield ""


def _spared(claims: Iterable[ClaimRecord]) -> Iterator[str]:
    """The exceptions of all denials in one place: they are what an auditor has to agree with."""
    by_principal: dict[str, list[str]] = {}
    for record in claims:
        if record.claim.expect is Expectation.DENIED:
            for principal in record.spared:
                by_principal.setdefault(principal, []).append(record.claim.id)
    if not by_principal:
        return
    yield "### Who is spared"
    yield ""
    yield "These principals are not meant by the claims beside them: the policies may let them do what everybody else is denied."
    yield ""
    yield from table(
        ("principal or account", "claims"),
        ((code(principal), ", ".join(map(code, ids))) for principal, ids in sorted(by_principal.items())),
    )
