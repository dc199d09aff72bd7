"""The few calls of STS, Organizations and CodePipeline that publishing makes, answered on loopback for one account.

moto answers none of CodePipeline's calls about executions, and its organizations have ids of their own.
"""

from __future__ import annotations

import http.server
import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

STAGES = ("Source", "Build", "ServiceControlPolicy", "ResourceControlPolicy", "CloudformationResource")
_EXECUTION = "11111111-2222-3333-4444-555555555555"

_IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>\
<Arn>{arn}</Arn><UserId>AIDAEXAMPLE</UserId><Account>{account}</Account></GetCallerIdentityResult>\
<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""
_ERROR = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>{code}</Code>\
<Message>refused</Message></Error><RequestId>1</RequestId></ErrorResponse>"""


@dataclass
class Aws:
    """One account. `errors` maps an operation to the error code it is refused with; `revision` tells what the pipeline reads."""

    account: str
    organization: str
    region: str
    revision: Callable[[], str]
    source: Mapping[str, Any] = field(
        default_factory=lambda: {
            "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"},
            "name": "Source",
            "configuration": {"RepositoryName": "custom-control-tower-configuration", "BranchName": "main"},
        }
    )
    errors: dict[str, str] = field(default_factory=dict)
    endpoint: str = ""
    done: dict[str, int] = field(default_factory=dict)

    def answer(self, operation: str) -> Mapping[str, Any]:
        """What AWS answers. Every look at an execution takes it one stage further."""
        revision = self.revision()
        stage = self.done.get(revision, 0)
        match operation:
            case "DescribeOrganization":
                return {"Organization": {"Id": self.organization, "MasterAccountId": self.account}}
            case "GetPipeline":
                later = [{"name": name, "actions": []} for name in STAGES[1:]]
                stages = [{"name": "Source", "actions": [self.source]}, *later]
                return {
                    "pipeline": {
                        "name": "Custom-Control-Tower-CodePipeline",
                        "roleArn": "arn:aws:iam::1:role/x",
                        "stages": stages,
                    }
                }
            case "ListPipelineExecutions":
                sources = [{"actionName": "Source", "revisionId": revision}]
                return {"pipelineExecutionSummaries": [{"pipelineExecutionId": _EXECUTION, "sourceRevisions": sources}]}
            case "GetPipelineExecution":
                self.done[revision] = min(stage + 1, len(STAGES))
                status = "Succeeded" if stage >= len(STAGES) else "InProgress"
                return {"pipelineExecution": {"pipelineExecutionId": _EXECUTION, "status": status}}
            case _:
                return {"actionExecutionDetails": [_action(name, place, stage) for place, name in enumerate(STAGES[: stage + 1])]}


def _action(name: str, place: int, stage: int) -> Mapping[str, Any]:
    return {
        "pipelineExecutionId": _EXECUTION,
        "stageName": name,
        "actionName": "CodeBuild",
        "startTime": 1_800_000_000 + place,
        "status": "Succeeded" if place < stage else "InProgress",
    }


@contextmanager
def serve_aws(state: Aws) -> Iterator[Aws]:
    """Answer for `state` until the end of the block."""

    class Handler(_Handler):
        aws = state

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    aws: Aws
    protocol_version = "HTTP/1.1"
    timeout = 20
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if operation:
            code = self.aws.errors.get(operation)
            content = json.dumps({"__type": code, "message": "refused"} if code else self.aws.answer(operation))
            self._send(400 if code else 200, "application/x-amz-json-1.1", content)
            return
        code = self.aws.errors.get(urllib.parse.parse_qs(body)["Action"][0])
        arn = f"arn:aws:sts::{self.aws.account}:assumed-role/Publisher/jane@example.com"
        content = _ERROR.format(code=code) if code else _IDENTITY.format(arn=arn, account=self.aws.account)
        self._send(403 if code else 200, "text/xml", content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing."""

    def _send(self, status: int, kind: str, content: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content.encode())
