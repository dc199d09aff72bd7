"""Turn a Package into PackageFiles: the same package always gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping

from generator.aws.names import Region
from generator.errors import PackageError, Problem
from generator.package.claims_file import claims_text
from generator.package.files import BUILT_ROOT, MANIFEST, PackageFiles
from generator.package.manifest import manifest, policy_path, template_path
from generator.package.model import Claim, Package, Slug, Stack
from generator.package.shelves import Policy
from generator.package.template_text import template_text

TEMPLATE_HEADER = "# Written by `cfctgen build` from landing-zone.yaml and organization.yaml. Change those, not this file.\n"
"""No date and no version of ours: CfCT compares templates byte for byte and redeploys on any difference (sm_execution_manager.py 231)."""


def render(package: Package, policies: tuple[Policy, ...], home_region: Region) -> PackageFiles:
    """The files of `package` with its statements laid on `policies`, as CfCT gets them.

    Raises PackageError for a stack that exports from more than one account or region.
    """
    problems = tuple(problem for stack in package.stacks if stack.exports for problem in _ambiguous_export(stack))
    if problems:
        raise PackageError(problems)
    texts: dict[str, str] = {MANIFEST: manifest(home_region, policies, package.stacks)}
    texts.update((policy_path(policy), policy.content) for policy in policies)
    texts.update((template_path(stack), TEMPLATE_HEADER + template_text(stack.template.to_dict())) for stack in package.stacks)
    texts.update((f"claims/{slug}.yaml", claims_text(claims)) for slug, claims in _by_control(package).items())
    return PackageFiles({path: text.encode() for path, text in texts.items()}, root_shown_as=BUILT_ROOT)


def _by_control(package: Package) -> Mapping[Slug, list[Claim]]:
    claims: dict[Slug, list[Claim]] = {}
    for claim in package.claims:
        claims.setdefault(claim.control, []).append(claim)
    return claims


def _ambiguous_export(stack: Stack) -> tuple[Problem, ...]:
    if len(stack.accounts) == 1 and len(stack.regions) == 1 and not stack.organizational_units:
        return ()
    return (
        Problem(
            None,
            f"stack `{stack.name}` exports outputs from {len(stack.accounts)} accounts, {len(stack.organizational_units)} OUs and "
            f"{len(stack.regions)} regions; CfCT reads them from an arbitrary one",
            "export from a stack with exactly one account and one region",
        ),
    )
