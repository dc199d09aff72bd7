"""Names of accounts: AWS Organizations lets several accounts have the same one, and CfCT does not ask which is meant."""

from __future__ import annotations

from collections.abc import Iterator

from generator.cfct.targets import is_account_id
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.errors import Where
from generator.landing_zone.organization import Account, AccountStatus, Organization

ONE_ACCOUNT = Rule(
    "CT067",
    Level.ERROR,
    "an account's name in an entry is that of one account",
    "of several ACTIVE accounts with exactly the same name CfCT keeps the one that AWS lists last, so the entry reaches one of them, "
    "and nobody knows which",
    "write the account's id",
    cfct("manifest_parser.py 751-766"),
)
ONE_SPELLING = Rule(
    "CT068",
    Level.WARNING,
    "no other account has the name in other letters, large or small",
    "CfCT compares names without regard to case, and deploys to every account whose name is equal so",
    "write the account's id",
    cfct("manifest_parser.py 616-630"),
)


def _one_name(subject: Subject) -> Iterator[Objection]:
    for where, name, namesakes, _ in _named_alike(subject):
        by_name: dict[str, list[str]] = {}
        for account in namesakes:
            by_name.setdefault(account.name, []).append(account.id)
        for ids in by_name.values():
            if len(ids) > 1:
                listed = ", ".join(f"`{each}`" for each in ids)
                yield Objection(where, f"`{name}` is the name of {len(ids)} accounts: {listed}")


def _one_spelling(subject: Subject) -> Iterator[Objection]:
    for where, name, namesakes, organization in _named_alike(subject):
        reached = {
            account.name: account.id for account in namesakes if account.ou or account.id == organization.management_account
        }
        if len(reached) > 1:
            listed = " and ".join(f"`{spelled}` ({identity})" for spelled, identity in reached.items())
            yield Objection(where, f"`{name}` reaches {listed}")


def _named_alike(subject: Subject) -> Iterator[tuple[Where, str, tuple[Account, ...], Organization]]:
    """The names of stack sets' accounts that several ACTIVE accounts have, whatever the case."""
    manifest, resolver = subject.manifest, subject.resolver
    if not manifest or not resolver:
        return
    for resource in manifest.resources:
        for index, name in enumerate(resource.accounts if resource.is_stack_set else ()):
            if is_account_id(name):
                continue
            active = tuple(each for each in resolver.namesakes(name) if each.status is AccountStatus.ACTIVE)
            if len(active) > 1:
                node = resource.place("deployment_targets", "accounts", index)
                yield Where(manifest.path, node.line, node.column), name, active, resolver.organization


CHECKS = (Check(ONE_ACCOUNT, _one_name), Check(ONE_SPELLING, _one_spelling))
