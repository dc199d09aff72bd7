"""template-gate: every stack of chosen accounts is judged by our Guard rules before it is made, whoever makes it.

Off until OUs are named. The hook begins with warnings, because what accounts have today was never judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.names import OuPath
from generator.control import Control, Facts, GuardedDeployer, SparedRole
from generator.controls.template_gate.bucket import rules_template
from generator.controls.template_gate.claims import claims
from generator.controls.template_gate.hook import hook_template, role_template
from generator.controls.template_gate.naming import SLUG, key_of
from generator.controls.template_gate.options import TemplateGateOptions
from generator.controls.template_gate.rules import gate_rules, gate_text, shipped
from generator.controls.template_gate.scope import WITHOUT_HOOKS, Scope, hook_regions, scope
from generator.controls.template_gate.statements import statements
from generator.landing_zone import LandingZone
from generator.landing_zone.organization import Organization
from generator.package.model import Package, Stack


def _provides(landing_zone: LandingZone, options: TemplateGateOptions) -> Facts:
    if not options.organizational_units:
        return Facts()
    guarded = scope(landing_zone.organization, options.organizational_units)
    judged = guarded.called.audit in guarded.accounts
    return Facts(
        spared=() if judged else (SparedRole(guarded.deployer_of_audit, "deploys the rules of the template gate"),),
        guarded_deployers=tuple(map(GuardedDeployer, guarded.accounts)),
    )


def _build(landing_zone: LandingZone, options: TemplateGateOptions, facts: Facts) -> Package:  # noqa: ARG001  # as every control builds
    if not options.organizational_units:
        return Package()
    guarded = scope(landing_zone.organization, options.organizational_units)
    return Package(
        stacks=_stacks(landing_zone.organization, options, guarded),
        statements=tuple(statements(guarded)),
        claims=tuple(claims(guarded)),
        notes=tuple(_notes(landing_zone.organization, options.organizational_units)),
    )


def _stacks(organization: Organization, options: TemplateGateOptions, guarded: Scope) -> tuple[Stack, ...]:
    called = guarded.called
    regions = hook_regions(organization)
    text = gate_text(gate_rules(options, shipped()), options)
    key = key_of(text)
    units = tuple(sorted(set(options.organizational_units)))
    return (
        Stack(
            name=f"{SLUG}-rules",
            control=SLUG,
            reason="the rules, in a bucket of each region, before a hook reads them",
            template=rules_template(organization, called, (guarded.deployer_of_audit,), key, text),
            accounts=(called.audit,),
            regions=regions,
        ),
        Stack(
            name=f"{SLUG}-role",
            control=SLUG,
            reason="the role with which the hook reads its rules, once in each account, before the hook takes it",
            template=role_template(called),
            organizational_units=units,
            regions=(called.home,),
        ),
        Stack(
            name=SLUG,
            control=SLUG,
            reason="the hook that judges every stack of an account, in each region",
            template=hook_template(called, key, options.mode),
            organizational_units=units,
            regions=regions,
        ),
    )


def _notes(organization: Organization, chosen: tuple[OuPath, ...]) -> Iterator[str]:
    for path in sorted(set(chosen)):
        if not organization.accounts_directly_in(path):
            yield (
                f"template-gate names OU `{path}`, which holds no account directly; CfCT deploys to no OU below it, so name those as well"
            )
    for region in organization.governed_regions:
        if region in WITHOUT_HOOKS:
            yield f"CloudFormation has no Guard Hooks in `{region}`: template-gate judges nothing there"


CONTROL: Control[TemplateGateOptions] = Control(
    slug=SLUG,
    title="Stacks are judged before they are made",
    risk="A template that nobody reviewed makes a bucket public, a role all-powerful or a log group short-lived, in any account, in a minute.",
    shelf="templates",
    section=TemplateGateOptions,
    provides=_provides,
    build=_build,
    sources=(
        "https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/guard-hooks.html",
        "https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/hooks-stack-level-filtering.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-guardhook.html",
    ),
    frameworks=(
        "NIST 800-53r5 CM-3 (configuration change control)",
        "NIST 800-53r5 CM-6 (configuration settings)",
        "NIST 800-53r5 SI-7 (software, firmware, and information integrity)",
    ),
)
