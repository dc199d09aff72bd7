"""Following the pipeline, against botocore's stubber, which knows what AWS may answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from generator.errors import OutsideError
from generator.publish.delivery import Options
from generator.publish.pipeline import PIPELINE
from generator.publish.wait import Watch, follow
from tests.publish.conftest import NEW, Loopback, session
from tests.servers.aws import STAGES

REVISION = "0cf1a61db0bcbc98bd0e982ce484c8f891e2cd52"
EXECUTION = "11111111-2222-3333-4444-555555555555"


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.said: list[str] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    @property
    def watch(self) -> Watch:
        return Watch(lambda: self.now, self.sleep, self.said.append)


class Pipeline:
    """A client of CodePipeline with answers prepared in order."""

    def __init__(self) -> None:
        self.client = session().client("codepipeline")
        self.stubber = Stubber(self.client)
        self.time = Time()

    def executions(self, *revisions: str, token: str = "") -> None:
        summaries = [
            {"pipelineExecutionId": EXECUTION, "sourceRevisions": [{"actionName": "Source", "revisionId": revision}]}
            for revision in revisions
        ]
        answer: dict[str, Any] = {"pipelineExecutionSummaries": summaries}
        self.stubber.add_response("list_pipeline_executions", answer | ({"nextToken": token} if token else {}))

    def look(self, status: str, *actions: Mapping[str, Any], summary: str = "") -> None:
        execution = {"pipelineExecutionId": EXECUTION, "status": status} | ({"statusSummary": summary} if summary else {})
        self.stubber.add_response("get_pipeline_execution", {"pipelineExecution": execution})
        self.stubber.add_response(
            "list_action_executions",
            {"actionExecutionDetails": list(actions)},
            {"pipelineName": PIPELINE, "filter": {"pipelineExecutionId": EXECUTION}},
        )

    def follow(self) -> list[str]:
        with self.stubber:
            follow(self.client, REVISION, "eu-central-1", STAGES, self.time.watch)
        self.stubber.assert_no_pending_responses()
        return self.time.said


def action(stage: str, status: str, **result: Any) -> Mapping[str, Any]:
    began = datetime(2026, 1, 1, 0, STAGES.index(stage) if stage in STAGES else 2, tzinfo=UTC)
    return {"stageName": stage, "actionName": "CodeBuild", "status": status, "startTime": began} | (
        {"output": {"executionResult": result}} if result else {}
    )


def test_every_stage_is_told_once_as_it_goes() -> None:
    pipeline = Pipeline()
    pipeline.executions(REVISION)
    pipeline.look("InProgress", action("Source", "Succeeded"), action("Build", "InProgress"))
    pipeline.look("InProgress", action("Source", "Succeeded"), action("Build", "InProgress"))
    pipeline.look("Succeeded", action("Build", "Succeeded"), action("Source", "Succeeded"))
    assert pipeline.follow()[1:] == ["[1/5] Source succeeded", "[2/5] Build runs", "[2/5] Build succeeded"]


def test_the_execution_of_this_revision_is_found_on_a_later_page_and_after_a_while() -> None:
    pipeline = Pipeline()
    pipeline.executions("other")
    pipeline.executions("other", token="more")
    pipeline.executions(REVISION)
    pipeline.look("Succeeded")
    said = pipeline.follow()
    assert said[0] == f"waiting for {PIPELINE} to begin"
    assert pipeline.time.now == 10.0


def test_a_failed_stage_is_named_with_its_reason_and_link() -> None:
    pipeline = Pipeline()
    pipeline.executions(REVISION)
    failed = action(
        "ServiceControlPolicy",
        "Failed",
        externalExecutionUrl="https://console.aws.amazon.com/codebuild/1",
        errorDetails={"code": "JobFailed", "message": "Build terminated with state: FAILED."},
    )
    pipeline.look("Failed", action("Source", "Succeeded"), failed)
    with pytest.raises(OutsideError) as caught:
        pipeline.follow()
    assert str(caught.value) == (
        "the stage ServiceControlPolicy failed: Build terminated with state: FAILED\n"
        "  fix: see https://console.aws.amazon.com/codebuild/1"
    )


@pytest.mark.parametrize(
    ("status", "summary", "problem"),
    [
        ("Superseded", "", "a newer revision has overtaken"),
        ("Stopped", "Stopped by Jane", "ended as Stopped: Stopped by Jane"),
        ("Cancelled", "", "ended as Cancelled"),
    ],
)
def test_every_other_end_is_told_with_a_link(status: str, summary: str, problem: str) -> None:
    pipeline = Pipeline()
    pipeline.executions(REVISION)
    pipeline.look(status, summary=summary)
    with pytest.raises(OutsideError, match=problem) as caught:
        pipeline.follow()
    assert "https://eu-central-1.console.aws.amazon.com/codesuite/codepipeline/" in caught.value.problems[0].remedy


def test_a_pipeline_that_does_not_begin_is_told_after_five_minutes() -> None:
    pipeline = Pipeline()
    for _ in range(31):
        pipeline.executions("other")
    with pytest.raises(OutsideError, match=r"has not begun to deploy .* after 300 seconds"):
        pipeline.follow()
    assert pipeline.time.now == 300.0


def test_an_approval_says_where_to_approve() -> None:
    pipeline = Pipeline()
    pipeline.executions(REVISION)
    pipeline.look("Succeeded", action("Approval", "InProgress"))
    assert "Approval waits for somebody to approve: https://" in pipeline.follow()[-1]


def test_ctrl_c_stops_the_waiting_and_not_the_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = Pipeline()
    pipeline.executions("other")

    def interrupt(_: Time, __: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Time, "sleep", interrupt)
    with pytest.raises(OutsideError, match="waiting was interrupted") as caught:
        pipeline.follow()
    assert "the pipeline goes on" in caught.value.problems[0].remedy


def test_a_session_that_expires_while_waiting_is_told() -> None:
    pipeline = Pipeline()
    pipeline.stubber.add_client_error("list_pipeline_executions", "ExpiredTokenException")
    with pytest.raises(OutsideError, match="session has expired"):
        pipeline.follow()


@pytest.mark.parametrize(
    "code", ["ExpiredTokenException", "ThrottlingException", "AccessDeniedException", "InvalidSignatureException", "Whatever"]
)
def test_whatever_fails_while_waiting_the_package_is_published_and_the_waiting_can_be_resumed(code: str) -> None:
    pipeline = Pipeline()
    pipeline.stubber.add_client_error("list_pipeline_executions", code)
    with pytest.raises(OutsideError) as caught:
        pipeline.follow()
    remedy = caught.value.problems[0].remedy
    assert "the package is published" in remedy
    assert "resumes the waiting" in remedy
    assert "nothing was changed" not in remedy


def test_who_is_overtaken_is_not_told_to_publish_over_the_other() -> None:
    pipeline = Pipeline()
    pipeline.executions(REVISION)
    pipeline.look("Superseded")
    with pytest.raises(OutsideError) as caught:
        pipeline.follow()
    assert caught.value.problems[0].remedy.endswith("; do not publish again unless yours should win")


def test_only_the_newest_pages_of_executions_are_looked_at_each_time() -> None:
    pipeline = Pipeline()
    for _ in range(3):
        pipeline.executions("other", token="more")
    pipeline.executions(REVISION)
    pipeline.look("Succeeded")
    pipeline.follow()
    assert pipeline.time.now == 10.0


def test_publishing_again_resumes_the_waiting(loopback: Loopback) -> None:
    loopback.publish(NEW)
    loopback.said.clear()
    report = loopback.publish(NEW, Options(wait=True))
    assert report == f"deployed: the pipeline succeeded for {loopback.head}\n"
    assert [line for line in loopback.said if line.startswith("unchanged: ")]
    assert "[5/5] CloudformationResource succeeded" in loopback.said
