"""The roles of the built templates' functions, and whether each of their permissions is needed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from generator.policy.document import parse
from generator.policy.model import Policy, PolicyKind

LOG = "Log"
"""The statement that lets the runtime write the function's log, which no handler asks for."""


def role_document(role: Mapping[str, Any], account: str, region: str) -> dict[str, Any]:
    """The role's one policy as it is once the stack is in that account and region."""
    (policy,) = role["Policies"]
    document: dict[str, Any] = _resolved(policy["PolicyDocument"], account, region)
    return document


def role_policy(document: Mapping[str, Any]) -> Policy:
    """For the reference evaluator."""
    return parse(json.dumps(document), PolicyKind.IDENTITY, "role")


def surplus(document: Mapping[str, Any], fails: Callable[[Policy], bool]) -> list[str]:
    """What could be taken from the role's policy without any step failing: empty iff the role is minimal.

    `fails` plays every scenario of the handler with the policy and says whether one of them failed. Taken away are, one at a time,
    each action, each resource and each value of a condition.
    """
    return [name for name, less in _lessened(document) if not fails(role_policy(less))]


def _lessened(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for place, statement in enumerate(document["Statement"]):
        if statement["Sid"] == LOG:
            continue
        first = statement["Action"][0]
        for action in statement["Action"]:
            yield f"no {action}", _without(document, place, ("Action",), action)
        for resource in statement["Resource"]:
            yield f"no {first} on {resource}", _without(document, place, ("Resource",), resource)
        for operator, keys in statement.get("Condition", {}).items():
            for key, values in keys.items():
                for value in values:
                    yield f"no {first} for {key} {value}", _without(document, place, ("Condition", operator, key), value)


def _without(document: Mapping[str, Any], place: int, path: tuple[str, ...], value: str) -> dict[str, Any]:
    """The document without one value; a list that would be empty takes its statement with it."""
    less: dict[str, Any] = deepcopy(dict(document))
    values: Any = less["Statement"][place]
    for step in path:
        values = values[step]
    values.remove(value)
    if not values:
        del less["Statement"][place]
    return less


def _resolved(value: Any, account: str, region: str) -> Any:
    """Intrinsic functions as CloudFormation resolves them; what only another resource knows becomes a name that nothing else has."""
    if isinstance(value, list):
        return [_resolved(each, account, region) for each in value]
    if not isinstance(value, dict):
        return value
    known = {"AWS::AccountId": account, "AWS::Partition": "aws", "AWS::Region": region, "AWS::URLSuffix": "amazonaws.com"}
    match value:
        case {"Ref": name}:
            return known.get(name, f"resource-{name}")
        case {"Fn::Sub": str(text)}:
            for name, filled in known.items():
                text = text.replace(f"${{{name}}}", filled)
            return text
        case {"Fn::GetAtt": [title, attribute]}:
            return f"arn:aws:example:{region}:{account}:{title}/{attribute}"
    return {key: _resolved(each, account, region) for key, each in value.items()}
