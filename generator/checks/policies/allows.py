"""What SCPs allow, beside what the organization has attached today: an Allow that does nothing, or none that is left."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.finding import Level
from generator.checks.policies.book import Book, PolicyCheck, PolicyFile, Written
from generator.checks.rule import Objection, Rule
from generator.policy.model import Effect, Policy, PolicyKind
from generator.prover.covering import covers

_EVALUATION = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html"

ALLOW_COUNTS = Rule(
    "CT219",
    Level.WARNING,
    "an Allow of an SCP allows something that is not allowed at its targets already",
    "CfCT detaches no policy, so that beside `FullAWSAccess` an Allow limits nobody",
    "write what must not happen as a Deny, or detach the wider policy",
    _EVALUATION,
)
ALLOWED_STILL = Rule(
    "CT220",
    Level.WARNING,
    "where an SCP is attached, some SCP allows something",
    "every level needs an Allow: without one, everything below is denied everything",
    "attach `FullAWSAccess` there again, or correct the organization file",
    _EVALUATION,
)


def _scps(book: Book) -> Iterator[tuple[PolicyFile, Written]]:
    return ((policy, written) for policy, written in book.statements if policy.kind is PolicyKind.SCP)


def _needless(book: Book) -> Iterator[Objection]:
    """Only where the organization file says what is attached. An Allow counts at its own level, so each target needs a wider one."""
    for policy, written in _scps(book):
        statement = written.statement
        if statement.effect is not Effect.ALLOW:
            continue
        wider = [_wider(book, path, policy, written) for path in sorted(policy.paths)]
        if wider and all(wider):
            yield Objection(statement.where, f"`{statement.name}` allows only what `{wider[0]}`, attached today, allows already")


def _wider(book: Book, path: str, policy: PolicyFile, written: Written) -> str:
    """The name of a policy attached today that allows as much; empty if there is none. One of the package's names will be replaced."""
    own = {entry.name for entry in policy.entries}
    for there in book.attached_today.get(path, ()):
        if there.name not in own and any(covers(other, written.statement, PolicyKind.SCP) for other in there.statements):
            return there.name
    return ""


def _nothing_left(book: Book) -> Iterator[Objection]:
    """Only if the organization file tells of an Allow elsewhere: else it may leave out what AWS attaches by itself."""
    if not any(_allows(policy) for policies in book.attached_today.values() for policy in policies):
        return
    allowed = {path for path, policies in book.attached_today.items() if any(map(_allows, policies))}
    for policy in book.policies:
        if policy.kind is PolicyKind.SCP and _allows(policy.policy):
            allowed |= policy.paths
    manifest = book.subject.manifest
    for policy in book.policies:
        for path in sorted(policy.paths & (book.attached_today.keys() - allowed)):
            if policy.kind is PolicyKind.SCP and manifest:
                place = policy.entries[0].place("deployment_targets", "organizational_units")
                yield Objection(
                    manifest.where(place),
                    f"at `{path or 'Root'}` no SCP allows anything, of those attached today and of the package",
                )


def _allows(policy: Policy) -> bool:
    return any(statement.effect is Effect.ALLOW for statement in policy.statements)


CHECKS = (PolicyCheck(ALLOW_COUNTS, _needless), PolicyCheck(ALLOWED_STILL, _nothing_left))
