"""What claim and policies say: the texts that tell accounts and organizations apart, and those of them that cannot be followed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from generator.aws.names import AccountId
from generator.policy.conditions import Condition
from generator.policy.keys import same_key
from generator.policy.pattern import ARN_SEGMENTS
from generator.policy.variables import Template, Variable
from generator.prover.claim import OWN_ACCOUNT, Principals
from generator.prover.fragment import templates

ORGANIZATION_IDS = frozenset({"aws:principalorgid", "aws:resourceorgid"})
ORGANIZATION_PATHS = frozenset({"aws:principalorgpaths", "aws:resourceorgpaths"})
ORGANIZATION_KEYS = ORGANIZATION_IDS | ORGANIZATION_PATHS

_VARIABLE = re.compile(r"\$\{[^}]*\}")
_ACCOUNT_ID = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_ORGANIZATION_ID = re.compile(r"(?<![a-z0-9-])o-[a-z0-9]+")
_DIGIT = re.compile(r"[0-9]")
_RESOURCES = "resources"


@dataclass(frozen=True)
class Vocabulary:
    """All conditions and resources of the policies, and the claim's own words. `owner`: the claim's `resource_account`."""

    conditions: tuple[Condition, ...]
    resources: tuple[Template, ...]
    who: Principals
    scope: tuple[str, ...] = ()
    owner: AccountId = OWN_ACCOUNT
    fixed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def about(self, *keys: str) -> tuple[Condition, ...]:
        """The conditions on some keys, given in lower case."""
        return tuple(condition for condition in self.conditions if same_key(condition.key) in keys)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Every text in which an account can stand."""
        said = (template.text for template in (*self._operands, *self.resources))
        given = (value for values in self.fixed.values() for value in values)
        who = self.who
        return tuple(dict.fromkeys((*said, *who.only, *who.excepted, *who.excepted_accounts, *self.scope, self.owner, *given)))

    @cached_property
    def mentioned(self) -> frozenset[AccountId]:
        """The accounts that are named anywhere."""
        return frozenset(AccountId(found) for text in self.texts for found in _ACCOUNT_ID.findall(text))

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The keys of all variables, in lower case, sorted."""
        found = (variable for template in (*self._operands, *self.resources) for variable in template.variables)
        return tuple(sorted({same_key(variable.key) for variable in found}))

    @cached_property
    def asks_organizations(self) -> bool:
        """True iff it can matter which organization somebody belongs to."""
        keys = {same_key(condition.key) for condition in self.conditions}
        return not ORGANIZATION_KEYS.isdisjoint((*keys, *self.variables, *self.fixed))

    @cached_property
    def organizations(self) -> tuple[str, ...]:
        """The organizations that are named anywhere, if variables of them can be compared with other keys."""
        if ORGANIZATION_KEYS.isdisjoint(self.variables):
            return ()
        return tuple(dict.fromkeys(found for text in self.texts for found in _ORGANIZATION_ID.findall(text)))

    @property
    def account_doubts(self) -> frozenset[str]:
        """Templates that cannot be followed because nothing bounds the account whose id they hold."""
        return frozenset() if self.who.accounts else self.cut_templates

    @cached_property
    def cut_templates(self) -> frozenset[str]:
        """Templates with the id of the sender's or the owner's account, beside a text that cuts such ids.

        As long as no text holds digits but whole ids, accounts that nobody names can be put for each other in every request.
        """
        floating = {"aws:principalaccount"} | ({"aws:resourceaccount"} if not self.owner else set())
        pools: dict[str, list[str]] = {}
        for pool, text in self._pooled:
            pools.setdefault(pool, []).append(text)
        cut = {pool for pool, texts in pools.items() if any(cuts_accounts(_last_part(text)) for text in texts)}
        return frozenset(
            template.text
            for pool, template in self._templates
            if pool in cut and floating & {same_key(variable.key) for variable in template.variables}
        )

    def organization_doubts(self, floating: frozenset[str]) -> frozenset[str]:
        """Templates with the id or place of an organization that nothing bounds, other than the id compared as a whole.

        So are those on such an id or place that hang on the type of the sender: places are chosen before that.
        """
        found = []
        for pool, template in self._templates:
            keys = {same_key(variable.key) for variable in template.variables}
            typed = pool in floating and "aws:principaltype" in keys
            if typed or (floating & keys and not _compares_ids(pool, template)):
                found.append(template.text)
        return frozenset(found)

    @cached_property
    def _operands(self) -> tuple[Template, ...]:
        return tuple(template for condition in self.conditions for template in templates(condition))

    @property
    def _templates(self) -> Iterator[tuple[str, Template]]:
        yield from ((_RESOURCES, template) for template in self.resources)
        for condition in self.conditions:
            yield from ((_pool(condition.key), template) for template in templates(condition))

    @property
    def _pooled(self) -> Iterator[tuple[str, str]]:
        """Every text with the name of those that it is compared beside."""
        yield from ((pool, template.text) for pool, template in self._templates)
        yield from ((_RESOURCES, text) for text in self.scope)
        yield from ((_pool("aws:principalarn"), text) for text in (*self.who.only, *self.who.excepted))
        yield from ((_pool(key), value) for key, values in self.fixed.items() for value in values)


def _pool(key: str) -> str:
    """The name of a user is a part of its ARN."""
    name = same_key(key)
    return "aws:principalarn" if name == "aws:username" else name


def _last_part(text: str) -> str:
    """The resource of an ARN, or the text; its other parts hold whole accounts, patterns of accounts, or none."""
    return without_variables(text).split(":", ARN_SEGMENTS - 1)[-1] if text.startswith("arn:") else text


def without_variables(text: str) -> str:
    """The text with `*` in the place of each variable."""
    return _VARIABLE.sub("*", text)


def cuts_accounts(text: str) -> bool:
    """True iff digits stand in the text that are no whole account id, so that it can tell two unnamed accounts apart."""
    return _DIGIT.search(_ACCOUNT_ID.sub("", without_variables(text))) is not None


def _compares_ids(pool: str, template: Template) -> bool:
    first, *rest = template.parts
    if not isinstance(first, Variable) or same_key(first.key) not in ORGANIZATION_IDS:
        return False
    if pool in ORGANIZATION_IDS:
        return not rest
    after = rest[0] if rest else ""
    single = all(not isinstance(part, Variable) for part in rest)
    return pool in ORGANIZATION_PATHS and single and isinstance(after, str) and after.startswith("/")
