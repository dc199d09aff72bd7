"""security-hub: every account and region is checked against the same standards, and findings of all services come together.

Configured centrally where the home region can be Security Hub's, and in each region by itself where it cannot.
"""

from __future__ import annotations

from generator.control import Control, DelegatedAdministrator, Facts
from generator.controls.security_hub.administrator import administrator_template
from generator.controls.security_hub.central import LINKED_REGIONS, central_template
from generator.controls.security_hub.claims import claims, denied_changes
from generator.controls.security_hub.local import local_notes, local_template
from generator.controls.security_hub.options import SecurityHubOptions
from generator.controls.security_hub.recording import recording_notes
from generator.controls.security_hub.rules import accepted, rules_template
from generator.controls.security_hub.runbooks import runbooks
from generator.controls.security_hub.scope import scope
from generator.controls.security_hub.standards import can_be_home
from generator.controls.security_hub.statements import statements
from generator.landing_zone import LandingZone
from generator.landing_zone.organization import Organization
from generator.package.model import Package, Parameter, Slug, Stack

SLUG = Slug("security-hub")
SERVICE = "securityhub.amazonaws.com"


def _provides(landing_zone: LandingZone, options: SecurityHubOptions) -> Facts:  # noqa: ARG001  # every control provides so
    return Facts(delegated_administrators=(DelegatedAdministrator(SERVICE, landing_zone.organization.audit),))


def _build(landing_zone: LandingZone, options: SecurityHubOptions, facts: Facts) -> Package:  # noqa: ARG001  # every control builds so
    organization = landing_zone.organization
    central = can_be_home(organization.partition, organization.home_region)
    guarded = scope(organization, options)
    return Package(
        stacks=(
            _administrator(organization, options),
            _central(organization, options) if central else _local(organization, options),
            *_rules(organization, options, central=central),
        ),
        statements=tuple(statements(SLUG, guarded)),
        claims=tuple(claims(SLUG, guarded)),
        runbooks=tuple(runbooks(organization, options)),
        notes=(
            *((_central_note(organization),) if central else local_notes(organization, options)),
            *recording_notes(organization),
            f"security-hub denies members {denied_changes()} of Security Hub's actions, and on its resources whatever AWS adds",
        ),
    )


def _central_note(organization: Organization) -> str:
    return (
        f"security-hub is configured centrally from `{organization.home_region}`, which gathers the findings of all linked regions; "
        "see that AWS Config records in the management account too, or its controls have no data"
    )


def _administrator(organization: Organization, options: SecurityHubOptions) -> Stack:
    return Stack(
        name=f"{SLUG}-administrator",
        control=SLUG,
        reason="makes the Audit account Security Hub's administrator, in each region, from the only account that can",
        template=administrator_template(organization, options),
        accounts=(organization.management_account,),
        regions=organization.governed_regions,
    )


def _central(organization: Organization, options: SecurityHubOptions) -> Stack:
    others = sorted(set(organization.governed_regions) - {organization.home_region})
    linked = "all" if options.linked_regions == "all" else " ".join(others) or "none"
    return Stack(
        name=SLUG,
        control=SLUG,
        reason="gathers findings in the home region and configures all accounts from there",
        template=central_template(organization, options),
        accounts=(organization.audit,),
        regions=(organization.home_region,),
        parameters=(Parameter(LINKED_REGIONS, linked),),
    )


def _local(organization: Organization, options: SecurityHubOptions) -> Stack:
    return Stack(
        name=SLUG,
        control=SLUG,
        reason="enables Security Hub in every account, region by region, because the home region allows no central configuration",
        template=local_template(organization, options),
        accounts=(organization.audit,),
        regions=organization.governed_regions,
    )


def _rules(organization: Organization, options: SecurityHubOptions, *, central: bool) -> tuple[Stack, ...]:
    findings = accepted(options, central=central)
    if not findings:
        return ()
    return (
        Stack(
            name=f"{SLUG}-rules",
            control=SLUG,
            reason="suppresses findings that are known and accepted, in the region where they arise",
            template=rules_template(findings),
            accounts=(organization.audit,),
            regions=organization.governed_regions,
        ),
    )


CONTROL: Control[SecurityHubOptions] = Control(
    slug=SLUG,
    title="Every account is checked, and findings come together",
    risk="A weakness or an attack that one service sees in one account and region stays there, and nobody looks.",
    shelf="detection",
    section=SecurityHubOptions,
    provides=_provides,
    build=_build,
    sources=(
        "https://docs.aws.amazon.com/securityhub/latest/userguide/start-central-configuration.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/finding-aggregation-enable.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/create-automation-rules.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-setup-prereqs.html",
    ),
    frameworks=(
        "CIS AWS Foundations 3.0 4.16 (Security Hub is on)",
        "NIST 800-53r5 CA-7 (continuous monitoring)",
        "NIST 800-53r5 RA-5 (vulnerability monitoring)",
        "NIST 800-53r5 SI-4 (system monitoring)",
    ),
)
