"""A template as cfn_nag models it: resources with their properties resolved, and which rules each resource suppresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from generator.cfct.document import Node
from generator.checks.cfn_nag.values import Resolver, StoppedError, as_read, index, items, text
from generator.errors import Where

Path = tuple[Hashable, ...]

_EMPTY_LISTS: Mapping[str, frozenset[str]] = {
    "AWS::EC2::SecurityGroup": frozenset(("SecurityGroupIngress", "SecurityGroupEgress")),
    "AWS::IAM::Group": frozenset(("Policies", "ManagedPolicyArns")),
    "AWS::IAM::ManagedPolicy": frozenset(("Users", "Groups", "Roles")),
    "AWS::IAM::Policy": frozenset(("Users", "Groups", "Roles")),
    "AWS::IAM::Role": frozenset(("Policies", "ManagedPolicyArns")),
    "AWS::IAM::User": frozenset(("Policies", "Groups")),
}
"""Properties that are an empty list where the template has none (cfn-model 0.6.0 model/*.rb)."""


@dataclass(frozen=True)
class Suppression:
    """One entry of `Metadata.cfn_nag.rules_to_suppress`."""

    rule: str
    reason: object
    node: Node


@dataclass(frozen=True)
class Resource:
    """One resource. `node` is its value in the document, `properties` as read."""

    name: str
    type: str
    node: Node
    properties: Mapping[Hashable, object]
    resolver: Resolver
    suppressions: tuple[Suppression, ...] = ()

    @cached_property
    def suppressed(self) -> frozenset[str]:
        """Ids of the rules that do not see this resource (cfn_nag 0.7.2 metadata.rb)."""
        return frozenset(suppression.rule for suppression in self.suppressions)

    def get(self, name: str) -> object:
        """A property as rules see it; None if it is missing."""
        if name not in self.properties:
            return [] if name in _EMPTY_LISTS.get(self.type, ()) else None
        return self.resolver.resolve(self.properties[name])

    def where(self, shown: str, path: Path = ()) -> Where:
        """The place of a property, or of the resource where it has no such property."""
        properties = self.node.get("Properties")
        found = properties is not None and bool(path) and properties.get(path[0]) is not None
        node = properties.at(*path) if found and properties is not None else self.node
        return Where(shown, node.key_line or node.line, node.key_column or node.column)


@dataclass(frozen=True)
class Parameter:
    """What rules ask of a parameter."""

    no_echo: object
    default: object


@dataclass(frozen=True)
class Stop:
    """Where cfn_nag stops. `name` is the resource, if it is one."""

    node: Node
    problem: str
    name: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Template:
    """What cfn_nag makes of a template. `stops` are the resources that it cannot read."""

    resources: tuple[Resource, ...]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    stops: tuple[Stop, ...] = ()

    @cached_property
    def _by_type(self) -> Mapping[str, tuple[Resource, ...]]:
        found: defaultdict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            found[resource.type].append(resource)
        return {name: tuple(resources) for name, resources in found.items()}

    @cached_property
    def _by_name(self) -> Mapping[object, Resource]:
        return {resource.name: resource for resource in self.resources}

    @cached_property
    def _owned(self) -> dict[str, Mapping[object, tuple[Resource, ...]]]:
        return {}

    def of_type(self, name: str) -> tuple[Resource, ...]:
        """The resources of one type, in the template's order."""
        return self._by_type.get(name, ())

    def named(self, name: object) -> Resource | None:
        """The resource with a logical id."""
        return self._by_name.get(name) if isinstance(name, str) else None

    def owned(self, owner: Resource, type_name: str, reference: str, attribute: str = "") -> tuple[Resource, ...]:
        """The resources of a type that name `owner` in their property `reference`: rules of a group, entries of a network ACL."""
        if type_name not in self._owned:
            found: defaultdict[object, list[Resource]] = defaultdict(list)
            for resource in self.of_type(type_name):
                name = logical_id(resource.get(reference), attribute)
                if isinstance(name, str):
                    found[name].append(resource)
            self._owned[type_name] = {name: tuple(resources) for name, resources in found.items()}
        return self._owned[type_name].get(owner.name, ())

    @cached_property
    def users_added(self) -> frozenset[str]:
        """What each `AWS::IAM::UserToGroupAddition` names, as text: user names, and references to users."""
        entries = (
            entry
            for addition in self.of_type("AWS::IAM::UserToGroupAddition")
            if not isinstance(users := addition.get("Users"), dict)
            for entry in items(users, "Users")
        )
        return frozenset(map(text, entries))


def read(root: Node, generated: Sequence[tuple[str, Node]] = ()) -> Template:
    """The template in a document, and the resources that cfn-model generates. `structure` tells of what is no mapping with a `Type`."""
    conditions, mappings = root.at("Conditions").data, root.at("Mappings").data
    resolver = Resolver(
        frozenset(conditions) if root.get("Conditions") and isinstance(conditions, dict) else frozenset(),
        mappings if root.get("Mappings") and isinstance(mappings, dict) else {},
    )
    parameters = root.get("Parameters")
    resources: list[Resource] = []
    stops: list[Stop] = []
    listed = root.get("Resources")
    for name, node in (*(listed.children.items() if listed else ()), *generated):
        type_node, properties = node.get("Type"), node.get("Properties")
        if type_node is None or not isinstance(type_node.data, str):
            continue
        if properties is not None and not isinstance(properties.data, (dict, type(None))):
            continue
        try:
            resources.append(_resource(str(name), type_node.data, node, resolver))
        except StoppedError as error:
            stops.append(Stop(node, str(error), str(name)))
    return Template(
        tuple(resources),
        {
            name: Parameter(node.data.get("NoEcho"), node.data.get("Default"))
            for name, node in (parameters.children.items() if parameters else ())
            if isinstance(name, str) and isinstance(node.data, dict)
        },
        tuple(stops),
    )


def _resource(name: str, type_name: str, node: Node, resolver: Resolver) -> Resource:
    given = node.get("Properties")
    read_in = as_read(given.data) if given else {}
    properties: dict[Hashable, object] = dict(read_in) if isinstance(read_in, dict) else {}
    if "Fn::If" in properties:  # a conditional set of properties (cfn_parser.rb `deal_with_conditional_property_definitions`)
        chosen = resolver.branch(properties.pop("Fn::If"))
        if not isinstance(chosen, dict):
            raise StoppedError("`Fn::If` in place of properties chooses something else than a mapping")
        properties |= chosen
    return Resource(name, type_name, node, properties, resolver, tuple(_suppressions(node)))


def _suppressions(resource: Node) -> Iterator[Suppression]:
    metadata = resource.get("Metadata")
    if metadata is None or metadata.data in (None, False):
        return
    own = index(metadata.data, "cfn_nag")
    if own is None or own is False:
        return
    listed = index(own, "rules_to_suppress")
    if listed is None or listed is False:
        return
    entries = items(listed, "rules_to_suppress")
    for position, entry in enumerate(entries):
        rule = index(entry, "id")
        if isinstance(rule, str) and isinstance(entry, dict):
            yield Suppression(rule, entry.get("reason"), metadata.at("cfn_nag", "rules_to_suppress", position))


def logical_id(reference: object, attribute: str = "") -> object:
    """The logical id behind a `Ref` or `Fn::GetAtt`; None for anything else (model/references.rb `resolve_resource_id`)."""
    if isinstance(reference, str):
        return None
    target = index(reference, "Ref")
    if target is not None:
        return target
    got = index(reference, "Fn::GetAtt")
    parts = got.split(".") if isinstance(got, str) else got
    if not isinstance(parts, list) or not parts:
        return None
    fits = not attribute or (len(parts) > 1 and parts[1] == attribute)
    return parts[0] if fits else None
