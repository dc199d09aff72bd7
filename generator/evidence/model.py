"""What the evidence says, as values: both documents are written from these and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.aws.names import AccountId, OuId, OuPath, Region, RootId
from generator.checks.finding import Finding, Level
from generator.landing_zone.organization import Organization
from generator.package.model import JsonObject, Layer, Slug
from generator.prover.claim import Claim
from generator.prover.prove import Result

NOT_JUDGED = "not judged"
"""The status of a claim in the package over which there is no verdict."""

VACUOUS = "vacuous"
"""The status of a claim that holds but says nothing: no request is in its scope, or it holds without any policy."""


@dataclass(frozen=True)
class Version:
    """One thing that decides a verdict: its name, its version or digest, and what part it has."""

    name: str
    value: str
    part: str


@dataclass(frozen=True)
class NamedAccount:
    """An account as people know it."""

    id: AccountId
    name: str


@dataclass(frozen=True)
class StackRecord:
    """A stack set and where CfCT deploys it. `resources` has each resource type of the template with its number, sorted."""

    name: str
    control: Slug | None
    description: str
    path: str
    accounts: tuple[NamedAccount, ...]
    regions: tuple[Region, ...]
    resources: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class StatementRecord:
    """One statement as it stands in the package. `control` is None where no control's name begins its Sid."""

    control: Slug | None
    sid: str
    document: JsonObject


@dataclass(frozen=True)
class PolicyRecord:
    """An SCP or RCP, where CfCT attaches it, and whom it reaches there.

    `characters` is the size of what CfCT sends, `quota` what AWS takes. `reach` leaves out the management account, whose principals
    no SCP binds and whose resources no RCP protects.
    """

    name: str
    layer: Layer
    path: str
    targets: tuple[tuple[OuId | RootId, OuPath], ...]
    reach: tuple[NamedAccount, ...]
    characters: int
    quota: int
    statements: tuple[StatementRecord, ...]

    @property
    def is_retired(self) -> bool:
        """Whether no control has a statement in it: it waits to be detached, and denies nothing."""
        return not any(statement.control for statement in self.statements)


@dataclass(frozen=True)
class ClaimRecord:
    """A claim of the package with its verdict; `result` is None if there is none."""

    claim: Claim
    result: Result | None

    @property
    def status(self) -> str:
        """`proved`, `refuted`, `undecided`, `vacuous` or `not judged`."""
        if self.result is None:
            return NOT_JUDGED
        return VACUOUS if self.result.vacuous else self.result.verdict.value

    @property
    def holds(self) -> bool:
        """True iff it is proved and says something."""
        return self.result is not None and self.result.holds

    @property
    def accounts(self) -> tuple[AccountId, ...]:
        """The accounts that the claim names: its senders', or else the owner's; empty if it is about any."""
        named = self.claim.principals.accounts or (self.claim.resource_account,)
        return tuple(account for account in named if account)

    @property
    def spared(self) -> tuple[str, ...]:
        """The principals that a denial lets through, as ARN patterns, and the accounts that it leaves out, sorted."""
        return tuple(sorted((*self.claim.principals.excepted, *self.claim.principals.excepted_accounts)))


@dataclass(frozen=True)
class ControlRecord:
    """A control, whether it is part of the package, and its options with all defaults filled in."""

    slug: Slug
    title: str
    risk: str
    enabled: bool
    options: Mapping[str, object]
    sources: tuple[str, ...]
    frameworks: tuple[str, ...]


@dataclass(frozen=True)
class FileDigest:
    """A file by the path under which the user finds it, its size in bytes, and `sha256:` with its digest."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Evidence:
    """Everything that both documents say."""

    organization: Organization
    quota_profile: str
    versions: tuple[Version, ...]
    controls: tuple[ControlRecord, ...]
    stacks: tuple[StackRecord, ...]
    policies: tuple[PolicyRecord, ...]
    claims: tuple[ClaimRecord, ...]
    findings: tuple[Finding, ...]
    package: str
    files: tuple[FileDigest, ...]
    inputs: tuple[FileDigest, ...]
    runbooks: tuple[FileDigest, ...]
    notes: tuple[str, ...]

    @property
    def falls_short(self) -> bool:
        """Whether a finding is an error, or a claim does not hold."""
        return any(finding.level is Level.ERROR for finding in self.findings) or not all(record.holds for record in self.claims)
