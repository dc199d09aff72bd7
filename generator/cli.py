"""The command line: arguments in, exit code out. The only place that prints or exits.

Every command imports what it needs when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from generator import __version__
from generator.errors import CfctgenError, InputError, Problem, Where

if TYPE_CHECKING:
    from boto3 import Session

    from generator.build import Built
    from generator.checks.cfn_lint import Linter
    from generator.checks.finding import Finding
    from generator.landing_zone import LandingZone
    from generator.publish.checked import Seal

Choice = TypeVar("Choice", bound=StrEnum)

app = typer.Typer(
    name="cfctgen",
    help="Writes, checks and publishes packages for Customizations for AWS Control Tower (CfCT).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

FALLS_SHORT = 1

Config = Annotated[Path, typer.Option("--config", help="What should be.", metavar="FILE")]
OrganizationFile = Annotated[Path, typer.Option("--organization", help="What is.", metavar="FILE")]
Profile = Annotated[str | None, typer.Option(help="The AWS profile to use.")]
DEFAULT_CONFIG = Path("landing-zone.yaml")
DEFAULT_ORGANIZATION = Path("organization.yaml")


class Format(StrEnum):
    """How findings are shown."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def main() -> None:
    """Run the command line; every error of ours becomes text and an exit code here."""
    with _errors_as_text():
        app()


@contextmanager
def _errors_as_text() -> Iterator[None]:
    try:
        yield
    except CfctgenError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)  # noqa: T201  # the one place that prints
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


@app.callback(invoke_without_command=True)
def _options(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False
) -> None:
    if version:
        typer.echo(f"cfctgen {__version__}")
        raise typer.Exit


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
        landing_zone = _load(config, organization)
        built = _build(landing_zone, out)
        findings = _judge_built(landing_zone, built, linter) if linter else ()
    if findings:
        from generator.checks.report import text  # noqa: PLC0415

        typer.echo(text.render(findings, built.files, colour=_colour()), nl=False)
    for note in built.notes:
        typer.echo(f"note: {note}", err=True)
    if _falls_short(findings):
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
            typer.echo(report.text.render(findings, files, colour=_colour()), nl=False)
        case Format.JSON:
            typer.echo(report.json.render(findings), nl=False)
        case Format.SARIF:
            typer.echo(report.sarif.render(findings), nl=False)
    if _falls_short(findings):
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

    text = take(_session(profile), read_text(out) if out.exists() else None)
    write_file(out, text.encode())
    typer.echo(f"wrote {out}")


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

    options = Options(_one_of(To, "--to", to), remote, repository, branch, dry_run, wait)
    choice = _one_of(Foreign, "--foreign", foreign)
    refuse_options(options)
    landing_zone = _load(config, organization)
    built = _build(landing_zone, path)
    _refuse_stale(path, built)
    sealed = _checked(path, (config, organization), landing_zone, built)
    around = Surroundings(_session(profile), os.environ, time.time, time.sleep, lambda line: typer.echo(line, err=True))
    order = Order(built.files, sealed, landing_zone.organization.id, choice)
    typer.echo(deliver(order, landing_zone.organization, built.ledger, options, around), nl=False)


@app.command(hidden=True)
def reference(root: Annotated[Path, typer.Argument(help="The repository.")] = Path()) -> None:
    """Write what is generated from the code: the JSON Schemas and the tables in the documentation."""
    from generator.files import write_file  # noqa: PLC0415
    from generator.reference import reference_files  # noqa: PLC0415

    for path, content in reference_files(root).items():
        write_file(root / path, content)
        typer.echo(f"wrote {path}")


def _load(config: Path, organization: Path) -> LandingZone:
    from generator.controls import CONTROLS  # noqa: PLC0415
    from generator.landing_zone import load  # noqa: PLC0415

    return load(config, organization, {control.slug: control.section for control in CONTROLS})


def _build(landing_zone: LandingZone, out: Path) -> Built:
    from generator.build import build as build_package  # noqa: PLC0415
    from generator.controls import CONTROLS  # noqa: PLC0415
    from generator.package.ledger import FILE_NAME, read_ledger  # noqa: PLC0415

    return build_package(landing_zone, CONTROLS, read_ledger(out / FILE_NAME))


def _judge_built(landing_zone: LandingZone, built: Built, linter: Linter) -> tuple[Finding, ...]:
    from generator.aws.quotas import PROFILES  # noqa: PLC0415
    from generator.checks.run import Settings, check_package  # noqa: PLC0415

    return check_package(built.files, landing_zone.organization, Settings(PROFILES[landing_zone.quota_profile]), linter)


def _session(profile: str | None) -> Session:
    import boto3  # noqa: PLC0415
    from botocore.exceptions import ProfileNotFound  # noqa: PLC0415

    try:
        return boto3.Session(profile_name=profile)
    except ProfileNotFound as error:
        raise InputError(Problem(None, f"there is no AWS profile `{profile}`", "see `aws configure list-profiles`")) from error


def _refuse_stale(path: Path, built: Built) -> None:
    """What was reviewed is what is published."""
    from generator.package.readers import read  # noqa: PLC0415

    if read(path).files != built.files.files:
        problem = "templates/ and manifest/ are not what the inputs build"
        raise InputError(Problem(Where(str(path)), problem, "run `cfctgen build`, and look at the difference before you publish"))


def _checked(path: Path, inputs: tuple[Path, ...], landing_zone: LandingZone, built: Built) -> Seal:
    """The seal of the package: of an earlier check of exactly this, or of one made now."""
    from generator.checks.cfn_lint import Linter  # noqa: PLC0415
    from generator.checks.guard import SHIPPED_RULES  # noqa: PLC0415
    from generator.checks.report import text  # noqa: PLC0415
    from generator.package.ledger import FILE_NAME  # noqa: PLC0415
    from generator.publish.checked import is_stored, rules_in_force, seal, store  # noqa: PLC0415

    files = {file.name: file.read_bytes() for file in (*inputs, path / FILE_NAME) if file.is_file()}
    sealed = seal(built.files, files, rules_in_force((SHIPPED_RULES,), landing_zone.quota_profile))
    if is_stored(path, sealed):
        return sealed
    with Linter() as linter:
        findings = _judge_built(landing_zone, built, linter)
    if _falls_short(findings):
        typer.echo(text.render(findings, built.files, colour=_colour()), nl=False)
        typer.echo("nothing was published: the package has errors", err=True)
        raise typer.Exit(FALLS_SHORT)
    store(path, sealed)
    return sealed


def _one_of(kind: type[Choice], option: str, given: str) -> Choice:
    try:
        return kind(given)
    except ValueError as error:
        known = ", ".join(f"`{each.value}`" for each in kind)
        raise InputError(Problem(None, f"`{option} {given}` is none of {known}", "use one of them")) from error


def _falls_short(findings: tuple[Finding, ...]) -> bool:
    return any(finding.level == "error" for finding in findings)


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


def _colour() -> bool:
    import os  # noqa: PLC0415

    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
