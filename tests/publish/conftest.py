"""A CodeCommit and an AWS on loopback, a small package, and a publisher for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import boto3
import pytest

from generator.landing_zone import load_organization
from generator.package.files import PackageFiles
from generator.package.ledger import Ledger
from generator.publish.checked import seal
from generator.publish.delivery import Options, Surroundings, deliver
from generator.publish.lay import Foreign
from generator.publish.run import Order
from tests.servers.aws import Aws, serve_aws
from tests.servers.codecommit import CodeCommit, Key, git, serve_codecommit
from tests.servers.walkthrough import REPOSITORY, head

ROOT = Path(__file__).parents[2]
ORGANIZATION = load_organization(ROOT / "organization.yaml")
USER = Key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
SESSION = Key("ASIAIOSFODNN7EXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY", "IQoJb3JpZ2luX2VjEXAMPLE/TOKEN+==")
SECRETS = (USER.secret, SESSION.secret, SESSION.token, USER.identifier, SESSION.identifier)

OLD = {
    "manifest.yaml": b"region: eu-central-1\r\nversion: 2021-03-15\nresources: []\n",
    "policies/guard-scp-r-exam.json": b'{"Version":"2012-10-17","Statement":[{"Sid":"Guard"}]}',
    "templates/trail.yaml": b"Resources: {}\n",
    "templates/old.yaml": b"Resources: {}\n",
}
NEW = {
    **{path: content for path, content in OLD.items() if path != "templates/old.yaml"},
    "templates/trail.yaml": b"Resources: {Trail: {}}\n",
    "templates/new.yaml": "Description: täglich\n".encode()
    + b"# "
    + "".join(sha256(bytes([n])).hexdigest() for n in range(100)).encode(),
}


def order(files: dict[str, bytes], foreign: Foreign = Foreign.REFUSE) -> Order:
    package = PackageFiles(files)
    return Order(package, seal(package, {"landing-zone.yaml": b"one"}, {"cfctgen": "1"}), ORGANIZATION.id, foreign)


@cache
def session(key: Key = USER, region: str | None = "eu-central-1") -> boto3.Session:
    return boto3.Session(key.identifier, key.secret, key.token or None, region)


def from_connection(repository: str, branch: str) -> dict[str, object]:
    """The source action of a pipeline that reads from GitHub, or another host of a Code Connection."""
    return {
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1"},
        "name": "Source",
        "configuration": {
            "ConnectionArn": "arn:aws:codeconnections:eu-central-1:111111111111:connection/1",
            "FullRepositoryId": repository,
            "BranchName": branch,
        },
    }


def _next_content(contents: BytesIO) -> bytes:
    """`<id> blob <size>`, the content and a line feed, as `git cat-file --batch` writes each."""
    _, kind, size = contents.readline().split()
    assert kind == b"blob"
    content = contents.read(int(size))
    assert contents.read(1) == b"\n"
    return content


@dataclass
class Loopback:
    """Both servers, with the repository that CfCT reads, and whatever a publisher said."""

    codecommit: CodeCommit
    aws: Aws
    repository: Path
    said: list[str] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    environ: dict[str, str] = field(default_factory=dict)

    def publish(
        self,
        files: dict[str, bytes],
        options: Options | None = None,
        foreign: Foreign = Foreign.REFUSE,
        key: Key = USER,
        region: str | None = "eu-central-1",
    ) -> str:
        environ = {**os.environ, **self.codecommit.environment, **self.environ}
        around = Surroundings(session(key, region), environ, lambda: 1_800_000_100, lambda _: None, self.said.append)
        return deliver(order(files, foreign), ORGANIZATION, self.ledger, options or Options(), around)

    @property
    def head(self) -> str:
        return head(self.repository)

    def files(self, revision: str = "main") -> dict[str, bytes]:
        """What a clone would hold, read without git's own checkout."""
        listed = git("-C", str(self.repository), "ls-tree", "-r", "-z", revision).split(b"\0")
        entries = [line.partition(b"\t") for line in listed if line]
        assert all(entry[0].startswith(b"100644 blob ") for entry in entries)
        wanted = b"".join(entry.split(b" ")[2] + b"\n" for entry, _, _ in entries)
        contents = BytesIO(git("-C", str(self.repository), "cat-file", "--batch", stdin=wanted))
        return {name.decode(): _next_content(contents) for _, _, name in entries}

    @property
    def commits(self) -> int:
        return int(git("-C", str(self.repository), "rev-list", "--count", "main")) if self.head else 0


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CodeCommit, Aws]]:
    folder = tmp_path_factory.mktemp("codecommit")
    state = Aws(str(ORGANIZATION.management_account), str(ORGANIZATION.id), str(ORGANIZATION.home_region), str)
    with serve_codecommit(folder, "eu-central-1", (USER, SESSION)) as codecommit, serve_aws(state) as aws:
        yield codecommit, aws


@pytest.fixture
def loopback(servers: tuple[CodeCommit, Aws], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    codecommit, aws = servers
    root = tmp_path / "repositories"
    root.mkdir()
    before = replace(codecommit)
    codecommit.root = root
    codecommit.fault = codecommit.file_blocks = None
    codecommit.pushing.clear()
    repository = codecommit.repository(REPOSITORY)
    aws.revision = lambda: head(repository)
    aws.errors.clear()
    aws.done.clear()
    source = aws.source
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-aws-config"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-git-config"))
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    yield Loopback(codecommit, aws, repository)
    aws.source = source
    codecommit.root = before.root
    codecommit.before_push.clear()
