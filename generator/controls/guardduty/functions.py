"""The stacks that call GuardDuty: the same template in every governed region, so that a new region changes none of them."""

from __future__ import annotations

from troposphere import Parameter, Ref, Template, organizations

from generator.aws.names import Region
from generator.control import execution_role
from generator.controls.guardduty.naming import MALWARE_PROTECTION, SERVICE, Names
from generator.controls.guardduty.options import AGENTS, PLANS, GuarddutyOptions
from generator.landing_zone.organization import Organization
from generator.package.buckets import KEEP, RETAIN, TAGS
from generator.package.functions import HandlerFunction, add_custom_resource, log_group_key

_SECONDS = 600
"""Designation, configuration and a first export take minutes each to be seen."""

_LONGEST = 900
"""Stopping thousands of members takes three calls for each fifty."""


class GuardDutyPolicy(organizations.Policy):
    """A policy of a type that troposphere does not know yet; cfn-lint's schema does, and judges it."""

    props = {**organizations.Policy.props, "Type": (str, True)}  # noqa: RUF012  # as troposphere declares it


def administrator_template(organization: Organization, options: GuarddutyOptions) -> Template:
    """Template of the stack in the management account that makes Audit the administrator of its region."""
    template = _template("GuardDuty: trusted access and delegated administrator, in the management account")
    management = organization.management_account
    administrators = [execution_role(organization.partition, management)]
    key = template.add_resource(
        log_group_key("LogGroupKey", "Log group of GuardDuty's administrator", organization.partition, management, administrators)
    )
    function = HandlerFunction(
        title="Administrator",
        handler="guardduty_administrator",
        description="Makes an account GuardDuty's delegated administrator in this region",
        seconds=_SECONDS,
    )
    services = [SERVICE, MALWARE_PROTECTION] if "ebs-malware" in options.plans else [SERVICE]
    properties = {"AdministratorAccount": organization.audit, "Services": services}
    add_custom_resource(template, function, organization, key, properties)
    return template


def organization_template(organization: Organization, names: Names, options: GuarddutyOptions) -> Template:
    """Template of the administrator's stack: detector, plans of all accounts, and export of the findings."""
    template = _template("GuardDuty: protection of every account, and export of findings, in the Audit account")
    administrators = [execution_role(organization.partition, organization.audit)]
    key = template.add_resource(
        log_group_key("LogGroupKey", "Log group of GuardDuty's setup", organization.partition, organization.audit, administrators)
    )
    function = HandlerFunction(
        title="Organization",
        handler="guardduty_organization",
        description="Turns GuardDuty on for every account in this region",
        seconds=_LONGEST if options.stop_on_delete else _SECONDS,
    )
    properties: dict[str, object] = {
        "Frequency": options.finding_publishing_frequency,
        "Plans": sorted(PLANS[plan] for plan in options.plans),
        "Agents": sorted(AGENTS[agent] for agent in options.runtime_agents),
        "AutoEnable": options.mode == "auto-enable",
        "StopOnDelete": options.stop_on_delete,
    }
    if options.export:
        key_arn = template.add_parameter(
            Parameter("FindingsKeyArn", Type="String", Description="Key of the exported findings, in the Log Archive account")
        )
        properties |= {
            "BucketArn": names.bucket_arn(names.bucket),
            "KeyArn": Ref(key_arn),
            "ExportRegions": list(names.exporting),
        }
    add_custom_resource(template, function, organization, key, properties)
    return template


def policy_template(organization: Organization, options: GuarddutyOptions) -> Template:
    """Template of the stack in the management account that says by policy what is on in every account."""
    template = _template("GuardDuty: organization policy for every account, in the management account")
    management = organization.management_account
    administrators = [execution_role(organization.partition, management)]
    key = template.add_resource(
        log_group_key("LogGroupKey", "Log group of GuardDuty's policy type", organization.partition, management, administrators)
    )
    function = HandlerFunction(
        title="PolicyType",
        handler="guardduty_policy_type",
        description="Enables the policy type of GuardDuty",
    )
    enabled = add_custom_resource(template, function, organization, key, {"RootId": organization.root_id})
    template.add_resource(
        GuardDutyPolicy(
            "Policy",
            Name="guardduty",
            Description="Written by cfctgen for guardduty",
            Type="GUARDDUTY_POLICY",
            Content=policy_content(organization.governed_regions, options),
            TargetIds=[organization.root_id],
            Tags=TAGS,
            DependsOn=[enabled.title],
            DeletionPolicy=KEEP,
            UpdateReplacePolicy=RETAIN,
        )
    )
    return template


def policy_content(regions: tuple[Region, ...], options: GuarddutyOptions) -> dict[str, object]:
    """The policy's JSON (AWS Organizations User Guide, "Amazon GuardDuty policy syntax and examples").

    A block for each governed region and no `default`: an administrator sees only the regions in which it is one, and nobody would see
    the findings of the others. Plans not chosen are disabled; a plan that a region has not got is passed over there (same page).
    """

    def status(on: bool) -> dict[str, object]:
        return {"status": {"@@assign": "enabled" if on else "disabled"}}

    block: dict[str, object] = {"foundational": status(on=True)}
    block |= {feature.lower(): status(plan in options.plans) for plan, feature in PLANS.items()}
    agents = {feature.lower(): status(agent in options.runtime_agents) for agent, feature in AGENTS.items()}
    if "runtime" in options.plans:
        block["runtime_monitoring"] = {**status(on=True), "additional_configuration": agents}
    return {"guardduty": {"enablement": dict.fromkeys(sorted(regions), block)}}


def _template(description: str) -> Template:
    template = Template()
    template.set_version("2010-09-09")
    template.set_description(description)
    return template
