"""A page of documentation per rule, and their index, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from generator.checks.rule import Rule
from generator.checks.suppression import can_be_suppressed

FOLDER = "docs/checks"

_WRITTEN = "Written by `make reference` from the code."
_LONGEST_EXAMPLE = 24
"""Lines; what is longer shows less."""

_LONGEST_TEXT = 2_000
"""Characters."""

_LANGUAGES = {"yaml": "yaml", "yml": "yaml", "json": "json", "template": "yaml"}
_CASE_KEYS = frozenset({"name", "edit", "add", "findings"})
"""A case with more in it (an organization, a previous package) needs more words than a page has."""


@dataclass(frozen=True)
class Edit:
    """Text of a file that fails a rule, and what stands there when it passes; None for a file that is not there then."""

    path: str
    passes: str | None
    fails: str


@dataclass(frozen=True)
class Example:
    """A mistake in a package that is clean otherwise, and what `check` says of it."""

    edits: tuple[Edit, ...]
    message: str


def examples(cases: Iterable[Mapping[str, object]]) -> Mapping[str, Example]:
    """The first example of each rule that is short, and that only this rule has something against. `cases` are those of the tests.

    One that changes the clean package shows both sides, so it comes before one that adds a file.
    """
    found: dict[str, Example] = {}
    for case in sorted(cases, key=lambda each: "add" in each):
        findings, edits = case["findings"], tuple(_edits(case))
        if not isinstance(findings, list) or not findings or not edits or not case.keys() <= _CASE_KEYS:
            continue
        rule, *_, message = findings[0]
        if rule not in found and all(other == rule for other, *_ in findings) and all(map(_is_short, edits)):
            found[rule] = Example(edits, message)
    return found


def _edits(case: Mapping[str, object]) -> Iterator[Edit]:
    edits, added = case.get("edit", []), case.get("add", {})
    if isinstance(edits, list) and isinstance(added, dict):
        yield from (Edit(path, old, new) for path, old, new in edits)
        yield from (Edit(path, None, text) for path, text in added.items())


def _is_short(edit: Edit) -> bool:
    longest = max(edit.fails.count("\n"), (edit.passes or "").count("\n"))
    return longest < _LONGEST_EXAMPLE and len(edit.fails) < _LONGEST_TEXT and "{{" not in edit.fails and "```" not in edit.fails


def pages(rules: Sequence[Rule], shown: Mapping[str, Example]) -> Mapping[str, str]:
    """Path to text: a page for each rule. `shown` are examples by rule id."""
    return {path(rule): _page(rule, shown.get(rule.id)) for rule in rules}


def path(rule: Rule) -> str:
    """Where the page of a rule is."""
    return f"{FOLDER}/{rule.id}.md"


def index(rules: Sequence[Rule]) -> str:
    """The table of all rules."""
    lines = (
        "# Check rules",
        "",
        f"{_WRITTEN} What `cfctgen check` asks of a package besides [cfn-lint](https://github.com/aws-cloudformation/cfn-lint)'s rules",
        "(ids `E...`, `W...`, `I...`), cfn_nag's (`F...`) and the Guard rules in `guard_rules/` (ids in capitals). How to run it, and how a",
        "finding is suppressed: [check.md](check.md).",
        "",
        "| rule | level | what must hold |",
        "|---|---|---|",
        *(f"| [{rule.id}](checks/{rule.id}.md) | {rule.level} | {_cell(rule.title)} |" for rule in rules),
    )
    return "".join(f"{line}\n" for line in lines)


def _page(rule: Rule, example: Example | None) -> str:
    lines = (
        f"# {rule.id}: {rule.title}",
        "",
        _WRITTEN,
        "",
        "| | |",
        "|---|---|",
        f"| level | {rule.level} |",
        f"| source | {_cell(rule.source) or 'none'} |",
        f"| read from | {_cell(rule.holds_for)} |",
        f"| can be suppressed | {'yes' if can_be_suppressed(rule.id) else 'no'} |",
        "",
        f"**Why:** {rule.why}.",
        "",
        f"**Fix:** {rule.fix}.",
        *(_example(example) if example else ()),
    )
    return "".join(f"{line}\n" for line in lines)


def _example(example: Example) -> Iterator[str]:
    yield from ("", "## Fails", "")
    for edit in example.edits:
        yield from _block(edit.path, edit.fails)
    yield f"> {example.message}"
    before = [(edit.path, edit.passes) for edit in example.edits if edit.passes is not None]
    if len(before) == len(example.edits):
        yield from ("", "## Passes")
        for place, text in before:
            yield ""
            yield from tuple(_block(place, text))[:-1]


def _block(place: str, text: str) -> Iterator[str]:
    """A piece of a file; an empty one is what is not there."""
    if text.strip():
        yield from (f"In `{place}`:", "", f"```{_LANGUAGES.get(place.rpartition('.')[2], '')}")
        yield text.strip("\n")
        yield from ("```", "")
    else:
        yield from (f"In `{place}`, without the lines below.", "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
