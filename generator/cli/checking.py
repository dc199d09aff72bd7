"""The command that judges a package, whoever made it: check."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from generator.cli.app import (
    DEFAULT_CONFIG,
    DEFAULT_ORGANIZATION,
    FALLS_SHORT,
    NoCache,
    app,
    colour,
    document,
    encoded,
    falls_short,
)
from generator.errors import InputError, Problem, Where

if TYPE_CHECKING:
    from generator.checks.suppression import Outcome
    from generator.package.files import PackageFiles


class Format(StrEnum):
    """How findings are shown."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


_LAST_COMMIT = "HEAD"


@app.command()
def check(  # noqa: PLR0913, PLR0917  # one per option
    path: Annotated[
        str,
        typer.Argument(
            help="A built tree, a CfCT package folder, a zip, or a git revision; a path that exists wins.",
            metavar="[PATH|REV|REV:PATH]",
        ),
    ] = ".",
    organization: Annotated[
        Path | None, typer.Option(help="What is; by default organization.yaml beside the package, if there.", metavar="FILE")
    ] = None,
    guard_rules: Annotated[
        list[Path] | None, typer.Option("--guard-rules", help="A folder of further Guard rules; may be repeated.", metavar="DIR")
    ] = None,
    quota_profile: Annotated[str | None, typer.Option(help="The AWS limits to judge by; the newest by default.")] = None,
    against: Annotated[
        str | None,
        typer.Option(help="The package as it was: finds what CfCT would destroy or leave behind on the way.", metavar="PATH|REV"),
    ] = None,
    base: Annotated[
        str | None, typer.Option(help="The revision that `--changed` compares with; HEAD by default.", metavar="REV")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How findings are shown.")] = Format.TEXT,
    *,
    changed: Annotated[
        bool, typer.Option("--changed", help="Judge only what changed since the last commit: fast, for a hook.")
    ] = False,
    no_cache: NoCache = False,
) -> None:
    """Judge a package, whoever made it."""
    from generator.cli.again import Again  # noqa: PLC0415

    place = Path(path)
    plain = not (organization or guard_rules or quota_profile or against or base or changed)
    again = Again.check(place, output, plain=plain, cached=not no_cache)
    # cfn-lint loads its rules in a process of its own while this one reads.
    with again.linter() as linter:
        from generator.aws.quotas import NEWEST, PROFILES  # noqa: PLC0415
        from generator.checks.fingerprint import SHIPPED_RULES  # noqa: PLC0415
        from generator.checks.run import Settings, judge_package  # noqa: PLC0415
        from generator.cli.progress import Bar  # noqa: PLC0415
        from generator.landing_zone import load_organization  # noqa: PLC0415
        from generator.landing_zone.judging import Checks, read_checks  # noqa: PLC0415
        from generator.package.revision import read_named  # noqa: PLC0415

        profile = quota_profile or NEWEST
        if profile not in PROFILES:
            raise InputError(Problem(None, f"there is no quota profile `{profile}`", f"use one of {', '.join(PROFILES)}"))
        folder = place if place.is_dir() else Path()
        files = read_named(path, folder, os.environ)
        previous = read_named(against, folder, os.environ) if against else None
        facts = organization or _beside(place, DEFAULT_ORGANIZATION)
        known = load_organization(facts) if facts else None
        scope = _Scope.since(base or _LAST_COMMIT, place, files, facts) if changed or base else None
        notes = "" if facts else "no organization file: targets, and what is attached already, are not checked\n"
        typer.echo(notes, nl=False, err=True)
        own = read_checks(place / DEFAULT_CONFIG) if (place / DEFAULT_CONFIG).is_file() else Checks()
        extra = (*own.guard_rules, *(guard_rules or ()))
        house = _beside(place, DEFAULT_CONFIG) is not None
        settings = Settings(PROFILES[profile], (SHIPPED_RULES,), extra, own.frameworks, house)
        limits = scope.paths if scope else None
        with Bar() as bar:
            outcome = judge_package(
                files, known, settings, linter, previous=previous, changed=limits, observe=bar.advance, memory=again.memory
            )
    judged = scope.within(files) if scope else files
    shown = rendered(outcome, files, judged, output, folder=place.as_posix() if place.is_dir() else "")
    typer.echo(shown, nl=False)
    code = FALLS_SHORT if falls_short(outcome.findings) else 0
    if not own.guard_rules:  # rules of the user's own are not among what is looked up
        again.keep_check(shown, notes, code)
    raise typer.Exit(code)


def _beside(place: Path, name: Path) -> Path | None:
    """An input file of the folder; of a revision, the one that lies here today, because that is what is."""
    beside = (place if place.exists() else Path()) / name
    return beside if beside.is_file() else None


def _facts_changed(base: str, place: Path, facts: Path | None) -> bool:
    """Whether the organization file beside the package is another one than at the revision. One that was never committed is taken as it is."""
    from generator.package.revision import read_file  # noqa: PLC0415

    if facts is None or facts.resolve().parent != place.resolve():
        return False
    before = read_file(base, place, facts.name, os.environ)
    if before is None:
        return read_file(_LAST_COMMIT, place, facts.name, os.environ) is not None
    return before != facts.read_bytes()


@dataclass(frozen=True)
class _Scope:
    """What `--changed` judges: paths of the package, those that are gone among them."""

    paths: frozenset[str]

    @classmethod
    def since(cls, base: str, place: Path, files: PackageFiles, facts: Path | None) -> _Scope | None:
        """What changed since a revision. None, for all, when the organization that all is judged by has changed."""
        from generator.checks.changed_files import changed_paths, used_otherwise  # noqa: PLC0415
        from generator.package.revision import read_base  # noqa: PLC0415

        if not place.is_dir():
            problem = "`--changed` compares a folder with a revision, and this is no folder"
            raise InputError(Problem(Where(str(place)), problem, "leave `--changed` out, to judge all of it"))
        if _facts_changed(base, place, facts):
            typer.echo(f"{facts} has changed since `{base}`: the whole package is judged", err=True)
            return None
        before = read_base(base, place, os.environ)
        paths = changed_paths(files, before)
        if not paths:
            typer.echo(f"nothing in the package has changed since `{base}`", err=True)
        return cls(paths | used_otherwise(files, before))

    def within(self, files: PackageFiles) -> PackageFiles:
        from generator.package.files import PackageFiles as Files  # noqa: PLC0415

        return Files({path: files.files[path] for path in self.paths & files.files.keys()}, files.root_shown_as)


def rendered(outcome: Outcome, files: PackageFiles, judged: PackageFiles, output: Format, *, folder: str = "") -> bytes:
    """The report as it is written; `judged` is the part of the files that was judged, `folder` where they are."""
    from generator.checks import report  # noqa: PLC0415

    outcome = report.places.below(folder, outcome, files)
    findings, suppressed = outcome.findings, outcome.suppressed
    match output:
        case Format.TEXT:
            return encoded(report.text.render(findings, files, suppressed=suppressed, colour=colour(), folder=folder))
        case Format.JSON:
            return document(report.json.render(findings, suppressed))
        case Format.SARIF:
            from generator.checks.run import RULES  # noqa: PLC0415

            return document(report.sarif.render(findings, suppressed, RULES))
        case Format.JUNIT:
            return document(report.junit.render(findings, judged, suppressed, folder=folder))
