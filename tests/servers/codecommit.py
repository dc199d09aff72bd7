"""CodeCommit on loopback: TLS, the signature in the password verified as CodeCommit does, and `git http-backend` behind it.

The signature is computed here from AWS's description of Signature Version 4, not with the code that makes it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.server
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.servers.certificate import write_certificate

_PREFIX = "/v1/repos/"
_LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True)
class Key:
    """An access key; `token` is empty for a user's, and set for a session's."""

    identifier: str
    secret: str
    token: str = ""


@dataclass
class Fault:
    """What goes wrong with pushes: after so many bytes of the request, or instead of the answer; `pushes` of them."""

    after_bytes: int | None = None
    instead_of_answer: bool = False
    pushes: int = 1


@dataclass
class CodeCommit:
    """A running server. Tests change `fault`, `file_blocks` (the largest file that its disk takes, in 512 bytes) and `before_push` between requests."""

    root: Path
    region: str
    keys: Mapping[str, Key]
    certificate: Path
    endpoint: str = ""
    fault: Fault | None = None
    file_blocks: int | None = None
    before_push: list[threading.Event] = field(default_factory=list)
    pushing: threading.Event = field(default_factory=threading.Event)
    requests: list[str] = field(default_factory=list)
    passwords: set[str] = field(default_factory=set)

    def repository(self, name: str) -> Path:
        """Make a repository, with no branch in it."""
        path = self.root / name
        git("init", "--quiet", "--bare", "--initial-branch=main", str(path))
        git("-C", str(path), "config", "http.receivepack", "true")
        return path

    @property
    def environment(self) -> dict[str, str]:
        """What makes git-remote-codecommit and git use this server."""
        return {"CODE_COMMIT_ENDPOINT": self.endpoint, "GIT_SSL_CAINFO": str(self.certificate)}


def git(*arguments: str, stdin: bytes = b"") -> bytes:
    """Git as the server's side uses it."""
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": f"{who}@example.com".lower() for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    return subprocess.run(["git", *arguments], input=stdin, env=environment, check=True, capture_output=True).stdout  # noqa: S607


@contextmanager
def serve_codecommit(folder: Path, region: str, keys: tuple[Key, ...]) -> Iterator[CodeCommit]:
    """A server with its repositories below `folder`."""
    certificate, key = write_certificate(folder)
    root = folder / "repositories"
    root.mkdir(exist_ok=True)
    state = CodeCommit(root, region, {each.identifier: each for each in keys}, certificate)

    class Handler(_Handler):
        codecommit = state

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    state.endpoint = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def signature(key: Key, region: str, host: str, path: str, timestamp: str) -> str:
    """Signature Version 4 of the method `GIT` with the host as only header and no body hash."""
    canonical = f"GIT\n{path}\n\nhost:{host}\n\nhost\n"
    scope = f"{timestamp[:8]}/{region}/codecommit/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signing = f"AWS4{key.secret}".encode()
    for part in (timestamp[:8], region, "codecommit", "aws4_request"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    return hmac.new(signing, text.encode(), "sha256").hexdigest()


class _Handler(http.server.BaseHTTPRequestHandler):
    codecommit: CodeCommit
    protocol_version = "HTTP/1.1"
    timeout = 20
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        pushes = self.path.endswith("/git-receive-pack")
        state = self.codecommit
        if pushes:
            state.pushing.set()
            for event in state.before_push:
                event.wait(20)
        fault = state.fault if pushes and state.fault and state.fault.pushes else None
        length = int(self.headers.get("Content-Length", "0"))
        if fault and fault.after_bytes is not None:
            fault.pushes -= 1
            self._backend(self.rfile.read(min(fault.after_bytes, length)))
            self._cut()
            return
        body = self.rfile.read(length)
        if fault and fault.instead_of_answer:
            fault.pushes -= 1
            self._backend(body)
            self._cut()
            return
        self._answer(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing."""

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, body: bytes) -> None:
        path = self.path.split("?")[0]
        self.codecommit.requests.append(f"{self.command} {path}")
        if not self._is_authorized():
            return
        name = path.removeprefix(_PREFIX).split("/")[0]
        if not path.startswith(_PREFIX) or not (self.codecommit.root / name / "HEAD").exists():
            self._send(404, {"Content-Type": "text/plain"}, b"")
            return
        answer = self._backend(body)
        head, _, content = answer.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self._send(int(headers.pop("Status", "200").split(" ")[0]), headers, content)

    def _is_authorized(self) -> bool:
        scheme, _, given = self.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic":
            self._send(401, {"WWW-Authenticate": 'Basic realm="AWS CodeCommit"'}, b"")
            return False
        if not self._is_signed(given):
            self._send(403, {"Content-Type": "text/plain"}, b"")
            return False
        return True

    def _is_signed(self, given: str) -> bool:
        try:
            user_name, _, password = base64.b64decode(given).decode().partition(":")
            timestamp, _, signed = password.partition("Z")
            made = datetime.strptime(timestamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        except (binascii.Error, ValueError):
            return False
        self.codecommit.passwords.add(password)
        identifier, _, token = user_name.partition("%")
        key = self.codecommit.keys.get(identifier)
        if key is None or token != key.token or abs(datetime.now(UTC) - made) > _LIFETIME:
            return False
        repository = self.path.removeprefix(_PREFIX).split("/")[0]
        expected = signature(key, self.codecommit.region, self.headers["Host"], f"{_PREFIX}{repository}", timestamp)
        return hmac.compare_digest(expected, signed)

    def _backend(self, body: bytes) -> bytes:
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.codecommit.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": "/" + path.removeprefix(_PREFIX),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)) if self.command == "POST" else "",
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "somebody",
        }
        limit = self.codecommit.file_blocks
        command = ["git", "http-backend"] if limit is None else ["sh", "-c", f"ulimit -f {limit}; exec git http-backend"]
        done = subprocess.run(command, input=body, env=environment, capture_output=True, check=False)
        return done.stdout

    def _send(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
