"""The options of guardduty: its section of `landing-zone.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from generator.landing_zone.section import Section, refuse

Plan = Literal["ai", "ebs-malware", "eks", "lambda", "rds", "runtime", "s3"]
Agent = Literal["ec2", "ecs-fargate", "eks"]

PLANS: Mapping[Plan, str] = MappingProxyType(
    {
        "ai": "AI_PROTECTION",
        "ebs-malware": "EBS_MALWARE_PROTECTION",
        "eks": "EKS_AUDIT_LOGS",
        "lambda": "LAMBDA_NETWORK_LOGS",
        "rds": "RDS_LOGIN_EVENTS",
        "runtime": "RUNTIME_MONITORING",
        "s3": "S3_DATA_EVENTS",
    }
)
"""What GuardDuty calls its protection plans (API reference, OrganizationFeatureConfiguration)."""

AGENTS: Mapping[Agent, str] = MappingProxyType(
    {"ec2": "EC2_AGENT_MANAGEMENT", "ecs-fargate": "ECS_FARGATE_AGENT_MANAGEMENT", "eks": "EKS_ADDON_MANAGEMENT"}
)
"""What GuardDuty calls the agents that it installs by itself (API reference, OrganizationAdditionalConfiguration)."""


class GuarddutyOptions(Section):
    """What GuardDuty looks at in every account, and where its findings are kept."""

    mode: Literal["auto-enable", "organization-policy"] = Field(
        default="auto-enable",
        description="auto-enable: the administrator's setting for all accounts, in each region; organization-policy: a policy of AWS "
        "Organizations, which members can only read. Once its policy type is enabled, auto-enable no longer has any effect.",
    )
    plans: tuple[Plan, ...] = Field(
        default=("ebs-malware", "eks", "lambda", "rds", "s3"),
        description="Protection plans beside the foundational one, each billed by what it looks at.",
    )
    runtime_agents: tuple[Agent, ...] = Field(
        default=(), description="Agents of the plan `runtime` that GuardDuty installs on workloads by itself."
    )
    finding_publishing_frequency: Literal["FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS"] = Field(
        default="FIFTEEN_MINUTES", description="How often GuardDuty tells of a finding that it found again."
    )
    export: bool = Field(
        default=True, description="Whether findings are kept in a bucket of Log Archive, beyond GuardDuty's 90 days."
    )
    expire_after_days: Annotated[int, Field(ge=90, le=36_500)] = Field(
        default=2_557, description="Days after which exported findings are deleted."
    )
    stop_on_delete: bool = Field(
        default=False,
        description="Whether deleting a region's stack stops protection there; by default GuardDuty stays on.",
    )

    @model_validator(mode="after")
    def _agents_have_their_plan(self) -> Self:
        """GuardDuty takes agents only as a part of runtime monitoring."""
        if self.runtime_agents and "runtime" not in self.plans:
            raise refuse(
                f"`runtime_agents` names {', '.join(f'`{agent}`' for agent in self.runtime_agents)}, but `plans` has no `runtime`",
                "add `runtime` to `plans`, or leave `runtime_agents` out",
            )
        return self
