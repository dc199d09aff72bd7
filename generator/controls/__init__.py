"""All controls, in the order in which their stacks are deployed."""

from __future__ import annotations

from typing import Any

from generator.control import Control
from generator.controls import guardduty, log_archive_guard, organization_trail, security_alerts, security_hub, template_gate

CONTROLS: tuple[Control[Any], ...] = (  # Any: each has its own options
    organization_trail.CONTROL,
    guardduty.CONTROL,
    security_hub.CONTROL,
    security_alerts.CONTROL,
    log_archive_guard.CONTROL,
    template_gate.CONTROL,
)
