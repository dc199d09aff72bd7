"""What the documentation takes from the code: JSON Schemas of the inputs, the table of controls, the table of check rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from generator.checks.rule import Rule
from generator.checks.run import RULES
from generator.controls import CONTROLS
from generator.landing_zone.schema import schema_files
from generator.landing_zone.section import Section

_BEGIN = "<!-- controls: written by `make reference` -->\n"
_END = "<!-- end of controls -->\n"

_CHECKS_HEAD = """\
# Check rules

Written by `make reference` from the code. What `cfctgen check` asks of a package besides [cfn-lint](https://github.com/aws-cloudformation/cfn-lint)'s rules
(ids `E...`, `W...`, `I...`) and the Guard rules in `guard_rules/` (ids in capitals).

| rule | level | what must hold | why | source |
|---|---|---|---|---|
"""


def reference_files(root: Path) -> Mapping[str, bytes]:
    """Path below `root` to content, for every generated file that is committed."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    files = {
        "README.md": _between_markers(readme, _controls_table()),
        "docs/checks.md": _CHECKS_HEAD + "".join(f"{_row(rule)}\n" for rule in RULES),
    }
    sections: dict[str, type[Section]] = {control.slug: control.section for control in CONTROLS}
    return {path: text.encode() for path, text in files.items()} | dict(schema_files(sections))


def _controls_table() -> str:
    rows = [f"| [{control.slug}](docs/controls/{control.slug}.md) | {control.title} | {control.risk} |" for control in CONTROLS]
    return _lines(("| control | what it brings about | the risk |", "|---|---|---|", *rows))


def _row(rule: Rule) -> str:
    cells = (rule.id, rule.level.value, rule.title, rule.why, rule.source)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _between_markers(text: str, table: str) -> str:
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return before + _BEGIN + table + _END + after


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
