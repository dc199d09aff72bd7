"""What the documentation takes from the code: JSON Schemas of the inputs, the table of controls, the rules of `check`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from generator.checks import pages
from generator.checks.cfn_nag import catalogue as cfn_nag
from generator.checks.guard import catalogue as guard
from generator.checks.run import RULES
from generator.controls import CONTROLS
from generator.landing_zone.schema import schema_files
from generator.landing_zone.section import Section

_BEGIN = "<!-- controls: written by `make reference` -->\n"
_END = "<!-- end of controls -->\n"

_CASES = Path("tests") / "cases" / "checks"
"""Where the examples on the rules' pages come from: what is tested is what is shown."""


def reference_files(root: Path) -> Mapping[str, bytes]:
    """Path below `root` to content, for every generated file that is committed."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    files = {
        "README.md": _between_markers(readme, _controls_table()),
        "docs/checks.md": pages.index(RULES),
        **pages.pages(RULES, pages.examples(_cases(root))),
        **guard.catalogue(root),
        cfn_nag.PAGE: cfn_nag.markdown(),
    }
    sections: dict[str, type[Section]] = {control.slug: control.section for control in CONTROLS}
    return {path: text.encode() for path, text in files.items()} | dict(schema_files(sections))


def stale_files(root: Path) -> tuple[str, ...]:
    """Pages of rules that there are no longer."""
    current = {pages.path(rule) for rule in RULES} | guard.catalogue(root).keys()
    folders = (pages.FOLDER, guard.PAGES)
    there = (file.relative_to(root).as_posix() for folder in folders for file in sorted((root / folder).glob("*.md")))
    return tuple(path for path in there if path not in current)


def _controls_table() -> str:
    rows = [f"| [{control.slug}](docs/controls/{control.slug}.md) | {control.title} | {control.risk} |" for control in CONTROLS]
    return _lines(("| control | what it brings about | the risk |", "|---|---|---|", *rows))


def _cases(root: Path) -> Iterator[Mapping[str, object]]:
    for file in sorted((root / _CASES).glob("*.json")):
        yield from json.loads(file.read_text(encoding="utf-8"))


def _between_markers(text: str, table: str) -> str:
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return before + _BEGIN + table + _END + after


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
