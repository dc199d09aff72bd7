"""Who can reach what: security groups, network ACLs, web ACLs, public buckets, open Lambda functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from generator.checks.cfn_nag.rule import NagRule, Violation
from generator.checks.cfn_nag.template import Resource, Template
from generator.checks.cfn_nag.values import index, not_truthy, text, truthy


def _no_egress(group: Resource, template: Template) -> Iterator[Violation]:
    if group.get("SecurityGroupEgress") == [] and not template.owned(
        group, "AWS::EC2::SecurityGroupEgress", "GroupId", "GroupId"
    ):
        yield Violation("the security group says nothing about outbound traffic", ("SecurityGroupEgress",))


def _duplicate_numbers(acl: Resource, template: Template) -> Iterator[Violation]:
    entries = template.owned(acl, "AWS::EC2::NetworkAclEntry", "NetworkAclId")
    for direction in (truthy, not_truthy):
        numbered: defaultdict[tuple[str, str], list[Resource]] = defaultdict(list)
        for entry in entries:
            if direction(entry.get("Egress")):
                number = entry.get("RuleNumber")
                numbered[type(number).__name__, text(number)].append(entry)
        for same in numbered.values():
            for entry in same if len(same) > 1 else ():
                others = ", ".join(f"`{other.name}`" for other in same if other is not entry)
                yield Violation(f"its `RuleNumber` is that of {others} too", ("RuleNumber",), entry)


def _default_allow(acl: Resource, _: Template) -> Iterator[Violation]:
    if index(acl.get("DefaultAction"), "Type") == "ALLOW":
        yield Violation("the default action is `ALLOW`", ("DefaultAction", "Type"))


def _public_write(bucket: Resource, _: Template) -> Iterator[Violation]:
    if bucket.get("AccessControl") == "PublicReadWrite":
        yield Violation("anyone may read and write the bucket", ("AccessControl",))


def _open_function(permission: Resource, _: Template) -> Iterator[Violation]:
    principal = permission.get("Principal")
    if isinstance(principal, str) and "*" in principal:
        yield Violation("anyone may call the function", ("Principal",))


def _simple_db(_: Resource, __: Template) -> Iterator[Violation]:
    yield Violation("it is a SimpleDB domain")


RULES = (
    NagRule(
        "F13",
        "a Lambda permission has no `*` in its principal",
        "AWS::Lambda::Permission",
        _open_function,
        why="anyone in the world may call the function",
        fix="name the service or account that calls the function",
        file="LambdaPermissionWildcardPrincipalRule",
    ),
    NagRule(
        "F14",
        "a bucket's ACL is not `PublicReadWrite`",
        "AWS::S3::Bucket",
        _public_write,
        why="anyone in the world may write into the bucket",
        fix="remove `AccessControl`, and block public access",
        file="S3BucketPublicReadWriteAclRule",
    ),
    NagRule(
        "F77",
        "there is no SimpleDB domain",
        "AWS::SDB::Domain",
        _simple_db,
        why="SimpleDB encrypts nothing and has no resource policies",
        fix="use DynamoDB",
        file="AmazonSimpleDBDomainRule",
    ),
    NagRule(
        "F79",
        "a network ACL has each rule number once in each direction",
        "AWS::EC2::NetworkAcl",
        _duplicate_numbers,
        why="one of the two is refused, or replaces the other",
        fix="give each entry its own number; only the ACL itself can suppress this",
        file="EC2NetworkAclEntryDuplicateRule",
    ),
    NagRule(
        "F665",
        "a web ACL blocks by default",
        "AWS::WAF::WebACL",
        _default_allow,
        why="what no rule names gets through",
        fix="write `DefaultAction: {Type: BLOCK}` and allow by rules",
        file="WafWebAclDefaultActionRule",
    ),
    NagRule(
        "F1000",
        "a security group says what may go out",
        "AWS::EC2::SecurityGroup",
        _no_egress,
        why="without a rule everything may go out",
        fix="write `SecurityGroupEgress`, even if it allows everything",
        file="SecurityGroupMissingEgressRule",
    ),
)
