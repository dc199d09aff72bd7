"""Follow what the pipeline does with one revision, stage by stage. Watching changes nothing, so it can stop and start at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.errors import OutsideError, Problem
from generator.publish.clients import CodePipeline
from generator.publish.failures import asking
from generator.publish.pipeline import PIPELINE

_READ = "codepipeline:ListPipelineExecutions, GetPipelineExecution and ListActionExecutions"
_AGAIN = "the pipeline goes on without us; run `cfctgen publish --wait` again to follow it"
_PUBLISHED = "the package is published, and running this again resumes the waiting"
_PAGES = 3
"""Pages of executions, newest first, that are looked at each time; ours is among the newest."""
_APPROVAL = "Approval"


@dataclass(frozen=True)
class Watch:
    """How to watch: `clock` in seconds, `start_within` the seconds that an execution may take to appear after the push."""

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    tell: Callable[[str], None]
    interval: float = 10.0
    start_within: float = 300.0


def follow(codepipeline: CodePipeline, revision: str, region: str, stages: tuple[str, ...], watch: Watch) -> None:
    """Return when the pipeline has deployed `revision`; tell of every stage as it goes.

    OutsideError when it fails, is superseded or stopped, does not begin, or when waiting is interrupted.
    """
    try:
        missing = "the package is published; install CfCT in this account and region, so that something deploys it"
        with asking("AWS CodePipeline", _READ, {"PipelineNotFoundException": missing}, _PUBLISHED):
            execution = _begun(codepipeline, revision, watch)
            _ended(codepipeline, execution, region, stages, watch)
    except KeyboardInterrupt as error:
        raise OutsideError(Problem(None, "waiting was interrupted", _AGAIN)) from error


def _begun(codepipeline: CodePipeline, revision: str, watch: Watch) -> str:
    """The newest execution of this revision; it appears some seconds after the push."""
    deadline = watch.clock() + watch.start_within
    told = False
    while True:
        call, key = codepipeline.list_pipeline_executions, "pipelineExecutionSummaries"
        for execution in _pages(call, key, _PAGES, pipelineName=PIPELINE, maxResults=100):
            if any(source.get("revisionId") == revision for source in execution.get("sourceRevisions", ())):
                return str(execution["pipelineExecutionId"])
        if watch.clock() >= deadline:
            problem = f"{PIPELINE} has not begun to deploy `{revision}` after {watch.start_within:.0f} seconds"
            raise OutsideError(
                Problem(None, problem, "see whether CfCT's EventBridge rule for its source is enabled; the package is published")
            )
        if not told:
            watch.tell(f"waiting for {PIPELINE} to begin")
            told = True
        watch.sleep(watch.interval)


def _ended(codepipeline: CodePipeline, execution: str, region: str, stages: tuple[str, ...], watch: Watch) -> None:
    watch.tell(f"following {_link(region, execution)}")
    seen: dict[str, str] = {}
    while True:
        summary = codepipeline.get_pipeline_execution(pipelineName=PIPELINE, pipelineExecutionId=execution)["pipelineExecution"]
        actions = _actions(codepipeline, execution)
        for stage, action in actions.items():
            if seen.get(stage) != action["status"]:
                seen[stage] = action["status"]
                watch.tell(_progress(stage, action, stages, region, execution))
        status = summary["status"]
        if status == "Succeeded":
            return
        if status not in {"InProgress", "Stopping"}:
            raise OutsideError(_failure(status, summary, actions, _link(region, execution)))
        watch.sleep(watch.interval)


def _actions(codepipeline: CodePipeline, execution: str) -> dict[str, Mapping[str, Any]]:
    """The newest action of every stage that has begun, in the order in which they began."""
    found = list(
        _pages(
            codepipeline.list_action_executions,
            "actionExecutionDetails",
            _PAGES,
            pipelineName=PIPELINE,
            filter={"pipelineExecutionId": execution},
        )
    )
    return {str(action["stageName"]): action for action in sorted(found, key=lambda action: str(action.get("startTime", "")))}


def _progress(stage: str, action: Mapping[str, Any], stages: tuple[str, ...], region: str, execution: str) -> str:
    place = f"[{stages.index(stage) + 1}/{len(stages)}] " if stage in stages else ""
    status = {"InProgress": "runs", "Succeeded": "succeeded", "Failed": "failed", "Abandoned": "was abandoned"}
    if stage == _APPROVAL and action["status"] == "InProgress":
        return f"{place}{stage} waits for somebody to approve: {_link(region, execution)}"
    return f"{place}{stage} {status.get(action['status'], action['status'])}"


def _failure(status: str, summary: Mapping[str, Any], actions: Mapping[str, Mapping[str, Any]], link: str) -> Problem:
    if status == "Superseded":
        problem = "a newer revision has overtaken this one in the pipeline and is deployed instead"
        return Problem(None, problem, f"see {link}; do not publish again unless yours should win")
    failed = next(((stage, action) for stage, action in actions.items() if action["status"] == "Failed"), None)
    if failed is None:
        reason = f": {summary['statusSummary']}" if summary.get("statusSummary") else ""
        return Problem(None, f"the pipeline ended as {status}{reason}", f"see {link}")
    stage, action = failed
    result = action.get("output", {}).get("executionResult", {})
    reason = result.get("errorDetails", {}).get("message") or result.get("externalExecutionSummary") or "it gives no reason"
    log = result.get("externalExecutionUrl") or link
    return Problem(None, f"the stage {stage} failed: {str(reason).rstrip('.')}", f"see {log}")


def _link(region: str, execution: str) -> str:
    domain = "console.amazonaws-us-gov.com" if region.startswith("us-gov-") else f"{region}.console.aws.amazon.com"
    return f"https://{domain}/codesuite/codepipeline/pipelines/{PIPELINE}/executions/{execution}/timeline?region={region}"


def _pages(call: Callable[..., Mapping[str, Any]], key: str, most: int, **arguments: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401
    token: dict[str, str] = {}
    for _ in range(most):
        page = call(**arguments, **token)
        yield from page[key]
        if not page.get("nextToken"):
            return
        token = {"nextToken": page["nextToken"]}
