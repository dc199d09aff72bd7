"""Accounts and regions that a stack set leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.cfct.manifest import STACK_SET, Resource
from generator.cfct.targets import Resolution
from generator.checks.destruction.comparison import before, kept
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.errors import Where

_SHOWN = 3

NOT_LEFT = Rule(
    "CT056",
    Level.WARNING,
    "no stack set leaves an account or a region",
    "CfCT deletes the stacks there, with everything in them that has no `DeletionPolicy: Retain`, whatever `enable_stack_set_deletion` says",
    "put the account, OU or region back, or be sure that nothing needs what the stacks made",
    cfct("state_machine_handler.py 334-365, 418-424 and 635-682, template 2873-2886"),
)
NOT_EMPTIED = Rule(
    "CT057",
    Level.WARNING,
    "no stack set loses its last account",
    "CfCT then skips everything about stacks: those that exist stay in every account, although the manifest names none",
    "keep one account until the others are gone, or delete the stacks by hand",
    cfct("state_machine_handler.py 176-180 and 406-416"),
)


def _left(subject: Subject) -> Iterator[Objection]:
    for where, name, old, new in _both(subject):
        accounts = sorted(set(old.accounts) - set(new.accounts)) if new.accounts and new.accounts != old.accounts else []
        regions = sorted(set(old.regions) - set(new.regions)) if new.accounts or not subject.resolver else []
        if accounts:
            yield Objection(where, f"`{name}` leaves the account{_list(accounts)}, where CfCT deletes its stacks")
        if regions:
            yield Objection(where, f"`{name}` leaves the region{_list(regions)}, where CfCT deletes its stacks")


def _emptied(subject: Subject) -> Iterator[Objection]:
    for where, name, old, new in _both(subject):
        if old.accounts and not new.accounts and not new.lost:
            yield Objection(where, f"`{name}` has no account any more; its stacks stay where they are")


def _both(subject: Subject) -> Iterator[tuple[Where, str, Resolution, Resolution]]:
    """Each stack set that both packages have, where it goes by today's organization; by regions only if that is not known."""
    both = before(subject)
    if both is None:
        return
    for old, new in kept(both, STACK_SET):
        where = both.now.where(new.place("deployment_targets"))
        yield where, new.name, _resolved(subject, old), _resolved(subject, new)


def _resolved(subject: Subject, resource: Resource) -> Resolution:
    return subject.resolver.resolve(resource) if subject.resolver else Resolution(regions=resource.target_regions)


def _list(values: Sequence[str]) -> str:
    """`s` where there are several, and the first few."""
    shown = ", ".join(f"`{value}`" for value in values[:_SHOWN])
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return f"{'s' if len(values) > 1 else ''} {shown}{more}"


CHECKS = (Check(NOT_LEFT, _left), Check(NOT_EMPTIED, _emptied))
