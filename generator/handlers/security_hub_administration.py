"""What the handlers in the delegated administrator's account begin with: Security Hub has to take that account for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.handlers.custom_resource import Clock, persist


def await_administration(clock: Clock, hub: Any) -> Mapping[str, Any]:  # noqa: ANN401  # botocore makes its clients at run time
    """How the organization is configured; only its administrator is told, and a fresh designation takes a while to be seen."""
    doing = "waiting to be Security Hub's administrator"
    return persist(clock, doing, hub.describe_organization_configuration, waiting_for=("InvalidAccessException",)) or {}
