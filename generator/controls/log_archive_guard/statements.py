"""The SCP and RCP statements of log-archive-guard.

SCPs bind the Log Archive account's own principals, its root user included, and deny with `NotAction`, so that an action AWS has yet
to invent is denied too. RCPs bind everyone else, the management account's principals included, but know no `NotAction`
(AWS Organizations User Guide, "RCP syntax"). Statements that name `*` as resource do so because their actions take no other.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.names import AccountId, Arn, OuId
from generator.control import account_of, execution_role, sid
from generator.controls.log_archive_guard.scope import Scope
from generator.package.model import JsonObject, Layer, PolicyStatement, Slug

S3_CHANGES = tuple(
    f"s3:{verb}*"
    for verb in (
        "Abort",
        "Bypass",
        "Create",
        "Delete",
        "Initiate",
        "ObjectOwnerOverride",
        "Pause",
        "Put",
        "Replicate",
        "Restore",
        "Tag",
        "Untag",
        "Update",
    )
)
BUT_WRITING = (
    *(action for action in S3_CHANGES if action != "s3:Put*"),
    *(f"s3:Put{initial}*" for initial in "ABEILMR"),
    "s3:PutObject?*",
    "s3:GetObject*",
)
"""All changes but `s3:PutObject` itself, and the reading of objects: writers look at the bucket, not at the logs."""

KMS_CHANGES = tuple(
    f"kms:{verb}*"
    for verb in (
        "Cancel",
        "Create",
        "Decapsulate",
        "Delete",
        "Derive",
        "Disable",
        "Enable",
        "Encapsulate",
        "GenerateMac",
        "Import",
        "Put",
        "Replicate",
        "Revoke",
        "Rotate",
        "Schedule",
        "Sign",
        "Synchronize",
        "Tag",
        "Untag",
        "Update",
        "Verify",
    )
)


def statements(slug: Slug, scope: Scope) -> Iterator[PolicyStatement]:
    """All statements, each with the OU it belongs to."""
    for layer, target, name, statement in (*_scps(scope), *_rcps(scope)):
        yield PolicyStatement(slug, layer, target, {"Sid": sid(slug, name), "Effect": "Deny", **statement})


def _scps(scope: Scope) -> Iterator[tuple[Layer, OuId, str, JsonObject]]:
    trusted = {"ArnNotLike": {"aws:PrincipalArn": list(scope.administrators)}}
    own = {"StringEquals": {"aws:PrincipalAccount": scope.account}, **trusted}

    def scp(name: str, statement: JsonObject, target: OuId = scope.target) -> tuple[Layer, OuId, str, JsonObject]:
        return Layer.SCP, target, name, statement

    content = [*scope.buckets, *scope.objects]
    if scope.writers:
        yield scp("Logs", {"NotAction": ["s3:Get*", "s3:List*", "s3:PutObject"], "Resource": content, "Condition": trusted})
        may_write = {"ArnNotLike": {"aws:PrincipalArn": sorted({*scope.administrators, *scope.writers})}}
        yield scp("Writes", {"Action": "s3:PutObject", "Resource": list(scope.objects), "Condition": may_write})
    else:
        yield scp("Logs", {"NotAction": ["s3:Get*", "s3:List*"], "Resource": content, "Condition": trusted})
    yield scp(
        "WaysRound",
        {"NotAction": ["s3:Describe*", "s3:Get*", "s3:List*"], "Resource": list(scope.regional), "Condition": trusted},
    )
    account_wide = [
        "account:CloseAccount",
        "account:DisableRegion",
        "organizations:LeaveOrganization",
        "s3:CreateJob",
        "s3:CreateStorageLensGroup",
        "s3:PutAccessPointPublicAccessBlock",
        "s3:PutAccountPublicAccessBlock",
        "s3:PutStorageLensConfiguration",
    ]
    if scope.keys:
        account_wide += ["kms:DeleteCustomKeyStore", "kms:DisconnectCustomKeyStore", "kms:UpdateCustomKeyStore"]
        yield scp(
            "Keys",
            {
                "NotAction": [
                    "kms:Decrypt",
                    "kms:Describe*",
                    "kms:Encrypt",
                    "kms:GenerateDataKey*",
                    "kms:Get*",
                    "kms:List*",
                    "kms:ReEncrypt*",
                ],
                "Resource": [*scope.keys, *scope.aliases],
                "Condition": trusted,
            },
        )
    yield scp("Account", {"Action": sorted(account_wide), "Resource": "*", "Condition": own})
    for guarded in scope.guarded_roles:
        yield scp(
            f"Roles{guarded.account}",
            {
                "NotAction": ["iam:Get*", "iam:List*", "iam:Simulate*", "sts:*"],
                "Resource": list(guarded.roles),
                "Condition": _but_execution_role(scope, guarded.account),
            },
            guarded.target,
        )
    for account, target in scope.trail_administrators:
        yield scp(
            "Trail",
            {
                "NotAction": ["cloudtrail:Get*", "cloudtrail:List*"],
                "Resource": list(scope.trails),
                "Condition": _but_execution_role(scope, account),
            },
            target,
        )


def _rcps(scope: Scope) -> Iterator[tuple[Layer, OuId, str, JsonObject]]:
    # A request through an access point may be judged under the access point's ARN.
    content: list[Arn] = [*scope.buckets, *scope.objects, *scope.access_points]
    keys: list[Arn] = [*scope.keys, *scope.aliases]
    no_service = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}

    def but(*principals: Arn) -> JsonObject:
        return {"ArnNotLike": {"aws:PrincipalArn": sorted(set(principals))}, **no_service}

    def rcp(name: str, statement: JsonObject) -> tuple[Layer, OuId, str, JsonObject]:
        return Layer.RCP, scope.target, name, {"Principal": "*", **statement}

    trusted = but(*scope.administrators, *scope.writers, *scope.readers)
    yield rcp("Everyone", {"Action": "s3:*", "Resource": content, "Condition": trusted})
    if scope.readers:
        changers = but(*scope.administrators, *scope.writers)
        yield rcp("Readers", {"Action": list(S3_CHANGES), "Resource": content, "Condition": changers})
    if scope.writers:
        writers = {"ArnLike": {"aws:PrincipalArn": list(scope.writers)}}
        yield rcp("Writers", {"Action": list(BUT_WRITING), "Resource": content, "Condition": writers})
        # Their pattern names no account, so that a stranger's role could bear the name.
        strangers = {**writers, "StringNotEquals": {"aws:PrincipalOrgID": scope.organization.id}}
        yield rcp("Strangers", {"Action": "s3:*", "Resource": content, "Condition": strangers})
    if keys:
        elsewhere = [arn for arn in (*scope.administrators, *scope.writers, *scope.readers) if account_of(arn) != scope.account]
        others = {"StringNotEquals": {"aws:PrincipalAccount": scope.account}, **(but(*elsewhere) if elsewhere else no_service)}
        yield rcp("OtherAccounts", {"Action": "kms:*", "Resource": keys, "Condition": others})
        own_keys = list(scope.keys)  # every known change of an alias is judged on its key as well
        yield rcp("KeyUsers", {"Action": list(KMS_CHANGES), "Resource": own_keys, "Condition": but(*scope.administrators)})
    yield rcp(
        "Services",
        {
            "Action": ["kms:*", "s3:*"] if keys else "s3:*",
            "Resource": [*content, *keys],
            "Condition": {
                "Bool": {"aws:PrincipalIsAWSService": "true"},
                # Services that say nothing of their source are left to the bucket and key policies, which pin it.
                "Null": {"aws:SourceAccount": "false"},
                "StringNotEqualsIfExists": {"aws:SourceOrgID": scope.organization.id},
            },
        },
    )


def _but_execution_role(scope: Scope, account: AccountId) -> JsonObject:
    return {"ArnNotLike": {"aws:PrincipalArn": execution_role(scope.partition, account)}}
