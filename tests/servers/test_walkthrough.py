"""The server for trying things out serves what it says."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
URL = "codecommit::eu-central-1://custom-control-tower-configuration"


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Path]:
    """What a server wrote for a shell; the server is ended afterwards."""
    file = tmp_path / "walkthrough.env"
    server = subprocess.Popen([sys.executable, "-m", "tests.servers.walkthrough", str(file)], cwd=ROOT)
    try:
        for _ in range(200):
            if file.exists():
                break
            time.sleep(0.05)
        yield file
    finally:
        server.terminate()
        server.wait(10)
    assert server.returncode == 0


def test_a_shell_that_reads_the_file_reaches_an_empty_repository_whatever_it_was_signed_in_as(written: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AWS_PROFILE": "somebody",
        "AWS_SESSION_TOKEN": "stale",
    }
    found = subprocess.run(
        ["sh", "-e", "-c", f". {written} && git ls-remote {URL}"],  # noqa: S607
        env=environment,
        check=True,
        capture_output=True,
    )
    assert found.stdout == b""


def test_the_file_appears_whole_and_nothing_else_is_left_beside_it(written: Path) -> None:
    assert written.read_text().endswith("unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN\n")
    assert [path.name for path in written.parent.iterdir()] == ["walkthrough.env"]
