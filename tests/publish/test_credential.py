"""The credential for CodeCommit goes to CodeCommit, whoever else asks."""

from __future__ import annotations

import base64
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from generator.errors import OutsideError
from generator.publish import git_credential
from generator.publish.delivery import Options, To
from tests.publish.conftest import OLD, SESSION, Loopback, from_connection
from tests.servers import codecommit


@dataclass
class Catcher:
    """A server that asks for a password, as itself and as a proxy, and keeps what it is given."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    state = Catcher()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            state.asked.append(self.path)
            for name in ("Authorization", "Proxy-Authorization"):
                value = self.headers.get(name)
                if value:
                    state.given.append(base64.b64decode(value.split()[1]).decode())
            proxy = self.command == "CONNECT"
            self.send_response(407 if proxy else 401)
            self.send_header("Proxy-Authenticate" if proxy else "WWW-Authenticate", 'Basic realm="x"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_CONNECT = do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def _configure(loopback: Loopback, folder: Path, text: str) -> None:
    (folder / "gitconfig").write_text(text)
    loopback.environ["GIT_CONFIG_GLOBAL"] = str(folder / "gitconfig")


@pytest.mark.parametrize(
    "configuration",
    [
        "[http]\nproxy = http://jane@127.0.0.1:{port}\n",
        '[url "http://127.0.0.1:{port}/"]\ninsteadOf = https://\n',
    ],
)
def test_a_proxy_or_a_rewritten_address_of_the_users_gets_none(
    loopback: Loopback, tmp_path: Path, catcher: Catcher, configuration: str
) -> None:
    _configure(loopback, tmp_path, configuration.format(port=catcher.port))
    with pytest.raises(OutsideError, match=f"127.0.0.1:{catcher.port}"):
        loopback.publish(OLD, key=SESSION)
    assert not [given for given in catcher.given if SESSION.identifier in given]


def test_a_proxy_of_the_environment_gets_none(loopback: Loopback, catcher: Catcher) -> None:
    proxy = f"http://jane@127.0.0.1:{catcher.port}"
    loopback.environ.update(https_proxy=proxy, HTTPS_PROXY=proxy, no_proxy="", NO_PROXY="")
    with pytest.raises(OutsideError, match=f"127.0.0.1:{catcher.port}"):
        loopback.publish(OLD, key=SESSION)
    assert not [given for given in catcher.given if SESSION.identifier in given]


def test_a_redirect_is_not_followed_even_if_the_user_lets_git_follow_them(
    loopback: Loopback, tmp_path: Path, catcher: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def redirect(self: codecommit._Handler, _: bytes) -> None:
        self._send(302, {"Location": f"http://127.0.0.1:{catcher.port}{self.path}"}, b"")

    monkeypatch.setattr(codecommit._Handler, "_answer", redirect)
    _configure(loopback, tmp_path, f'[http "https://{loopback.codecommit.endpoint}"]\nfollowRedirects = true\n')
    with pytest.raises(OutsideError):
        loopback.publish(OLD, key=SESSION)
    assert not catcher.asked


def test_the_users_helper_still_gives_the_password_of_their_proxy(loopback: Loopback, tmp_path: Path, catcher: Catcher) -> None:
    helper = "!echo username=jane; echo password=theirs; :"
    _configure(loopback, tmp_path, f'[http]\nproxy = http://jane@127.0.0.1:{catcher.port}\n[credential]\nhelper = "{helper}"\n')
    with pytest.raises(OutsideError):
        loopback.publish(OLD, key=SESSION)
    assert "jane:theirs" in catcher.given


def test_the_users_helpers_are_not_asked_for_codecommit(loopback: Loopback, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    helper = f'helper = "!cat >> {asked}; echo username=x; echo password=y; :"\n'
    _configure(loopback, tmp_path, f'[credential]\n{helper}[credential "https://127.0.0.1"]\n{helper}')
    loopback.publish(OLD, key=SESSION)
    assert loopback.files() == OLD
    assert not asked.exists()


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("protocol=https\nhost=one.example:1\n\n", True),
        ("protocol=http\nhost=one.example:1\n\n", False),
        ("protocol=https\nhost=two.example:1\n\n", False),
        ("protocol=https\n\n", False),
        ("", False),
    ],
)
def test_the_helper_itself_answers_for_one_host_over_tls_only(asked: str, answered: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-IS", git_credential.__file__, "one.example:1", "get"],
        input=asked,
        env={git_credential.USER_NAME: "u", git_credential.PASSWORD: "p"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ("username=u\npassword=p\n" if answered else "")


def test_git_for_any_remote_sees_no_variable_of_aws_and_asks_nobody(loopback: Loopback, tmp_path: Path, catcher: Catcher) -> None:
    ask = tmp_path / "ask"
    ask.write_text(f"#!/bin/sh\nenv > {tmp_path}/asked\necho x\n")
    ask.chmod(0o755)
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\nexit 255\n")
    ssh.chmod(0o755)
    _configure(loopback, tmp_path, f"[core]\naskPass = {ask}\n")
    loopback.aws.source = from_connection("o/r", "main")
    loopback.environ.update(AWS_SECRET_ACCESS_KEY="hunter2", SSH_ASKPASS=str(ask), GIT_ASKPASS=str(ask), GIT_SSH_COMMAND=str(ssh))
    for url in (f"http://127.0.0.1:{catcher.port}/o/r.git", "git@example.com:o/r.git"):
        with pytest.raises(OutsideError):
            loopback.publish(OLD, Options(To.GIT, remote=url))
    assert not (tmp_path / "asked").exists()
    assert not [line for line in (tmp_path / "seen").read_text().splitlines() if line.startswith("AWS_")]
