"""The options of organization-trail: its section of `landing-zone.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from generator.landing_zone.section import AccountRef, PinnedPrincipal, Section, refuse

LogGroupDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
"""The retention periods that CloudWatch Logs knows (API PutRetentionPolicy)."""

DataEvents = Literal[
    "AWS::DynamoDB::Table",
    "AWS::Lambda::Function",
    "AWS::S3::Object",
    "AWS::S3::AccessPoint",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
]
"""Resource types whose data events the trail can record (CloudTrail API, AdvancedFieldSelector, `resources.type`)."""

Insights = Literal["ApiCallRateInsight", "ApiErrorRateInsight"]


class ObjectLock(BaseModel):
    """For how long no log file can be overwritten or deleted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    mode: Literal["COMPLIANCE", "GOVERNANCE"] = Field(
        default="COMPLIANCE",
        description="COMPLIANCE binds everybody, AWS's own root user of the account included, until the time is over; "
        "GOVERNANCE lets whoever has s3:BypassGovernanceRetention through.",
    )
    days: Annotated[int, Field(ge=1, le=36_500)] = Field(default=365, description="Days from delivery.")


class OrganizationTrailOptions(Section):
    """How the logs are kept, and who reads them. All but `readers` and `investigation` matter only where the trail is created."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,26}[a-z0-9]$")] = Field(
        default="organization-trail",
        description="Name of the trail and its log groups, and the beginning of its buckets' names.",
    )
    object_lock: ObjectLock = Field(default=ObjectLock(), description="Retention that no one shortens.")
    archive_after_days: Annotated[int, Field(ge=1, le=3_650)] = Field(
        default=90, description="Days after which log files move to a storage class for what is rarely read."
    )
    expire_after_days: Annotated[int, Field(ge=1, le=36_500)] = Field(
        default=2_557, description="Days after which log files are deleted; at least as long as Object Lock holds them."
    )
    log_group_days: LogGroupDays = Field(
        default=365, description="Days that CloudWatch Logs keeps the events for alarms and queries."
    )
    data_events: tuple[DataEvents, ...] = Field(
        default=(), description="Resource types whose data events are recorded as well; each is billed by the event."
    )
    insights: tuple[Insights, ...] = Field(
        default=("ApiCallRateInsight", "ApiErrorRateInsight"), description="Unusual rates of calls that CloudTrail reports."
    )
    delegated_administrator: AccountRef | None = Field(
        default=None, description="A member account that may manage organization trails, usually Audit; by default none."
    )
    readers: tuple[PinnedPrincipal, ...] = Field(
        default=(), description="Roles that may read the logs, by ARN with the account spelled out."
    )
    investigation: bool = Field(default=True, description="Named queries over the logs, and a policy for whoever investigates.")

    @model_validator(mode="after")
    def _kept_long_enough(self) -> Self:
        """Lifecycle cannot delete what Object Lock holds, and moving what is about to be deleted only costs."""
        if self.expire_after_days < self.object_lock.days:
            raise refuse(
                f"`expire_after_days` is {self.expire_after_days}, but Object Lock holds every log file for {self.object_lock.days} days",
                "raise `expire_after_days` or lower `object_lock.days`",
            )
        if self.archive_after_days >= self.expire_after_days:
            raise refuse(
                f"`archive_after_days` is {self.archive_after_days}, but log files are deleted after {self.expire_after_days} days",
                "lower `archive_after_days` or raise `expire_after_days`",
            )
        return self
