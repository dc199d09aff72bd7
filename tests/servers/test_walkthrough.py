"""The server for trying things out serves what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_what_it_prints_lets_git_reach_an_empty_repository() -> None:
    server = subprocess.Popen([sys.executable, "-m", "tests.servers.walkthrough"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        lines = [server.stdout.readline().removeprefix("export ").strip() for _ in range(6)]
        environment = {
            **os.environ,
            **dict(line.split("=", 1) for line in lines),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        url = "codecommit::eu-central-1://custom-control-tower-configuration"
        found = subprocess.run(["git", "ls-remote", url], env=environment, check=True, capture_output=True)  # noqa: S607
        assert found.stdout == b""
    finally:
        server.terminate()
        server.wait(10)
        if server.stdout:
            server.stdout.close()
    assert server.returncode == 0
