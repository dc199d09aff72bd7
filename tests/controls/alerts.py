"""What the tests of security-alerts start from: what it builds with which options, its resources, and where they go."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from generator.build import Built, build
from generator.controls import CONTROLS
from generator.controls.security_alerts import SecurityAlertsOptions
from generator.package.ledger import Ledger
from tests.conftest import example_of, template_of, yaml_of
from tests.paper import Paper

HOME_TOPICS = ["arn:aws:sns:eu-central-1:333333333333:security-alerts", "arn:aws:sns:eu-central-1:111111111111:security-alerts"]


def template(files, stack: str) -> dict[str, Any]:
    return template_of(files[f"templates/{stack}.yaml"])


def resources(files, kind: str, stack: str = "") -> dict[str, dict[str, Any]]:
    """Properties by stack and title, of this control's stacks or of one."""
    stacks = [stack] if stack else [path[10:-5] for path in files if path.startswith("templates/security-alerts")]
    return {
        f"{each}:{title}": resource["Properties"]
        for each in stacks
        for title, resource in template(files, each)["Resources"].items()
        if resource["Type"] == kind
    }


def built_with(example, organization=None, trail=None, **options) -> Built:
    landing_zone = example.landing_zone
    sections = {**landing_zone.options, "security-alerts": SecurityAlertsOptions(**options)}
    if trail:
        sections["organization-trail"] = trail
    zone = replace(landing_zone, options=sections, organization=organization or landing_zone.organization)
    return build(zone, CONTROLS, Ledger())


def deployment(files) -> dict[str, tuple[list[str], list[str]]]:
    """Accounts and regions of this control's stacks, in order."""
    return {
        entry["name"]: (entry["deployment_targets"]["accounts"], entry["regions"])
        for entry in yaml_of(files["manifest.yaml"])["resources"]
        if entry["name"].startswith("security-alerts")
    }


@cache
def paper_alone(name: str) -> Paper:
    """The organization with the trail, its guard and the alerts alone; not to be changed."""
    example = example_of(name)
    slugs = ("organization-trail", "log-archive-guard", "security-alerts")
    few = [control for control in CONTROLS if control.slug in slugs]
    return Paper(replace(example, built=build(example.landing_zone, few, Ledger())))
