"""The stack in the Audit account's home region, where Security Hub is configured for all accounts and linked regions at once."""

from __future__ import annotations

from collections.abc import Iterator

from troposphere import AWSObject, Parameter, Template, securityhub

from generator.control import execution_role
from generator.controls.security_hub.options import DisabledControl, SecurityHubOptions, Standard
from generator.controls.security_hub.standards import standard_arns
from generator.landing_zone.organization import Organization
from generator.package.buckets import KEEP, RETAIN
from generator.package.functions import HandlerFunction, add_custom_resource, log_group_key

LINKED_REGIONS = "LinkedRegions"
"""A parameter, so that a new region changes no template."""


def central_template(organization: Organization, options: SecurityHubOptions) -> Template:
    """Template of aggregation and central configuration; each step needs the one before.

    The configuration and everybody's policy are kept when the stack goes, because without them nobody who joins gets a hub. An OU's
    own policy is not: the OU then follows everybody's.
    """
    template = Template()
    template.set_version("2010-09-09")
    template.set_description("Security Hub: findings gathered here, and one configuration for all accounts and regions")
    linked = template.add_parameter(
        Parameter(LINKED_REGIONS, Type="String", Description="Regions whose findings come here, blanks between; or all, or none")
    )
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
        title="Aggregator",
        handler="security_hub_aggregator",
        description="Gathers Security Hub's findings of other regions in this one",
    )
    aggregator = add_custom_resource(template, function, organization, key, {LINKED_REGIONS: linked.ref()})
    configuration = template.add_resource(
        securityhub.OrganizationConfiguration(
            "OrganizationConfiguration",
            # Both have to be off where policies decide (Security Hub API, UpdateOrganizationConfiguration).
            AutoEnable=False,
            AutoEnableStandards="NONE",
            ConfigurationType="CENTRAL",
            DependsOn=[aggregator.title],
            DeletionPolicy=KEEP,
            UpdateReplacePolicy=RETAIN,
        )
    )
    for resource in _policies(organization, options, configuration):
        template.add_resource(resource)
    return template


def _policies(organization: Organization, options: SecurityHubOptions, configuration: AWSObject) -> Iterator[AWSObject]:
    yield from _policy(
        organization,
        "Everybody",
        "everybody",
        ("ROOT", organization.root_id),
        options.standards,
        options.disabled_controls,
        configuration,
    )
    for policy in sorted(options.policies, key=lambda each: each.ou):
        unit = organization.ou(policy.ou)
        title = "Unit" + "".join(character for character in unit.id if character.isalnum())
        target = ("ORGANIZATIONAL_UNIT", unit.id)
        yield from _policy(organization, title, unit.id, target, policy.standards, policy.disabled_controls, configuration)


def _policy(  # noqa: PLR0913, PLR0917  # the parts of a policy
    organization: Organization,
    title: str,
    name: str,
    target: tuple[str, str],
    standards: tuple[Standard, ...],
    disabled: tuple[DisabledControl, ...],
    configuration: AWSObject,
) -> Iterator[AWSObject]:
    """A policy and its one target. Its name has the OU's id, which survives a rename."""
    policy = securityhub.ConfigurationPolicy(
        f"{title}Policy",
        Name=f"cfctgen-{name}",
        Description=f"Written by cfctgen for {name}",
        ConfigurationPolicy=securityhub.Policy(
            SecurityHub=securityhub.SecurityHubPolicy(
                ServiceEnabled=True,
                EnabledStandardIdentifiers=standard_arns(organization.partition, organization.home_region, standards),
                # Naming what is off, and not what is on, so that a control AWS adds is on.
                SecurityControlsConfiguration=securityhub.SecurityControlsConfiguration(
                    DisabledSecurityControlIdentifiers=sorted(each.control for each in disabled)
                ),
            )
        ),
        Tags={"managed_by": "cfctgen"},
        DependsOn=[configuration.title],
    )
    if disabled:
        reasons = "; ".join(f"{each.control}: {each.reason}" for each in sorted(disabled, key=lambda each: each.control))
        policy.resource["Metadata"] = {"disabled_controls": reasons}
    yield policy
    kind, identifier = target
    association = securityhub.PolicyAssociation(
        f"{title}Association", ConfigurationPolicyId=policy.get_att("Id"), TargetId=identifier, TargetType=kind
    )
    if kind == "ROOT":
        for resource in (policy, association):
            resource.DeletionPolicy = KEEP
            resource.UpdateReplacePolicy = RETAIN
    yield association
