"""What log-archive-guard claims must stay allowed: a guard that locks the wrong people out is a failure too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.aws.names import AccountId, Arn
from generator.control import claim_of, execution_role, role_arn
from generator.controls.log_archive_guard.scope import Scope
from generator.package.model import OWN_ACCOUNT, ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals, Slug

_EVERYTHING = ("Write", "Read", "List")
_READS = ("Read", "List")
_REGIONAL = ("accesspoint", "accesspointobject", "job", "multiregionaccesspoint", "storagelensconfiguration", "storagelensgroup")
_ROUND = ActionSet("s3", levels=("Write",), resource_types=("-",))
_KEY_USES = tuple(
    NamedAction(f"kms:{name}", "ordinary use of the account's own keys")
    for name in ("Decrypt", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo")
)
_ROLE_USES = tuple(
    NamedAction(f"sts:{name}", "the role is taken, by whom its trust policy names")
    for name in ("AssumeRole", "SetSourceIdentity", "TagSession")
)
_VENDED = NamedAction("s3:AllowVendedLogDeliveryForResource", "a permission of its own, though AWS lists it as a read")


def allowances(slug: Slug, scope: Scope) -> Iterator[Claim]:
    """Deployment, delivery, reading, enrolment, and the ordinary work of every account."""
    yield from _deployment(slug, scope)
    yield from _services(slug, scope)
    yield from _named(slug, scope)
    yield from _own_account(slug, scope)
    yield from _other_accounts(slug, scope)


def _deployment(slug: Slug, scope: Scope) -> Iterator[Claim]:
    """Whoever deploys can undo everything that the guard forbids the others."""
    allowed = partial(claim_of, slug, expect=Expectation.ALLOWED, layer=ClaimLayer.ANY)
    yield allowed(
        "administrators-are-let-through",
        "Control Tower's execution role and the administrators named still manage the logs, the keys and the ways round them",
        principals=Principals(only=scope.administrators),
        actions=(
            ActionSet("s3", levels=_EVERYTHING, resource_types=("bucket", "object", *_REGIONAL)),
            ActionSet("kms", levels=_EVERYTHING, resource_types=("key", "alias")),
        ),
        resources=(*scope.buckets, *scope.objects, *scope.regional, *scope.keys, *scope.aliases),
        account=scope.account,
    )
    yield allowed(
        "administrators-open-account",
        "Control Tower's execution role and the administrators named still change the account's own settings of S3",
        principals=Principals(only=scope.administrators),
        actions=(_ROUND,),
        resources=(Arn("*"),),
        account=scope.account,
    )
    for guarded in scope.guarded_roles:
        yield allowed(
            f"trusted-roles-of-{guarded.account}-are-deployed",
            "Control Tower's execution role still makes and changes the roles that the guard lets through",
            principals=Principals(only=(execution_role(scope.partition, guarded.account),)),
            actions=(ActionSet("iam", levels=_EVERYTHING, resource_types=("role",)),),
            resources=guarded.roles,
            account=guarded.account,
        )
    for account, _ in scope.trail_administrators:
        yield allowed(
            "trail-is-deployed",
            f"Control Tower's execution role of {account} may still change the trail",
            principals=Principals(only=(execution_role(scope.partition, account),)),
            actions=(ActionSet("cloudtrail", levels=_EVERYTHING, resource_types=("trail",)),),
            resources=scope.trails,
            account=scope.organization.management_account,
        )


def _services(slug: Slug, scope: Scope) -> Iterator[Claim]:
    allowed = partial(claim_of, slug, expect=Expectation.ALLOWED, account=scope.account)
    for_us = {"aws:SourceAccount": scope.organization.management_account, "aws:SourceOrgID": scope.organization.id}
    yield allowed(
        "cloudtrail-delivers",
        "CloudTrail, acting for this organization, still delivers logs",
        layer=ClaimLayer.ANY,
        principals=Principals(service="cloudtrail.amazonaws.com"),
        actions=(
            ActionSet(
                "s3",
                named=(
                    NamedAction("s3:GetBucketAcl", "CloudTrail checks the bucket before it delivers"),
                    NamedAction("s3:PutObject", "CloudTrail delivers a log file"),
                ),
            ),
            ActionSet(
                "kms",
                named=tuple(
                    NamedAction(f"kms:{name}", "CloudTrail encrypts a log file")
                    for name in ("Decrypt", "DescribeKey", "GenerateDataKey")
                ),
            ),
        ),
        resources=(*scope.buckets, *scope.objects, *scope.keys),
        context=for_us,
    )
    yield allowed(
        "access-logs-are-delivered",
        "S3's logging service, acting for the Log Archive account, still delivers the access logs",
        layer=ClaimLayer.ANY,
        principals=Principals(service="logging.s3.amazonaws.com"),
        actions=(ActionSet("s3", named=(NamedAction("s3:PutObject", "S3 delivers a log of who read the logs"),)),),
        resources=scope.objects,
        context={"aws:SourceAccount": scope.account, "aws:SourceOrgID": scope.organization.id},
    )
    yield allowed(
        "services-of-this-organization-are-let-through",
        "no RCP stands in the way of an AWS service that acts for this organization; the bucket and key policies decide",
        layer=ClaimLayer.RCP,
        principals=Principals(service="*"),
        actions=(
            ActionSet("s3", levels=_EVERYTHING, resource_types=("bucket", "object")),
            ActionSet("kms", levels=_EVERYTHING, resource_types=("key", "alias")),
        ),
        resources=(*scope.buckets, *scope.objects, *scope.keys, *scope.aliases),
        context=for_us,
    )


def _named(slug: Slug, scope: Scope) -> Iterator[Claim]:
    allowed = partial(claim_of, slug, expect=Expectation.ALLOWED, layer=ClaimLayer.ANY, account=scope.account)
    content = (*scope.buckets, *scope.objects)
    if scope.writers:
        yield allowed(
            "writers-are-let-through",
            "the writers named still deliver into the log buckets",
            principals=Principals(only=scope.writers),
            actions=(
                ActionSet(
                    "s3",
                    named=(
                        NamedAction("s3:GetBucketAcl", "AWS Config checks the bucket before it delivers"),
                        NamedAction("s3:PutObject", "AWS Config delivers with its recorder's role"),
                    ),
                ),
                # AWS Config Developer Guide, "Permissions for the IAM role when using an S3 bucket that is encrypted with a KMS key"
                ActionSet(
                    "kms",
                    named=tuple(
                        NamedAction(f"kms:{name}", "AWS Config encrypts what it delivers")
                        for name in ("Decrypt", "GenerateDataKey")
                    ),
                ),
            ),
            resources=(*content, *scope.keys),
            context={"aws:PrincipalOrgID": scope.organization.id},
        )
    if scope.readers:
        yield allowed(
            "readers-are-let-through",
            "the readers named still read the logs",
            principals=Principals(only=scope.readers),
            actions=(
                ActionSet("s3", levels=_READS, resource_types=("bucket", "object"), excluded=(_VENDED,)),
                ActionSet("kms", named=(NamedAction("kms:Decrypt", "log files are encrypted"),)),
            ),
            resources=(*content, *scope.keys),
        )


def _own_account(slug: Slug, scope: Scope) -> Iterator[Claim]:
    """The Log Archive account's own principals look at everything, use their keys, and take their roles."""
    allowed = partial(claim_of, slug, expect=Expectation.ALLOWED)
    own = Principals(accounts=(scope.account,))
    yield allowed(
        "own-principals-may-look",
        "no SCP keeps the Log Archive account's principals from looking at the buckets, the access points and the jobs",
        layer=ClaimLayer.SCP,
        principals=own,
        actions=(ActionSet("s3", levels=_READS, resource_types=("bucket", "object", *_REGIONAL), excluded=(_VENDED,)),),
        resources=(*scope.buckets, *scope.objects, *scope.regional),
        account=scope.account,
    )
    if scope.keys:
        yield allowed(
            "own-principals-use-keys",
            "the Log Archive account's principals still use and look at the account's keys, as far as the key's policy lets them",
            layer=ClaimLayer.ANY,
            principals=own,
            actions=(ActionSet("kms", levels=_READS, resource_types=("key", "alias"), named=_KEY_USES),),
            resources=(*scope.keys, *scope.aliases),
            account=scope.account,
        )
    for guarded in scope.guarded_roles:
        yield allowed(
            f"trusted-roles-of-{guarded.account}-are-taken",
            "the roles that the guard lets through can still be looked at, and taken by whom they trust",
            layer=ClaimLayer.SCP,
            principals=Principals(accounts=(guarded.account,)),
            actions=(ActionSet("iam", levels=_READS, resource_types=("role",)), ActionSet("sts", named=_ROLE_USES)),
            resources=guarded.roles,
            account=guarded.account,
        )
    for account, _ in scope.trail_administrators:
        yield allowed(
            "trail-administrator-may-look",
            f"principals of {account} still look at the trail",
            layer=ClaimLayer.SCP,
            principals=Principals(accounts=(account,)),
            actions=(ActionSet("cloudtrail", levels=_READS, resource_types=("trail",)),),
            resources=scope.trails,
            account=scope.organization.management_account,
        )


def _other_accounts(slug: Slug, scope: Scope) -> Iterator[Claim]:
    allowed = partial(claim_of, slug, expect=Expectation.ALLOWED, layer=ClaimLayer.ANY, account=OWN_ACCOUNT)
    bound: tuple[AccountId, ...] = tuple(sorted({scope.account, *(guarded.account for guarded in scope.guarded_roles)}))
    others = Principals(excepted_accounts=bound)
    yield allowed(
        "enrolment-still-works",
        "an account that is being enrolled still makes the role that Control Tower needs, but where a control guards that role",
        principals=Principals(excepted_accounts=tuple(sorted({*bound, *scope.guarded_elsewhere}))),
        actions=(ActionSet("iam", named=(NamedAction("iam:CreateRole", "enrolment of an invited account asks for it"),)),),
        resources=(execution_role(scope.partition, "*"),),
    )
    yield allowed(
        "workloads-still-work",
        "in every other account, administrators still manage their own buckets, keys and roles",
        principals=others,
        actions=(
            ActionSet("s3", levels=_EVERYTHING, resource_types=("bucket", "object")),
            ActionSet("kms", levels=_EVERYTHING, resource_types=("key",)),
            ActionSet("iam", levels=_EVERYTHING, resource_types=("role",)),
        ),
        resources=(
            Arn(f"arn:{scope.partition}:s3:::workload-*"),
            Arn(f"arn:{scope.partition}:kms:*:*:key/*"),
            role_arn(scope.partition, "*", "workload-*"),
        ),
    )
    yield allowed(
        "neighbours-keep-their-settings",
        "every other account, in the same OU too, still changes its own account-wide settings of S3",
        principals=others,
        actions=(_ROUND,),
        resources=(Arn("*"),),
    )
