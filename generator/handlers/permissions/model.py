"""The form of a permission: a statement of a role's policy, with the reason for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.aws.names import Arn


@dataclass(frozen=True)
class Condition:
    """One line of an IAM condition: the key must have one of the values."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Permission:
    """One statement that allows something. `reason` says what for, and why `*` where a resource is that wide."""

    actions: tuple[str, ...]
    resources: tuple[Arn, ...]
    reason: str
    condition: Condition | None = None

    @property
    def statement(self) -> Mapping[str, object]:
        """The statement as IAM's JSON."""
        allowed = {"Effect": "Allow", "Action": list(self.actions), "Resource": list(self.resources)}
        if self.condition is None:
            return allowed
        return {**allowed, "Condition": {self.condition.operator: {self.condition.key: list(self.condition.values)}}}
