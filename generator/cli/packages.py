"""Commands that make packages: build, package, snapshot, reference."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from generator.cli.app import (
    DEFAULT_CONFIG,
    DEFAULT_ORGANIZATION,
    FALLS_SHORT,
    Config,
    NoCache,
    OrganizationFile,
    Profile,
    app,
    aws_session,
    build_for,
    colour,
    encoded,
    falls_short,
    judge_built,
    load_both,
    show,
)

if TYPE_CHECKING:
    from generator.build import Built
    from generator.checks.finding import Finding
    from generator.landing_zone import LandingZone


@app.command()
def build(
    config: Config = DEFAULT_CONFIG,
    organization: OrganizationFile = DEFAULT_ORGANIZATION,
    out: Annotated[Path, typer.Option(help="Where templates/, manifest/ and runbooks/ go.", metavar="DIR")] = Path(),
    *,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Write only what passes the checks.")] = True,
    no_cache: NoCache = False,
) -> None:
    """Build the package from the landing zone, check it, and write it."""
    from generator.checks.linter import Linter  # noqa: PLC0415  # see the module's docstring

    plain = check and (config, organization, out) == (DEFAULT_CONFIG, DEFAULT_ORGANIZATION, Path())
    # cfn-lint loads its rules in a process of its own while this one reads and builds.
    with Linter() if check else nullcontext() as linter:
        from generator.cli.again import Again  # noqa: PLC0415
        from generator.output import write, write_runbooks  # noqa: PLC0415

        again = Again.build(out, plain=plain, cached=not no_cache)
        landing_zone = load_both(config, organization)
        built = build_for(landing_zone, out)
        findings = judge_built(landing_zone, built, linter, again.memory) if linter else ()
    shown = ""
    if findings:
        from generator.checks.report import text  # noqa: PLC0415

        shown = text.render(findings, built.files, colour=colour())
        show(shown)
    notes = "".join(f"note: {note}\n" for note in built.notes)
    typer.echo(notes, nl=False, err=True)
    if falls_short(findings):
        write_runbooks(built.runbooks, out)
        typer.echo("nothing was written but runbooks/: the package has errors", err=True)
        raise typer.Exit(FALLS_SHORT)
    write(built, out)
    summary = _summary(landing_zone, built, findings, checked=check) + "\n"
    show(summary)
    if not landing_zone.checks.guard_rules:  # rules of the user's own are not among what is looked up
        again.keep_build(built, encoded(shown + summary), notes)


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
    from generator.reference import reference_files, stale_files  # noqa: PLC0415

    for path, content in reference_files(root).items():
        write_file(root / path, content)
        typer.echo(f"wrote {path}")
    for path in stale_files(root):
        (root / path).unlink()
        typer.echo(f"removed {path}")


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
