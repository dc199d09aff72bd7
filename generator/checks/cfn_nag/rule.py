"""What one of cfn_nag's rules is here: our `Rule` under its id, the resource type it looks at, and what it has against a resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from generator.checks.cfn_nag.template import Path, Resource, Template
from generator.checks.finding import Level
from generator.checks.rule import Rule

CFN_NAG_VERSION = "0.7.2"
"""The version that CfCT 2.8.4 installs (install_stage_dependencies.sh 42)."""

MODEL_VERSION = "0.6.0"
"""The version of cfn-model that cfn_nag 0.7.2 asks for (cfn-nag.gemspec)."""

_RULES = f"cfn_nag {CFN_NAG_VERSION} lib/cfn-nag/custom_rules"


@dataclass(frozen=True)
class Violation:
    """One objection. `path` leads from the resource's properties to the value; `resource` is set if it is another one's fault."""

    problem: str
    path: Path = ()
    resource: Resource | None = None


Find = Callable[[Resource, Template], Iterable[Violation]]


@dataclass(frozen=True)
class NagRule:
    """A failing rule of cfn_nag: the type of the resources it is asked about, and its judgement of one of them.

    `file` is its source below `lib/cfn-nag/custom_rules`, without `.rb`; the other texts are those of `Rule`.
    """

    id: str
    title: str
    type: str
    find: Find
    why: str
    fix: str
    file: str

    @cached_property
    def rule(self) -> Rule:
        """Our rule of the same id."""
        return Rule(self.id, Level.ERROR, self.title, self.why, self.fix, f"{_RULES}/{self.file}.rb")
