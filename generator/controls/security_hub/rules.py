"""The stack of automation rules, in the Audit account and every governed region: accepted findings are suppressed where they arise.

A rule has to be in each region in which it applies (Security Hub User Guide, "Creating automation rules"), and in the
administrator's account, whence it reaches all members ("Understanding automation rules in Security Hub CSPM").
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from troposphere import Template, securityhub

from generator.aws.names import AccountId
from generator.controls.security_hub.options import SecurityHubOptions

LAST_ORDER = 1000
"""The order of the rule that is applied last (Security Hub API, CreateAutomationRule)."""


class Note(securityhub.NoteUpdate):
    """`UpdatedBy` is a text (CloudFormation's schema); troposphere takes it for an object."""

    props = {"Text": (str, True), "UpdatedBy": (str, True)}  # noqa: RUF012  # as troposphere wants it


@dataclass(frozen=True)
class Accepted:
    """Controls whose findings are accepted, in some accounts or, if none is named, in all."""

    controls: tuple[str, ...]
    accounts: tuple[AccountId, ...]
    reason: str


def accepted(options: SecurityHubOptions, *, central: bool) -> tuple[Accepted, ...]:
    """What the input accepts. Without central configuration no control can be off everywhere, so its findings are accepted."""
    asked = tuple(Accepted(each.controls, each.accounts, each.reason) for each in options.suppressions)
    if central:
        return asked
    return (*asked, *(Accepted((each.control,), (), each.reason) for each in options.disabled_controls))


def rules_template(findings: Iterable[Accepted]) -> Template:
    """Template of one rule for each reason given."""
    template = Template()
    template.set_version("2010-09-09")
    template.set_description("Security Hub: findings that are known and accepted, in this region")
    for rule in _rules(findings):
        template.add_resource(rule)
    return template


def _rules(findings: Iterable[Accepted]) -> Iterator[securityhub.AutomationRule]:
    for place, each in enumerate(findings, start=1):
        yield securityhub.AutomationRule(
            f"Rule{_digest(each)}",
            RuleName=f"cfctgen accepts {', '.join(sorted(each.controls))}"[:256],
            Description=each.reason,
            RuleOrder=min(place, LAST_ORDER),
            RuleStatus="ENABLED",
            Criteria=_criteria(each),
            Actions=[
                securityhub.AutomationRulesAction(
                    Type="FINDING_FIELDS_UPDATE",
                    FindingFieldsUpdate=securityhub.AutomationRulesFindingFieldsUpdate(
                        Note=Note(Text=each.reason, UpdatedBy="cfctgen"),
                        Workflow=securityhub.WorkflowUpdate(Status="SUPPRESSED"),
                    ),
                )
            ],
        )


def _criteria(each: Accepted) -> securityhub.AutomationRulesFindingFilters:
    """What the rule is about; a finding that somebody has dealt with already is left as it is."""
    criteria = securityhub.AutomationRulesFindingFilters(
        ComplianceSecurityControlId=_equals(each.controls), WorkflowStatus=_equals(("NEW", "NOTIFIED"))
    )
    if each.accounts:
        criteria.AwsAccountId = _equals(each.accounts)
    return criteria


def _equals(values: Iterable[str]) -> list[securityhub.StringFilter]:
    return [securityhub.StringFilter(Comparison="EQUALS", Value=value) for value in sorted(set(values))]


def _digest(each: Accepted) -> str:
    """A name that stays when rules before it come or go, so that CloudFormation does not turn one into another."""
    text = "|".join((*sorted(each.controls), "", *sorted(each.accounts)))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
