"""Where cfn_nag breaks off with a Ruby error: while it ties resources together, or in one of its warnings.

Its warnings never stop CfCT, but an error inside one does: the scan ends with a stack trace and a failing exit code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from generator.checks.cfn_nag.policy_document import document, inline_policies, statements
from generator.checks.cfn_nag.template import Resource, Stop, Template, logical_id
from generator.checks.cfn_nag.values import StoppedError, index, items

Step = Callable[[Resource, Template], object]

_GROUP_LISTS: Mapping[str, str] = {
    "AWS::EC2::Instance": "SecurityGroupIds",
    "AWS::EC2::NetworkInterface": "GroupSet",
    "AWS::ElasticLoadBalancing::LoadBalancer": "SecurityGroups",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "SecurityGroups",
}
_WITH_POLICIES = frozenset(("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"))


def stops(template: Template) -> Iterator[Stop]:
    """Every resource on which cfn_nag breaks off. A suppression keeps a resource from the warning that would break, not from the reading."""
    for resource in template.resources:
        for rule, step in _STEPS.get(resource.type, ()):
            if rule and rule in resource.suppressed:
                continue
            try:
                step(resource, template)
            except StoppedError as error:
                remedy = f"write the value out, or suppress `{rule}` on the resource" if rule else "write the value out"
                yield Stop(resource.node, str(error), resource.name, remedy)


def _policy(resource: Resource, _: Template) -> object:
    return document(resource, "PolicyDocument")


def _role(resource: Resource, _: Template) -> object:
    return document(resource, "AssumeRolePolicyDocument"), inline_policies(resource)


def _inline(resource: Resource, _: Template) -> object:
    return inline_policies(resource)


def _key(resource: Resource, _: Template) -> object:
    return document(resource, "KeyPolicy")


def _iot_policy(resource: Resource, _: Template) -> object:
    return statements(resource.get("PolicyDocument"), ("PolicyDocument",))


def _security_group(resource: Resource, _: Template) -> None:
    """parser/security_group_parser.rb; an outbound rule without a plain key becomes nothing, which W5 cannot take."""
    for name in ("SecurityGroupIngress", "SecurityGroupEgress"):
        value = resource.get(name)
        for rule in [value] if isinstance(value, dict) else items(value, name):
            if not isinstance(rule, dict):
                raise StoppedError(f"an item of `{name}` is no mapping")
            if name == "SecurityGroupEgress" and all("::" in str(key) for key in rule):
                raise StoppedError(f"an item of `{name}` is no plain rule")


def _group_list(resource: Resource, _: Template) -> None:
    value = resource.get(_GROUP_LISTS[resource.type])
    for reference in value if isinstance(value, list) else ():
        logical_id(reference, "GroupId")


def _group_id(resource: Resource, _: Template) -> object:
    return logical_id(resource.get("GroupId"), "GroupId")


def _outbound_address(resource: Resource, template: Template) -> None:
    _address(resource, template, "SecurityGroupEgress", "AWS::EC2::SecurityGroupEgress")


def _inbound_address(resource: Resource, template: Template) -> None:
    _address(resource, template, "SecurityGroupIngress", "AWS::EC2::SecurityGroupIngress")


def _address(group: Resource, template: Template, name: str, standalone: str) -> None:
    """W2, W5 and W9 parse IPv6 ranges, and no range can be parsed that still holds `${...}` (ip_addr.rb)."""
    value = group.get(name)
    rules = [value] if isinstance(value, dict) else items(value, name)
    addresses = [rule.get("CidrIpv6") for rule in rules if isinstance(rule, dict)]
    addresses += [rule.get("CidrIpv6") for rule in template.owned(group, standalone, "GroupId", "GroupId")]
    _refuse(addresses)


def _standalone_address(resource: Resource, template: Template) -> None:
    if _group_id(resource, template) is None:
        _refuse([resource.get("CidrIpv6")])


def _refuse(addresses: list[object]) -> None:
    for address in addresses:
        if isinstance(address, str) and "{" in address:
            raise StoppedError(f"it cannot parse the IPv6 range `{address}`")


def _logs(function: Resource, template: Template) -> None:
    """W58 asks the role of a function whether it may write logs (LambdaFunctionCloudWatchLogsRule.rb)."""
    reference = function.get("Role")
    role = template.named(reference if isinstance(reference, str) else logical_id(reference, "Arn"))
    if role is None:
        return
    if role.type not in _WITH_POLICIES:
        raise StoppedError(f"it takes `{role.name}`, of the type `{role.type}`, for the function's role")
    if not isinstance(role.get("ManagedPolicyArns"), list):
        raise StoppedError(f"`ManagedPolicyArns` of the function's role `{role.name}` is no list")


def _managed_policies(resource: Resource, _: Template) -> None:
    """W43 and W44 search each ARN for a name."""
    value = resource.get("ManagedPolicyArns")
    for arn in () if isinstance(value, dict) else items(value, "ManagedPolicyArns"):
        if not isinstance(arn, (str, dict, list)):
            raise StoppedError("an item of `ManagedPolicyArns` is no string")


def _fleet(resource: Resource, _: Template) -> None:
    """W65 walks through the ports without asking whether there are any."""
    if resource.get("EC2InboundPermissions") is None:
        raise StoppedError("the fleet has no `EC2InboundPermissions`")


def _encryption_config(resource: Resource, _: Template) -> None:
    """W82 asks whether the key's ARN is empty without asking whether there is one."""
    value = resource.get("EncryptionConfig")
    for entry in () if value is None else items(value, "EncryptionConfig"):
        provider = index(entry, "Provider")
        if provider is not None and index(provider, "KeyArn") is None:
            raise StoppedError("a `Provider` of `EncryptionConfig` has no `KeyArn`")


_STEPS: Mapping[str, tuple[tuple[str, Step], ...]] = {
    "AWS::IAM::Role": (("", _role), ("W43", _managed_policies)),
    "AWS::IAM::User": (("", _inline),),
    "AWS::IAM::Group": (("", _inline),),
    "AWS::IAM::Policy": (("", _policy),),
    "AWS::IAM::ManagedPolicy": (("", _policy),),
    "AWS::S3::BucketPolicy": (("", _policy),),
    "AWS::SNS::TopicPolicy": (("", _policy),),
    "AWS::SQS::QueuePolicy": (("", _policy),),
    "AWS::KMS::Key": (("", _key),),
    "AWS::IoT::Policy": (("W38", _iot_policy),),
    "AWS::EC2::SecurityGroup": (("", _security_group), ("W5", _outbound_address), ("W9", _inbound_address)),
    "AWS::EC2::SecurityGroupIngress": (("", _group_id), ("W9", _standalone_address)),
    "AWS::EC2::SecurityGroupEgress": (("", _group_id), ("W5", _standalone_address)),
    **dict.fromkeys(_GROUP_LISTS, (("", _group_list),)),
    "AWS::Lambda::Function": (("W58", _logs),),
    "AWS::GameLift::Fleet": (("W65", _fleet),),
    "AWS::EKS::Cluster": (("W82", _encryption_config),),
}
"""By resource type: what cfn_nag does with it, under the id of the warning that does it, or none for its parser."""
