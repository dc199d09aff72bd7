"""The options of template-gate: its section of `landing-zone.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.aws.frameworks import Framework
from generator.landing_zone.section import OuRef, Section

RuleName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]


class TemplateGateOptions(Section):
    """Where templates are judged, by which rules, and what happens to those that fall short. Without OUs there is no gate."""

    organizational_units: tuple[OuRef, ...] = Field(
        default=(),
        description="OUs in whose accounts every stack is judged before it is made; by default none. CfCT reaches the accounts directly "
        "in an OU: name the OUs below it as well.",
    )
    mode: Literal["warn", "fail"] = Field(
        default="warn",
        description="warn shows which rules a stack breaks and lets it pass; fail stops it.",
    )
    frameworks: tuple[Framework, ...] = Field(
        default=(), description="Only rules that answer one of these; all by default.", examples=[["cis-3.0"]]
    )
    warnings: bool = Field(
        default=False,
        description="Also rules of level house and warning. A hook knows no levels: in mode fail they stop a stack like the others.",
    )
    without: tuple[RuleName, ...] = Field(default=(), description="Rules that the gate leaves out, by name.")
    exceptions: Literal["honoured", "ignored"] = Field(
        default="honoured",
        description="honoured lets a template suppress a rule by `Metadata.guard.SuppressedRules`, as `cfctgen check` does; ignored "
        "leaves its author no say.",
    )
