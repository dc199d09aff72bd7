"""Commands that make and judge packages: build, check, package, snapshot, reference."""

from __future__ import annotations

from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from generator.cli.app import (
    DEFAULT_CONFIG,
    DEFAULT_ORGANIZATION,
    FALLS_SHORT,
    Config,
    OrganizationFile,
    Profile,
    app,
    aws_session,
    build_for,
    colour,
    falls_short,
    judge_built,
    load_both,
)
from generator.errors import InputError, Problem

if TYPE_CHECKING:
    from generator.build import Built
    from generator.checks.finding import Finding
    from generator.landing_zone import LandingZone


class Format(StrEnum):
    """How findings are shown."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


@app.command()
def build(
    config: Config = DEFAULT_CONFIG,
    organization: OrganizationFile = DEFAULT_ORGANIZATION,
    out: Annotated[Path, typer.Option(help="Where templates/, manifest/ and runbooks/ go.", metavar="DIR")] = Path(),
    *,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Write only what passes the checks.")] = True,
) -> None:
    """Build the package from the landing zone, check it, and write it."""
    from generator.checks.cfn_lint import Linter  # noqa: PLC0415  # see the module's docstring
    from generator.output import write, write_runbooks  # noqa: PLC0415

    # cfn-lint loads its rules in a process of its own while this one reads and builds.
    with Linter() if check else nullcontext() as linter:
        landing_zone = load_both(config, organization)
        built = build_for(landing_zone, out)
        findings = judge_built(landing_zone, built, linter) if linter else ()
    if findings:
        from generator.checks.report import text  # noqa: PLC0415

        typer.echo(text.render(findings, built.files, colour=colour()), nl=False)
    for note in built.notes:
        typer.echo(f"note: {note}", err=True)
    if falls_short(findings):
        write_runbooks(built.runbooks, out)
        typer.echo("nothing was written but runbooks/: the package has errors", err=True)
        raise typer.Exit(FALLS_SHORT)
    write(built, out)
    typer.echo(_summary(landing_zone, built, findings, checked=check))


@app.command()
def check(  # one per option
    path: Annotated[Path, typer.Argument(help="A built tree, a CfCT package folder, or a zip.")] = Path(),
    organization: Annotated[
        Path | None, typer.Option(help="What is; by default organization.yaml beside the package, if there.", metavar="FILE")
    ] = None,
    guard_rules: Annotated[
        list[Path] | None, typer.Option("--guard-rules", help="A folder of further Guard rules; may be repeated.", metavar="DIR")
    ] = None,
    quota_profile: Annotated[str | None, typer.Option(help="The AWS limits to judge by; the newest by default.")] = None,
    output: Annotated[Format, typer.Option("--format", help="How findings are shown.")] = Format.TEXT,
) -> None:
    """Judge a package, whoever made it."""
    from generator.aws.quotas import NEWEST, PROFILES  # noqa: PLC0415
    from generator.checks import report  # noqa: PLC0415
    from generator.checks.run import Settings, check_package  # noqa: PLC0415
    from generator.landing_zone import load_organization  # noqa: PLC0415
    from generator.package.readers import read  # noqa: PLC0415

    profile = quota_profile or NEWEST
    if profile not in PROFILES:
        raise InputError(Problem(None, f"there is no quota profile `{profile}`", f"use one of {', '.join(PROFILES)}"))
    files = read(path)
    facts = organization or (path / DEFAULT_ORGANIZATION if (path / DEFAULT_ORGANIZATION).is_file() else None)
    if facts is None:
        typer.echo("no organization file: targets, and what is attached already, are not checked", err=True)
    settings = Settings(PROFILES[profile], extra_guard_rules=tuple(guard_rules or ()))
    findings = check_package(files, load_organization(facts) if facts else None, settings)
    match output:
        case Format.TEXT:
            typer.echo(report.text.render(findings, files, colour=colour()), nl=False)
        case Format.JSON:
            typer.echo(report.json.render(findings), nl=False)
        case Format.SARIF:
            typer.echo(report.sarif.render(findings), nl=False)
    if falls_short(findings):
        raise typer.Exit(FALLS_SHORT)


@app.command()
def package(
    out: Annotated[Path, typer.Option(help="A folder, or a file that ends in .zip.", metavar="DIR|FILE.zip")],
    path: Annotated[Path, typer.Argument(help="The built tree.")] = Path(),
) -> None:
    """Write the exact package that CfCT gets, as a folder or a zip."""
    from generator.package.readers import read  # noqa: PLC0415
    from generator.package.writers import write_folder, write_zip  # noqa: PLC0415

    files = read(path)
    (write_zip if out.suffix.lower() == ".zip" else write_folder)(files, out)
    typer.echo(f"wrote {len(files.files)} files to {out}")


@app.command()
def snapshot(
    out: Annotated[Path, typer.Option(help="The file to write, or to bring up to date.", metavar="FILE")] = DEFAULT_ORGANIZATION,
    profile: Profile = None,
) -> None:
    """Write organization.yaml from AWS Organizations. Reads only; keeps what was written by hand."""
    from generator.files import write_file  # noqa: PLC0415
    from generator.landing_zone.source import read_text  # noqa: PLC0415
    from generator.snapshot import snapshot as take  # noqa: PLC0415

    text = take(aws_session(profile), read_text(out) if out.exists() else None)
    write_file(out, text.encode())
    typer.echo(f"wrote {out}")


@app.command(hidden=True)
def reference(root: Annotated[Path, typer.Argument(help="The repository.")] = Path()) -> None:
    """Write what is generated from the code: the JSON Schemas and the tables in the documentation."""
    from generator.files import write_file  # noqa: PLC0415
    from generator.reference import reference_files  # noqa: PLC0415

    for path, content in reference_files(root).items():
        write_file(root / path, content)
        typer.echo(f"wrote {path}")


def _summary(landing_zone: LandingZone, built: Built, findings: tuple[Finding, ...], *, checked: bool) -> str:
    organization = landing_zone.organization
    paths = tuple(built.files.files)
    policies = sum(path.startswith("policies/") for path in paths)
    stacks = sum(path.startswith("templates/") for path in paths)
    verdict = (f"{len(findings)} findings, no error" if findings else "no finding") if checked else "not checked"
    return (
        f"{organization.id}: {len(organization.accounts)} accounts, {len(organization.organizational_units)} OUs, "
        f"{len(organization.governed_regions)} regions\n"
        f"wrote {policies} policies and {stacks} stacks to manifest/ and templates/: {verdict}"
    )
