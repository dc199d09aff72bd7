"""What whoever adopts Control Tower's trail should know: what it lacks, what has no effect on it, what only they can allow."""

from __future__ import annotations

from collections.abc import Iterator

from generator.control import account_of
from generator.controls.organization_trail.naming import Names
from generator.controls.organization_trail.options import OrganizationTrailOptions
from generator.landing_zone.organization import ControlTowerTrail

_ONLY_WHEN_CREATED = ("archive_after_days", "data_events", "expire_after_days", "insights", "log_group_days", "object_lock")


def lacking(trail: ControlTowerTrail) -> Iterator[str]:
    """What the adopted trail does without, that a created one would have."""
    bucket = trail.bucket
    yield f"organization-trail adopts Control Tower's trail `{trail.name}` and creates none"
    if not trail.object_lock:
        yield f"bucket `{bucket}` has no Object Lock: whoever becomes AWSControlTowerExecution can delete logs"
    if not trail.kms_key:
        yield f"bucket `{bucket}` is not encrypted with a KMS key of yours: who may read it is decided by S3 alone"
    if not trail.access_log_bucket:
        yield f"no access log bucket is known for `{bucket}`: if there is one, it is not guarded"
    if not trail.log_group:
        yield f"no log group is known for trail `{trail.name}`: there are no Logs Insights queries over it"


def without_effect(options: OrganizationTrailOptions) -> Iterator[str]:
    """Options that someone has set, and that an adopted trail takes no notice of."""
    for name in _ONLY_WHEN_CREATED:
        if name in options.model_fields_set:
            yield f"`{name}` of organization-trail has no effect: the trail and its bucket are Control Tower's"
    if options.delegated_administrator:
        yield (
            f"`delegated_administrator` {options.delegated_administrator} is not registered, because the trail is Control Tower's; "
            "log-archive-guard keeps it from the trail, in case it is registered already"
        )


def to_be_allowed(trail: ControlTowerTrail, names: Names, options: OrganizationTrailOptions) -> Iterator[str]:
    """What readers need of policies that are Control Tower's, not ours: those of the bucket and of the key."""
    elsewhere = sorted({account_of(arn) for arn in options.readers} - {names.log_archive})
    if elsewhere:
        yield (
            f"readers of {', '.join(elsewhere)} are let through by the guard, but the policy of bucket `{trail.bucket}` is Control "
            "Tower's: it has to allow their account `s3:GetObject` and `s3:ListBucket`"
        )
    if trail.kms_key and (options.readers or options.investigation):
        accounts = sorted({names.log_archive, *elsewhere})
        yield (
            f"log files are encrypted with `{trail.kms_key}`: whoever reads them needs `kms:Decrypt` in that key's policy, for "
            f"principals of {', '.join(accounts)} and `kms:ViaService` s3.{names.home}.amazonaws.com"
        )
