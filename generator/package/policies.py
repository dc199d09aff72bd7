"""Pieces of resource policies that several templates need: key policies that lock nobody out, buckets that answer over TLS only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from generator.aws.names import AccountId, Arn
from generator.package.model import JsonObject

KEY_ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""Everything needed to keep a key, and nothing that uses it: administrators cannot read what it encrypts."""


def policy_document(statements: Iterable[JsonObject]) -> dict[str, object]:
    """A policy of the current version of the language."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(  # the parts of a statement
    sid: str,
    principal: Mapping[str, object],
    actions: Iterable[str],
    resources: Iterable[object] = ("*",),
    condition: Mapping[str, object] | None = None,
) -> JsonObject:
    """One Allow statement of a resource policy. In a key policy `*` means the key itself (KMS Developer Guide, "Key policies")."""
    return _statement(sid, "Allow", principal, actions, resources, condition)


def identity_allow(
    sid: str, actions: Iterable[str], resources: Iterable[object], condition: Mapping[str, object] | None = None
) -> JsonObject:
    """One Allow statement of an identity policy, which has no principal."""
    return _without("Principal", allow(sid, {}, actions, resources, condition))


def trust(sid: str, service: str, condition: Mapping[str, object] | None = None) -> JsonObject:
    """One statement of a role's trust policy, which has no resource: the role is its own."""
    return _without("Resource", allow(sid, {"Service": service}, ["sts:AssumeRole"], (), condition))


def deny(sid: str, actions: Iterable[str], resources: Iterable[object], condition: Mapping[str, object]) -> JsonObject:
    """One Deny statement for every principal under `condition`."""
    return _statement(sid, "Deny", "*", actions, resources, condition)


def key_administration(partition: str, account: AccountId, administrators: Iterable[Arn]) -> JsonObject:
    """Let `administrators` of `account` keep a key, without the usual `kms:*` for the whole account.

    The principal is the account, which by itself only lets IAM decide, and the condition narrows it to the roles. A role named as
    principal would be remembered by its inner id, and nobody could keep the key once the role was deleted and made again
    (IAM User Guide, "AWS JSON policy elements: Principal"); so the key outlives its administrators' roles. Whoever creates the key
    has to be among them, or KMS refuses the policy (KMS API, PutKeyPolicy, lockout safety check).
    """
    return allow(
        "Administration",
        {"AWS": f"arn:{partition}:iam::{account}:root"},
        KEY_ADMINISTRATION,
        condition={"ArnLike": {"aws:PrincipalArn": sorted(administrators)}},
    )


def tls_only(bucket: Arn) -> JsonObject:
    """Deny every request that does not come over TLS."""
    return deny("TlsOnly", ["s3:*"], [bucket, f"{bucket}/*"], {"Bool": {"aws:SecureTransport": "false"}})


def organization_only(bucket: Arn, organization: str) -> JsonObject:
    """Deny every principal outside the organization but AWS's services, which `aws:PrincipalOrgID` does not describe."""
    return deny(
        "OrganizationOnly",
        ["s3:*"],
        [bucket, f"{bucket}/*"],
        {
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization},
        },
    )


def _without(element: str, statement: JsonObject) -> JsonObject:
    return {key: value for key, value in statement.items() if key != element}


def _statement(  # noqa: PLR0913, PLR0917  # the parts of a statement
    sid: str,
    effect: str,
    principal: Mapping[str, object] | str,
    actions: Iterable[str],
    resources: Iterable[object],
    condition: Mapping[str, object] | None,
) -> JsonObject:
    statement: dict[str, object] = {
        "Sid": sid,
        "Effect": effect,
        "Principal": principal,
        "Action": list(actions),
        "Resource": list(resources),
    }
    if condition:
        statement["Condition"] = condition
    return statement
