"""The clients of AWS, and the calls to S3 and CodePipeline that publishing makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from botocore.config import Config

from generator.errors import OutsideError, Problem
from generator.publish.failures import asking

if TYPE_CHECKING:
    import boto3

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


QUICK = Config(retries={"mode": "standard"}, connect_timeout=10, read_timeout=20)
"""For the first questions, whose failure somebody waits for: three attempts, or what AWS_MAX_ATTEMPTS says."""

PATIENT = Config(retries={"mode": "adaptive", "total_max_attempts": 8}, connect_timeout=10, read_timeout=60)
"""For what is worth being asked again: the pipeline, for as long as it runs, and the bucket."""


def client(session: boto3.Session, service: str, region: str, config: Config) -> Any:  # noqa: ANN401  # botocore makes it at run time
    """A client of `service`. OutsideError when the AWS configuration of this machine does not allow to make one."""
    with asking(f"AWS {service}", "any call"):
        try:
            return session.client(service, region_name=region, config=config)
        except ValueError as error:  # botocore's word for an endpoint that is no URL
            problem = f"no client for AWS {service} can be made: {str(error).lower()}"
            raise OutsideError(Problem(None, problem, "check AWS_ENDPOINT_URL and `endpoint_url` of the AWS profile")) from error
