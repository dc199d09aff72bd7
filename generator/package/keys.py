"""The KMS key every control starts from: rotated, kept when its stack goes, and never deleted in haste."""

from __future__ import annotations

from collections.abc import Iterable

from troposphere import kms

from generator.package.buckets import KEEP, RETAIN, TAGS
from generator.package.model import JsonObject
from generator.package.policies import policy_document


def rotated_key(title: str, description: str, statements: Iterable[JsonObject]) -> kms.Key:
    """A key whose policy is `statements`; deletion, once scheduled, waits the 30 days that KMS allows at the most."""
    return kms.Key(
        title,
        Description=description,
        EnableKeyRotation=True,
        KeyPolicy=policy_document(statements),
        PendingWindowInDays=30,
        Tags=TAGS,
        DeletionPolicy=KEEP,
        UpdateReplacePolicy=RETAIN,
    )
