"""Deciding one claim: every sender, action and resource that can be told apart, and a search through the free condition keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from itertools import product

from generator.aws.names import AccountId, Arn
from generator.policy.coherence import violations
from generator.policy.completion import Surroundings, complete
from generator.policy.conditions import Condition
from generator.policy.coverage import rcp_covers
from generator.policy.keys import MULTIVALUED, SINGLE_VALUED, Context, same_key
from generator.policy.model import ALWAYS_ALLOWED
from generator.policy.pattern import ARN_SEGMENTS, Glob, arn_matches
from generator.policy.request import PrincipalType, Request
from generator.prover import rules as rule_book
from generator.prover.cells import TooManyCellsError
from generator.prover.choices import Setting, implied
from generator.prover.claim import Claim, ClaimLayer, Expectation
from generator.prover.estate import Estate
from generator.prover.fragment import Settled, account_context, settled
from generator.prover.memory import Memory
from generator.prover.replay import ReplayError, outside_scope, refutes
from generator.prover.resources import Owner, kinds_of_resource
from generator.prover.rules import Left, Rule
from generator.prover.search import Assignment, Clause, Demand, Kind, context_of, solutions
from generator.prover.selection import Case, cases
from generator.prover.senders import Sender, senders
from generator.prover.values import is_mixed
from generator.prover.vocabulary import Vocabulary
from generator.prover.witness import Witness, context_to_show

MAX_TRIES = 64
"""Solutions looked at before a request that no axiom allows makes the claim undecided."""


@dataclass(frozen=True)
class Found:
    """What was found out: requests that refute the claim, reasons why something stayed open, whether the claim is about anything."""

    witnesses: tuple[tuple[Witness, tuple[str, ...]], ...]
    open: tuple[str, ...]
    empty: bool


@dataclass(frozen=True)
class _Class:
    """Senders that no statement in question tells apart: one of them, what the accounts settle, and what is left of each statement."""

    sender: Sender
    owner: AccountId
    context: Context
    known: Settled
    rules: tuple[Rule, ...]
    left: tuple[Left | None, ...]
    levels: tuple[int, ...]

    @cached_property
    def variables(self) -> Context:
        """What variables stand for."""
        return account_context(self.context, self.known)


@dataclass(frozen=True)
class _Group:
    """Actions that fare alike; `matched`: which of the statements in question select them."""

    matched: tuple[bool, ...]
    cases: list[Case] = field(default_factory=list)


class Doubt(Enum):
    """Whether a search without a confirmed request leaves room for one."""

    NONE = "certainly none"
    SOME = "perhaps one"


class Decider:
    """Decides one claim against one estate."""

    def __init__(self, claim: Claim, estate: Estate, memory: Memory) -> None:
        self.claim = claim
        self.estate = estate
        self.memory = memory
        self.fixed = {same_key(key): tuple(values) for key, values in claim.context.items()}
        self.scope = tuple(Glob.parse(pattern) for pattern in claim.resources)
        self.implied = implied(claim.context)
        self.region = _region(claim)
        self.spelling = {same_key(key): key for key in (*SINGLE_VALUED, *MULTIVALUED)}
        self.open: dict[str, None] = {}
        self.asked: frozenset[str] = frozenset()
        self.empty = True
        self._inside: dict[Arn, bool] = {}

    def find(self) -> Found:
        """Every request that refutes the claim, one for each class of senders and actions, with the actions of the class."""
        found: list[tuple[Witness, tuple[str, ...]]] = []
        try:
            found.extend(self._attacks())
        except TooManyCellsError:
            self.open["its patterns and conditions make too many combinations"] = None
        return Found(tuple(found), tuple(self.open), self.empty)

    def holds_trivially(self) -> bool:
        """True iff no request refutes the claim; stops at the first that does."""
        return next(self._attacks(), None) is None

    def _attacks(self) -> Iterator[tuple[Witness, tuple[str, ...]]]:
        every_rule = tuple(self._all_rules())
        chosen = tuple(cases(self.claim.actions, (it for rule in every_rule for it in rule.statement.actions.patterns)))
        words = self._vocabulary(every_rule)
        self.asked = frozenset(same_key(condition.key) for condition in words.conditions)
        self.spelling = {**{same_key(condition.key): condition.key for condition in words.conditions}, **self.spelling}
        found = tuple(senders(self.claim.principals, self.estate, words, [case.action for case in chosen]))
        groups: dict[tuple[int, ...], tuple[_Group, ...]] = {}
        for kind in self._classes(found, words):
            statements = tuple(id(rule.statement) for rule in kind.rules)
            if statements not in groups:
                groups[statements] = self._action_groups(chosen, statements, kind.rules)
            globs: dict[tuple[int, ...], tuple[Glob, ...]] = {}
            for group in groups[statements]:
                first, *others = group.cases
                for witness in self._attack(kind, first, group.matched, globs):
                    yield witness, tuple(case.action for case in others)

    def _all_rules(self) -> Iterator[Rule]:
        """Every different policy's statements, wherever it is attached."""
        seen: set[int] = set()
        for stack in self.estate.stacks:
            for rule in rule_book.rules_for(self.claim.layer, stack, stack, PrincipalType.ROOT):
                if id(rule.statement) not in seen:
                    seen.add(id(rule.statement))
                    yield rule

    def _vocabulary(self, rules: Sequence[Rule]) -> Vocabulary:
        conditions = tuple(condition for rule in rules for condition in rule.statement.conditions)
        resources = tuple(it for rule in rules if rule.statement.resources for it in rule.statement.resources.patterns)
        claim = self.claim
        return Vocabulary(conditions, resources, claim.principals, claim.resources, claim.resource_account, self.fixed)

    def _classes(self, found: Iterable[Sender], words: Vocabulary) -> Iterator[_Class]:
        classes: set[tuple[object, ...]] = set()
        books: dict[tuple[object, ...], tuple[Rule, ...]] = {}
        settings: dict[tuple[PrincipalType, frozenset[str]], Settled] = {}
        for sender in found:
            owner = self.claim.resource_account or sender.principal.account
            if not owner:
                continue
            context = self._context(sender, owner)
            if context is None:
                continue
            kind = sender.principal.type
            page = (sender.principal.account, owner, kind in rule_book.NO_SCP)
            if page not in books:
                stacks = self.estate.stack(sender.principal.account), self.estate.stack(owner)
                books[page] = rule_book.rules_for(self.claim.layer, *stacks, kind)
            rules = books[page]
            floating = frozenset(map(same_key, sender.known)).difference(self.fixed)
            if (kind, floating) not in settings:
                doubts = words.account_doubts | words.organization_doubts(floating)
                settings[kind, floating] = settled(kind, self.fixed, doubts)
            known = settings[kind, floating]
            stands_for = tuple(context.get(key) for key in words.variables if key in known.variables)
            left = tuple(rule_book.left_by_sender(rule, context, known) for rule in rules)
            levels = self._levels(sender)
            signature = tuple(None if it is None else (tuple(map(id, it.demands)), it.unsure) for it in left)
            name = (page, kind, known, stands_for, signature)
            if name not in classes:
                classes.add(name)
                yield _Class(sender, owner, context, known, rules, left, levels)

    def _levels(self, sender: Sender) -> tuple[int, ...]:
        """The levels of SCPs at which an Allow is needed."""
        if self.claim.layer is ClaimLayer.RCP or sender.principal.type in rule_book.NO_SCP:
            return ()
        return tuple(range(len(self.estate.stack(sender.principal.account).scps)))

    def _context(self, sender: Sender, owner: AccountId) -> Context | None:
        """The keys that are settled, or None if the claim's context cannot come from such a sender."""
        key = sender.principal, tuple(sender.known.items()), owner, tuple(self.claim.context.items())
        if key not in self.memory.contexts:
            self.memory.contexts[key] = self._settled_context(sender, owner)
        return self.memory.contexts[key]

    def _settled_context(self, sender: Sender, owner: AccountId) -> Context | None:
        action = "none:None"
        given = Context({**sender.known, **self.implied, **self.claim.context})
        request = Request(sender.principal, action, (), owner, given)
        whole = complete(request, self.estate.surroundings(sender.principal.account, owner))
        if violations(whole):
            return None
        kept = settled(sender.principal.type, self.fixed).keys
        return Context({key: values for key, values in whole.context.given.items() if same_key(key) in kept})

    def _action_groups(self, chosen: Iterable[Case], statements: tuple[int, ...], rules: Sequence[Rule]) -> tuple[_Group, ...]:
        """Actions that no statement in question tells apart, and that take the same resources."""
        groups: dict[tuple[object, ...], _Group] = {}
        for case in chosen:
            matched = self.memory.selecting(statements, rules, case.action)
            covered = rcp_covers(case.action)
            name = (case.service.prefix, case.known, case.alternatives, covered, matched)
            groups.setdefault(name, _Group(matched)).cases.append(case)
        return tuple(groups.values())

    def _attack(
        self, kind: _Class, case: Case, matched: tuple[bool, ...], globs: dict[tuple[int, ...], tuple[Glob, ...]]
    ) -> Iterator[Witness]:
        """At most one witness for each combination of types of resource. `globs`: patterns on resources, by the rules they are of."""
        selected = tuple(
            (rule, left)
            for rule, left, selects in zip(kind.rules, kind.left, matched, strict=True)
            if left is not None and selects
        )
        rules = tuple(rule for rule, _ in selected)
        names = tuple(map(id, rules))
        if names not in globs:
            globs[names] = rule_book.resource_globs(rules, kind.variables, kind.known)
        for types in case.alternatives:
            for resources in self._resources(kind, case, types, globs[names]):
                self.empty = False
                witness = self._try(kind, case, resources, selected)
                if witness:
                    yield witness
                    break

    def _resources(self, kind: _Class, case: Case, types: tuple[str, ...], globs: tuple[Glob, ...]) -> Iterator[tuple[Arn, ...]]:
        """Every combination of kinds of resource that is in the claim's scope."""
        owner = Owner(self.estate.partition, kind.owner, self.region)
        slots = [kinds_of_resource(name, case.service, owner, globs, self.scope) for name in types]
        enough = all if self.claim.expect is Expectation.ALLOWED else any
        for resources in product(*slots):
            if enough(map(self._is_inside, resources)):
                yield resources

    def _is_inside(self, resource: Arn) -> bool:
        if resource not in self._inside:
            self._inside[resource] = any(arn_matches(glob, resource) for glob in self.scope)
        return self._inside[resource]

    def _try(self, kind: _Class, case: Case, resources: tuple[Arn, ...], selected: Sequence[tuple[Rule, Left]]) -> Witness | None:
        """A confirmed request, or None: what stays unsure is tried against the claim first, then for it."""
        unsure: list[str] = []
        pending = False
        for clauses in self._formulas(kind, case, resources, selected, unsure, hurting=True):
            refuted = self._solve(kind, case, resources, clauses, doubtful=bool(unsure))
            if isinstance(refuted, Witness):
                return refuted
            pending = pending or refuted is Doubt.SOME
        if not pending or not unsure:
            return None
        for clauses in self._formulas(kind, case, resources, selected, [], hurting=False):
            refuted = self._solve(kind, case, resources, clauses, doubtful=False)
            if isinstance(refuted, Witness):
                return refuted
        self.open.update(dict.fromkeys(unsure))
        return None

    def _formulas(  # noqa: C901, PLR0913  # what a formula is made of
        self,
        kind: _Class,
        case: Case,
        resources: tuple[Arn, ...],
        selected: Sequence[tuple[Rule, Left]],
        unsure: list[str],
        *,
        hurting: bool,
    ) -> Iterator[tuple[Clause, ...]]:
        """What has to hold of the free keys so that the claim fails; each formula is one way to fail.

        `hurting`: parts that cannot be followed are taken as whatever makes the claim fail, else as whatever keeps it.
        """
        denies: list[tuple[Demand, ...]] = []
        allows: dict[tuple[int, int], list[tuple[Demand, ...]]] = {
            (level, slot): [] for level in kind.levels for slot in range(len(resources))
        }
        wanted = self.claim.expect is Expectation.DENIED
        if case.action.lower() in ALWAYS_ALLOWED:
            if wanted:
                yield ()
            return
        for rule, left in selected:
            for slot, resource in enumerate(resources):
                if not rule_book.reaches(rule, case.action, resource, kind.sender.principal.type):
                    continue
                fits = self._fits(rule, resource, kind.variables, kind.known)
                if fits is False:
                    continue
                doubts = left.unsure if fits else (*left.unsure, f"the resources of `{rule.statement.name}`")
                unsure.extend(f"{doubt} in `{rule.policy.name}`" for doubt in doubts)
                if doubts and (rule.denies is wanted) is hurting:
                    continue
                demands = tuple(Demand(condition, slot) for condition in left.demands)
                if rule.denies:
                    denies.append(demands)
                else:
                    allows[rule.level, slot].append(demands)
        some, every = Kind.SOME_FAILS, Kind.ALL_HOLD
        if wanted:
            passing = (Clause(every, tuple(grants)) for grants in allows.values())
            yield (*(Clause(some, (demands,)) for demands in denies), *passing)
            return
        for demands in denies:
            yield (Clause(every, (demands,)),)
        for grants in allows.values():
            yield tuple(Clause(some, (demands,)) for demands in grants)

    def _fits(self, rule: Rule, resource: Arn, context: Context, known: Settled) -> bool | None:
        resources = rule.statement.resources
        if resources is not None and resources.varies:
            return rule_book.on_resource(rule, resource, context, known)
        key = id(rule.statement), resource, None
        if key not in self.memory.resources:
            self.memory.resources[key] = rule_book.on_resource(rule, resource, context, known)
        return self.memory.resources[key]

    def _solve(
        self, kind: _Class, case: Case, resources: tuple[Arn, ...], clauses: tuple[Clause, ...], *, doubtful: bool
    ) -> Witness | Doubt:
        """A confirmed witness, or whether there can still be one."""
        setting = Setting(kind.sender.principal.type, kind.context, self.fixed)
        mixed = self._mixed(clauses)
        tried = 0
        for assignment in solutions(clauses, setting):
            tried += 1
            if tried > MAX_TRIES:
                break
            request = self._request(kind, case, resources, assignment)
            impossible = violations(request)
            if impossible:
                self.open[f"whether {impossible[0]}"] = None
                continue
            outside = outside_scope(request, self.claim)
            if outside:
                raise ReplayError(f"{self.claim.id}: {request} is no request of the claim: {outside}")
            decision = refutes(request, self.claim, self.estate)
            if decision is None and not doubtful:
                raise ReplayError(f"{self.claim.id}: the evaluator does not confirm {request}")
            if decision is not None:
                known = {key for key in kind.sender.known if same_key(key) in self.asked}
                shown = context_to_show(request, {*context_of(assignment, -1), *known, *self.fixed})
                return Witness(request, decision, shown, known=case.known)
        if mixed:
            self.open.update(dict.fromkeys(mixed))
        return Doubt.SOME if tried else Doubt.NONE

    def _mixed(self, clauses: Iterable[Clause]) -> list[str]:
        """Keys that are read both as text and as something else."""
        by_key: dict[str, list[Condition]] = {}
        for clause in clauses:
            for part in clause.alternatives:
                for demand in part:
                    by_key.setdefault(same_key(demand.condition.key), []).append(demand.condition)
        return [f"`{found[0].key}` is read in several ways" for found in by_key.values() if is_mixed(found)]

    def _request(self, kind: _Class, case: Case, resources: tuple[Arn, ...], assignment: Assignment) -> Request:
        chosen = context_of(assignment, -1)
        fixed = {key for key in chosen if key in self.fixed}
        free = self._spelled({key: values for key, values in chosen.items() if key not in fixed})
        given = Context({**kind.sender.known, **self.implied}).with_values({**free, **self.claim.context}).given
        own = {resource: context_of(assignment, slot) for slot, resource in enumerate(resources)}
        special = {resource: self._spelled(values) for resource, values in own.items() if values}
        request = Request(kind.sender.principal, case.action, resources, kind.owner, Context(given), special)
        surroundings = self.estate.surroundings(kind.sender.principal.account, kind.owner)
        return complete(request, replace(surroundings, region=self.region))

    def _spelled(self, context: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """The keys as the policies spell them, or AWS's table does."""
        return {self.spelling.get(key, key): values for key, values in context.items()}


def _region(claim: Claim) -> str:
    """The region that the claim's own resources lie in, for witnesses that read naturally."""
    found = (pattern.split(":")[3] for pattern in claim.resources if pattern.count(":") >= ARN_SEGMENTS - 1)
    return next((region for region in found if region and "*" not in region), Surroundings().region)
