"""Policies that allow too much: wildcard actions and principals, `NotPrincipal`, and passing any role."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from generator.checks.cfn_nag.policy_document import Statement, document, inline_policies
from generator.checks.cfn_nag.rule import NagRule, Violation
from generator.checks.cfn_nag.template import Resource, Template

Documents = Callable[[Resource], Iterable[Statement]]


def _pass_role_patterns() -> frozenset[str]:
    """Every spelling of `iam:PassRole` with `*` in front, behind or both that cfn_nag compares with (util/wildcard_patterns.rb)."""
    word = "PassRole"
    starts, ends = range(len(word)), range(1, len(word) + 1)
    patterns = {word, "*"}
    patterns |= {f"*{word[start:]}" for start in starts} | {f"{word[:end]}*" for end in ends}
    patterns |= {f"*{word[start:end]}*" for start in starts for end in ends if start < end}
    return frozenset({f"iam:{pattern}" for pattern in patterns} | {"*"})


_PASS_ROLE = _pass_role_patterns()


def _policy(resource: Resource) -> Iterable[Statement]:
    return document(resource, "PolicyDocument")


def _trust(resource: Resource) -> Iterable[Statement]:
    return document(resource, "AssumeRolePolicyDocument")


def _key(resource: Resource) -> Iterable[Statement]:
    return document(resource, "KeyPolicy")


def _inline(resource: Resource) -> Iterable[Statement]:
    return (statement for _, statements in inline_policies(resource) for statement in statements)


@dataclass(frozen=True)
class _WildcardAction:
    """An allowed action `*` or `service:*`."""

    documents: Documents

    def find(self, resource: Resource, _: Template) -> Iterator[Violation]:
        for statement in self.documents(resource):
            if statement.allows and statement.wildcard_actions:
                shown = ", ".join(f"`{action}`" for action in statement.wildcard_actions)
                yield Violation(f"the statement allows {shown}", (*statement.path, "Action"))


@dataclass(frozen=True)
class _WildcardPrincipal:
    """An allowed principal with a `*` in it. Conditions make no difference to cfn_nag."""

    documents: Documents

    def find(self, resource: Resource, _: Template) -> Iterator[Violation]:
        for statement in self.documents(resource):
            if statement.wildcard_principal and statement.allows:
                yield Violation("the statement allows a principal with `*` in it", (*statement.path, "Principal"))


@dataclass(frozen=True)
class _NotPrincipal:
    """`Allow` with `NotPrincipal`."""

    documents: Documents

    def find(self, resource: Resource, _: Template) -> Iterator[Violation]:
        for statement in self.documents(resource):
            if statement.not_principal is not None and statement.allows:
                yield Violation("the statement allows everyone but its `NotPrincipal`", (*statement.path, "NotPrincipal"))


@dataclass(frozen=True)
class _PassAnyRole:
    """`iam:PassRole` on `*`. This version asks for no `Allow`: a denial is a finding too (passrole_base_rule.rb)."""

    documents: Documents

    def find(self, resource: Resource, _: Template) -> Iterator[Violation]:
        for statement in self.documents(resource):
            passing = [action for action in statement.actions if isinstance(action, str) and action in _PASS_ROLE]
            if passing and "*" in statement.resources:
                verb = "allows" if statement.allows else "names"
                yield Violation(f"the statement {verb} `{passing[0]}` on `*`", (*statement.path, "Resource"))


def _principal(rule_id: str, subject: str, type_name: str, file: str, documents: Documents = _policy) -> NagRule:
    return NagRule(
        rule_id,
        f"{subject} allows no principal with `*`",
        type_name,
        _WildcardPrincipal(documents).find,
        why="anyone in the world may use it; cfn_nag does not look at conditions that narrow it",
        fix=f"name the principals; where a condition narrows them, suppress `{rule_id}` with that reason",
        file=file,
    )


def _not_principal(rule_id: str, subject: str, type_name: str, file: str, documents: Documents = _policy) -> NagRule:
    return NagRule(
        rule_id,
        f"{subject} has no `Allow` with `NotPrincipal`",
        type_name,
        _NotPrincipal(documents).find,
        why="it allows everyone in the world but those it names",
        fix="name the principals that are allowed",
        file=file,
    )


def _action(rule_id: str, subject: str, type_name: str, file: str, documents: Documents = _policy) -> NagRule:
    return NagRule(
        rule_id,
        f"{subject} allows neither `*` nor `service:*`",
        type_name,
        _WildcardAction(documents).find,
        why="it allows every action there is, and every one that the service gets later",
        fix=f"name the actions; where all of them are meant, suppress `{rule_id}` with that reason",
        file=file,
    )


def _pass_role(rule_id: str, subject: str, type_name: str, file: str, documents: Documents = _policy) -> NagRule:
    return NagRule(
        rule_id,
        f"{subject} does not combine `iam:PassRole` with all resources",
        type_name,
        _PassAnyRole(documents).find,
        why="who may pass any role to a service has every permission in the account",
        fix=f"name the roles that may be passed; for a statement that denies, suppress `{rule_id}` with that reason",
        file=file,
    )


RULES = (
    _action("F2", "a role's trust policy", "AWS::IAM::Role", "IamRoleWildcardActionOnTrustPolicyRule", _trust),
    _action("F3", "a role's inline policy", "AWS::IAM::Role", "IamRoleWildcardActionOnPermissionsPolicyRule", _inline),
    _action("F4", "an IAM policy", "AWS::IAM::Policy", "IamPolicyWildcardActionRule"),
    _action("F5", "a managed policy", "AWS::IAM::ManagedPolicy", "IamManagedPolicyWildcardActionRule"),
    _not_principal("F6", "a role's trust policy", "AWS::IAM::Role", "IamRoleNotPrincipalOnTrustPolicyRule", _trust),
    _not_principal("F7", "a queue policy", "AWS::SQS::QueuePolicy", "SqsQueuePolicyNotPrincipalRule"),
    _not_principal("F8", "a topic policy", "AWS::SNS::TopicPolicy", "SnsTopicPolicyNotPrincipalRule"),
    _not_principal("F9", "a bucket policy", "AWS::S3::BucketPolicy", "S3BucketPolicyNotPrincipalRule"),
    _action("F15", "a bucket policy", "AWS::S3::BucketPolicy", "S3BucketPolicyWildcardActionRule"),
    _principal("F16", "a bucket policy", "AWS::S3::BucketPolicy", "S3BucketPolicyWildcardPrincipalRule"),
    _principal("F18", "a topic policy", "AWS::SNS::TopicPolicy", "SnsTopicPolicyWildcardPrincipalRule"),
    _action("F20", "a queue policy", "AWS::SQS::QueuePolicy", "SqsQueuePolicyWildcardActionRule"),
    _principal("F21", "a queue policy", "AWS::SQS::QueuePolicy", "SqsQueuePolicyWildcardPrincipalRule"),
    _pass_role("F38", "a role's inline policy", "AWS::IAM::Role", "IamRolePassRoleWildcardResourceRule", _inline),
    _pass_role("F39", "an IAM policy", "AWS::IAM::Policy", "IamPolicyPassRoleWildcardResourceRule"),
    _pass_role("F40", "a managed policy", "AWS::IAM::ManagedPolicy", "IamManagedPolicyPassRoleWildcardResourceRule"),
    _principal("F76", "a KMS key", "AWS::KMS::Key", "KMSKeyWildcardPrincipalRule", _key),
)
