"""AWS Config, as far as handlers need it: whether it records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.handlers.fakes.service import Call, Need, Service


@dataclass(kw_only=True)
class Config(Service):
    """`recorders` says of each account and region that has a recorder whether it is on."""

    name: ClassVar[str] = "config"
    recorders: dict[tuple[str, str], bool] = field(default_factory=dict)

    def needs(self, call: Call) -> tuple[Need, ...]:
        """Asked without a recorder's name, it is about none in particular."""
        return (Need(call.action),)

    def describe_configuration_recorder_status(self, call: Call) -> dict[str, Any]:
        if call.place not in self.recorders:
            return {"ConfigurationRecordersStatus": []}
        return {"ConfigurationRecordersStatus": [{"name": "default", "recording": self.recorders[call.place]}]}
