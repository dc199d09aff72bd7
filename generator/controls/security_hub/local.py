"""The stack in the Audit account, in every governed region, where the home region is none that Security Hub can be configured from."""

from __future__ import annotations

from collections.abc import Iterator

from troposphere import Output, Template

from generator.control import execution_role
from generator.controls.security_hub.options import SecurityHubOptions
from generator.controls.security_hub.standards import DEFAULT_STANDARDS
from generator.landing_zone.organization import Organization
from generator.package.functions import HandlerFunction, add_custom_resource, log_group_key


def local_template(organization: Organization, options: SecurityHubOptions) -> Template:
    """Template of local configuration: every account that is there or joins has Security Hub on in this region."""
    template = Template()
    template.set_version("2010-09-09")
    template.set_description("Security Hub: on in every account of the organization, in this region")
    account = organization.audit
    key = template.add_resource(
        log_group_key(
            "LogGroupKey",
            "Log groups of security-hub",
            organization.partition,
            account,
            [execution_role(organization.partition, account)],
        )
    )
    function = HandlerFunction(
        title="Members",
        handler="security_hub_organization",
        description="Enables Security Hub in every account, in this region",
        seconds=900,
    )
    members = add_custom_resource(
        template,
        function,
        organization,
        key,
        {"AdministratorAccount": account, "DefaultStandards": bool(DEFAULT_STANDARDS & set(options.standards))},
    )
    template.add_output(
        Output(
            "NotAdded",
            Description="Accounts that Security Hub does not take as members in this region, and why; none if all are there",
            Value=members.get_att("NotAdded"),
        )
    )
    return template


def local_notes(organization: Organization, options: SecurityHubOptions) -> Iterator[str]:
    """What whoever builds should know: why it is local, and what that takes away."""
    home = organization.home_region
    yield (
        f"security-hub is configured in each region by itself: `{home}` is an opt-in region, and Security Hub takes none as the home "
        "of central configuration. Accounts that join are enabled by themselves; no region gathers the findings of the others"
    )
    others = sorted(set(options.standards) - DEFAULT_STANDARDS)
    if others:
        yield f"standards {', '.join(f'`{each}`' for each in others)} of security-hub have no effect: without central configuration AWS switches on its default standards alone"
    if options.policies:
        yield "`policies` of security-hub has no effect: there are no policies without central configuration"
    if options.disabled_controls:
        yield "`disabled_controls` of security-hub still run: without central configuration their findings are suppressed instead"
