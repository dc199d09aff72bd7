"""How a git remote is reached."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator.git import Git, environment_for
from generator.publish.git_target import ssh_settings


@pytest.mark.parametrize(
    ("environment", "configuration", "ours"),
    [
        ({}, "", True),
        ({"GIT_SSH_COMMAND": "ssh -v"}, "", False),
        ({"GIT_SSH": "plink"}, "", False),
        ({}, "[core]\nsshCommand = ssh -v\n", False),
    ],
)
def test_ssh_asks_nobody_and_gives_up_a_silent_server_unless_the_user_has_a_command(
    tmp_path: Path, environment: dict[str, str], configuration: str, ours: bool
) -> None:
    (tmp_path / "gitconfig").write_text(configuration)
    git = Git(tmp_path, environment_for({**os.environ, "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"), **environment}))
    git.initialize()
    expected = ("core.sshCommand=ssh -oBatchMode=yes -oConnectTimeout=15 -oServerAliveInterval=15",) if ours else ()
    assert ssh_settings(git) == expected
