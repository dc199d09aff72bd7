"""What has to stand before CfCT can deploy the package, and that nobody makes: the execution role in the management account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from troposphere import Template, iam

from generator.aws.names import AccountId
from generator.control import EXECUTION_ROLE
from generator.landing_zone.organization import Organization
from generator.package.model import Runbook, Stack
from generator.package.policies import policy_document
from generator.package.template_text import template_text

_TEMPLATE = "management-execution-role.yaml"


def prerequisites(organization: Organization, stacks: Iterable[Stack]) -> Iterator[Runbook]:
    """The runbook and the template of `AWSControlTowerExecution` in the management account, if a stack goes there.

    Control Tower makes that role in every account but this one, and CfCT's stack sets use it everywhere (CfCT 2.8.4 creates
    SELF_MANAGED stack sets; Control Tower User Guide, "How AWS Control Tower works with roles").
    """
    there = [stack.name for stack in stacks if organization.management_account in stack.accounts]
    if not there:
        return
    yield Runbook(_TEMPLATE, _HEADER + template_text(_template(organization).to_dict()))
    yield Runbook("management-execution-role.md", _runbook(organization, organization.management_account, there))


_HEADER = "# Written by `cfctgen build`. Deployed once, by hand: management-execution-role.md says how. No part of the package.\n"


def _template(organization: Organization) -> Template:
    template = Template()
    template.set_version("2010-09-09")
    template.set_description("AWSControlTowerExecution in the management account, with which CfCT's stack sets deploy there")
    stack_set_role = (
        f"arn:{organization.partition}:iam::{organization.management_account}:role/service-role/AWSControlTowerStackSetRole"
    )
    trust = {"Sid": "StackSets", "Effect": "Allow", "Principal": {"AWS": stack_set_role}, "Action": "sts:AssumeRole"}
    role = iam.Role(
        "ExecutionRole",
        RoleName=EXECUTION_ROLE,
        Description="CfCT's stack sets deploy to the management account with it",
        AssumeRolePolicyDocument=policy_document([trust]),
        ManagedPolicyArns=[f"arn:{organization.partition}:iam::aws:policy/AdministratorAccess"],
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
    )
    reason = "the name is what CfCT's stack sets look for; they deploy whatever a package asks for, as in every other account"
    role.resource["Metadata"] = {
        "cfn_nag": {"rules_to_suppress": [{"id": "W28", "reason": reason}, {"id": "W43", "reason": reason}]},
        "guard": {"SuppressedRules": ["ROLE_WITHOUT_ADMINISTRATOR_ACCESS"], "reason": reason},
    }
    template.add_resource(role)
    return template


def _runbook(organization: Organization, management: AccountId, stacks: list[str]) -> str:
    listed = "\n".join(f"- `{name}`" for name in stacks)
    return f"""\
# The role AWSControlTowerExecution in the management account

For organization `{organization.id}`.

CfCT deploys every stack with the role `{EXECUTION_ROLE}` of the target account. Control Tower makes that role in every account
but the management account `{management}`, and these stacks go there:

{listed}

Without the role, the stack-set stage of CfCT's pipeline fails at the first of them.

## Once, before the first deployment

1. Sign in to account `{management}` as an administrator, in region `{organization.home_region}`.
2. Deploy the template beside this page. It trusts only Control Tower's stack-set role:

   ```sh
   aws cloudformation deploy --region {organization.home_region} \\
     --stack-name management-execution-role \\
     --template-file runbooks/{_TEMPLATE} \\
     --capabilities CAPABILITY_NAMED_IAM
   ```

3. See that it is there:

   ```sh
   aws iam get-role --role-name {EXECUTION_ROLE} --query Role.Arn --output text
   ```

   The answer is `arn:{organization.partition}:iam::{management}:role/{EXECUTION_ROLE}`.
4. Write `control_tower_execution_in_management: true` into organization.yaml.

The role is as powerful as an administrator. Who can use Control Tower's stack-set role, or change what CfCT deploys, can do
anything in the management account: keep both to few people.
"""
