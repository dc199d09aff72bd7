"""What a claim is judged against: for every account its stacks of policies, and where it stands in the organization."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from generator.aws.names import AccountId
from generator.policy.completion import Membership, Surroundings
from generator.policy.layers import ControlPolicies, Level
from generator.policy.model import Effect

NO_ACCOUNT = AccountId("")


@dataclass(frozen=True)
class Stack:
    """What reaches one account: policies by level, root first, and its membership."""

    scps: tuple[Level, ...] = ()
    rcps: tuple[Level, ...] = ()
    membership: Membership | None = None

    @property
    def rules(self) -> tuple[object, ...]:
        """All that decides what the policies come to: every denial, and the permissions level by level, however many there are."""
        denials = frozenset(_statements((*self.scps, *self.rcps), Effect.DENY))
        return denials, frozenset(frozenset(_statements((level,), Effect.ALLOW)) for level in self.scps)


def _statements(levels: Iterable[Level], effect: Effect) -> Iterator[int]:
    """The identities of the statements."""
    for level in levels:
        for policy in level.policies:
            yield from (id(statement) for statement in policy.statements if statement.effect is effect)


OUTSIDE = Stack()
"""An account of which nothing is known: of another organization, or of none."""


@dataclass(frozen=True)
class Estate:
    """All accounts. `others` is the stack of every account that is not listed: OUTSIDE where the organization is known.

    Neither kind of policy reaches the management account; its stack still says which organization it belongs to.
    """

    accounts: Mapping[AccountId, Stack]
    management_account: AccountId = NO_ACCOUNT
    others: Stack = OUTSIDE
    partition: str = "aws"
    organization: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "accounts", MappingProxyType(dict(self.accounts)))

    def stack(self, account: AccountId) -> Stack:
        """The stack of one account; an empty one for nobody's account."""
        found = self.accounts.get(account, self.others if account else OUTSIDE)
        return replace(found, scps=(), rcps=()) if account and account == self.management_account else found

    @cached_property
    def stacks(self) -> tuple[Stack, ...]:
        """Every different stack once: accounts of one unit usually share theirs."""
        kinds: dict[tuple[int, ...], Stack] = {}
        for stack in (*self.accounts.values(), self.others):
            kinds.setdefault(tuple(id(policy) for level in (*stack.scps, *stack.rcps) for policy in level.policies), stack)
        return tuple(kinds.values())

    @cached_property
    def kinds(self) -> Mapping[AccountId, object]:
        """By account what its policies come to: where that is equal, the same statements decide every request alike."""
        found: dict[tuple[int, ...], object] = {}
        kinds: dict[AccountId, object] = {}
        for account, stack in self.accounts.items():
            name = (len(stack.scps), *(id(level) for level in (*stack.scps, *stack.rcps)))
            if name not in found:
                found[name] = stack.rules
            kinds[account] = found[name]
        return MappingProxyType(kinds)

    def controls(self, *accounts: AccountId) -> ControlPolicies:
        """The stacks of some accounts, as the evaluator takes them."""
        stacks = {account: self.stack(account) for account in accounts if account}
        return ControlPolicies(
            self.management_account,
            {account: stack.scps for account, stack in stacks.items()},
            {account: stack.rcps for account, stack in stacks.items()},
        )

    def surroundings(self, *accounts: AccountId) -> Surroundings:
        """What completes a request between some accounts."""
        found = {account: self.stack(account).membership for account in accounts}
        return Surroundings(memberships={account: membership for account, membership in found.items() if membership})

    def without_policies(self) -> Estate:
        """The same organization before anybody attached anything."""
        bare = {account: replace(stack, scps=(), rcps=()) for account, stack in self.accounts.items()}
        return replace(self, accounts=bare, others=replace(self.others, scps=(), rcps=()))
