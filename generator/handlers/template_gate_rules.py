"""Puts the rules of the template gate into their bucket: CfCT publishes templates and no files, and CloudFormation has no type for one.

`Custom::TemplateGateRules` has three properties: `Bucket`, `Key` and `Rules`, the text. The key holds the SHA-256 of the text, so
that rules which were changed on their way are noticed and not put. Deleting the resource leaves the object, and an update leaves the
one before: hooks that are not updated yet still read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import boto3

from generator.handlers.custom_resource import ONE_ATTEMPT, Context, Request, RequestError, persist, serve

GATE_RULES_ID = "template-gate-rules"

NO_BUCKET = "NoSuchBucket"
"""What S3 may answer for a moment after the bucket was made."""


def handler(event: Mapping[str, Any], context: Context) -> None:
    """Lambda calls this."""
    serve(event, context, GATE_RULES_ID, {"Create": put, "Update": put})


def put(request: Request) -> None:
    """Create and update: put the object. Doing it twice makes one more version of the same content."""
    bucket, key, rules = (str(request.properties.get(name) or "") for name in ("Bucket", "Key", "Rules"))
    body = rules.encode()
    digest = hashlib.sha256(body).hexdigest()
    if not bucket or digest not in key:
        raise RequestError(f"`Key` must hold the SHA-256 of `Rules`, which is {digest} as they arrived, not `{key}`")
    s3 = boto3.client("s3", config=ONE_ATTEMPT)
    persist(
        request.clock,
        f"putting {key} into {bucket}",
        lambda: s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/plain", ChecksumAlgorithm="SHA256"),
        waiting_for=(NO_BUCKET,),
    )
