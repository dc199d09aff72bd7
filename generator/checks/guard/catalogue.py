"""The catalogue of the shipped Guard rules, as Markdown: what each asks, who else asks it, and a template that passes and one that fails.

The examples are cases of the rules' own tests, so that what is shown is what is tested.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from generator.aws.frameworks import Framework
from generator.checks.finding import Level
from generator.checks.guard.engine import Status
from generator.checks.guard.source import GuardRule, RuleFile, load

INDEX = "docs/guard-rules.md"
PAGES = "docs/guard-rules"
_CASES = "tests/guard"
_RULES = "guard_rules"
_WRITTEN = "<!-- written by `make reference` from guard_rules/ and tests/guard/ -->\n"
_HEAD = """\
# Guard rules

{written}
`cfctgen check` asks these {count} rules of every template of a package. They are written for
[CloudFormation Guard](https://docs.aws.amazon.com/cfn-guard/latest/ug/what-is-guard.html) 3 and run without this program too. How to
write one, to make an exception, and to choose by framework: [guard.md](guard.md).

Levels: `error` is a hole in anybody's template. `house` is what this house asks of its landing zone: an error where a
`landing-zone.yaml` lies beside the package, a warning elsewhere. A `warning` is always one.

Ids stand for: {frameworks}.

"""
_AT_HOME = "An error in this house's landing zone, a warning elsewhere,"


@dataclass(frozen=True)
class _Case:
    """One test case: the template, and what each rule says of it."""

    template: Mapping[str, object]
    verdicts: Mapping[str, str]


def catalogue(root: Path) -> dict[str, str]:
    """Path below `root` to text, for every page. `root` is this repository."""
    files = load((root / _RULES,))
    pages = {f"{PAGES}/{file.path.stem}.md": _page(file, _cases(root / _CASES / f"{file.path.stem}_tests.yml")) for file in files}
    return {INDEX: _index(files)} | pages


def _index(files: Sequence[RuleFile]) -> str:
    names = "; ".join(f"`{framework.name}` for {framework.full_name}" for framework in Framework)
    head = _HEAD.format(count=sum(len(file.rules) for file in files), frameworks=names, written=_WRITTEN)
    rows = (row for file in files for row in _rows(file))
    return head + "".join(f"{row}\n" for row in ("| rule | what must hold | level | ids |", "|---|---|---|---|", *rows))


def _rows(file: RuleFile) -> Iterator[str]:
    for rule in file.rules:
        ids = "; ".join(f"{each.framework.name} {', '.join(each.ids)}" for each in rule.header.references)
        link = f"[{rule.name}](guard-rules/{file.path.stem}.md#{rule.name.lower()})"
        yield f"| {link} | {rule.header.title} | {rule.header.word} | {ids} |"


def _page(file: RuleFile, cases: Sequence[_Case]) -> str:
    title = file.text.splitlines()[0].lstrip("# ")
    parts = [f"# {title}\n", _WRITTEN, f"Rules of [`{file.path.name}`](../../{_RULES}/{file.path.name}).\n"]
    return "\n".join((*parts, *(_entry(rule, cases) for rule in file.rules)))


def _entry(rule: GuardRule, cases: Sequence[_Case]) -> str:
    header = rule.header
    level = _AT_HOME if header.house else "An error" if header.level is Level.ERROR else f"A {header.level}"
    says = " ".join(f"It says: {text.violation}. The fix: {text.fix}." for text in rule.texts)
    lines = (
        f"## {rule.name}\n",
        f"**{header.title}.** {header.why}\n",
        f"{level} where it fails. {says}\n",
        *(f"- {each.framework.name} {', '.join(each.ids)}: {each.reason}" for each in header.references),
        *(("",) if header.references else ()),
        *_example("Passes", rule, Status.PASS, cases),
        *_example("Fails", rule, Status.FAIL, cases),
    )
    return "\n".join(lines)


def _example(word: str, rule: GuardRule, status: Status, cases: Iterable[_Case]) -> Iterator[str]:
    """The shortest case of that verdict; the first of several."""
    texts = [_yaml(case.template) for case in cases if case.verdicts.get(rule.name) == status.value]
    if texts:
        yield f"{word}:\n\n```yaml\n{min(texts, key=len)}```\n"


def _yaml(template: Mapping[str, object]) -> str:
    return yaml.dump(template, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Writes every value where it stands, without anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 # PyYAML's signature
        return True


def _cases(path: Path) -> tuple[_Case, ...]:
    cases = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(_Case(case["input"], case["expectations"]["rules"]) for case in cases)
