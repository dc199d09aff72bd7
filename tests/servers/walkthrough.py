"""Everything that `cfctgen publish` talks to, on this machine: `python -m tests.servers.walkthrough` prints what to export.

It stands for AWS until it is ended: CodeCommit with a new repository, the caller's identity, the organization, and the pipeline.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from tests.servers.aws import Aws, serve_aws
from tests.servers.codecommit import Key, git, serve_codecommit

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
            for name, value in environment.items():
                sys.stdout.write(f"export {name}={value}\n")
            sys.stdout.flush()
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            signal.pause()


if __name__ == "__main__":
    main()
