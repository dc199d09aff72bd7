"""The program itself, and what its commands share: options, loading, exit codes."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from generator import __version__
from generator.errors import InputError, Problem

if TYPE_CHECKING:
    from boto3 import Session

    from generator.build import Built
    from generator.checks.finding import Finding
    from generator.checks.linter import Linter
    from generator.checks.remembered import Memory
    from generator.landing_zone import LandingZone

Choice = TypeVar("Choice", bound=StrEnum)

app = typer.Typer(
    name="cfctgen",
    help="Writes, checks, proves and publishes packages for Customizations for AWS Control Tower (CfCT).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

FALLS_SHORT = 1
"""Exit code of a judgement: the judged thing has an error."""

Config = Annotated[Path, typer.Option("--config", help="What should be.", metavar="FILE")]
OrganizationFile = Annotated[Path, typer.Option("--organization", help="What is.", metavar="FILE")]
OptionalOrganization = Annotated[
    Path | None, typer.Option("--organization", help="What is; by default organization.yaml beside the package.", metavar="FILE")
]
Profile = Annotated[str | None, typer.Option(help="The AWS profile to use.")]
PackagePath = Annotated[Path, typer.Argument(help="A built tree, a CfCT package folder, or a zip.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Judge all of it again, and remember nothing.")]
DEFAULT_CONFIG = Path("landing-zone.yaml")
DEFAULT_ORGANIZATION = Path("organization.yaml")


@app.callback(invoke_without_command=True)
def _options(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False
) -> None:
    if version:
        typer.echo(f"cfctgen {__version__}")
        raise typer.Exit


def load_both(config: Path, organization: Path) -> LandingZone:
    """Both inputs, for the controls there are. Raises InputError with all their problems."""
    from generator.controls import CONTROLS  # noqa: PLC0415
    from generator.landing_zone import load  # noqa: PLC0415

    return load(config, organization, {control.slug: control.section for control in CONTROLS})


def build_for(landing_zone: LandingZone, out: Path) -> Built:
    """The package, with the ledger that lies in `out`."""
    from generator.build import build as build_package  # noqa: PLC0415
    from generator.controls import CONTROLS  # noqa: PLC0415
    from generator.package.ledger import FILE_NAME, read_ledger  # noqa: PLC0415

    return build_package(landing_zone, CONTROLS, read_ledger(out / FILE_NAME))


def judge_built(landing_zone: LandingZone, built: Built, linter: Linter, memory: Memory | None = None) -> tuple[Finding, ...]:
    """All findings about a package that was just built; with a `memory`, what it knows is not found out again."""
    from generator.aws.quotas import PROFILES  # noqa: PLC0415
    from generator.checks.remembered import FORGETFUL  # noqa: PLC0415
    from generator.checks.run import Settings, judge_package  # noqa: PLC0415

    chosen = landing_zone.checks
    settings = Settings(PROFILES[landing_zone.quota_profile], extra_guard_rules=chosen.guard_rules, frameworks=chosen.frameworks)
    return judge_package(built.files, landing_zone.organization, settings, linter, memory=memory or FORGETFUL).findings


def aws_session(profile: str | None) -> Session:
    """A session of that AWS profile, or of the environment. Raises InputError for an unknown profile."""
    import os  # noqa: PLC0415

    import boto3  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ProfileNotFound  # noqa: PLC0415

    try:
        return boto3.Session(profile_name=profile)
    except ProfileNotFound as error:
        name = profile or os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE")
        raise InputError(Problem(None, f"there is no AWS profile `{name}`", "see `aws configure list-profiles`")) from error
    except BotoCoreError as error:
        problem = f"the AWS configuration cannot be read: {str(error).rstrip('.')}"
        raise InputError(Problem(None, problem, "mend that file, or set AWS_CONFIG_FILE")) from error


def one_of(kind: type[Choice], option: str, given: str) -> Choice:
    """The choice that was `given`. Raises InputError that lists the choices."""
    try:
        return kind(given)
    except ValueError as error:
        known = ", ".join(f"`{each.value}`" for each in kind)
        raise InputError(Problem(None, f"`{option} {given}` is none of {known}", "use one of them")) from error


def falls_short(findings: tuple[Finding, ...]) -> bool:
    """Whether one of the findings is an error."""
    return any(finding.level == "error" for finding in findings)


def colour() -> bool:
    """Whether results go to a terminal that shows colours, to a user who wants them."""
    import os  # noqa: PLC0415

    from generator.checks.replay import screen  # noqa: PLC0415

    return screen(sys.stdout, os.environ).colour


def show(text: str) -> None:
    """Results for people."""
    typer.echo(encoded(text), nl=False)


def encoded(text: str) -> bytes:
    """The text as `show` writes it: what the terminal's character set lacks, or no character set has, is written as an escape."""
    return text.encode(sys.stdout.encoding or "utf-8", errors="backslashreplace")


def document(text: str) -> bytes:
    """Results for machines: UTF-8, whatever the terminal speaks."""
    return text.encode("utf-8", errors="backslashreplace")
