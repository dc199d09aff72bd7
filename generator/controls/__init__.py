"""All controls, in the order in which their stacks are deployed."""

from __future__ import annotations

from typing import Any

from generator.control import Control
from generator.controls import log_archive_guard, organization_trail

CONTROLS: tuple[Control[Any], ...] = (  # Any: each has its own options
    organization_trail.CONTROL,
    log_archive_guard.CONTROL,
)
