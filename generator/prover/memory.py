"""What one run of the prover remembers from claim to claim: the same statements are asked about the same requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from generator.aws.names import Arn
from generator.policy.keys import Context
from generator.policy.model import Statement
from generator.prover.rules import Rule


@dataclass
class Memory:
    """What has been worked out already, for all claims about one organization. Statements go by identity: they have to stay alive.

    `resources`: whether a statement selects a resource. `contexts`: what is settled of a sender's keys, by all that it hangs on.
    """

    actions: dict[tuple[int, str], bool] = field(default_factory=dict)
    selections: dict[tuple[tuple[int, ...], str], tuple[bool, ...]] = field(default_factory=dict)
    resources: dict[tuple[int, Arn, Context | None], bool | None] = field(default_factory=dict)
    contexts: dict[tuple[object, ...], Context | None] = field(default_factory=dict)

    def selecting(self, statements: tuple[int, ...], rules: Sequence[Rule], action: str) -> tuple[bool, ...]:
        """Of each rule whether its actions select `action`; `statements` are the ids of the rules' statements."""
        key = statements, action
        if key not in self.selections:
            self.selections[key] = tuple(self._selects(rule.statement, action) for rule in rules)
        return self.selections[key]

    def _selects(self, statement: Statement, action: str) -> bool:
        key = id(statement), action
        if key not in self.actions:
            self.actions[key] = statement.actions.matches(action)
        return self.actions[key]
