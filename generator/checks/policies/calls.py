"""The calls that a deployment needs: who makes them, in which accounts and regions, and whether a statement certainly denies them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from generator.aws.actions import Service, service
from generator.aws.names import AccountId, OuId, Region, RootId
from generator.aws.partitions import PARTITIONS
from generator.cfct.document import Node
from generator.cfct.manifest import Resource
from generator.checks.policies.book import Book, PolicyFile, Written
from generator.checks.policies.made import Named, added, named
from generator.checks.policies.needs import Operation, needed
from generator.landing_zone.organization import Organization
from generator.policy.coverage import rcp_covers
from generator.policy.model import PolicyKind
from generator.prover.automaton import literal
from generator.prover.cells import Language
from generator.prover.certainty import Values, certainly_covers, certainly_meets
from generator.prover.fragment import templates
from generator.prover.resources import languages

_EXECUTION = "role/AWSControlTowerExecution"
ADMINISTRATION = "role/service-role/AWSControlTowerStackSetRole"
"""The role of the management account by which CfCT's stack sets come into others (CfCT 2.8.4, template 1570)."""

_STACK = "cloudformation:CreateStack"
_ASSUME = "sts:AssumeRole"
_ROUTING_REGION = "us-west-2"
"""Where some services without regions of their own answer: Global Accelerator, Network Manager, Amazon Application Recovery Controller."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DIGIT = re.compile(r"[0-9?]")

_NO_RESOURCE = (Language(literal("*")),)
"""How a call names its resource when it names none: resource control policies do not reach it."""

_REGIONAL = frozenset({"s3", "cloudformation", "lambda"})
"""Services whose calls go to the stack's region, although not every ARN of theirs says so."""


@dataclass(frozen=True)
class Call:
    """One call that a deployment needs. `why` is what it is for: a resource type, or what CfCT does."""

    action: str
    why: str
    stack_set: str
    regions: tuple[Region, ...]
    operation: Operation = Operation.CREATE
    resource: str = ""
    by_administrator: bool = False
    named: Named | None = None
    """The resource that the call makes or changes, where its template names it."""


@dataclass
class Hit:
    """Where one statement stops one call."""

    accounts: list[AccountId] = field(default_factory=list)
    regions: dict[Region, None] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Places:
    """The accounts of a stack set, by everything that they stand below: a policy is asked about those below its targets only."""

    below: Mapping[OuId | RootId, tuple[AccountId, ...]]

    def under(self, targets: Iterable[OuId | RootId]) -> tuple[AccountId, ...]:
        """The accounts below some targets, sorted."""
        return tuple(sorted({account for target in targets for account in self.below.get(target, ())}))


@dataclass(frozen=True)
class Deployment:
    """Every call that the package's stack sets need, and where."""

    book: Book
    organization: Organization

    @cached_property
    def calls(self) -> tuple[tuple[Call, Places], ...]:
        """Each call with the accounts in which it is made. The management account is out of every policy's reach."""
        subject = self.book.subject
        found: list[tuple[Call, Places]] = []
        for entry in subject.manifest.resources if subject.manifest else ():
            if not entry.is_stack_set or subject.resolver is None:
                continue
            resolved = subject.resolver.resolve(entry)
            places = self._places(account for account in resolved.accounts if account != self.organization.management_account)
            found.extend((call, places) for call in self._of(entry, resolved.regions) if places.below)
        return tuple(found)

    @cached_property
    def making(self) -> tuple[tuple[Call, Places], ...]:
        """The calls that make resources."""
        return tuple((call, places) for call, places in self.calls if call.operation is Operation.CREATE)

    @cached_property
    def changing(self) -> tuple[tuple[Call, Places], ...]:
        """The calls that change resources, but those by an action that makes one as well: that one is told already."""
        told = {(call.stack_set, call.action) for call, _ in self.making}
        return tuple(
            (call, places)
            for call, places in self.calls
            if call.operation is Operation.UPDATE and (call.stack_set, call.action) not in told
        )

    def _places(self, accounts: Iterable[AccountId]) -> Places:
        below: dict[OuId | RootId, list[AccountId]] = {}
        for account in accounts:
            for target in self.organization.lineage(account):
                below.setdefault(target, []).append(account)
        return Places({target: tuple(found) for target, found in below.items()})

    def _of(self, entry: Resource, regions: tuple[Region, ...]) -> Iterator[Call]:
        yield Call(_ASSUME, "to come into the account", entry.name, regions[:1], resource=_EXECUTION, by_administrator=True)
        yield Call(_STACK, "to make the stack", entry.name, regions)
        seen: set[tuple[str, Operation, Named | None]] = set()
        for kind, node in self._made(entry):
            name = named(kind, node)
            actions = [(action, f"for `{kind}`", operation) for operation in Operation for action in needed(kind, operation)]
            actions += [(action, f"for `{key}` of `{kind}`", Operation.CREATE) for action, key in added(kind, node)]
            for action, why, operation in actions:
                if (action, operation, name) not in seen:
                    seen.add((action, operation, name))
                    yield Call(action, why, entry.name, regions, operation, named=name)

    def _made(self, entry: Resource) -> Iterator[tuple[str, Node]]:
        """The resources that are made in any case, each with its type: those under a condition may not be."""
        document = self.book.subject.templates.get(entry.file)
        resources = document.root.get("Resources") if document and document.root else None
        for node in resources.children.values() if resources else ():
            kind = node.get("Type")
            if kind and isinstance(kind.data, str) and not node.get("Condition"):
                yield kind.data, node

    def resources(self, call: Call, account: AccountId, region: Region) -> tuple[tuple[tuple[Language, ...], ...], ...]:
        """For each way in which the call can name its resources, the ARNs that each of them can have in an account and region."""
        partition = self.organization.partition
        if call.resource:
            return (((Language(literal(f"arn:{partition}:iam::{account}:{call.resource}")),),),)
        name = call.named
        form = _form(call.action, name.kind if name else "")
        if form is None:
            return ((_NO_RESOURCE,),)
        types = form.service.resource_types
        return tuple(
            tuple(
                (Language(literal(_arn(types[kind], partition, account, region, name.name))),)
                if name and kind == name.kind and kind in types
                else languages(kind, form.service, partition, account)
                for kind in way
            )
            for way in form.ways
        )

    def possible(self, call: Call, account: AccountId, region: Region) -> Mapping[str, tuple[Values, ...]]:
        """What is known of the call's condition keys in an account and region; the same object for calls that are alike in that."""
        form = _form(call.action, call.named.kind if call.named else "")
        regions = () if call.resource else (region,) if form and form.regional else self._everywhere(region)
        key = call.by_administrator, account, regions
        if key not in self._known_contexts:
            self._known_contexts[key] = self._context(call, account, regions)
        return self._known_contexts[key]

    @cached_property
    def _known_contexts(self) -> dict[tuple[bool, AccountId, tuple[Region, ...]], Mapping[str, tuple[Values, ...]]]:
        return {}

    def _everywhere(self, region: Region) -> tuple[Region, ...]:
        """The regions that a call of a service without regions can count as."""
        usual = PARTITIONS.get(self.organization.partition)
        others = (usual.global_region, Region(_ROUTING_REGION)) if usual else ()
        return tuple(dict.fromkeys((region, *others)))

    def _context(self, call: Call, account: AccountId, regions: tuple[Region, ...]) -> Mapping[str, tuple[Values, ...]]:
        """What is known of a call by the deploying role: a session of a role of the organization, without a second factor.

        Without `regions` nobody knows in which one the call counts: StackSets chooses where it assumes roles.
        """
        organization = self.organization
        sender = organization.management_account if call.by_administrator else account
        role = ADMINISTRATION if call.by_administrator else _EXECUTION
        one = {
            "aws:PrincipalArn": f"arn:{organization.partition}:iam::{sender}:{role}",
            "aws:PrincipalAccount": sender,
            "aws:PrincipalOrgID": organization.id,
            "aws:PrincipalOrgPaths": self._path(sender),
            "aws:PrincipalType": "AssumedRole",
            "aws:PrincipalIsAWSService": "false",
            "aws:ResourceAccount": account,
            "aws:ResourceOrgID": organization.id,
            "aws:ResourceOrgPaths": self._path(account),
            "aws:SecureTransport": "true",
        }
        absent = ("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:PrincipalServiceName", "aws:Username")
        return {
            **{key.lower(): ((value,),) for key, value in one.items()},
            **{key.lower(): ((),) for key in absent},
            "aws:multifactorauthpresent": ((), ("false",)),
            "aws:multifactorauthage": ((),),
            **({"aws:requestedregion": tuple((region,) for region in regions)} if regions else {}),
        }

    def _path(self, account: AccountId) -> str:
        return f"{self.organization.id}/{'/'.join(self.organization.lineage(account))}/"

    def hit(self, policy: PolicyFile, written: Written, call: Call, places: Places) -> Hit:
        """The accounts and regions in which the statement certainly denies the call.

        Accounts of one place fare alike, unless the statement names accounts, or could.
        """
        found = Hit()
        by_account = _tells_accounts(written)
        told: dict[tuple[OuId | RootId, ...], tuple[Region, ...]] = {}
        for account in places.under(self._targets(policy)):
            lineage = self.organization.lineage(account)
            if by_account or lineage not in told:
                told[lineage] = tuple(region for region in call.regions if self._denies(policy, written, call, account, region))
            if told[lineage]:
                found.accounts.append(account)
                found.regions.update(dict.fromkeys(told[lineage]))
        return found

    def _denies(self, policy: PolicyFile, written: Written, call: Call, account: AccountId, region: Region) -> bool:
        if policy.kind is PolicyKind.RCP and not rcp_covers(call.action):
            return False
        if policy.kind is PolicyKind.SCP and call.by_administrator:
            return False
        statement = written.statement
        if not (statement.actions.matches(call.action) and self._meets(written, self.possible(call, account, region))):
            return False
        ways = self.resources(call, account, region)
        if policy.kind is PolicyKind.RCP and any(_NO_RESOURCE in named_ones for named_ones in ways):
            return False
        return bool(ways) and all(certainly_covers(statement.resources, named_ones) for named_ones in ways)

    def _meets(self, written: Written, possible: Mapping[str, tuple[Values, ...]]) -> bool:
        """Whether the statement's conditions certainly hold, asked once for all calls that are alike in what is possible."""
        key = id(written), id(possible)
        if key not in self._known_meetings:
            self._known_meetings[key] = certainly_meets(written.statement.conditions, possible)
        return self._known_meetings[key]

    @cached_property
    def _known_meetings(self) -> dict[tuple[int, int], bool]:
        return {}

    def _targets(self, policy: PolicyFile) -> frozenset[OuId | RootId]:
        resolver = self.book.subject.resolver
        if policy.number not in self._known_targets and resolver:
            found = (target for entry in policy.entries for target in resolver.resolve(entry).targets)
            self._known_targets[policy.number] = frozenset(found)
        return self._known_targets.get(policy.number, frozenset())

    @cached_property
    def _known_targets(self) -> dict[int, frozenset[OuId | RootId]]:
        return {}


@dataclass(frozen=True)
class _Form:
    """How calls of one action name their resources: the types that they name together, every way they can.

    `regional`: the calls go to the region of what they make.
    """

    service: Service
    ways: tuple[tuple[str, ...], ...]
    regional: bool


@cache
def _form(name: str, kind: str) -> _Form | None:
    """The form of an action's calls; if one of its ways names a resource of type `kind`, only those that do. None if it is unknown."""
    catalogue = service(name.partition(":")[0])
    action = catalogue.action(name) if catalogue else None
    if catalogue is None or action is None:
        return None
    found = action.alternatives()
    every = found if found != ((),) else (("-",),)
    ways = tuple(way for way in every if kind in way) or every
    types = catalogue.resource_types
    regional = catalogue.prefix in _REGIONAL or any("${Region}" in types.get(each, "") for way in ways for each in way)
    return _Form(catalogue, ways, regional)


def _arn(form: str, partition: str, account: AccountId, region: Region, name: str) -> str:
    """The ARN of a resource with that name; whatever the form calls it, the name is its last part."""
    known = {"Partition": partition, "Account": account, "Region": region}
    return _VARIABLE.sub(lambda found: known.get(found[1], name), form)


def _tells_accounts(written: Written) -> bool:
    """True iff a text of the statement holds a digit or a variable, by which it could tell one account from another."""
    statement = written.statement
    operands = (template for condition in statement.conditions for template in templates(condition))
    patterns = statement.resources.patterns if statement.resources else ()
    return any(template.variables or _DIGIT.search(template.text) for template in (*operands, *patterns))
