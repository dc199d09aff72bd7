"""The options of log-archive-guard: its section of `landing-zone.yaml`."""

from __future__ import annotations

from pydantic import Field

from generator.landing_zone.section import PrincipalPattern, Section


class LogArchiveGuardOptions(Section):
    """Who may change the logs besides Control Tower's execution role, which always may: it deploys."""

    administrators: tuple[PrincipalPattern, ...] = Field(
        default=(),
        description="Roles that may change the logs, their bucket and their keys, by ARN with the account spelled out. "
        "Members of their account cannot create them or change whom they trust.",
    )
