"""The cloud behind an HTTP server, as endpoint of every service and as the place where CloudFormation takes answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.handlers.fakes.cloud import Cloud, CutError
from tests.handlers.fakes.service import GapError
from tests.handlers.fakes.wire import Reply, Sent, UnknownOperationError

ANSWERS = "/answer"
"""The path of the `ResponseURL`."""

BROKEN = 501
"""The status when the fake itself has a gap, which `Stack.send` reports."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.path.startswith(ANSWERS):
            self._take_answer(body, headers)
            return
        cloud = self.server.cloud
        try:
            self._reply(cloud.reply(Sent(self.command, self.path, headers, body)))
        except CutError:
            self.close_connection = True
        except (GapError, UnknownOperationError) as error:
            cloud.gaps.append(str(error))
            self._reply(Reply(BROKEN, {}, json.dumps({"message": str(error)}).encode()))

    do_DELETE = do_GET = do_PATCH = do_POST = do_PUT = _serve  # noqa: N815  # the base class's names

    def _take_answer(self, body: bytes, headers: dict[str, str]) -> None:
        cloud = self.server.cloud
        if cloud.put_failures:
            cloud.put_failures -= 1
            self._reply(Reply(503, {}, b""))
            return
        cloud.answers.append({**json.loads(body), "bytes": str(len(body))})
        cloud.put_headers.append(headers)
        self._reply(Reply(200, {}, b""))

    def _reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {**reply.headers, "content-length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the base class's name
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Give it a `cloud` for each test."""

    daemon_threads = True
    cloud: Cloud

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving() -> Iterator[Server]:
    """A server on a free port."""
    server = Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
