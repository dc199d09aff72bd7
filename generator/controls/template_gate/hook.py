"""The two stacks in the judged accounts: the role with which the hook reads its rules, and the hook itself in each region."""

from __future__ import annotations

from typing import Literal

from troposphere import Ref, Sub, Template, cloudformation, iam

from generator.controls.template_gate.naming import ALIAS, DEPLOYED_STACKS, HOOK_ROLE, PREFIX, SLUG, Names
from generator.package.buckets import TAGS
from generator.package.policies import identity_allow, policy_document, trust

HOOKS = "hooks.cloudformation.amazonaws.com"
"""Who takes the role (Hooks User Guide, "Create an execution role for a Guard Hook")."""


def role_template(names: Names) -> Template:
    """Template for the home region: IAM has one place in an account for a role of that name.

    The permissions are those that AWS calls the least (Hooks User Guide, as above). They end at the bucket's own policy, which lets
    nobody but such a role read; the bucket holds nothing but rules.
    """
    template = Template()
    template.set_version("2010-09-09")
    template.set_description("Template gate: the role with which the hook reads its rules")
    # Where the service says for which account it calls, it has to be this one.
    own = {"StringEqualsIfExists": {"aws:SourceAccount": Ref("AWS::AccountId")}}
    statements = [
        identity_allow("Find", ["s3:ListBucket"], [names.buckets]),
        identity_allow("Read", ["s3:GetObject", "s3:GetObjectVersion"], [f"{names.buckets}/{PREFIX}*"]),
    ]
    role = iam.Role(
        "HookRole",
        RoleName=HOOK_ROLE,
        AssumeRolePolicyDocument=policy_document([trust("Hooks", HOOKS, own)]),
        Policies=[iam.Policy(PolicyName="read-rules", PolicyDocument=policy_document(statements))],
        Tags=TAGS,
    )
    role.resource["Metadata"] = {
        "cfn_nag": {"rules_to_suppress": [{"id": "W28", "reason": "the bucket's policy and the guard know the role by its name"}]}
    }
    template.add_resource(role)
    return template


def hook_template(names: Names, key: str, mode: Literal["warn", "fail"]) -> Template:
    """Template for every governed region. A change of the rules changes `key`, and with it the hook.

    Stacks only: at a single resource the rules would miss what stands beside it, and calls of Cloud Control pass by the filters
    (Hooks User Guide, "Stack level filters"). No deletions: their template is empty, so that nothing is judged.
    """
    template = Template()
    template.set_version("2010-09-09")
    template.set_description("Template gate: judges every stack of this account and region by Guard rules")
    hook = cloudformation.GuardHook(
        "Gate",
        Alias=ALIAS,
        ExecutionRole=Sub(f"arn:{names.partition}:iam::${{AWS::AccountId}}:role/{HOOK_ROLE}"),
        FailureMode=mode.upper(),
        HookStatus="ENABLED",
        RuleLocation=cloudformation.S3Location(Uri=Sub(f"s3://{names.bucket}${{AWS::Region}}/{key}")),
        StackFilters=cloudformation.StackFilters(
            FilteringCriteria="ALL", StackNames=cloudformation.StackNames(Exclude=list(DEPLOYED_STACKS))
        ),
        TargetFilters=cloudformation.TargetFilters(Actions=["CREATE", "UPDATE"]),
        TargetOperations=["STACK"],
    )
    if mode == "warn":
        reason = f"`{SLUG}` runs in mode warn until its findings are worked off"
        hook.resource["Metadata"] = {"guard": {"SuppressedRules": ["HOOK_STOPS_FAILURES"], "reason": reason}}
    template.add_resource(hook)
    return template
