"""What the judge of claims works on: a package's policies placed on the organization's accounts, its claims, and their verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from generator.aws.names import AccountId, OuId, RootId
from generator.aws.quotas import NEWEST, PROFILES
from generator.cfct.manifest import SCP
from generator.checks.subject import Subject
from generator.errors import InputError, Problem, Where
from generator.landing_zone import load_organization
from generator.landing_zone.organization import Organization
from generator.landing_zone.source import read_text
from generator.package.claims_file import CLAIMS, read_claims
from generator.package.readers import read
from generator.policy.completion import Membership
from generator.policy.document import parse, parse_with_doubts
from generator.policy.layers import FULL_ACCESS, Level
from generator.policy.model import Policy, PolicyKind
from generator.prover.claim import Claim
from generator.prover.estate import Estate, Stack
from generator.prover.folder import RCPS, SCPS, everywhere, read_policy
from generator.prover.prove import Result, Verdict, prove

_KINDS = {"scp": PolicyKind.SCP, "rcp": PolicyKind.RCP}


@dataclass(frozen=True)
class Proof:
    """The claims of one package with their verdicts; `problems` are of files that could not be read."""

    subject: Subject

    @cached_property
    def policies(self) -> tuple[Mapping[str, Policy], tuple[Problem, ...]]:
        """Every policy file that the manifest names, by path, and what is wrong with the others."""
        read, problems, _ = self._policies
        return read, problems

    @property
    def doubts(self) -> tuple[Problem, ...]:
        """What AWS may take, and nobody here can follow: where there is any, no claim is decided."""
        return self._policies[2]

    @cached_property
    def _policies(self) -> tuple[Mapping[str, Policy], tuple[Problem, ...], tuple[Problem, ...]]:
        read: dict[str, Policy] = {}
        problems: list[Problem] = []
        doubts: list[Problem] = []
        resources = self.subject.manifest.resources if self.subject.manifest else ()
        for resource in resources:
            path = resource.file
            if not resource.is_policy or path in read or path not in self.subject.files.files:
                continue
            try:
                text = self.subject.files.files[path].decode("utf-8")
                shown = self.subject.files.shown(path)
                read[path], found = parse_with_doubts(text, _KINDS[resource.deploy_method], shown, name=resource.name)
                doubts.extend(each.problem for each in found)
            except InputError as error:
                problems.extend(error.problems)
            except UnicodeDecodeError:
                problems.append(Problem(Where(self.subject.files.shown(path)), "the file is not UTF-8", "save it as UTF-8"))
        return read, tuple(problems), tuple(doubts)

    @cached_property
    def claims(self) -> tuple[tuple[tuple[str, Claim], ...], tuple[Problem, ...]]:
        """Every claim with the path of its file."""
        found: list[tuple[str, Claim]] = []
        problems: list[Problem] = []
        for path, content in self.subject.files.files.items():
            if path.startswith(CLAIMS) and path.endswith((".yaml", ".yml")):
                try:
                    found.extend((path, claim) for claim in read_claims(self.subject.files.shown(path), content))
                except InputError as error:
                    problems.extend(error.problems)
        return tuple(found), tuple(problems)

    @cached_property
    def results(self) -> tuple[tuple[str, Result], ...]:
        """The verdict over every claim, with the path of its file; none without an organization or with a policy that cannot be read."""
        organization, resolver = self.subject.organization, self.subject.resolver
        unreadable = self.policies[1]
        claims = self.claims[0]
        if organization is None or resolver is None or unreadable or not claims:
            return ()
        if self.doubts:
            open_ones = tuple(f"{each.problem} ({each.where})" for each in self.doubts)
            return tuple((path, Result(claim, Verdict.UNDECIDED, open=open_ones)) for path, claim in claims)
        try:
            results = prove((claim for _, claim in claims), self.estate(organization))
        except InputError as error:
            raise InputError(
                replace(problem, where=Where(self.subject.files.shown(CLAIMS))) for problem in error.problems
            ) from error
        return tuple((path, result) for (path, _), result in zip(claims, results, strict=True))

    def required_estate(self, *, with_attached: bool = False) -> Estate:
        """The estate, or an InputError with everything that keeps it from being known."""
        problems = (*self.subject.reading.problems, *self.policies[1], *self.doubts)
        if problems or self.subject.organization is None:
            raise InputError(problems)
        return self.estate(self.subject.organization, with_attached=with_attached)

    def estate(self, organization: Organization, *, with_attached: bool = False) -> Estate:
        """The organization with the package's policies where CfCT attaches them, and if asked those that are attached today.

        Claims are about the package alone: a policy that someone else attached can be detached by someone else.
        """
        placed: dict[OuId | RootId, list[Policy]] = {}
        policies, _ = self.policies
        resolver = self.subject.resolver
        for resource in self.subject.manifest.resources if self.subject.manifest else ():
            if resource.is_policy and resource.file in policies and resolver:
                for target in resolver.resolve(resource).targets:
                    placed.setdefault(target, []).append(policies[resource.file])
        return _Places(organization, placed, with_attached=with_attached).estate()


@dataclass(frozen=True)
class _Places:
    organization: Organization
    placed: Mapping[OuId | RootId, list[Policy]]
    with_attached: bool

    def estate(self) -> Estate:
        """Every account's stacks, root first; the account itself is a level where what is attached today counts."""
        organization = self.organization
        levels: dict[str, tuple[Level, Level]] = {}
        accounts: dict[AccountId, Stack] = {}
        for account in organization.accounts:
            lineage = organization.lineage(account.id)
            own = (account.id,) if self._tells_accounts or (self.with_attached and organization.attached_to(account.id)) else ()
            for target in (*lineage, *own):
                if target not in levels:
                    levels[target] = self._level(target)
            pairs = [levels[target] for target in (*lineage, *own)]
            path = f"{organization.id}/{'/'.join(lineage)}/"
            accounts[account.id] = Stack(
                tuple(scp for scp, _ in pairs),
                tuple(rcp for _, rcp in pairs if rcp.policies),
                Membership(organization.id, (path,)),
            )
        return Estate(
            accounts,
            organization.management_account,
            partition=organization.partition,
            organization=organization.id,
        )

    def _level(self, target: OuId | RootId | AccountId) -> tuple[Level, Level]:
        found = self.placed.get(RootId(target), [])
        mine: dict[str, list[Policy]] = {kind: [policy for policy in found if policy.kind is _KINDS[kind]] for kind in _KINDS}
        if self.with_attached:
            names = {policy.name for policy in found}
            for attached in self.organization.attached_to(target):
                if attached.name not in names:
                    mine[attached.type].append(_attached(attached.content, attached.type, attached.name))
        if not self._attached_scps or (target in self._accounts and not self._tells_accounts):
            mine[SCP].insert(0, FULL_ACCESS)
        return Level(target, tuple(mine["scp"])), Level(target, tuple(mine["rcp"]))

    @cached_property
    def _attached_scps(self) -> frozenset[str]:
        """Every target to which the organization file attaches an SCP, if what is attached today counts; if none, it leaves them out.

        AWS attaches `FullAWSAccess` to every root, OU and account, each of which "must have at least one SCP attached" (AWS
        Organizations API Reference, DetachPolicy), so that a file with SCPs says where it still is. CfCT attaches and never
        detaches: an SCP of the package that allows less stands beside it and takes nothing away.
        """
        attached = self.organization.attached if self.with_attached else ()
        return frozenset(policy.target for policy in attached if policy.type == SCP)

    @cached_property
    def _accounts(self) -> frozenset[str]:
        return frozenset(account.id for account in self.organization.accounts)

    @cached_property
    def _tells_accounts(self) -> bool:
        """True iff the file says of accounts too which SCPs they have: then one without any is denied everything."""
        return bool(self._attached_scps & self._accounts)


def estate_of_package(path: Path, organization: Path, *, with_attached: bool = False) -> Estate:
    """The estate of the package at `path`. Raises InputError for what cannot be read."""
    return _proof_of(path, organization).required_estate(with_attached=with_attached)


def estate_of_files(scps: Iterable[Path], rcps: Iterable[Path] | None = None, *, full_access: bool = True) -> Estate:
    """Policies from files of their own, as if attached to every account; with `full_access` beside `FullAWSAccess`.

    Where `rcps` is None, each file tells by its statements what it is. Raises InputError for what cannot be read.
    """
    first = None if rcps is None else PolicyKind.SCP
    kinds = [*((path, first) for path in scps), *((path, PolicyKind.RCP) for path in rcps or ())]
    return everywhere((read_policy(str(path), read_text(path), kind) for path, kind in kinds), full_access=full_access)


def _estate_of_folder(folder: Path, *, full_access: bool) -> Estate:
    """The policies of a folder; of those in `scps/` and `rcps/` below it, the folder says what they are."""
    kinds: dict[Path, PolicyKind | None] = {}
    for below, kind in (("", None), (SCPS, PolicyKind.SCP), (RCPS, PolicyKind.RCP)):
        kinds.update(dict.fromkeys(sorted((folder / below).glob("*.json")), kind))
    if not kinds:
        raise InputError(
            Problem(
                Where(str(folder)),
                "there is no policy in this folder",
                f"name a folder with `*.json` files, or with `{SCPS}/*.json` and `{RCPS}/*.json`",
            )
        )
    return everywhere((read_policy(str(path), read_text(path), kind) for path, kind in kinds.items()), full_access=full_access)


def claims_and_estate(
    path: Path, organization: Path, *, policies: Path | None = None, claims: Path | None = None, full_access: bool = True
) -> tuple[tuple[Claim, ...], Estate]:
    """What to prove, and against what: the package's own, or the policies of a folder, and the claims of a file where one is named.

    `full_access`: the policies of a folder stand beside `FullAWSAccess`; without it their SCPs alone say what is allowed.

    Raises InputError for what cannot be read, and where there is no claim.
    """
    if policies is not None and claims is None:
        raise InputError(Problem(None, "policies without claims say nothing to prove", "name a file of claims with `--claims`"))
    own = read_claims(str(claims), read_text(claims).encode()) if claims else None
    if policies is not None:
        return own or (), _estate_of_folder(policies, full_access=full_access)
    proof = _proof_of(path, organization)
    found, problems = proof.claims
    if own is None and problems:
        raise InputError(problems)
    asked = own if own is not None else tuple(claim for _, claim in found)
    if not asked:
        raise InputError(Problem(Where(str(path)), "the package makes no claim", "name a file of claims with `--claims`"))
    return asked, proof.required_estate()


def _proof_of(path: Path, organization: Path) -> Proof:
    return Proof(Subject(read(path), load_organization(organization), PROFILES[NEWEST]))


@cache
def _attached(content: str, kind: str, name: str) -> Policy:
    return parse(content, _KINDS[kind], name)
