"""CfCT's pipeline: where it takes its source from, and how one of its executions goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from botocore.exceptions import ClientError

from generator.errors import OutsideError, Problem
from generator.publish.clients import CodePipeline
from generator.publish.failures import DENIED, asking, error_code

PIPELINE = "Custom-Control-Tower-CodePipeline"
"""The pipeline's name is fixed (CfCT 2.8.4 template 536)."""

SOURCES: Mapping[str, str] = {"CodeCommit": "codecommit", "S3": "s3", "CodeStarSourceConnection": "git"}
"""Providers of the source action (template 551) and the `--to` that reaches each."""


@dataclass(frozen=True)
class Source:
    """What starts the pipeline: `to` names the kind of target, `settings` are the source action's own; `stages` in order."""

    to: str
    settings: Mapping[str, str]
    stages: tuple[str, ...]


def source(codepipeline: CodePipeline) -> Source | None:
    """The pipeline's source; None when these credentials may not see it. OutsideError when there is no pipeline here."""
    missing = "install CfCT in the home region of the management account first, or check AWS_PROFILE; nothing was changed"
    with asking("AWS CodePipeline", "codepipeline:GetPipeline", {"PipelineNotFoundException": missing}):
        try:
            stages = codepipeline.get_pipeline(name=PIPELINE)["pipeline"]["stages"]
        except ClientError as error:
            if error_code(error) in DENIED:
                return None
            raise
    action = stages[0]["actions"][0]
    provider = action["actionTypeId"]["provider"]
    return Source(SOURCES.get(provider, provider), action.get("configuration", {}), tuple(stage["name"] for stage in stages))


def refuse_other_source(found: Source | None, to: str, wanted: Mapping[str, str]) -> None:
    """OutsideError when the pipeline would not see what is published `to` this place: `wanted` is by the source's own keys."""
    if found is None:
        return
    if found.to != to:
        problem = f"{PIPELINE} takes its source from `{found.to}`, so that nothing published to `{to}` would be deployed"
        other = f"use `--to {found.to}`, or " if found.to in SOURCES.values() else ""
        raise OutsideError(Problem(None, problem, f"{other}change CodePipelineSource of CfCT's stack"))
    for key, value in wanted.items():
        if found.settings.get(key, value) != value:
            problem = f"{PIPELINE} reads {key} `{found.settings[key]}`, and not `{value}`"
            raise OutsideError(Problem(None, problem, "name what the pipeline reads, or leave the option out"))
