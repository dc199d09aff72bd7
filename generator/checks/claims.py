"""Claims: what the package says of its own policies, proved over all requests, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from generator.aws.names import AccountId, OuId, RootId
from generator.cfct.manifest import SCP
from generator.checks.finding import Finding, Level
from generator.checks.rule import Objection, Rule
from generator.checks.subject import Subject
from generator.errors import InputError, Problem, Where
from generator.landing_zone.organization import Organization
from generator.package.claims_file import CLAIMS, read_claims
from generator.policy.completion import Membership
from generator.policy.document import parse
from generator.policy.layers import FULL_ACCESS
from generator.policy.layers import Level as PolicyLevel
from generator.policy.model import Effect, Policy, PolicyKind
from generator.prover.claim import Claim
from generator.prover.estate import Estate, Stack
from generator.prover.prove import Result, Verdict, prove

_DOCS = "docs/prover.md"
_KINDS = {"scp": PolicyKind.SCP, "rcp": PolicyKind.RCP}

POLICY_LANGUAGE = Rule(
    "CT401",
    Level.ERROR,
    "a policy says in the IAM policy language what it means",
    "AWS Organizations refuses it in the middle of a run, or it means something else than it seems to",
    "correct the policy",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
)
CLAIMS_READABLE = Rule(
    "CT402", Level.ERROR, "a claims file can be read", "nothing is proved", "correct the file, or remove it", _DOCS
)
HOLDS = Rule(
    "CT403",
    Level.ERROR,
    "the policies of the package bring about what its claims say",
    "there is a request, shown here, that goes the other way",
    "change the policies, or the claim if it says more than you mean",
    _DOCS,
)
DECIDED = Rule(
    "CT404",
    Level.ERROR,
    "every claim can be decided",
    "what was not decided was not proved",
    "write the condition in the fragment that the docs page of the prover names",
    _DOCS,
)
SAYS_SOMETHING = Rule(
    "CT405",
    Level.ERROR,
    "a claim can fail",
    "a claim that always holds proves nothing about the policies",
    "correct its principals, actions, resources or context",
    _DOCS,
)
RULES = (POLICY_LANGUAGE, CLAIMS_READABLE, HOLDS, DECIDED, SAYS_SOMETHING)


def judge(subject: Subject) -> tuple[Finding, ...]:
    """Everything wrong with policies and claims; without an organization nobody knows whom a policy reaches, and claims stay unjudged."""
    proof = Proof(subject)
    return (
        *(_finding(POLICY_LANGUAGE, problem) for problem in proof.policies[1]),
        *(_finding(CLAIMS_READABLE, problem) for problem in proof.claims[1]),
        *(rule.finding(objection) for path, result in proof.results for rule, objection in _objections(subject, path, result)),
    )


def _finding(rule: Rule, problem: Problem) -> Finding:
    return rule.finding(Objection(problem.where or Where(""), problem.problem, problem.remedy))


def _objections(subject: Subject, path: str, result: Result) -> Iterator[tuple[Rule, Objection]]:
    claim = result.claim
    where = _place(subject, path, result)
    for witness in result.witnesses:
        yield HOLDS, Objection(where, f"{claim.statement}: {witness.sentence(claim)}")
    if result.verdict is Verdict.UNDECIDED:
        yield DECIDED, Objection(where, f"{claim.statement}: not decided because of {'; '.join(result.open)}")
    if result.vacuous:
        yield SAYS_SOMETHING, Objection(where, f"{claim.statement}: {result.vacuous}")


@dataclass(frozen=True)
class Proof:
    """The claims of one package with their verdicts; `problems` are of files that could not be read."""

    subject: Subject

    @cached_property
    def policies(self) -> tuple[Mapping[str, Policy], tuple[Problem, ...]]:
        """Every policy file that the manifest names, by path."""
        read: dict[str, Policy] = {}
        problems: list[Problem] = []
        resources = self.subject.manifest.resources if self.subject.manifest else ()
        for resource in resources:
            path = resource.file
            if not resource.is_policy or path in read or path not in self.subject.files.files:
                continue
            try:
                text = self.subject.files.files[path].decode("utf-8")
                read[path] = parse(text, _KINDS[resource.deploy_method], self.subject.files.shown(path), name=resource.name)
            except InputError as error:
                problems.extend(error.problems)
            except UnicodeDecodeError:
                problems.append(Problem(Where(self.subject.files.shown(path)), "the file is not UTF-8", "save it as UTF-8"))
        return read, tuple(problems)

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
        try:
            results = prove((claim for _, claim in claims), self.estate(organization))
        except InputError as error:
            raise InputError(
                replace(problem, where=Where(self.subject.files.shown(CLAIMS))) for problem in error.problems
            ) from error
        return tuple((path, result) for (path, _), result in zip(claims, results, strict=True))

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
        """Every account's stacks; a level of SCPs always has `FullAWSAccess` unless the organization file says what it has instead."""
        organization = self.organization
        levels: dict[str, tuple[PolicyLevel, PolicyLevel]] = {}
        accounts: dict[AccountId, Stack] = {}
        for account in organization.accounts:
            lineage = organization.lineage(account.id)
            own = (account.id,) if self.with_attached and organization.attached_to(account.id) else ()
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

    def _level(self, target: OuId | RootId | AccountId) -> tuple[PolicyLevel, PolicyLevel]:
        found = self.placed.get(RootId(target), [])
        mine: dict[str, list[Policy]] = {kind: [policy for policy in found if policy.kind is _KINDS[kind]] for kind in _KINDS}
        if self.with_attached:
            names = {policy.name for policy in found}
            for attached in self.organization.attached_to(target):
                if attached.name not in names:
                    mine[attached.type].append(parse(attached.content, _KINDS[attached.type], attached.name))
        if not any(statement.effect is Effect.ALLOW for policy in mine[SCP] for statement in policy.statements):
            mine[SCP].insert(0, FULL_ACCESS)
        return PolicyLevel(target, tuple(mine["scp"])), PolicyLevel(target, tuple(mine["rcp"]))


def _place(subject: Subject, path: str, result: Result) -> Where:
    """The line with the claim's id."""
    lines = subject.files.files[path].decode("utf-8-sig").splitlines()
    line = next((number for number, text in enumerate(lines, 1) if text.split("id:")[-1].strip(" '\"") == result.claim.id), 0)
    return Where(subject.files.shown(path), line)
