"""Which stack sets deploy a template, where, and with which parameters."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from generator.aws.names import Region
from generator.cfct.manifest import Manifest, Resource
from generator.cfct.parameters import Foreseen, Given, given, helper_of, split, unreadable
from generator.cfct.targets import ACCOUNT_ID_DIGITS
from generator.checks.subject import Subject
from generator.checks.templates.evaluate import Scene, as_written
from generator.checks.templates.template import Template, templates
from generator.checks.templates.values import is_list, is_stored
from generator.errors import Where

_SOME_REGIONS = 60
"""More than AWS has."""

_ACCOUNT = re.compile(rf"(?<!\d)\d{{{ACCOUNT_ID_DIGITS}}}(?!\d)")


@dataclass(frozen=True)
class GivenValue:
    """A parameter that an entry gives. `text` is what CloudFormation gets; None where CfCT makes or fetches it in the run."""

    key: str
    text: str | None
    where: Where


@dataclass(frozen=True)
class Use:
    """One stack set of the manifest with its template.

    `accounts` are ids, or stand-ins such as the path of an OU where the organization is not known: a stand-in means the same accounts
    wherever it occurs, but says nothing of how many they are. `all_given_known` is false when CfCT takes other parameters than those
    that are written, or when they cannot be read. `samples` are those of the accounts that stand for all.
    """

    template: Template
    entry: Resource
    manifest: Manifest
    accounts: tuple[str, ...]
    regions: tuple[Region, ...]
    given: tuple[GivenValue, ...]
    all_given_known: bool
    samples: tuple[str, ...] = ()

    @cached_property
    def known(self) -> Mapping[str, str]:
        """The parameters whose value is sure, as text: given literally, else by default. Lists are no text."""
        given_texts = {each.key: each.text for each in self.given}
        found: dict[str, str] = {}
        for name, declared in self.template.parameters.items():
            default = declared.node.get("Default")
            value = given_texts.get(name, as_written(default) if default else None)
            if value is not None and not is_list(declared.type) and not is_stored(declared.type):
                found[name] = value
        return found

    def scenes(self) -> Iterator[Scene]:
        """Every region of the accounts that stand for all."""
        for account in self.samples:
            for region in self.regions[:_SOME_REGIONS]:
                yield Scene(self.template, account, region, self.known)


def is_account(name: str) -> bool:
    """Whether it is one account's id, and no stand-in for some accounts."""
    return len(name) == ACCOUNT_ID_DIGITS and name.isdigit()


def uses(subject: Subject) -> tuple[Use, ...]:
    """Every stack set whose template is in the package and can be read, in the order of the manifest."""
    return subject.once(_all_uses)


def _all_uses(subject: Subject) -> tuple[Use, ...]:
    found = tuple(_uses(subject))
    samples = _samples(subject, found)
    return tuple(replace(use, samples=tuple(account for account in use.accounts if account in samples)) for use in found)


def _samples(subject: Subject, found: tuple[Use, ...]) -> frozenset[str]:
    """Two of all accounts that the same stack sets go to, which differ in their id alone, and each whose id a template or value names."""
    memberships: dict[str, list[int]] = defaultdict(list)
    for index, use in enumerate(found):
        for account in use.accounts:
            memberships[account].append(index)
    alike: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for account, indexes in memberships.items():
        alike[tuple(indexes)].append(account)
    texts = [subject.files.files[path].decode("utf-8", errors="replace") for path in {use.template.path for use in found}]
    texts += [given.text for use in found for given in use.given if given.text]
    named = {account for text in texts for account in _ACCOUNT.findall(text)}
    return frozenset(account for accounts in alike.values() for account in accounts[:2]) | named


def _uses(subject: Subject) -> Iterator[Use]:
    by_path = {template.path: template for template in templates(subject)}
    manifest = subject.manifest
    for entry in manifest.resources if manifest else ():
        template = by_path.get(entry.file)
        if manifest is None or template is None or not entry.is_stack_set:
            continue
        regions = tuple(dict.fromkeys(region for region in entry.target_regions if region))
        written = given(entry, subject.files, manifest.path)
        yield Use(
            template,
            entry,
            manifest,
            _accounts(subject, entry),
            regions,
            _taken(written),
            _all_known(subject, entry, len(written)),
        )


def _all_known(subject: Subject, entry: Resource, count: int) -> bool:
    if not entry.parameter_file:
        return (
            entry.node.get(entry.written("parameter_file")) is None
        )  # an empty one has its finding (CT004): another file is meant
    content = subject.files.files.get(entry.parameters_path)
    if entry.parameters or content is None or unreadable(content):
        return False
    items = json.loads(content)
    return isinstance(items, list) and len(items) == count


def _taken(written: tuple[Given, ...]) -> tuple[GivenValue, ...]:
    """In the order of the files; of a key given twice the last, which CfCT takes."""
    found: dict[str, GivenValue] = {}
    for each in written:
        value = split(each.value)
        parts = (value,) if isinstance(value, str) else value
        text = None if any(map(helper_of, parts)) else Foreseen(each.key, value).sent
        found[each.key] = GivenValue(each.key, text, each.where)
    return tuple(found.values())


def _accounts(subject: Subject, entry: Resource) -> tuple[str, ...]:
    if subject.resolver:
        return subject.resolver.resolve(entry).accounts
    units = (f"OU {name}" for name in entry.organizational_units)
    names = (name if is_account(name) else f"account {name.lower()}" for name in entry.accounts)
    return tuple(dict.fromkeys((*names, *units)))
