"""The zip in CfCT's bucket: read, compared file by file, and replaced in one conditional write."""

from __future__ import annotations

import base64
import hashlib
import io
import secrets
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from botocore.exceptions import ClientError, HTTPClientError

from generator.aws.names import AccountId, Region
from generator.errors import OutsideError, Problem
from generator.package.files import PackageFiles
from generator.package.readers import DAMAGED_ZIP, MAX_TOTAL_BYTES
from generator.package.writers import write_zip
from generator.publish.clients import S3
from generator.publish.failures import DENIED, SAFE, asking, error_code, temporary_folder
from generator.publish.message import trailers
from generator.publish.remote import Remote, Stored, Unwritten

KEY = "custom-control-tower-configuration.zip"
"""The key whose change starts the pipeline; with a leading `_` it is CfCT's sample, which does not (template 171-174)."""

ENCRYPTION_KEY = "alias/CustomControlTowerKMSKey"
"""CfCT makes this key and lets the pipeline use it (template 187, config_deployer.py). Without a name S3 would take `aws/s3`."""

_MESSAGE = "cfctgen"
_ATTEMPT = "cfctgen-attempt"
_TRAILERS = ("Cfctgen-Package", "Cfctgen-Kept")
_MOVED = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_ABSENT = frozenset({"NoSuchKey", "404"})
_METADATA_LIMIT = 1500
"""Bytes of our metadata; S3 takes 2 KB of all user-defined metadata together (S3 User Guide, "Working with object metadata")."""


def bucket_of(account: AccountId, region: Region) -> str:
    """The bucket's name (template 257)."""
    return f"custom-control-tower-configuration-{account}-{region}"


@dataclass(frozen=True)
class S3Target:
    """The zip. `etag` of the object that was read makes the write conditional, so that no two publishers overwrite each other.

    `attempt` is written beside it: botocore sends a request again whose answer it lost, and then hears that the object has changed.
    """

    s3: S3
    bucket: str
    account: AccountId
    attempt: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"s3://{self.bucket}/{KEY}"

    def read(self) -> Remote:
        """The newest version's files. Nothing, if CfCT's sample is all there is."""
        missing = "choose `Amazon S3` as CodePipelineSource of CfCT's stack, or check account and region; nothing was changed"
        denied = _denied(f"s3:GetObject on {self.name}, s3:ListBucket, and kms:Decrypt")
        with asking("Amazon S3", "", {"NoSuchBucket": missing, **denied}):
            try:
                answer = self.s3.get_object(Bucket=self.bucket, Key=KEY, ChecksumMode="ENABLED", ExpectedBucketOwner=self.account)
                content: bytes = answer["Body"].read(MAX_TOTAL_BYTES)
            except ClientError as error:
                if error_code(error) in _ABSENT:
                    return Remote("", {}, frozenset())
                raise
        files = self._files(content)
        said = trailers(str(answer["Metadata"].get(_MESSAGE, "")).replace("|", "\n"))
        own = said.own(files) if said else {}
        stored = {path: Stored(data) for path, data in files.items()}
        written = frozenset((path, stored[path].identity) for path in own)
        revision = f"{answer.get('VersionId', 'null')} {answer['ETag']}"
        return Remote(revision, stored, written, revision if written else "", str(answer["Metadata"].get(_ATTEMPT, "")))

    def write(self, remote: Remote, tree: Mapping[str, Stored], message: str) -> str | Unwritten:
        """Put the zip if the object is still what was read; S3 verifies its checksum before it takes it."""
        body = _zip({path: stored.content for path, stored in tree.items()})
        condition = {"IfMatch": remote.revision.split(" ")[1]} if remote.revision else {"IfNoneMatch": "*"}
        unencrypted = "CfCT's key is missing: install CfCT again, or update its stack; nothing was changed"
        remedies = {"KMS.NotFoundException": unencrypted, "KMS.DisabledException": "enable CfCT's key; nothing was changed"}
        denied = _denied(f"s3:PutObject on {self.name}, and kms:GenerateDataKey and kms:Decrypt on {ENCRYPTION_KEY}")
        with asking("Amazon S3", "", {**remedies, **denied}):
            try:
                answer = self.s3.put_object(
                    Bucket=self.bucket,
                    Key=KEY,
                    Body=body,
                    ContentType="application/zip",
                    ChecksumSHA256=base64.b64encode(hashlib.sha256(body).digest()).decode(),
                    ServerSideEncryption="aws:kms",
                    SSEKMSKeyId=ENCRYPTION_KEY,
                    ExpectedBucketOwner=self.account,
                    Metadata=_metadata(message) | {_ATTEMPT: self.attempt},
                    **condition,
                )
            except ClientError as error:
                if error_code(error) in _MOVED:
                    return Unwritten(self.attempt)
                raise
            except HTTPClientError as error:
                return Unwritten(self.attempt, error)
        return f"{answer.get('VersionId', 'null')} {answer['ETag']}"

    def rollback(self, before: Remote, revision: str) -> str:  # noqa: ARG002  # every target has it
        """Copy the version before on top, which starts the pipeline like any write."""
        version = before.revision.split(" ")[0]
        if version in {"", "null"}:
            return ""
        return (
            f"aws s3api copy-object --bucket {self.bucket} --key {KEY} \\\n"
            f"  --copy-source '{self.bucket}/{KEY}?versionId={version}' --checksum-algorithm SHA256 \\\n"
            f"  --server-side-encryption aws:kms --ssekms-key-id {ENCRYPTION_KEY}"
        )

    def _files(self, content: bytes) -> Mapping[str, bytes]:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                entries = [entry for entry in archive.infolist() if not entry.is_dir()]
                if sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
                    raise OutsideError(
                        Problem(
                            None, f"{self.name} unpacks to more than {MAX_TOTAL_BYTES:,} bytes", "replace it by a real package"
                        )
                    )
                return {entry.filename.removeprefix("./"): archive.read(entry) for entry in entries}
        except DAMAGED_ZIP as error:
            raise OutsideError(
                Problem(None, f"{self.name} is no zip that can be read: {str(error).lower()}", f"delete it; {SAFE}")
            ) from error


def _denied(permission: str) -> dict[str, str]:
    """The remedy for whoever may not read or write.

    The key's policy names CfCT's own roles and no other, so that permissions of the caller's own do not suffice; every update of
    CfCT's stack writes the policy anew (template `CustomControlTowerKMSKey`; CfCT issues 47 and 137).
    """
    remedy = (
        f"use credentials that may call {permission}, and add their role to the key policy of {ENCRYPTION_KEY} under "
        f'"Allow use of the key", again after each update of CfCT\'s stack; {SAFE}'
    )
    return dict.fromkeys(DENIED, remedy)


def version_of(revision: str) -> str:
    """The version id, which is what CodePipeline calls the revision of an S3 source."""
    return revision.split(" ", 1)[0]


def _metadata(message: str) -> dict[str, str]:
    """The trailers by which we know our own; S3 takes ASCII without line ends, so they are joined by `|`, which none of them holds."""
    lines = [line for line in message.splitlines() if line.startswith(_TRAILERS)]
    text = "|".join(lines)
    if len(text) > _METADATA_LIMIT:
        raise OutsideError(
            Problem(
                None,
                "too many foreign files are to be kept for S3's metadata to name them",
                "put them into one folder, or remove them",
            )
        )
    return {_MESSAGE: text}


def _zip(files: Mapping[str, bytes]) -> bytes:
    with temporary_folder() as folder:
        path = folder / KEY
        write_zip(PackageFiles(files), path)
        return path.read_bytes()
