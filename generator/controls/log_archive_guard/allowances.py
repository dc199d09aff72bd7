"""What log-archive-guard claims must stay allowed: a guard that locks the wrong people out is a failure too."""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.names import AccountId, Arn
from generator.control import execution_role, role_arn
from generator.controls.log_archive_guard.scope import Scope
from generator.package.model import OWN_ACCOUNT, ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals, Slug


def allowances(slug: Slug, scope: Scope) -> Iterator[Claim]:
    """Deployment, delivery, reading, enrolment, and the ordinary work of every other account."""

    def claim(  # noqa: PLR0913, PLR0917  # a claim has this many parts, and all differ here
        name: str,
        statement: str,
        principals: Principals,
        actions: tuple[ActionSet, ...],
        resources: tuple[Arn, ...],
        account: AccountId = scope.account,
        **context: str,
    ) -> Claim:
        return Claim(
            id=f"{slug}.{name}",
            control=slug,
            statement=statement,
            expect=Expectation.ALLOWED,
            layer=ClaimLayer.ANY,
            principals=principals,
            actions=actions,
            resources=resources,
            resource_account=account,
            context={f"aws:{key}": (value,) for key, value in sorted(context.items())},
        )

    organization = scope.organization
    content = (*scope.buckets, *scope.objects)
    everything = ("Write", "Read", "List")
    yield claim(
        "administrators-are-let-through",
        "Control Tower's execution role and the administrators named still manage the logs and the keys",
        Principals(only=scope.administrators),
        (
            ActionSet("s3", levels=everything, resource_types=("bucket", "object")),
            ActionSet("kms", levels=everything, resource_types=("key", "alias")),
        ),
        (*content, *scope.keys, *scope.aliases),
    )
    yield claim(
        "cloudtrail-delivers",
        "CloudTrail, acting for this organization, still delivers logs",
        Principals(service="cloudtrail.amazonaws.com"),
        (
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
        (*content, *scope.keys),
        SourceAccount=organization.management_account,
        SourceOrgID=organization.id,
    )
    if scope.writers:
        yield claim(
            "writers-are-let-through",
            "the writers named still deliver into the log buckets",
            Principals(only=scope.writers),
            (
                ActionSet(
                    "s3",
                    named=(
                        NamedAction("s3:GetBucketAcl", "AWS Config checks the bucket before it delivers"),
                        NamedAction("s3:PutObject", "AWS Config delivers with its recorder's role"),
                    ),
                ),
            ),
            content,
            PrincipalOrgID=organization.id,
        )
    if scope.readers:
        yield claim(
            "readers-are-let-through",
            "the readers named still read the logs",
            Principals(only=scope.readers),
            (
                ActionSet(
                    "s3",
                    levels=("Read", "List"),
                    resource_types=("bucket", "object"),
                    excluded=(
                        NamedAction(
                            "s3:AllowVendedLogDeliveryForResource", "starts a delivery of logs about the bucket; reads nothing"
                        ),
                    ),
                ),
                ActionSet("kms", named=(NamedAction("kms:Decrypt", "log files are encrypted"),)),
            ),
            (*content, *scope.keys),
        )
    bound = tuple(sorted({scope.account, *(guarded.account for guarded in scope.guarded_roles)}))
    yield claim(
        "enrolment-still-works",
        "an account that is being enrolled, in whatever OU, still makes the role that Control Tower needs",
        Principals(excepted_accounts=bound),
        (ActionSet("iam", named=(NamedAction("iam:CreateRole", "enrolment of an invited account asks for it"),)),),
        (execution_role(scope.partition, "*"),),
        OWN_ACCOUNT,
    )
    yield claim(
        "workloads-still-work",
        "in every other account, administrators still manage their own buckets, keys and roles",
        Principals(excepted_accounts=bound),
        (
            ActionSet("s3", levels=everything, resource_types=("bucket", "object")),
            ActionSet("kms", levels=everything, resource_types=("key",)),
            ActionSet("iam", levels=everything, resource_types=("role",)),
        ),
        (
            Arn(f"arn:{scope.partition}:s3:::workload-*"),
            Arn(f"arn:{scope.partition}:kms:*:*:key/*"),
            role_arn(scope.partition, "*", "workload-*"),
        ),
        OWN_ACCOUNT,
    )
