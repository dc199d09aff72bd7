"""The stack in the management account, in every governed region: who administers Security Hub, and what it lacks there."""

from __future__ import annotations

from troposphere import Output, Template

from generator.control import execution_role
from generator.controls.security_hub.options import SecurityHubOptions
from generator.landing_zone.organization import Organization
from generator.package.functions import HandlerFunction, add_custom_resource, log_group_key


def administrator_template(organization: Organization, options: SecurityHubOptions) -> Template:
    """Template of the stack that has to stand before all others of this control: they act as the administrator."""
    template = Template()
    template.set_version("2010-09-09")
    template.set_description("Security Hub: delegated administrator of this region, from the management account")
    account = organization.management_account
    key = template.add_resource(
        log_group_key(
            "LogGroupKey",
            "Log groups of security-hub-administrator",
            organization.partition,
            account,
            [execution_role(organization.partition, account)],
        )
    )
    function = HandlerFunction(
        title="Administrator",
        handler="security_hub_administrator",
        description="Makes the Audit account Security Hub's delegated administrator in this region",
    )
    resource = add_custom_resource(
        template,
        function,
        organization,
        key,
        {"AdministratorAccount": organization.audit, "Integrations": sorted(options.integrations)},
    )
    template.add_output(
        Output(
            "Recorder",
            Description="AWS Config in this account and region; if it is not recording, controls have no data",
            Value=resource.get_att("Recorder"),
        )
    )
    template.add_output(
        Output(
            "MissingIntegrations",
            Description="Products that are expected to send findings and do not, in this account and region",
            Value=resource.get_att("Missing"),
        )
    )
    return template
