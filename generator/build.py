"""From a landing zone to a package: the whole of the middle of the program, without clock, network or randomness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from generator.control import Control, Facts, together
from generator.landing_zone import LandingZone
from generator.memory import guarded_by, left_behind, note, with_left_behind
from generator.package.files import PackageFiles
from generator.package.ledger import Entry, Ledger
from generator.package.model import Package, Runbook
from generator.package.render import render
from generator.package.shelves import Policy, lay
from generator.prerequisites import prerequisites

_PAGE_HEADER = (
    "<!-- Written by `cfctgen build` from landing-zone.yaml and organization.yaml. Change those, not this file. -->\n\n"
)


@dataclass(frozen=True)
class Built:
    """What one build makes: the package, what stands beside it, and what whoever builds should know."""

    files: PackageFiles
    runbooks: tuple[Runbook, ...]
    ledger: Ledger
    notes: tuple[str, ...]


def build(landing_zone: LandingZone, controls: Sequence[Control[Any]], ledger: Ledger) -> Built:
    """Build every control that is enabled. Raises PackageError for what no package can hold."""
    enabled = tuple(control for control in controls if landing_zone.options[control.slug].enabled)
    facts = provided(landing_zone, enabled)
    behind = left_behind(facts, ledger)
    package = assemble(landing_zone, enabled, with_left_behind(facts, behind))
    organization = landing_zone.organization
    policies = lay(package.statements, _shelves(enabled), organization, ledger)
    emitted = (Entry(policy.name, policy.layer, policy.target) for policy in policies if policy.controls)
    return Built(
        files=render(package, policies, organization.home_region),
        runbooks=tuple(map(_signed, (*package.runbooks, *prerequisites(organization, package.stacks)))),
        ledger=ledger.with_emitted(emitted).with_guarded(guarded_by(facts)),
        notes=(*package.notes, *map(note, behind), *(_retired(policy) for policy in policies if not policy.controls)),
    )


def provided(landing_zone: LandingZone, controls: Sequence[Control[Any]]) -> Facts:
    """The first phase: what each control provides for all."""
    return together(control.provides(landing_zone, control.options(landing_zone)) for control in controls)


def assemble(landing_zone: LandingZone, controls: Sequence[Control[Any]], facts: Facts) -> Package:
    """The second phase: what each control builds, knowing what all provide."""
    parts = [control.build(landing_zone, control.options(landing_zone), facts) for control in controls]
    return Package(
        stacks=tuple(stack for part in parts for stack in part.stacks),
        statements=tuple(statement for part in parts for statement in part.statements),
        claims=tuple(claim for part in parts for claim in part.claims),
        runbooks=tuple(runbook for part in parts for runbook in part.runbooks),
        notes=tuple(note for part in parts for note in part.notes),
    )


def _shelves(controls: Sequence[Control[Any]]) -> Mapping[Any, str]:
    return {control.slug: control.shelf for control in controls}


def _signed(runbook: Runbook) -> Runbook:
    """A page with the line by which the next build knows that it may write it anew; a template beside a page has one of its own."""
    return replace(runbook, text=_PAGE_HEADER + runbook.text) if runbook.path.endswith(".md") else runbook


def _retired(policy: Policy) -> str:
    return (
        f"policy `{policy.name}` is no longer needed and denies nothing; CfCT never detaches it: detach it from "
        f"`{policy.target_path}` and delete it, then write the day into policy-ledger.yaml"
    )
