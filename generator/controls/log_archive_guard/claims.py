"""What log-archive-guard claims, from the catalogue of AWS's actions; written before its statements and never derived from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from generator.aws.names import Arn
from generator.control import claim_of, execution_role
from generator.controls.log_archive_guard.allowances import allowances
from generator.controls.log_archive_guard.scope import Scope
from generator.package.model import ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals, Slug

READS = ("s3:Get*", "s3:List*")
"""S3 names every action that changes something otherwise (service authorization reference, checked in tests/controls)."""

KEY_USES = tuple(
    NamedAction(f"kms:{name}", "uses the key and changes nothing about it, nor about what is stored under it")
    for name in (
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
    )
)

_HARMLESS_KEY_ACTIONS = (
    "kms:Decrypt",
    "kms:Describe*",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:Get*",
    "kms:List*",
    "kms:ReEncrypt*",
)
_NO_CONTEXT: Mapping[str, str] = MappingProxyType({})
_FOR_OTHERS = MappingProxyType({"aws:SourceAccount": "999999999999", "aws:SourceOrgID": "o-notthisorganization"})
_CONTENT = ("bucket", "object", "accesspoint", "accesspointobject")
_CHANGES_S3 = ActionSet("s3", levels=("Write",), resource_types=_CONTENT)
_BEYOND_RCPS = NamedAction(
    "kms:RetireGrant", "no RCP reaches it (AWS Organizations User Guide); it takes access away and gives none"
)
_CHANGES_KEYS = ActionSet("kms", levels=("Write",), resource_types=("key", "alias"), excluded=(*KEY_USES, _BEYOND_RCPS))


def claims(slug: Slug, scope: Scope) -> Iterator[Claim]:
    """All claims, the denials first."""
    yield from _own_principals(slug, scope)
    yield from _trusted_roles(slug, scope)
    yield from _other_principals(slug, scope)
    yield from allowances(slug, scope)


def _own_principals(slug: Slug, scope: Scope) -> Iterator[Claim]:
    own = Principals(accounts=(scope.account,), excepted=scope.administrators)
    denied = partial(claim_of, slug, expect=Expectation.DENIED, layer=ClaimLayer.SCP, account=scope.account)

    def claim(name: str, statement: str, actions: tuple[ActionSet, ...], resources: tuple[Arn, ...]) -> Claim:
        return denied(name, statement, principals=own, actions=actions, resources=resources)

    may_write = (NamedAction("s3:PutObject", "the writers named deliver with it; who else may is another claim"),)
    yield claim(
        "own-principals-cannot-change-logs",
        "no principal of the Log Archive account, its root user included, changes the log buckets or their objects",
        (
            ActionSet(
                "s3",
                levels=("Write",),
                resource_types=("bucket", "object"),
                excluded=may_write if scope.writers else (),
                unknown=True,
                known_harmless=READS,
            ),
        ),
        (*scope.buckets, *scope.objects),
    )
    if scope.writers:
        yield denied(
            "own-principals-cannot-write-logs",
            "no principal of the Log Archive account writes into the log buckets, but the writers named",
            principals=replace(own, excepted=(*scope.administrators, *scope.writers)),
            actions=(ActionSet("s3", named=(NamedAction("s3:PutObject", "overwrites a log file"),)),),
            resources=(*scope.buckets, *scope.objects),
        )
    yield claim(
        "own-principals-cannot-reach-round",
        "no principal of the Log Archive account makes or changes an access point, a batch job, an access grant or a storage lens",
        (
            ActionSet(
                "s3",
                levels=("Write",),
                resource_types=(
                    "accessgrant",
                    "accessgrantsinstance",
                    "accessgrantslocation",
                    "accesspoint",
                    "accesspointobject",
                    "job",
                    "multiregionaccesspoint",
                    "objectlambdaaccesspoint",
                    "storagelensconfiguration",
                    "storagelensgroup",
                ),
                unknown=True,
                known_harmless=(*READS, "s3:Describe*"),
            ),
        ),
        scope.regional,
    )
    yield claim(
        "own-principals-cannot-open-account",
        "no principal of the Log Archive account starts a batch job, lifts the account's public access block, leaves the "
        "organization or closes the account",
        (
            ActionSet("s3", levels=("Write",), resource_types=("-",)),
            ActionSet(
                "organizations",
                named=(NamedAction("organizations:LeaveOrganization", "takes the account out of reach of every SCP and RCP"),),
            ),
            ActionSet(
                "account",
                named=(
                    NamedAction("account:CloseAccount", "suspends the account and with it the delivery of logs"),
                    NamedAction("account:DisableRegion", "makes what lies in the region unreachable"),
                ),
            ),
        ),
        (Arn("*"),),
    )
    if scope.keys:
        yield claim(
            "own-principals-cannot-change-keys",
            "no principal of the Log Archive account changes, disables or deletes a key, grants its use or points an alias elsewhere",
            (
                ActionSet(
                    "kms",
                    levels=("Write",),
                    resource_types=("key", "alias"),
                    excluded=KEY_USES,
                    unknown=True,
                    known_harmless=_HARMLESS_KEY_ACTIONS,
                ),
            ),
            (*scope.keys, *scope.aliases),
        )
        yield claim(
            "own-principals-cannot-cut-key-stores",
            "no principal of the Log Archive account disconnects, changes or deletes a custom key store",
            (
                ActionSet(
                    "kms",
                    named=tuple(
                        NamedAction(f"kms:{verb}CustomKeyStore", "makes every key in the store unusable")
                        for verb in ("Delete", "Disconnect", "Update")
                    ),
                ),
            ),
            (Arn("*"),),
        )


def _trusted_roles(slug: Slug, scope: Scope) -> Iterator[Claim]:
    denied = partial(claim_of, slug, expect=Expectation.DENIED, layer=ClaimLayer.SCP)
    for guarded in scope.guarded_roles:
        yield denied(
            f"trusted-roles-of-{guarded.account}",
            f"no principal of {guarded.account} creates, changes or re-trusts a role that the guard lets through",
            principals=Principals(accounts=(guarded.account,), excepted=(execution_role(scope.partition, guarded.account),)),
            actions=(
                ActionSet(
                    "iam",
                    levels=("Write",),
                    resource_types=("role",),
                    unknown=True,
                    known_harmless=("iam:Get*", "iam:List*", "iam:Simulate*"),
                ),
            ),
            resources=guarded.roles,
            account=guarded.account,
        )
    for account, _ in scope.trail_administrators:
        yield denied(
            "trail-administrator-cannot-stop-trail",
            f"no principal of {account}, which CloudTrail lets manage organization trails, changes or stops the trail",
            principals=Principals(accounts=(account,), excepted=(execution_role(scope.partition, account),)),
            actions=(
                ActionSet(
                    "cloudtrail",
                    levels=("Write",),
                    resource_types=("trail",),
                    unknown=True,
                    known_harmless=("cloudtrail:Get*", "cloudtrail:List*"),
                ),
            ),
            resources=scope.trails,
            account=scope.organization.management_account,
        )


def _other_principals(slug: Slug, scope: Scope) -> Iterator[Claim]:
    trusted = (*scope.administrators, *scope.writers, *scope.readers)

    denied = partial(claim_of, slug, expect=Expectation.DENIED, layer=ClaimLayer.RCP, account=scope.account)

    def claim(  # noqa: PLR0913, PLR0917  # the parts in which these claims differ
        name: str,
        statement: str,
        principals: Principals,
        actions: tuple[ActionSet, ...],
        resources: tuple[Arn, ...],
        context: Mapping[str, str] = _NO_CONTEXT,
    ) -> Claim:
        return denied(name, statement, principals=principals, actions=actions, resources=resources, context=context)

    content = (*scope.buckets, *scope.objects, *scope.access_points)
    everything = (ActionSet("s3", levels=("Write", "Read", "List"), resource_types=_CONTENT, unknown=True),)
    every_key_action = (
        ActionSet(
            "kms", levels=("Write", "Read", "List"), resource_types=("key", "alias"), excluded=(_BEYOND_RCPS,), unknown=True
        ),
    )
    yield claim(
        "nobody-else-touches-logs",
        "no principal anywhere, the management account's included, reads or changes the logs, but the roles named",
        Principals(excepted=trusted),
        everything,
        content,
    )
    yield claim(
        "readers-only-read",
        "no principal anywhere changes the logs, but administrators and writers: readers only read",
        Principals(excepted=(*scope.administrators, *scope.writers)),
        (_CHANGES_S3,),
        content,
    )
    yield claim(
        "services-only-for-this-organization",
        "no AWS service that acts for an account outside the organization, and says so, touches the logs",
        Principals(service="*"),
        everything,
        content,
        _FOR_OTHERS,
    )
    if scope.writers:
        yield claim(
            "writers-only-write",
            "the writers named add files, and neither read the logs nor change anything else about them",
            Principals(only=scope.writers),
            (
                replace(
                    _CHANGES_S3,
                    named=(NamedAction("s3:GetObject", "writers have no need to read"),),
                    excluded=(NamedAction("s3:PutObject", "what they are named for"),),
                ),
            ),
            content,
        )
        yield claim(
            "strangers-cannot-pose-as-writers",
            "no role of another organization touches the logs by bearing a writer's name",
            Principals(only=scope.writers),
            everything,
            content,
            {"aws:PrincipalOrgID": "o-notthisorganization"},
        )
    if scope.keys:
        yield claim(
            "nobody-else-uses-keys",
            "no principal of another account, the management account's included, uses or changes the keys, but the roles named",
            Principals(excepted=trusted, excepted_accounts=(scope.account,)),
            every_key_action,
            (*scope.keys, *scope.aliases),
        )
        yield claim(
            "services-use-keys-only-for-this-organization",
            "no AWS service that acts for an account outside the organization, and says so, uses the keys",
            Principals(service="*"),
            every_key_action,
            (*scope.keys, *scope.aliases),
            _FOR_OTHERS,
        )
        yield claim(
            "only-administrators-change-keys",
            "no principal anywhere changes the keys, but administrators: readers only decrypt",
            Principals(excepted=scope.administrators),
            (_CHANGES_KEYS,),
            (*scope.keys, *scope.aliases),
        )
