"""The SCP statements of template-gate: nobody switches the hook off, changes its role, or takes a name that it lets pass.

CloudFormation says of its calls on registered types that they take no resource, so that only `*` can be theirs and a Deny has to name
them. What takes a resource is denied with `NotAction`, so that an action AWS has yet to invent is denied on it too.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.control import sid
from generator.controls.template_gate.naming import SLUG
from generator.controls.template_gate.scope import Scope
from generator.package.model import JsonObject, Layer, PolicyStatement

REGISTRY = (
    "cloudformation:ActivateType",
    "cloudformation:DeactivateType",
    "cloudformation:DeregisterType",
    "cloudformation:SetTypeConfiguration",
    "cloudformation:SetTypeDefaultVersion",
)
"""Calls that switch a hook off, take it away, or give it another role or version. Making types of one's own stays free."""

BUT_STACKS = (
    "cloudformation:Describe*",
    "cloudformation:Detect*",
    "cloudformation:Get*",
    "cloudformation:List*",
    "cloudformation:RecordHandlerProgress",
    "cloudformation:SignalResource",
)
"""Looking, and what the resources of a stack report of themselves."""

BUT_ROLES = ("iam:Get*", "iam:List*", "iam:Simulate*", "sts:*")
BUT_RULES = ("s3:Get*", "s3:List*")


def statements(scope: Scope) -> Iterator[PolicyStatement]:
    """All statements, each with the OU it belongs to.

    Whoever becomes Control Tower's execution role is past all of them. So nobody but itself makes or changes it in a judged account,
    which Control Tower's own mandatory control asks of every OU that is registered (`AWS-GR_IAM_ROLE_CHANGE_PROHIBITED`). That of the
    Audit account is left to the guard of such roles (`Facts.spared`), where Audit itself is not judged.
    """
    called = scope.called
    deployer = {"ArnNotLike": {"aws:PrincipalArn": scope.deployer}}
    judged: tuple[tuple[str, JsonObject], ...] = (
        ("Registry", {"Action": list(REGISTRY), "Resource": "*"}),
        ("Stacks", {"NotAction": list(BUT_STACKS), "Resource": [called.hook, *called.stacks]}),
        ("Roles", {"NotAction": list(BUT_ROLES), "Resource": [called.hook_role, scope.deployer]}),
    )
    for target in scope.targets:
        for name, statement in judged:
            yield PolicyStatement(SLUG, Layer.SCP, target.id, _deny(name, statement, deployer))
    owners = {"ArnNotLike": {"aws:PrincipalArn": list(scope.roles_of_audit)}}
    deployer_of_audit = {"ArnNotLike": {"aws:PrincipalArn": scope.deployer_of_audit}}
    rules = {"NotAction": list(BUT_RULES), "Resource": called.buckets}
    roles = {"NotAction": list(BUT_ROLES), "Resource": scope.called.upload_roles}
    yield PolicyStatement(SLUG, Layer.SCP, scope.audit_unit, _deny("Rules", rules, owners))
    yield PolicyStatement(SLUG, Layer.SCP, scope.audit_unit, _deny("Owners", roles, deployer_of_audit))


def _deny(name: str, statement: JsonObject, condition: JsonObject) -> JsonObject:
    return {"Sid": sid(SLUG, name), "Effect": "Deny", **statement, "Condition": condition}
