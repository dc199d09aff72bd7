"""IAM users: permissions come from groups."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.cfn_nag.policy_document import inline_policies
from generator.checks.cfn_nag.rule import NagRule, Violation
from generator.checks.cfn_nag.template import Resource, Template
from generator.checks.cfn_nag.values import StoppedError, text

_WHY = "permissions on users one by one are forgotten when people change their work"


def _inline_policy(user: Resource, _: Template) -> Iterator[Violation]:
    for path, _statements in inline_policies(user):
        yield Violation("the user has an inline policy", path[:2])


def _policy_on_user(policy: Resource, _: Template) -> Iterator[Violation]:
    users = policy.get("Users")
    if not isinstance(users, (list, dict, str)):
        raise StoppedError("`Users` is no list")
    if users:
        yield Violation("the policy names users", ("Users",))


def _no_group(user: Resource, template: Template) -> Iterator[Violation]:
    groups = user.get("Groups")
    if not isinstance(groups, (list, dict)):
        raise StoppedError("`Groups` is no list")
    names = {text({"Ref": user.name}), text(user.get("UserName"))}  # by `Ref` or by name (parser/iam_user_parser.rb)
    if groups or names & template.users_added:
        return
    yield Violation("the user is in no group", ("Groups",))


RULES = (
    NagRule(
        "F10",
        "an IAM user has no inline policy",
        "AWS::IAM::User",
        _inline_policy,
        why=_WHY,
        fix="put the policy on a group",
        file="UserHasInlinePolicyRule",
    ),
    NagRule(
        "F11",
        "an IAM policy names no user",
        "AWS::IAM::Policy",
        _policy_on_user,
        why=_WHY,
        fix="put the policy on a group, with `Groups`",
        file="PolicyOnUserRule",
    ),
    NagRule(
        "F12",
        "a managed policy names no user",
        "AWS::IAM::ManagedPolicy",
        _policy_on_user,
        why=_WHY,
        fix="put the policy on a group, with `Groups`",
        file="ManagedPolicyOnUserRule",
    ),
    NagRule(
        "F2000",
        "an IAM user is in a group",
        "AWS::IAM::User",
        _no_group,
        why=_WHY,
        fix="write `Groups`, or an `AWS::IAM::UserToGroupAddition` that names the user",
        file="UserMissingGroupRule",
    ),
)
