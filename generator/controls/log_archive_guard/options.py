"""The options of log-archive-guard: its section of `landing-zone.yaml`."""

from __future__ import annotations

from pydantic import Field

from generator.landing_zone.section import LogArchivePrincipal, Section


class LogArchiveGuardOptions(Section):
    """Who may change the logs besides Control Tower's execution role, which always may: it deploys."""

    administrators: tuple[LogArchivePrincipal, ...] = Field(
        default=(),
        description="Roles of the Log Archive account that may change the logs, their buckets and their keys, by ARN. "
        "The account's own principals cannot create them or change whom they trust.",
    )
