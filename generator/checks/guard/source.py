"""Guard rule files as their parts: variables, rules, and the texts that a rule shows when it fails.

The engine takes a whole file. To run one rule alone, which its lost output makes necessary (`engine`), the file must be cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from generator.checks.guard.header import Header, read_header
from generator.checks.guard.reach import Reach, reach_of, types_selected
from generator.errors import InputError, Problem, Where

SUFFIX = ".guard"

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
  | (?P<message><<.*?>>)
  | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
  | (?P<regex>(?<=[=,\[\s(])/(?:\\.|[^/\\\n])+/)
  | (?P<open>[{\[(])
  | (?P<close>[}\])])
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_VIOLATION = re.compile(r"Violation:\s*(?P<violation>.*?)\s*(?:\bFix:\s*(?P<fix>.*))?$", re.DOTALL)


@dataclass(frozen=True)
class Text:
    """What a rule says when it fails, as our messages are written."""

    violation: str
    fix: str


@dataclass(frozen=True)
class Variable:
    """One `let` at the top level: its source, and the names in it."""

    name: str
    source: str
    words: frozenset[str]


@dataclass(frozen=True)
class GuardRule:
    """One rule: its source, the names in it (of rules it calls, among others), its texts, and what the comment above it says."""

    name: str
    line: int
    source: str
    words: frozenset[str]
    texts: tuple[Text, ...]
    header: Header
    reach: Reach


@dataclass(frozen=True)
class RuleFile:
    """One file of rules."""

    path: Path
    text: str
    variables: tuple[Variable, ...]
    rules: tuple[GuardRule, ...]

    def alone(self, name: str) -> str:
        """The source of one rule with all it needs: variables, and rules it calls, directly or not."""
        return self._source((name,))

    def only(self, wanted: Callable[[GuardRule], bool]) -> RuleFile:
        """The file with the wanted rules alone. Rules that they call stay in its text, and are not reported."""
        kept = tuple(rule for rule in self.rules if wanted(rule))
        return self if kept == self.rules else replace(self, text=self._source(rule.name for rule in kept), rules=kept)

    def _source(self, names: Iterable[str]) -> str:
        """The rules of that name with all they need: variables, and rules they call, directly or not."""
        parts: tuple[Variable | GuardRule, ...] = (*self.variables, *self.rules)
        by_name = {part.name: part for part in parts}
        needed: set[str] = set()
        waiting = list(names)
        while waiting:
            current = waiting.pop()
            if current not in needed:
                needed.add(current)
                waiting.extend(by_name[current].words & by_name.keys())
        return "\n".join(part.source for part in parts if part.name in needed)


def load(folders: tuple[Path, ...]) -> tuple[RuleFile, ...]:
    """Every rule file of the folders, by name. Files without a rule are left out: the engine cannot read them."""
    problems = [
        Problem(Where(folder.as_posix()), "there is no such folder of Guard rules", "name a folder that holds `*.guard` files")
        for folder in folders
        if not folder.is_dir()
    ]
    if problems:
        raise InputError(problems)
    files = (parse(path) for folder in folders for path in sorted(folder.glob(f"*{SUFFIX}")))
    return tuple(file for file in files if file.rules)


def parse(path: Path) -> RuleFile:
    """The parts of one file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            Problem(Where(path.as_posix()), "the file of Guard rules cannot be read as UTF-8 text", "make it readable")
        ) from error
    return cut(text, path)


def cut(text: str, path: Path) -> RuleFile:
    """The parts of a file's text."""
    starts = (*_starts(text), (len(text), ""))
    scanned = ((start, kind, _scan(text[start:end])) for (start, kind), (end, _) in pairwise(starts))
    parts = tuple(part for part in scanned if len(part[2].words) > 1)
    variables = tuple(Variable(part.words[1], part.source, part.used) for _, kind, part in parts if kind == "let")
    types: dict[str, frozenset[str] | None] = {}
    for variable in variables:
        types[variable.name] = types_selected(variable.source, types, variable.words)
    names = frozenset(part.words[1] for _, kind, part in parts if kind == "rule")
    rules: list[GuardRule] = []
    rest = 0
    for start, kind, part in parts:
        if kind == "rule" and part.length:
            source = part.source[: part.length]
            header, line = read_header(text[rest:start]), text.count("\n", 0, start) + 1
            reach = reach_of(source, types, part.used, calls=bool(part.used & names))
            rules.append(GuardRule(part.words[1], line, source, part.used, part.texts, header, reach))
            rest = start + part.length
    return RuleFile(path, text, variables, tuple(rules))


def _starts(text: str) -> Iterator[tuple[int, str]]:
    """Where each `let` and each `rule` of the top level begins."""
    depth = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "word" and depth == 0 and match.group() in {"let", "rule"}:
            yield match.start(), match.group()
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1


@dataclass(frozen=True)
class _Part:
    """A `let` or a rule with what follows it. `length` is up to where a rule goes, 0 if it does not end."""

    source: str
    words: tuple[str, ...]
    texts: tuple[Text, ...]
    length: int

    @property
    def used(self) -> frozenset[str]:
        """The names in it, but its own."""
        return frozenset(self.words[2:])


def _scan(source: str) -> _Part:
    words: list[str] = []
    messages: list[str] = []
    depth = length = 0
    for match in _TOKEN.finditer(source):
        kind, found = match.lastgroup, match.group()
        if kind == "word":
            words.append(found)
        elif kind == "message":
            messages.append(found[2:-2])
        elif kind in {"open", "close"}:
            depth += 1 if kind == "open" else -1
            length = match.end() if found == "}" and depth == 0 and not length else length
    return _Part(source, tuple(words), tuple(dict.fromkeys(map(read_text, messages))), length)


def read_text(message: str) -> Text:
    """A message `Violation: ... Fix: ...` (the form of the AWS rules registry), or any other text as the violation."""
    found = _VIOLATION.search(message)
    violation, fix = (found["violation"], found["fix"] or "") if found else (message, "")
    return Text(_plain(violation), _plain(fix))


def _plain(text: str) -> str:
    # the engine joins the lines of a message by `;`
    line = " ".join(text.split()).strip(" .;")
    return line[:1].lower() + line[1:] if line[1:2].islower() else line
