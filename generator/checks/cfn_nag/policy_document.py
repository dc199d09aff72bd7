"""Policy documents as cfn-model reads them (parser/policy_document_parser.rb, model/statement.rb, model/principal.rb)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.checks.cfn_nag.template import Path, Resource
from generator.checks.cfn_nag.values import StoppedError, index, items, text

_WILDCARD_ACTION = re.compile(r"^.+:\*$", re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """One statement; `path` leads to it from the resource's properties."""

    path: Path
    effect: object
    actions: tuple[object, ...]
    resources: tuple[object, ...]
    principal: object
    not_principal: object

    @property
    def allows(self) -> bool:
        """Whether the effect is `Allow`, spelled so."""
        return self.effect == "Allow"

    @property
    def wildcard_actions(self) -> tuple[str, ...]:
        """The actions `*` and `service:*`."""
        return tuple(action for action in map(text, self.actions) if action == "*" or _WILDCARD_ACTION.search(action))

    @property
    def wildcard_principal(self) -> bool:
        """Whether a principal has a `*` anywhere in it. A list of principals stops cfn_nag."""
        if self.principal is None:
            return False
        if isinstance(self.principal, str):
            return "*" in self.principal
        if not isinstance(self.principal, dict):
            raise StoppedError("`Principal` is neither a string nor a mapping")
        return any(
            "*" in principal
            for value in self.principal.values()
            for principal in (value if isinstance(value, list) else (value,))
            if isinstance(principal, str)
        )


def document(resource: Resource, name: str) -> tuple[Statement, ...]:
    """The statements of the policy document that is a resource's property."""
    return statements(resource.get(name), (name,))


def inline_policies(resource: Resource) -> tuple[tuple[Path, tuple[Statement, ...]], ...]:
    """The `Policies` of a role, user or group: path and statements of each that has a name, as cfn_nag skips others."""
    return tuple(
        ((*path, "PolicyDocument"), statements(policy.get("PolicyDocument"), (*path, "PolicyDocument")))
        for path, policy in _policies(resource)
        if "PolicyName" in policy
    )


def _policies(resource: Resource) -> Iterator[tuple[Path, dict[str, object]]]:
    for position, policy in enumerate(items(resource.get("Policies"), "Policies")):
        if not isinstance(policy, dict):
            raise StoppedError("an item of `Policies` is no mapping")
        yield ("Policies", position), policy


def statements(policy: object, path: Path) -> tuple[Statement, ...]:
    """The statements of a resolved policy document at `path`; one statement may stand without a list."""
    index(policy, "Version")
    listed = index(policy, "Statement")
    return tuple(
        Statement(
            path=(*path, "Statement", position) if isinstance(listed, list) else (*path, "Statement"),
            effect=index(raw, "Effect"),
            actions=_several(index(raw, "Action")),
            resources=_several(index(raw, "Resource")),
            principal=index(raw, "Principal"),
            not_principal=index(raw, "NotPrincipal"),
        )
        for position, raw in enumerate(_several(listed))
    )


def _several(value: object) -> tuple[object, ...]:
    if value is None:
        return ()
    if isinstance(value, (str, dict)):
        return (value,)
    if isinstance(value, list):
        return tuple(value)
    raise StoppedError("a number or a boolean stands in a policy where strings belong")
