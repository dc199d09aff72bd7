"""The command that delivers a package: publish."""

from __future__ import annotations

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
    one_of,
)
from generator.errors import InputError, Problem, Where

if TYPE_CHECKING:
    from generator.build import Built
    from generator.landing_zone import LandingZone
    from generator.publish.checked import Seal


@app.command()
def publish(  # noqa: PLR0913, PLR0917  # one per option
    path: Annotated[Path, typer.Argument(help="The built tree.")] = Path(),
    config: Config = DEFAULT_CONFIG,
    organization: OrganizationFile = DEFAULT_ORGANIZATION,
    to: Annotated[str, typer.Option(help="codecommit, s3 or git.", metavar="KIND")] = "codecommit",
    remote: Annotated[str | None, typer.Option(help="The URL, with `--to git`.", metavar="URL")] = None,
    repository: Annotated[str | None, typer.Option(help="The CodeCommit repository; the pipeline's own by default.")] = None,
    branch: Annotated[str | None, typer.Option(help="The branch; the pipeline's own by default.")] = None,
    foreign: Annotated[
        str, typer.Option(help="Files there that others wrote: refuse, keep or remove.", metavar="WHAT")
    ] = "refuse",
    profile: Profile = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference and change nothing.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Follow CfCT's pipeline to its end.")] = False,
) -> None:
    """Deliver the built package to where CfCT reads it, if it passes the checks."""
    import os  # noqa: PLC0415
    import time  # noqa: PLC0415

    from generator.publish.delivery import Options, Surroundings, To, deliver, refuse_options  # noqa: PLC0415
    from generator.publish.lay import Foreign  # noqa: PLC0415
    from generator.publish.run import Order  # noqa: PLC0415

    options = Options(one_of(To, "--to", to), remote, repository, branch, dry_run, wait)
    choice = one_of(Foreign, "--foreign", foreign)
    refuse_options(options)
    landing_zone = load_both(config, organization)
    built = build_for(landing_zone, path)
    _refuse_stale(path, built)
    sealed = _checked(path, (config, organization), landing_zone, built)
    around = Surroundings(aws_session(profile), os.environ, time.time, time.sleep, lambda line: typer.echo(line, err=True))
    order = Order(built.files, sealed, landing_zone.organization.id, choice)
    typer.echo(deliver(order, landing_zone.organization, built.ledger, options, around), nl=False)


def _refuse_stale(path: Path, built: Built) -> None:
    """What was reviewed is what is published."""
    from generator.package.readers import read  # noqa: PLC0415

    if read(path).files != built.files.files:
        problem = "templates/ and manifest/ are not what the inputs build"
        raise InputError(Problem(Where(str(path)), problem, "run `cfctgen build`, and look at the difference before you publish"))


def _checked(path: Path, inputs: tuple[Path, ...], landing_zone: LandingZone, built: Built) -> Seal:
    """The seal of the package: of an earlier check of exactly this, or of one made now."""
    import os  # noqa: PLC0415

    from generator.checks.cache import open_cache  # noqa: PLC0415
    from generator.checks.guard import SHIPPED_RULES  # noqa: PLC0415
    from generator.checks.linter import Linter  # noqa: PLC0415
    from generator.checks.report import text  # noqa: PLC0415
    from generator.package.ledger import FILE_NAME  # noqa: PLC0415
    from generator.publish.checked import is_stored, rules_in_force, seal, store  # noqa: PLC0415

    files = {file.name: file.read_bytes() for file in (*inputs, path / FILE_NAME) if file.is_file()}
    sealed = seal(
        built.files, files, rules_in_force((SHIPPED_RULES, *landing_zone.checks.guard_rules), landing_zone.quota_profile)
    )
    cache = open_cache(path, os.environ)
    if is_stored(cache, sealed):
        return sealed
    with Linter() as linter:
        findings = judge_built(landing_zone, built, linter)
    if falls_short(findings):
        typer.echo(text.render(findings, built.files, colour=colour()), nl=False)
        typer.echo("nothing was published: the package has errors", err=True)
        raise typer.Exit(FALLS_SHORT)
    store(cache, sealed)
    return sealed
