"""Running git: nothing of the user's redirects it, and nothing it says holds credentials."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from generator.git import Git, GitFailed, GitNotFound, Repository, environment_for, redacted


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "unable to access 'https://AKIAIOSFODNN7EXAMPLE%IQoJb3/x+=:20260101T000000Z" + "a" * 64 + "@host:1/v1/repos/r/': 403",
            "unable to access 'https://host:1/v1/repos/r/': 403",
        ),
        ("https://user@example.com/r and https://x:y@example.org/", "https://example.com/r and https://example.org/"),
        ("key ASIAIOSFODNN7EXAMPLE%token== failed", "key  failed"),
        ("20260101T000000Z" + "0" * 64, ""),
        ("ssh: git@example.com: denied", "ssh: git@example.com: denied"),
    ],
)
def test_credentials_are_cut_out_of_what_is_shown(said: str, shown: str) -> None:
    assert redacted(said) == shown


def test_the_environment_keeps_how_to_reach_a_server_and_drops_what_redirects_git() -> None:
    given = {"GIT_DIR": "/x", "GIT_TRACE_CURL": "1", "GIT_SSL_CAINFO": "/c", "HTTPS_PROXY": "http://p", "LC_ALL": "de_DE"}
    environment = environment_for(given)
    assert "GIT_DIR" not in environment
    assert "GIT_TRACE_CURL" not in environment
    assert (environment["GIT_SSL_CAINFO"], environment["HTTPS_PROXY"], environment["LC_ALL"]) == ("/c", "http://p", "C")


def test_commits_have_the_ids_that_every_remote_takes_whatever_the_user_makes_repositories_with() -> None:
    assert environment_for({"GIT_DEFAULT_HASH": "sha256"})["GIT_DEFAULT_HASH"] == "sha1"


def test_nobody_is_asked_for_a_password() -> None:
    assert environment_for({})["GIT_TERMINAL_PROMPT"] == "0"


def test_a_failure_carries_what_git_said_without_credentials(tmp_path: Path) -> None:
    git = Git(tmp_path, environment_for(os.environ))
    git.initialize()
    with pytest.raises(GitFailed) as caught:
        git.run("ls-remote", "https://user:secret@127.0.0.1:1/r")
    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_repository_of_ours_has_no_hooks(tmp_path: Path) -> None:
    Git(tmp_path, environment_for(os.environ)).initialize()
    assert not (tmp_path / "hooks").exists()


def test_a_machine_without_git_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(GitNotFound):
        Git(tmp_path, {"PATH": "/nowhere"}).run("version")


def test_a_git_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    git = Git(tmp_path, environment_for(os.environ))
    git.initialize()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(GitFailed, match=r"no answer within 0\.5 seconds"):
        git.run("ls-remote", f"http://127.0.0.1:{silent.getsockname()[1]}/r", timeout=0.5)


def test_secrets_of_aws_and_windows_that_ask_do_not_reach_git() -> None:
    given = {"AWS_SECRET_ACCESS_KEY": "x", "AWS_PROFILE": "x", "SSH_ASKPASS": "/x", "GIT_ASKPASS": "/x", "HOME": "/h"}
    environment = environment_for(given)
    assert not {"AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "SSH_ASKPASS"} & environment.keys()
    assert (environment["GIT_ASKPASS"], environment["HOME"]) == ("", "/h")


def test_a_repository_of_another_user_is_told_apart_from_none(tmp_path: Path) -> None:
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    repository = Git(tmp_path, environment_for(environ))
    repository.run("init", "--quiet", ".")
    assert Repository(tmp_path, environ).exists()
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to another user")
    os.chown(tmp_path, 65534, 65534)
    with pytest.raises(GitFailed, match="dubious ownership"):
        Repository(tmp_path, environ).exists()
    with pytest.raises(GitFailed, match="dubious ownership"):
        Repository(tmp_path, environ).object_id("HEAD")


def test_reading_a_repository_reaches_no_server(tmp_path: Path) -> None:
    """A partial clone would fetch what it lacks: here it fails instead."""
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    repository = Git(tmp_path, environment_for(environ))
    repository.run("init", "--quiet", ".")
    marker = tmp_path / "fetched"
    for setting in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.url", str(tmp_path)),
        ("remote.origin.promisor", "true"),
        ("remote.origin.uploadpack", f"touch {marker}; false"),
    ):
        repository.run("config", *setting)
    with pytest.raises(GitFailed):
        Repository(tmp_path, environ).contents(("1" * 40,))
    assert not marker.exists()
