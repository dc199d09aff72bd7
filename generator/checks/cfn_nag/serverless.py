"""What cfn-model makes of `AWS::Serverless::Function`: a role with the inline policies that the function lists (transforms/serverless.rb)."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace

from generator.cfct.document import Node

TRANSFORM = "AWS::Serverless-2016-10-31"
_FUNCTION = "AWS::Serverless::Function"
_API = ("ServerlessRestApi", "ServerlessRestApiDeployment", "ServerlessRestApiProdStage")


@dataclass(frozen=True)
class Generated:
    """The role of one function, as a resource that stands where the function stands."""

    name: str
    node: Node


def functions(root: Node) -> dict[str, Node]:
    """The functions that are transformed: none unless `Transform` is this one transform, as a plain string."""
    resources = root.get("Resources")
    if resources is None or root.at("Transform").data != TRANSFORM:
        return {}
    return {
        name: node
        for name, node in resources.children.items()
        if isinstance(name, str) and node.at("Type").data == _FUNCTION and isinstance(node.at("Properties").data, dict)
    }


def generated_ids(root: Node) -> frozenset[str]:
    """The logical ids that the transform adds, for references."""
    ids = {role.name for role in roles(root)}
    for node in functions(root).values():
        events = node.at("Properties").get("Events")
        if events is not None and any(event.at("Type").data == "Api" for event in events.children.values()):
            ids.update(_API)
    return frozenset(ids)


def roles(root: Node) -> Iterator[Generated]:
    """The roles of functions that name none. A policy by name or from a SAM template adds no statement that cfn_nag sees."""
    for name, function in functions(root).items():
        properties = function.at("Properties")
        if properties.get("Role") is None:
            listed = properties.get("Policies")
            inline = [
                policy
                for policy in (listed.children.values() if listed is not None and isinstance(listed.data, list) else ())
                if isinstance(policy.data, dict) and "Policy" not in str(next(iter(policy.data), ""))
            ]
            yield Generated(f"{name}Role", _role(function, inline))


def _role(function: Node, inline: list[Node]) -> Node:
    """A role as a node: its parts stand where the function's parts stand."""
    policies = [_mapping(policy, {"PolicyName": _scalar(policy, "inline"), "PolicyDocument": policy}) for policy in inline]
    properties = function.at("Properties")
    trust = _mapping(properties, {"Version": _scalar(properties, "2012-10-17")})
    made = {"AssumeRolePolicyDocument": trust}
    if policies:
        items: dict[Hashable, Node] = dict(enumerate(policies))
        made["Policies"] = replace(properties.at("Policies"), data=[policy.data for policy in policies], children=items)
    parts = {"Type": _scalar(function, "AWS::IAM::Role"), "Properties": _mapping(properties, made)}
    metadata = function.get("Metadata")
    return _mapping(function, parts if metadata is None else parts | {"Metadata": metadata})


def _mapping(place: Node, children: dict[str, Node]) -> Node:
    return replace(place, data={key: node.data for key, node in children.items()}, children=dict(children.items()))


def _scalar(place: Node, value: str) -> Node:
    return replace(place, data=value, children={}, text=value)
