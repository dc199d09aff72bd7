"""Everything that `cfctgen publish` talks to, on this machine: `python -m tests.servers.walkthrough walkthrough.env`.

The file is for a shell to read; without its name its content is printed. It stands for AWS until it is ended: CodeCommit with a new repository, the caller's identity, the organization, and the pipeline.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import tempfile
from pathlib import Path

from tests.servers.aws import Aws, serve_aws
from tests.servers.codecommit import Key, git, serve_codecommit

_UNSET = "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN\n"
"""What would win over the key that is exported, or be signed with it."""

REPOSITORY = "custom-control-tower-configuration"


def commit_file(repository: Path, path: str, content: bytes, message: str = "A commit of somebody else's") -> str:
    """Add one commit to `main` of a bare repository."""
    stream = b"commit refs/heads/main\ncommitter Somebody <somebody@example.com> 1800000000 +0000\ndata %d\n%s\n" % (
        len(message),
        message.encode(),
    )
    if head(repository):
        stream += b"from refs/heads/main^0\n"
    stream += b"M 100644 inline %s\ndata %d\n%s\ndone\n" % (path.encode(), len(content), content)
    git("-C", str(repository), "fast-import", "--quiet", stdin=stream)
    return head(repository)


def head(repository: Path) -> str:
    """The newest commit of `main`; empty if there is none."""
    return git("-C", str(repository), "for-each-ref", "--format=%(objectname)", "refs/heads/main").decode().strip()


def main() -> None:
    """Serve until the process is ended."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", nargs="?", type=Path)
    arguments.add_argument("--region", default="eu-central-1")
    arguments.add_argument("--account", default="111111111111")
    arguments.add_argument("--organization", default="o-exampleorg1")
    given = arguments.parse_args()
    key = Key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    with tempfile.TemporaryDirectory() as folder, serve_codecommit(Path(folder), given.region, (key,)) as codecommit:
        repository = codecommit.repository(REPOSITORY)
        state = Aws(
            given.account,
            given.organization,
            given.region,
            lambda: head(repository),
        )
        with serve_aws(state) as aws:
            environment = {
                "AWS_ENDPOINT_URL": aws.endpoint,
                "AWS_ACCESS_KEY_ID": key.identifier,
                "AWS_SECRET_ACCESS_KEY": key.secret,
                "AWS_REGION": given.region,
                **codecommit.environment,
            }
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            _tell(
                "".join((*(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()), _UNSET)), given.file
            )
            signal.pause()


def _tell(text: str, file: Path | None) -> None:
    """Print it, or write it whole at once, so that whoever waits for the file never reads half of it."""
    if file is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    aside = file.with_name(f"{file.name}.{os.getpid()}")
    aside.write_text(text)
    aside.replace(file)


if __name__ == "__main__":
    main()
