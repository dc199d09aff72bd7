"""Commands that answer for all requests, for one, and for auditors: prove, explain, evidence."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from generator.cli.app import (
    DEFAULT_CONFIG,
    DEFAULT_ORGANIZATION,
    FALLS_SHORT,
    Config,
    OptionalOrganization,
    OrganizationFile,
    PackagePath,
    app,
    build_for,
    falls_short,
    judge_built,
    load_both,
)


class Format(StrEnum):
    """How verdicts are shown."""

    TEXT = "text"
    JSON = "json"


AsFormat = Annotated[Format, typer.Option("--format", help="How verdicts are shown.")]


@app.command()
def prove(
    path: PackagePath = Path(),
    organization: OptionalOrganization = None,
    policies: Annotated[
        Path | None,
        typer.Option(help="Judge the SCPs and RCPs in this folder instead, as if attached to every account.", metavar="DIR"),
    ] = None,
    claims: Annotated[Path | None, typer.Option(help="Claims to prove instead of the package's own.", metavar="FILE")] = None,
    output: AsFormat = Format.TEXT,
) -> None:
    """Prove the claims over every request, or show one that refutes them."""
    import json  # noqa: PLC0415  # see the package's docstring
    import time  # noqa: PLC0415

    from generator.checks.proof import claims_and_estate  # noqa: PLC0415
    from generator.prover.prove import results  # noqa: PLC0415

    asked, estate = claims_and_estate(path, organization or path / DEFAULT_ORGANIZATION, policies=policies, claims=claims)
    shown = []
    began = time.perf_counter()
    for result in results(asked, estate):
        shown.append(result)
        if output is Format.TEXT:
            spent, began = time.perf_counter() - began, time.perf_counter()
            first, _, rest = result.text().partition("\n")
            typer.echo(f"{first} in {spent * 1000:.0f} ms" + (f"\n{rest}" if rest else ""))
    if output is Format.JSON:
        typer.echo(json.dumps({"claims": [result.data() for result in shown]}, indent=2))
    if not all(result.holds for result in shown):
        raise typer.Exit(FALLS_SHORT)


@app.command()
def explain(  # noqa: PLR0913, PLR0917  # one per option
    action: Annotated[str, typer.Argument(help="One action, for example s3:DeleteObject.")],
    principal: Annotated[str, typer.Option(help="An ARN, a service principal, or `*` for an anonymous caller.", metavar="ARN")],
    resource: Annotated[list[str], typer.Option(help="A resource; repeat it for actions that need several.", metavar="ARN")],
    account: Annotated[str, typer.Option(help="The account that owns the resource.", metavar="ID")],
    context: Annotated[
        list[str] | None, typer.Option(help="A condition key; repeat it for several values.", metavar="KEY=VALUE")
    ] = None,
    scp: Annotated[
        list[Path] | None, typer.Option(help="Ask this SCP instead of the package's; may be repeated.", metavar="FILE")
    ] = None,
    rcp: Annotated[
        list[Path] | None, typer.Option(help="Ask this RCP instead of the package's; may be repeated.", metavar="FILE")
    ] = None,
    path: Annotated[Path, typer.Option("--package", help="A built tree, a package folder, or a zip.", metavar="PATH")] = Path(),
    organization: OptionalOrganization = None,
    output: AsFormat = Format.TEXT,
) -> None:
    """Say whether the organization's policies would deny a call, and which statement at which level does."""
    import json  # noqa: PLC0415

    from generator.aws.names import AccountId  # noqa: PLC0415
    from generator.checks.proof import estate_of_files, estate_of_package  # noqa: PLC0415
    from generator.prover.explain import Question, context_of  # noqa: PLC0415
    from generator.prover.explain import explain as answer  # noqa: PLC0415

    given = (*(scp or ()), *(rcp or ()))
    estate = (
        estate_of_files(given)
        if given
        else estate_of_package(path, organization or path / DEFAULT_ORGANIZATION, with_attached=True)
    )
    found = answer(Question(action, principal, tuple(resource), AccountId(account), context_of(context or ())), estate)
    typer.echo(json.dumps(found.data(), indent=2) if output is Format.JSON else found.text())


@app.command()
def evidence(
    out: Annotated[Path, typer.Option(help="The folder that gets evidence.md and evidence.json.", metavar="DIR")],
    path: Annotated[Path, typer.Argument(help="The built tree, for its policy-ledger.yaml.")] = Path(),
    config: Config = DEFAULT_CONFIG,
    organization: OrganizationFile = DEFAULT_ORGANIZATION,
) -> None:
    """Write what an auditor needs: controls, statements, claims with their verdicts, findings, versions and digests."""
    from generator.checks.guard import SHIPPED_RULES  # noqa: PLC0415
    from generator.checks.linter import Linter  # noqa: PLC0415
    from generator.controls import CONTROLS  # noqa: PLC0415
    from generator.evidence.bundle import evidence_files  # noqa: PLC0415
    from generator.evidence.gather import judged  # noqa: PLC0415
    from generator.files import write_file  # noqa: PLC0415
    from generator.package.ledger import FILE_NAME  # noqa: PLC0415
    from generator.publish.checked import rules_in_force  # noqa: PLC0415

    with Linter() as linter:
        landing_zone = load_both(config, organization)
        built = build_for(landing_zone, path)
        findings = judge_built(landing_zone, built, linter)
    inputs = {file.name: file.read_bytes() for file in (config, organization, path / FILE_NAME) if file.is_file()}
    judgement = judged(
        landing_zone,
        built,
        findings,
        rules_in_force((SHIPPED_RULES, *landing_zone.checks.guard_rules), landing_zone.quota_profile),
    )
    for name, content in evidence_files(landing_zone, built, CONTROLS, judgement, inputs).items():
        write_file(out / name, content)
        typer.echo(f"wrote {out / name}")
    if falls_short(findings) or not all(result.holds for result in judgement.results):
        raise typer.Exit(FALLS_SHORT)
