"""The command that judges single templates, for a hook that knows which files have changed: templates."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from generator.cli.app import FALLS_SHORT, NoCache, app, falls_short
from generator.cli.checking import Format, rendered

if TYPE_CHECKING:
    from generator.package.named_templates import NamedTemplates


@app.command()
def templates(
    files: Annotated[list[Path], typer.Argument(help="Templates, in a package or not.", metavar="FILE...")],
    guard_rules: Annotated[
        list[Path] | None, typer.Option("--guard-rules", help="A folder of further Guard rules; may be repeated.", metavar="DIR")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How findings are shown.")] = Format.TEXT,
    *,
    no_cache: NoCache = False,
) -> None:
    """Judge single templates: with cfn-lint, Guard and cfn_nag, as `check` does, and with nothing that needs the whole package."""
    from generator.checks.cache import open_cache  # noqa: PLC0415
    from generator.checks.replay import Command, Request, Said, keep, look_up, screen  # noqa: PLC0415
    from generator.package.named_templates import contents, read_named_templates  # noqa: PLC0415

    groups = read_named_templates(files)
    folders = tuple(guard_rules or ())
    cache = None if no_cache else open_cache(Path(), os.environ)
    request = Request(Command.TEMPLATES, Path(), output, screen(sys.stdout, os.environ))
    state = _state(groups, folders)
    known = look_up(cache, request, state) if cache else None
    if known is None:
        from generator.checks.linter import Linter  # noqa: PLC0415

        # cfn-lint loads its rules in a process of its own while this one reads.
        with Linter() as linter:
            from generator.checks.fingerprint import fingerprint  # noqa: PLC0415
            from generator.checks.remembered import FORGETFUL, Memory  # noqa: PLC0415
            from generator.checks.single_templates import judge_templates  # noqa: PLC0415
            from generator.package.files import PackageFiles  # noqa: PLC0415

            memory = Memory(cache, fingerprint(())) if cache else FORGETFUL
            outcome = judge_templates(groups, linter, folders, memory)
        judged = PackageFiles(contents(groups))
        known = Said(rendered(outcome, judged, judged, output), "", FALLS_SHORT if falls_short(outcome.findings) else 0)
        if cache:
            keep(cache, request, state, known)
    typer.echo(known.output, nl=False)
    raise typer.Exit(known.code)


def _state(groups: tuple[NamedTemplates, ...], guard_rules: tuple[Path, ...]) -> str:
    """A digest over all that decides what is said, besides what every run depends on."""
    from generator.checks.fingerprint import guard_digest  # noqa: PLC0415
    from generator.checks.remembered import digest  # noqa: PLC0415

    folders = (f"{folder}: {folder.is_dir()}" for folder in guard_rules)  # one that is not there is an error
    parts: list[str | bytes] = [guard_digest(guard_rules), *folders]
    for group in groups:
        package = (str(group.house), *(() if group.manifest is None else (digest(group.manifest),)))
        templates = (digest(named.name, named.path, named.content) for named in group.templates)
        parts.append(digest(str(len(package)), *package, *templates))
    return digest(*parts)
