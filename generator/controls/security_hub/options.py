"""The options of security-hub: its section of `landing-zone.yaml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from generator.landing_zone.section import AccountRef, OuRef, Section, refuse

Standard = Literal["aws-resource-tagging", "cis-3.0", "cis-5.0", "fsbp", "nist-800-171", "nist-800-53", "pci-dss-4.0.1"]
"""Short names of the standards that AWS offers (`generator.controls.security_hub.standards` has their ARNs)."""

Integration = Literal["access-analyzer", "config", "guardduty", "inspector", "macie"]
"""AWS products that send findings to Security Hub, as their subscriptions name them (Security Hub User Guide, "AWS service
integrations")."""

ControlId = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]*\.[0-9]+$", examples=["IAM.6"])]
Reason = Annotated[str, Field(min_length=1, max_length=512, pattern=r"\S", description="Why; shown beside every finding.")]

LONGEST_LIST = 100
"""Values of one criterion of an automation rule (Security Hub API, AutomationRulesFindingFilters)."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DisabledControl(_Part):
    """A control of the standards that is not wanted."""

    control: ControlId = Field(description="The control's id in Security Hub.")
    reason: Reason


class UnitPolicy(_Part):
    """What an OU and those below it get instead of what all get."""

    ou: OuRef
    standards: tuple[Standard, ...] = Field(min_length=1, description="Standards that are on there; no others are.")
    disabled_controls: tuple[DisabledControl, ...] = Field(
        default=(), description="Controls that are off there; no others are, whatever is off elsewhere."
    )


class Suppression(_Part):
    """Findings that are known and accepted: they stay, but nobody is alerted."""

    controls: tuple[ControlId, ...] = Field(min_length=1, max_length=LONGEST_LIST, description="Ids of Security Hub's controls.")
    accounts: tuple[AccountRef, ...] = Field(
        min_length=1, max_length=LONGEST_LIST, description="The accounts in which they are accepted."
    )
    reason: Reason


class SecurityHubOptions(Section):
    """What is checked, where, and which findings are accepted."""

    standards: tuple[Standard, ...] = Field(
        default=("cis-3.0", "fsbp"), min_length=1, description="Standards that are on in every account and region."
    )
    disabled_controls: tuple[DisabledControl, ...] = Field(default=(), description="Controls that are off everywhere.")
    policies: tuple[UnitPolicy, ...] = Field(default=(), description="OUs that get other standards or controls.")
    suppressions: tuple[Suppression, ...] = Field(
        default=(), max_length=LONGEST_LIST, description="Findings that are accepted, by control and account."
    )
    linked_regions: Literal["governed", "all"] = Field(
        default="governed",
        description="Whose findings the home region gathers, and where Security Hub is on: in governed regions, or in all that AWS "
        "has opened for the account, later ones too.",
    )
    integrations: tuple[Integration, ...] = Field(
        default=("access-analyzer", "config", "guardduty"),
        description="Products whose findings are expected; what is missing is in the outputs of the stack security-hub-administrator.",
    )

    control_tower_controls: bool = Field(
        default=False,
        description="Lets Control Tower's execution role change Security Hub in member accounts, which it does to switch on its own "
        "Security Hub controls (`SH.`). The guard then holds as far as nobody becomes that role.",
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        """CloudFormation refuses a list that holds something twice, and a unit follows one policy."""
        _once("ou", "policies", (policy.ou for policy in self.policies))
        _once("control", "disabled_controls", (each.control for each in self.disabled_controls))
        for policy in self.policies:
            _once("control", "disabled_controls", (each.control for each in policy.disabled_controls))
            _once("standard", "standards", policy.standards)
        _once("standard", "standards", self.standards)
        pairs = (
            (f"{control}` in `{account}" for control in each.controls for account in each.accounts) for each in self.suppressions
        )
        _once("control", "suppressions", (pair for each in pairs for pair in each))
        return self


def _once(what: str, where: str, values: Iterable[str]) -> None:
    twice = sorted(value for value, times in Counter(values).items() if times > 1)
    if twice:
        raise refuse(f"{what} `{twice[0]}` is in `{where}` more than once", "remove one of the two")
