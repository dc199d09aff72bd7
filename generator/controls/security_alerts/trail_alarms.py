"""What the alarms on the organization trail look for, as one table.

The patterns are those that Security Hub's controls CloudWatch.1 to CloudWatch.14 ask for to the letter (Security Hub User Guide,
"Security Hub CSPM controls for Amazon CloudWatch"); they count as failed with any term more or less. The one on AWS Organizations,
which has no such control, is that of the CIS AWS Foundations Benchmark 3.0, 4.15. `cis` are section numbers of that edition.

The last two are in no benchmark. They see what the rules in the global region see, a second way: through the home region.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.controls.security_alerts.event_rules import ROLE_CALLS
from generator.controls.security_alerts.options import AlarmName


@dataclass(frozen=True)
class TrailAlarm:
    """One metric filter with its alarm.

    `happened` is what a message says. `threshold` is the default number of events in five minutes; where it is not the benchmark's 1,
    `why` says so. `query` is the question of organization-trail that answers it. `control` is Security Hub's id.
    """

    name: AlarmName
    happened: str
    pattern: str
    query: str
    cis: str = ""
    control: str = ""
    threshold: int = 1
    why: str = ""


def _calls(*names: str, source: str = "", quoted: bool = False) -> str:
    """A pattern for calls by their names, of one service if `source` says which."""
    mark = '"' if quoted else ""
    equals = " = " if quoted else "="
    any_of = " || ".join(f"($.eventName{equals}{mark}{name}{mark})" for name in names)
    if not source:
        return f"{{{any_of}}}"
    return f"{{($.eventSource{equals}{source}) && ({any_of})}}"


def _of(source: str, *names: str) -> str:
    """The condition that a call is one of a service's."""
    return f"($.eventSource={source}) && ({' || '.join(f'($.eventName={name})' for name in names)})"


def _either(*conditions: str) -> str:
    """A pattern for what meets one of the conditions."""
    return f"{{{' || '.join(f'({condition})' for condition in conditions)}}}"


TRAIL_ALARMS: tuple[TrailAlarm, ...] = (
    TrailAlarm(
        "unauthorized-calls",
        "calls were denied more often than usual",
        '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
        "denied-calls",
        "4.1",
        "CloudWatch.2",
        threshold=25,
        why="services and consoles try many calls that a role may not make; with 1 this alarm would never be silent",
    ),
    TrailAlarm(
        "sign-in-without-mfa",
        "an IAM user signed in to the console without MFA",
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && '
        '($.responseElements.ConsoleLogin = "Success") }',
        "console-sign-ins",
        "4.2",
        "CloudWatch.3",
    ),
    TrailAlarm(
        "root-use",
        "a root user was active",
        '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}',
        "root-use",
        "4.3",
        "CloudWatch.1",
    ),
    TrailAlarm(
        "iam-policy-changes",
        "IAM policies were changed",
        _calls(
            "DeleteGroupPolicy",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
            "CreatePolicy",
            "DeletePolicy",
            "CreatePolicyVersion",
            "DeletePolicyVersion",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "AttachGroupPolicy",
            "DetachGroupPolicy",
            source="iam.amazonaws.com",
        ),
        "what-did-this-role-do",
        "4.4",
        "CloudWatch.4",
    ),
    TrailAlarm(
        "cloudtrail-changes",
        "a trail was changed, started or stopped",
        _calls("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
        "changes-to-the-logs",
        "4.5",
        "CloudWatch.5",
    ),
    TrailAlarm(
        "sign-in-failures",
        "signing in to the console failed repeatedly",
        '{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}',
        "console-sign-ins",
        "4.6",
        "CloudWatch.6",
        threshold=5,
        why="people mistype passwords; guessing takes more attempts",
    ),
    TrailAlarm(
        "key-removals",
        "a KMS key was disabled, or its deletion scheduled",
        _calls("DisableKey", "ScheduleKeyDeletion", source="kms.amazonaws.com"),
        "who-touched-this-key",
        "4.7",
        "CloudWatch.7",
    ),
    TrailAlarm(
        "bucket-policy-changes",
        "the policy, access list, lifecycle, replication or CORS rules of a bucket were changed",
        _calls(
            "PutBucketAcl",
            "PutBucketPolicy",
            "PutBucketCors",
            "PutBucketLifecycle",
            "PutBucketReplication",
            "DeleteBucketPolicy",
            "DeleteBucketCors",
            "DeleteBucketLifecycle",
            "DeleteBucketReplication",
            source="s3.amazonaws.com",
        ),
        "changes-to-the-logs",
        "4.8",
        "CloudWatch.8",
    ),
    TrailAlarm(
        "config-changes",
        "AWS Config's recorder or delivery was changed or stopped",
        _calls(
            "StopConfigurationRecorder",
            "DeleteDeliveryChannel",
            "PutDeliveryChannel",
            "PutConfigurationRecorder",
            source="config.amazonaws.com",
        ),
        "what-did-this-role-do",
        "4.9",
        "CloudWatch.9",
    ),
    TrailAlarm(
        "security-group-changes",
        "security groups were changed",
        _calls(
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
        ),
        "what-did-this-role-do",
        "4.10",
        "CloudWatch.10",
    ),
    TrailAlarm(
        "network-acl-changes",
        "network access control lists were changed",
        _calls(
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
        ),
        "what-did-this-role-do",
        "4.11",
        "CloudWatch.11",
    ),
    TrailAlarm(
        "gateway-changes",
        "network gateways were changed",
        _calls(
            "CreateCustomerGateway",
            "DeleteCustomerGateway",
            "AttachInternetGateway",
            "CreateInternetGateway",
            "DeleteInternetGateway",
            "DetachInternetGateway",
        ),
        "what-did-this-role-do",
        "4.12",
        "CloudWatch.12",
    ),
    TrailAlarm(
        "route-table-changes",
        "route tables were changed",
        _calls(
            "CreateRoute",
            "CreateRouteTable",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
            "DeleteRouteTable",
            "DeleteRoute",
            "DisassociateRouteTable",
            source="ec2.amazonaws.com",
        ),
        "what-did-this-role-do",
        "4.13",
        "CloudWatch.13",
    ),
    TrailAlarm(
        "vpc-changes",
        "VPCs or their peerings were changed",
        _calls(
            "CreateVpc",
            "DeleteVpc",
            "ModifyVpcAttribute",
            "AcceptVpcPeeringConnection",
            "CreateVpcPeeringConnection",
            "DeleteVpcPeeringConnection",
            "RejectVpcPeeringConnection",
            "AttachClassicLinkVpc",
            "DetachClassicLinkVpc",
            "DisableVpcClassicLink",
            "EnableVpcClassicLink",
        ),
        "what-did-this-role-do",
        "4.14",
        "CloudWatch.14",
    ),
    TrailAlarm(
        "organization-changes",
        "the organization, its accounts or its policies were changed",
        _calls(
            "AcceptHandshake",
            "AttachPolicy",
            "CreateAccount",
            "CreateOrganizationalUnit",
            "CreatePolicy",
            "DeclineHandshake",
            "DeleteOrganization",
            "DeleteOrganizationalUnit",
            "DeletePolicy",
            "DetachPolicy",
            "DisablePolicyType",
            "EnablePolicyType",
            "InviteAccountToOrganization",
            "LeaveOrganization",
            "MoveAccount",
            "RemoveAccountFromOrganization",
            "UpdatePolicy",
            "UpdateOrganizationalUnit",
            source="organizations.amazonaws.com",
            quoted=True,
        ),
        "changes-to-the-organization",
        "4.15",
    ),
    TrailAlarm(
        "administration-changes",
        "who manages the organization, a service for all of it or its root users was changed, or an account closed",
        _either(
            _of(
                "organizations.amazonaws.com",
                "CloseAccount",
                "DeleteResourcePolicy",
                "DeregisterDelegatedAdministrator",
                "DisableAWSServiceAccess",
                "EnableAWSServiceAccess",
                "PutResourcePolicy",
                "RegisterDelegatedAdministrator",
            ),
            # of IAM, and of the services themselves: CloudTrail, Detective, GuardDuty, Inspector, Macie, Security Hub
            *(
                f"$.eventName={name}"
                for name in (
                    "DeregisterOrganizationDelegatedAdmin",
                    "DisableDelegatedAdminAccount",
                    "DisableOrganizationAdminAccount",
                    "DisableOrganizationsRootCredentialsManagement",
                    "DisableOrganizationsRootSessions",
                    "EnableDelegatedAdminAccount",
                    "EnableOrganizationAdminAccount",
                    "EnableOrganizationsRootCredentialsManagement",
                    "EnableOrganizationsRootSessions",
                    "RegisterOrganizationDelegatedAdmin",
                )
            ),
        ),
        "changes-to-the-organization",
    ),
    TrailAlarm(
        "deploying-role-changes",
        "a role that deploys the landing zone was made, changed or re-trusted",
        "{"
        + _of("iam.amazonaws.com", *ROLE_CALLS)
        + " && ("
        + " || ".join(
            f'($.requestParameters.roleName="{name}")'
            for name in (
                "AWSControlTower*",
                "*CustomControlTower*",
                "*-SCPCodeBuild*",
                "*-RCPCodeBuild*",
                "*-StackSetCodeBuild*",
                "*-StateMachineRole*",
            )
        )
        + ")}",
        "what-did-this-role-do",
    ),
)
"""In the order of the benchmark, then those of this program."""
