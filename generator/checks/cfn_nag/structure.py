"""What cfn_nag refuses to read at all: its own idea of a template's structure, older than many features of CloudFormation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from generator.cfct.document import Node
from generator.checks.cfn_nag.template import Stop

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "AWS::CloudFront::Distribution": ("DistributionConfig",),
    "AWS::EC2::Instance": (),
    "AWS::EC2::NetworkAcl": (),
    "AWS::EC2::NetworkAclEntry": (),
    "AWS::EC2::NetworkInterface": ("SubnetId",),
    "AWS::EC2::NetworkInterfaceAttachment": ("DeviceIndex", "InstanceId", "NetworkInterfaceId"),
    "AWS::EC2::SecurityGroup": ("GroupDescription",),
    "AWS::EC2::SecurityGroupEgress": ("GroupId", "IpProtocol"),
    "AWS::EC2::SecurityGroupIngress": ("GroupId", "IpProtocol"),
    "AWS::ElasticLoadBalancing::LoadBalancer": ("Listeners",),
    "AWS::IAM::ManagedPolicy": ("PolicyDocument",),
    "AWS::IAM::Policy": ("PolicyDocument", "PolicyName"),
    "AWS::IAM::Role": ("AssumeRolePolicyDocument",),
    "AWS::IAM::UserToGroupAddition": ("GroupName", "Users"),
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::Lambda::Function": ("Code", "Handler", "Role", "Runtime"),
    "AWS::Lambda::Permission": ("Action", "FunctionName", "Principal"),
    "AWS::S3::BucketPolicy": ("PolicyDocument", "Bucket"),
    "AWS::SNS::TopicPolicy": ("PolicyDocument", "Topics"),
    "AWS::SQS::QueuePolicy": ("PolicyDocument", "Queues"),
}
"""Types that need `Properties`, and which of them (cfn-model 0.6.0 schema/*.yml). CloudFormation has since made some of them optional."""

_DISTRIBUTION = ("DefaultCacheBehavior", "Enabled", "Origins")

_ATTRIBUTE = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_CONSTANT = re.compile(r"[A-Z]\w*\Z", re.ASCII)
_OF_RESOURCE = re.compile(r"(.+)\..+")

_FOREACH = "write the resources out: cfn_nag knows no `Fn::ForEach` (CfCT issue 197)"
_NO_WAY_ROUND = "give it, or keep the resource out of packages: no suppression reaches this"


def stops(root: Node, text: str, generated: frozenset[str], replaced: frozenset[str]) -> Iterator[Stop]:
    """Everything that makes cfn_nag refuse the template.

    `generated` are logical ids that it makes itself, `replaced` the functions of which it keeps little more than `Role` (`serverless`).
    """
    if _broken_json(text):
        yield Stop(root, "the file begins like JSON and is not JSON", remedy="write JSON without comments and trailing commas")
    resources = root.get("Resources")
    if resources is None or not isinstance(resources.data, dict) or not resources.data:
        yield Stop(
            root, "the template has no `Resources`", remedy="a file below `templates/` that is no template belongs elsewhere"
        )
        return
    yield from _parameters(root)
    for section in ("Conditions", "Mappings", "Globals"):
        node = root.get(section)
        if node is not None and not isinstance(node.data, dict):
            yield Stop(node, f"`{section}` is no mapping", remedy="remove it, or fill it")
    for name, node in resources.children.items():
        yield from _resource(str(name), node)
    yield from _references(root, resources, generated, replaced)


def _broken_json(text: str) -> bool:
    if not text.lstrip().startswith("{") or "}" not in text:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return True
    return False


def _parameters(root: Node) -> Iterator[Stop]:
    parameters = root.get("Parameters")
    if parameters is None:
        return
    if not isinstance(parameters.data, dict):
        yield Stop(parameters, "`Parameters` is no mapping", remedy="remove it, or fill it")
        return
    for name, node in parameters.children.items():
        type_node = node.get("Type")
        if type_node is None or not isinstance(type_node.data, str):
            yield Stop(node, f"the parameter `{name}` has no `Type`", remedy="give it one")
        yield from (
            Stop(child, f"the parameter `{name}` has the property `{key}`, a name that it cannot take", remedy="remove it")
            for key, child in node.children.items()
            if not _is_attribute(key)
        )


def _resource(name: str, node: Node) -> Iterator[Stop]:
    if name.startswith("Fn::ForEach") or isinstance(node.data, list):
        yield Stop(node, "it takes a loop for a resource", name, _FOREACH)
        return
    type_node = node.get("Type")
    if type_node is None or not isinstance(type_node.data, str):
        yield Stop(node, "it has no `Type`", name, "give it one; what a macro would write here must be written out")
        return
    type_name = type_node.data
    if not _is_class(type_name):
        yield Stop(type_node, f"it cannot make a class of the type `{type_name}`", name, "begin each part with a capital letter")
    properties = node.get("Properties")
    if properties is None or properties.data is None:
        if type_name in REQUIRED:
            yield Stop(node, "it has no `Properties`", name, _NO_WAY_ROUND)
        return
    if not isinstance(properties.data, dict):
        yield Stop(properties, "its `Properties` are no mapping", name, "write the properties out")
        return
    yield from _properties(name, type_name, properties)


def _properties(name: str, type_name: str, properties: Node) -> Iterator[Stop]:
    for key in REQUIRED.get(type_name, ()):
        found = properties.get(key)
        if found is None or found.data is None:
            yield Stop(found or properties, f"the key `{key}` is required", name, _NO_WAY_ROUND)
    configuration = properties.get("DistributionConfig")
    if type_name == "AWS::CloudFront::Distribution" and configuration is not None:
        for key in _DISTRIBUTION:
            if not isinstance(configuration.data, dict) or configuration.data.get(key) is None:
                yield Stop(configuration, f"the key `{key}` is required", name, "write it literally in `DistributionConfig`")
    policies = properties.get("Policies")
    if type_name == "AWS::IAM::Group" and policies is not None and not isinstance(policies.data, list):
        yield Stop(policies, "`Policies` is no list", name, "write a list")
    for given, child in properties.children.items():
        if given not in ("Fn::If", "Fn::Transform") and not _is_attribute(given):
            yield Stop(child, f"it cannot take a property named `{given}`", name, "use letters, digits, `_` and `-` only")


def _is_attribute(key: object) -> bool:
    """Whether cfn-model can keep a property under this name: it makes a Ruby instance variable of it (model/model_element.rb)."""
    return isinstance(key, str) and bool(_ATTRIBUTE.match(key.replace("-", "_")))


def _is_class(type_name: str) -> bool:
    """Whether cfn-model can make a Ruby class of a type's name (cfn_parser.rb `generate_resource_class_from_type`)."""
    parts = type_name.split("::")
    if parts[0] == "AWS":
        return len(parts) > 2 and all(_CONSTANT.match(part) for part in parts[1:3])  # noqa: PLR2004 # AWS::Service::Thing
    cleaned = [re.sub(r"[-@]", "", part) for part in (parts[1:] if parts[0] == "Custom" else parts)]
    return all(cleaned) and bool(_CONSTANT.match("".join(part[0].upper() + part[1:] for part in cleaned)))


def _references(root: Node, resources: Node, generated: frozenset[str], replaced: frozenset[str]) -> Iterator[Stop]:
    """References to nothing, as far as cfn-model looks: through mappings, never through lists (validator/reference_validator.rb)."""
    parameters = root.get("Parameters")
    known = {*generated, *resources.children, *(parameters.children if parameters else ())}
    for name, resource in resources.children.items():
        properties = resource.get("Properties")
        kept = properties.children if properties and isinstance(properties.data, dict) else {}
        waiting = [node for key, node in kept.items() if name not in replaced or key == "Role"]
        while waiting:
            node = waiting.pop()
            if not isinstance(node.data, dict):
                continue
            target = _target(node)
            if target is None:
                waiting.extend(node.children.values())
            elif target not in known and _owner(target) not in known:
                remedy = f"define `{target}` in this template; cfn_nag knows nothing that a macro makes"
                yield Stop(node, f"`{target}` is neither a parameter nor a resource of the template", str(name), remedy)


def _owner(target: str) -> str | None:
    """`Resource` of the `Resource.Part` that some transforms allow."""
    found = _OF_RESOURCE.match(target)
    return found[1] if found else None


def _target(node: Node) -> str | None:
    """The logical id that a mapping names, if it is a `Ref` or `Fn::GetAtt` of a template's own."""
    if len(node.children) != 1:
        return None
    reference, attribute = node.get("Ref"), node.get("Fn::GetAtt")
    if reference is not None and isinstance(reference.data, str):
        return None if "AWS::" in reference.data else reference.data
    if attribute is None:
        return None
    if isinstance(attribute.data, str):
        return attribute.data.partition(".")[0] if "." in attribute.data else None
    first = attribute.data[0] if isinstance(attribute.data, list) and attribute.data else None
    return first if isinstance(first, str) else None
