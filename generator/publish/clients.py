"""The calls to S3 and CodePipeline that publishing makes: what a client of either has to offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Answer = Mapping[str, Any]
"""An answer of AWS, whose grammar is botocore's."""


class S3(Protocol):
    """The part of boto3's S3 client that is used."""

    def get_object(self, **arguments: str) -> Answer:
        """An object with its version, checksum and metadata."""

    def put_object(self, **arguments: object) -> Answer:
        """Write an object, all of it or nothing."""


class CodePipeline(Protocol):
    """The part of boto3's CodePipeline client that is used."""

    def get_pipeline(self, *, name: str) -> Answer:
        """A pipeline's structure."""

    def get_pipeline_execution(self, *, pipelineName: str, pipelineExecutionId: str) -> Answer:  # noqa: N803  # AWS's names
        """One execution's status."""

    def list_pipeline_executions(self, **arguments: Any) -> Answer:  # noqa: ANN401  # numbers and strings
        """Executions, newest first, a page at a time."""

    def list_action_executions(self, **arguments: Any) -> Answer:  # noqa: ANN401  # as above
        """What actions of an execution did, newest first, a page at a time."""
