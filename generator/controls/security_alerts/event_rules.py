"""What must never happen quietly, as one table of EventBridge patterns for the management account.

EventBridge tells of the calls of its own account and region alone, within seconds. So these rules see what is done in the management
account; root users of member accounts are the business of the alarms on the trail. CloudTrail has to record the call, which the
organization trail does. Names of calls and parameters: CloudTrail's records of each service, that is the service's API reference with
a small first letter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.aws.names import AccountId, Region
from generator.controls.security_alerts.naming import QUEUE, SLUG, TOPIC
from generator.controls.security_alerts.options import RuleName
from generator.package.model import JsonObject

BY_CLOUDTRAIL = "AWS API Call via CloudTrail"

POLICY_CALLS = (
    "AttachPolicy",
    "CloseAccount",
    "CreatePolicy",
    "DeleteOrganization",
    "DeletePolicy",
    "DetachPolicy",
    "DisablePolicyType",
    "EnablePolicyType",
    "MoveAccount",
    "RemoveAccountFromOrganization",
    "UpdatePolicy",
)
"""What changes which SCPs and RCPs bind an account; moving an account is one of them, and closing it is another."""

DELEGATION_CALLS = (
    "DeleteResourcePolicy",
    "DeregisterDelegatedAdministrator",
    "PutResourcePolicy",
    "RegisterDelegatedAdministrator",
)
"""Who manages a service, or policies, for the whole organization (AWS Organizations API reference)."""

SERVICE_DELEGATION_CALLS = (
    "DeregisterOrganizationDelegatedAdmin",
    "DisableDelegatedAdminAccount",
    "DisableOrganizationAdminAccount",
    "EnableDelegatedAdminAccount",
    "EnableOrganizationAdminAccount",
    "RegisterOrganizationDelegatedAdmin",
)
"""The same by the services' own calls: CloudTrail, Detective, GuardDuty, Inspector, Macie, Security Hub (their API references)."""

ACCESS_CALLS = ("DisableAWSServiceAccess", "EnableAWSServiceAccess")

ROOT_ACCESS_CALLS = (
    "DisableOrganizationsRootCredentialsManagement",
    "DisableOrganizationsRootSessions",
    "EnableOrganizationsRootCredentialsManagement",
    "EnableOrganizationsRootSessions",
)
"""Who becomes root in member accounts without their password (IAM User Guide, "Centralize root access for member accounts")."""

TRAIL_CALLS = (
    "DeleteTrail",
    "PutEventSelectors",
    "PutInsightSelectors",
    "StartLogging",
    "StopLogging",
    "UpdateTrail",
)

LOG_GROUP_CALLS = (
    "AssociateKmsKey",
    "DeleteLogGroup",
    "DeleteLogStream",
    "DeleteMetricFilter",
    "DeleteRetentionPolicy",
    "DisassociateKmsKey",
    "PutMetricFilter",
    "PutRetentionPolicy",
)
"""Those that name the group as `logGroupName` (CloudWatch Logs API reference)."""

LOG_GROUP_IDENTIFIER_CALLS = ("PutDataProtectionPolicy", "PutLogGroupDeletionProtection", "PutTransformer")
"""Those that name it as `logGroupIdentifier`, by name or ARN: they mask or rewrite what alarms look for, or let it be deleted."""

LOG_ACCOUNT_CALLS = ("PutAccountPolicy",)
"""The same for all log groups of the account."""

CONFIGURATION_CALLS = (
    "BatchDisassociateApprovalRuleTemplateFromRepositories",
    "CreateCommit",
    "DeleteApprovalRuleTemplate",
    "DeleteBranch",
    "DeleteFile",
    "DeletePullRequestApprovalRule",
    "DeleteRepository",
    "DisassociateApprovalRuleTemplateFromRepository",
    "GitPush",
    "MergeBranchesByFastForward",
    "MergeBranchesBySquash",
    "MergeBranchesByThreeWay",
    "MergePullRequestByFastForward",
    "MergePullRequestBySquash",
    "MergePullRequestByThreeWay",
    "OverridePullRequestApprovalRules",
    "PutFile",
    "PutRepositoryTriggers",
    "UpdateApprovalRuleTemplateContent",
    "UpdateDefaultBranch",
    "UpdatePullRequestApprovalRuleContent",
    "UpdateRepositoryEncryptionKey",
    "UpdateRepositoryName",
)
"""What changes a branch, or the approval it needs. `GitPush` is no call of the API: CloudTrail calls a push so (CodeCommit User Guide,
"Logging AWS CodeCommit API calls with AWS CloudTrail")."""

PIPELINE = "Custom-Control-Tower-"
"""What CfCT calls its pipeline and its CodeBuild projects (CfCT's template, CodePipeline and CodeBuild resources)."""

MACHINERY = "CustomControlTower"
"""What CfCT calls its functions, state machines and some of its roles (CfCT's template)."""

DEPLOYING_ROLES = "AWSControlTower"
"""What Control Tower calls the roles by which it and CfCT deploy."""

UNNAMED_ROLES = ("SCPCodeBuild", "RCPCodeBuild", "StackSetCodeBuild", "StateMachineRole")
"""How the logical ids begin of the roles that CfCT's template gives no name, besides those that begin with `MACHINERY`: CloudFormation
puts the stack's name before them and shortens long ones."""

ROLE_CALLS = (
    "AttachRolePolicy",
    "CreateRole",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "UpdateAssumeRolePolicy",
)


@dataclass(frozen=True)
class EventRule:
    """One rule. `happened` begins its message. `reads` also asks for calls that change nothing."""

    name: RuleName
    happened: str
    pattern: JsonObject
    query: str
    reads: bool = False


def event_rules(management: AccountId, home: Region, log_groups: tuple[str, ...]) -> Iterator[EventRule]:
    """The rules. `log_groups` are those of the organization trail, if there are any."""
    yield EventRule(
        "root-use",
        "The root user of the management account was active",
        {
            "detail-type": [{"suffix": " via CloudTrail"}],
            "detail": {
                "eventType": [{"anything-but": ["AwsServiceEvent"]}],
                "userIdentity": {"type": ["Root"], "invokedBy": [{"exists": False}]},
            },
        },
        "root-use",
        reads=True,
    )
    organizations = "organizations.amazonaws.com"
    yield EventRule(
        "organization-policies",
        "What policies bind which accounts was changed",
        _calls(organizations, POLICY_CALLS),
        "changes-to-the-organization",
    )
    yield EventRule(
        "delegated-administrators",
        "Who manages a service for the whole organization was changed",
        {
            "detail-type": [BY_CLOUDTRAIL],
            "detail": {
                "$or": [
                    {"eventSource": [organizations], "eventName": list(DELEGATION_CALLS)},
                    {"eventName": list(SERVICE_DELEGATION_CALLS)},
                ]
            },
        },
        "changes-to-the-organization",
    )
    yield EventRule(
        "trusted-access",
        "A service, or central access to root users, was let into the organization, or put out",
        _any(
            {"eventSource": [organizations], "eventName": list(ACCESS_CALLS)},
            {"eventSource": ["iam.amazonaws.com"], "eventName": list(ROOT_ACCESS_CALLS)},
        ),
        "changes-to-the-organization",
    )
    yield EventRule("trail", "A trail, or its log group, was changed or stopped", _trail(log_groups), "changes-to-the-logs")
    yield EventRule(
        "pipeline", "The pipeline that deploys the landing zone was changed", _pipeline(management, home), "what-did-this-role-do"
    )
    yield EventRule(
        "configuration",
        "What the pipeline deploys was changed, or the approval it needs",
        _calls("codecommit.amazonaws.com", CONFIGURATION_CALLS),
        "what-did-this-role-do",
    )
    yield EventRule(
        "pipeline-roles",
        "A role that deploys the landing zone was changed",
        {
            "detail-type": [BY_CLOUDTRAIL],
            "detail": {
                "eventSource": ["iam.amazonaws.com"],
                "eventName": list(ROLE_CALLS),
                "requestParameters": {
                    "roleName": [
                        {"prefix": DEPLOYING_ROLES},
                        {"wildcard": f"*{MACHINERY}*"},
                        *({"wildcard": f"*-{name}*"} for name in UNNAMED_ROLES),
                    ]
                },
            },
        },
        "what-did-this-role-do",
    )
    yield EventRule("alerts", "The alerts of the management account themselves were changed", _alerts(), "what-did-this-role-do")


def _calls(source: str, names: tuple[str, ...]) -> JsonObject:
    return {"detail-type": [BY_CLOUDTRAIL], "detail": {"eventSource": [source], "eventName": list(names)}}


def _any(*choices: JsonObject) -> JsonObject:
    return {"detail-type": [BY_CLOUDTRAIL], "detail": {"$or": list(choices)}}


def _trail(log_groups: tuple[str, ...]) -> JsonObject:
    trails = {"eventSource": ["cloudtrail.amazonaws.com"], "eventName": list(TRAIL_CALLS)}
    if not log_groups:
        return {"detail-type": [BY_CLOUDTRAIL], "detail": trails}
    arns = [{"suffix": f":log-group:{group}{end}"} for group in log_groups for end in ("", ":*")]
    groups = {
        "eventSource": ["logs.amazonaws.com"],
        "$or": [
            {"eventName": list(LOG_GROUP_CALLS), "requestParameters": {"logGroupName": list(log_groups)}},
            {"eventName": ["AssociateKmsKey", "DisassociateKmsKey"], "requestParameters": {"resourceIdentifier": arns}},
            {
                "eventName": list(LOG_GROUP_IDENTIFIER_CALLS),
                "requestParameters": {"logGroupIdentifier": [*log_groups, *arns]},
            },
            {"eventName": list(LOG_ACCOUNT_CALLS)},
        ],
    }
    return _any(trails, groups)


def _pipeline(management: AccountId, home: Region) -> JsonObject:
    """CfCT's pipeline, projects, functions and state machines, and the bucket that its source may be (CfCT's template)."""
    bucket = f"custom-control-tower-configuration-{management}-{home}"
    return _any(
        {
            "eventSource": ["codepipeline.amazonaws.com"],
            "eventName": [
                "DeletePipeline",
                "DisableStageTransition",
                "OverrideStageCondition",
                "RollbackStage",
                "StopPipelineExecution",
                "UpdatePipeline",
            ],
            "$or": [
                {"requestParameters": {"name": [{"prefix": PIPELINE}]}},
                {"requestParameters": {"pipelineName": [{"prefix": PIPELINE}]}},
                {"requestParameters": {"pipeline": {"name": [{"prefix": PIPELINE}]}}},
            ],
        },
        {
            "eventSource": ["codebuild.amazonaws.com"],
            "eventName": ["DeleteProject", "UpdateProject"],
            "requestParameters": {"name": [{"prefix": PIPELINE}]},
        },
        {
            "eventSource": ["lambda.amazonaws.com"],
            "eventName": [{"prefix": "AddPermission"}, {"prefix": "DeleteFunction"}, {"prefix": "UpdateFunction"}],
            "requestParameters": {"functionName": [{"wildcard": f"*{MACHINERY}*"}]},
        },
        {
            "eventSource": ["states.amazonaws.com"],
            "eventName": ["DeleteStateMachine", "UpdateStateMachine"],
            "requestParameters": {"stateMachineArn": [{"wildcard": f"*:stateMachine:{MACHINERY}*"}]},
        },
        {
            "eventSource": ["s3.amazonaws.com"],
            "eventName": [{"prefix": "DeleteBucket"}, {"prefix": "PutBucket"}],
            "requestParameters": {"bucketName": [bucket]},
        },
    )


def _alerts() -> JsonObject:
    """Rules, alarms, topic and queue of this control. No SCP reaches the management account, so its own calls are at least told."""
    return _any(
        {
            "eventSource": ["events.amazonaws.com"],
            "eventName": ["DeleteRule", "DisableRule", "PutRule", "PutTargets", "RemoveTargets"],
            "$or": [
                {"requestParameters": {"name": [{"prefix": f"{SLUG}-"}]}},
                {"requestParameters": {"rule": [{"prefix": f"{SLUG}-"}]}},
            ],
        },
        {
            "eventSource": ["monitoring.amazonaws.com"],
            "eventName": [
                "DeleteAlarms",
                "DisableAlarmActions",
                "PutAlarmMuteRule",
                "PutCompositeAlarm",
                "PutMetricAlarm",
                "SetAlarmState",
            ],
            "$or": [
                {"requestParameters": {"alarmName": [{"prefix": f"{SLUG}-"}]}},
                {"requestParameters": {"alarmNames": [{"prefix": f"{SLUG}-"}]}},
                {"requestParameters": {"muteTargets": {"alarmNames": [{"prefix": f"{SLUG}-"}]}}},
            ],
        },
        {
            "eventSource": ["sns.amazonaws.com"],
            "eventName": ["AddPermission", "DeleteTopic", "RemovePermission", "SetTopicAttributes", "Subscribe"],
            "requestParameters": {"topicArn": [{"suffix": f":{TOPIC}"}]},
        },
        {
            "eventSource": ["sns.amazonaws.com"],
            "eventName": ["PutDataProtectionPolicy"],
            "requestParameters": {"resourceArn": [{"suffix": f":{TOPIC}"}]},
        },
        {
            "eventSource": ["sns.amazonaws.com"],
            "eventName": ["SetSubscriptionAttributes", "Unsubscribe"],
            "requestParameters": {"subscriptionArn": [{"wildcard": f"*:{TOPIC}:*"}]},
        },
        {
            "eventSource": ["sqs.amazonaws.com"],
            "eventName": ["AddPermission", "DeleteQueue", "PurgeQueue", "RemovePermission", "SetQueueAttributes"],
            "requestParameters": {"queueUrl": [{"suffix": f"/{QUEUE}"}]},
        },
    )
