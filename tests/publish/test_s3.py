"""Publishing to CfCT's bucket, against moto's server."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.stub import Stubber
from moto.server import ThreadedMotoServer

from generator.errors import OutsideError
from generator.package.files import PackageFiles
from generator.package.writers import write_zip
from generator.publish.delivery import Options, To
from generator.publish.lay import Foreign
from generator.publish.remote import Remote, Stored, Unwritten
from generator.publish.run import publish
from generator.publish.s3_target import ENCRYPTION_KEY, KEY, S3Target, bucket_of
from tests.publish.conftest import NEW, OLD, ORGANIZATION, USER, Loopback, order, session

BUCKET = bucket_of(ORGANIZATION.management_account, ORGANIZATION.home_region)
TO_S3 = Options(To.S3)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Bucket:
    """CfCT's bucket with a client of its own."""

    def __init__(self) -> None:
        self.s3 = session().client("s3")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})

    def put(self, files: dict[str, bytes]) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for path, content in files.items():
                archive.writestr(path, content)
        self.s3.put_object(Bucket=BUCKET, Key=KEY, Body=buffer.getvalue())

    @property
    def content(self) -> bytes:
        return bytes(self.s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())

    @property
    def files(self) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    @property
    def versions(self) -> list[str]:
        return [version["VersionId"] for version in self.s3.list_object_versions(Bucket=BUCKET).get("Versions", [])]


@pytest.fixture
def bucket(loopback: Loopback, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    loopback.aws.source = {
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
        "name": "Source",
        "configuration": {"S3Bucket": BUCKET, "S3ObjectKey": KEY},
    }
    made = Bucket()
    yield made
    for version in made.versions:
        made.s3.delete_object(Bucket=BUCKET, Key=KEY, VersionId=version)
    made.s3.delete_bucket(Bucket=BUCKET)


def test_the_zip_is_the_one_that_the_package_command_writes(loopback: Loopback, bucket: Bucket, tmp_path: Path) -> None:
    loopback.publish(OLD, TO_S3)
    write_zip(PackageFiles(OLD), tmp_path / "package.zip")
    assert bucket.content == (tmp_path / "package.zip").read_bytes()


def test_the_zip_is_encrypted_with_cfcts_key_and_has_its_checksum(loopback: Loopback, bucket: Bucket) -> None:
    sent: list[str] = []

    def seen(params: Mapping[str, Mapping[str, str]], **_: object) -> None:
        sent.append(params["headers"]["x-amz-checksum-sha256"])

    session(USER, "eu-central-1").events.register("before-call.s3.PutObject", seen)
    loopback.publish(OLD, TO_S3)
    session(USER, "eu-central-1").events.unregister("before-call.s3.PutObject", seen)
    head = bucket.s3.head_object(Bucket=BUCKET, Key=KEY)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", ENCRYPTION_KEY)
    assert sent == [base64.b64encode(hashlib.sha256(bucket.content).digest()).decode()]


def test_the_same_package_is_not_written_again(loopback: Loopback, bucket: Bucket) -> None:
    loopback.publish(OLD, TO_S3)
    assert loopback.publish(OLD, TO_S3).startswith("unchanged: ")
    assert len(bucket.versions) == 1


def test_a_new_package_replaces_the_old_one_whose_version_is_named_for_going_back(loopback: Loopback, bucket: Bucket) -> None:
    loopback.publish(OLD, TO_S3)
    old = bucket.versions[0]
    report = loopback.publish(NEW, TO_S3)
    assert bucket.files == NEW
    assert f"--copy-source '{BUCKET}/{KEY}?versionId={old}'" in report


def test_after_the_rollback_publishing_goes_on(loopback: Loopback, bucket: Bucket) -> None:
    loopback.publish(OLD, TO_S3)
    old = {"Bucket": BUCKET, "Key": KEY, "VersionId": bucket.versions[0]}
    loopback.publish(NEW, TO_S3)
    bucket.s3.copy_object(
        Bucket=BUCKET,
        Key=KEY,
        CopySource=old,
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=ENCRYPTION_KEY,
        ChecksumAlgorithm="SHA256",
    )
    assert bucket.files == OLD
    loopback.publish(NEW, TO_S3)
    assert bucket.files == NEW


def test_files_of_others_in_the_zip_are_listed_and_left_alone(loopback: Loopback, bucket: Bucket) -> None:
    bucket.put({"manifest.yaml": b"theirs", "notes.txt": b"theirs"})
    with pytest.raises(OutsideError, match=r"did not write: `manifest\.yaml`, `notes\.txt`"):
        loopback.publish(OLD, TO_S3)
    assert bucket.files == {"manifest.yaml": b"theirs", "notes.txt": b"theirs"}


def test_files_of_others_in_the_zip_can_be_kept_again_and_again(loopback: Loopback, bucket: Bucket) -> None:
    bucket.put({"nötes|1.txt": b"theirs"})
    loopback.publish(OLD, TO_S3, Foreign.KEEP)
    loopback.publish(NEW, TO_S3, Foreign.KEEP)
    assert bucket.files == {**NEW, "nötes|1.txt": b"theirs"}


def test_who_comes_second_lays_the_package_on_the_first_ones(
    loopback: Loopback, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback.publish(OLD, TO_S3)
    write = S3Target.write
    rivals = [{**OLD, "templates/rival.yaml": b"Resources: {}\n"}]

    def after_a_rival(self: S3Target, *arguments: object) -> object:
        if rivals:
            loopback.publish(rivals.pop(), TO_S3)
        return write(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(S3Target, "write", after_a_rival)
    loopback.publish(NEW, TO_S3)
    assert bucket.files == NEW
    assert len(bucket.versions) == 3
    assert any("has moved meanwhile" in line for line in loopback.said)


def test_a_lost_answer_is_found_out_and_nothing_is_written_twice(
    loopback: Loopback, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = S3Target.write

    def lost(self: S3Target, *arguments: object) -> object:
        class Losing:
            def put_object(_, **given: object) -> None:  # noqa: N805
                self.s3.put_object(**given)
                raise ConnectionClosedError(endpoint_url="s3")

        return write(S3Target(Losing(), self.bucket, self.account), *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(S3Target, "write", lost)
    assert loopback.publish(OLD, TO_S3).startswith("published ")
    assert bucket.files == OLD
    assert len(bucket.versions) == 1


def test_a_missing_bucket_gets_one_line(loopback: Loopback, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.publish.delivery.bucket_of", lambda *_: BUCKET.replace("eu-central-1", "eu-west-1"))
    loopback.aws.errors["GetPipeline"] = "AccessDeniedException"
    with pytest.raises(OutsideError, match="NoSuchBucket\n  fix: choose `Amazon S3`"):
        loopback.publish(OLD, TO_S3)
    assert not bucket.versions


def test_what_is_no_zip_is_not_overwritten(loopback: Loopback, bucket: Bucket) -> None:
    bucket.s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"text")
    with pytest.raises(OutsideError, match="is no zip"):
        loopback.publish(OLD, TO_S3)
    assert bucket.content == b"text"


def test_a_dry_run_writes_nothing(loopback: Loopback, bucket: Bucket) -> None:
    report = loopback.publish(OLD, Options(To.S3, dry_run=True))
    assert "+++ b/manifest.yaml" in report
    assert not bucket.versions


class _Losing:
    """S3 that takes what is written, while the answer is lost: the client's own second request hears that the object has changed."""

    def __init__(self, bucket: Bucket, code: str = "PreconditionFailed") -> None:
        self._s3, self._code = bucket.s3, code

    def get_object(self, **given: str) -> Mapping[str, object]:
        return dict(self._s3.get_object(**given))

    def put_object(self, **given: object) -> Mapping[str, object]:
        self._s3.put_object(**given)
        raise ClientError({"Error": {"Code": self._code}}, "PutObject")


def test_our_own_zip_is_known_again_when_only_the_retry_is_answered(bucket: Bucket) -> None:
    target = S3Target(_Losing(bucket), BUCKET, ORGANIZATION.management_account)
    done = publish(order(OLD), target, lambda _: None, lambda _: None)
    assert done.is_new
    assert bucket.files == OLD
    assert len(bucket.versions) == 1


def test_a_rivals_equal_zip_is_not_taken_for_ours(bucket: Bucket) -> None:
    account = ORGANIZATION.management_account

    class Late(S3Target):
        def write(self, remote: Remote, tree: Mapping[str, Stored], message: str) -> str | Unwritten:
            S3Target(bucket.s3, BUCKET, account).write(remote, tree, message)
            return super().write(remote, tree, message)

    assert not publish(order(OLD), Late(bucket.s3, BUCKET, account), lambda _: None, lambda _: None).is_new
    assert len(bucket.versions) == 1


@pytest.mark.parametrize("operation", ["get_object", "put_object"])
def test_who_may_not_use_the_key_is_told_of_its_policy(operation: str) -> None:
    s3 = session().client("s3")
    with Stubber(s3) as stubber:
        if operation == "put_object":
            stubber.add_client_error("get_object", "NoSuchKey")
        stubber.add_client_error(operation, "AccessDenied")
        with pytest.raises(OutsideError, match="AccessDenied") as caught:
            publish(order(OLD), S3Target(s3, BUCKET, ORGANIZATION.management_account), lambda _: None, lambda _: None)
    remedy = caught.value.problems[0].remedy
    assert f'key policy of {ENCRYPTION_KEY} under "Allow use of the key"' in remedy
    assert "again after each update" in remedy


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_damaged_zip_gets_one_line_however_it_is_compressed(loopback: Loopback, bucket: Bucket, method: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("a", b"".join(hashlib.sha256(bytes([number])).digest() for number in range(100)))
    damaged = bytes(byte ^ 0x55 if 60 <= place < 400 else byte for place, byte in enumerate(buffer.getvalue()))
    bucket.s3.put_object(Bucket=BUCKET, Key=KEY, Body=damaged)
    with pytest.raises(OutsideError, match="is no zip that can be read"):
        loopback.publish(OLD, TO_S3)
    assert bucket.content == damaged
