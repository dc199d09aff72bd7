"""Guard rule files as their parts: variables, rules, and the texts that a rule shows when it fails.

The engine takes a whole file. To run one rule alone, which its lost output makes necessary (`engine`), the file must be cut.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

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
class GuardRule:
    """One rule: its source, the names in it (of rules it calls, among others), and its texts."""

    name: str
    line: int
    source: str
    words: frozenset[str]
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class RuleFile:
    """One file of rules. `variables` is everything at the top level that is no rule."""

    path: Path
    text: str
    variables: str
    rules: tuple[GuardRule, ...]

    def alone(self, name: str) -> str:
        """The source of one rule with all it needs: variables, and the rules it calls, directly or not."""
        by_name = {rule.name: rule for rule in self.rules}
        needed: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current not in needed:
                needed.add(current)
                waiting.extend(by_name[current].words & by_name.keys())
        return "\n".join((self.variables, *(rule.source for rule in self.rules if rule.name in needed)))


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
    rules: list[GuardRule] = []
    variables: list[str] = []
    depth = 0
    begin: int | None = None
    rest = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "word" and match.group() == "rule" and depth == 0:
            begin = match.start()
            variables.append(text[rest:begin])
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
            if depth == 0 and begin is not None and match.group() == "}":
                rules.append(_rule(text, begin, match.end()))
                begin, rest = None, match.end()
    variables.append(text[rest:])
    return RuleFile(path, text, "".join(variables), tuple(rules))


def _rule(text: str, begin: int, end: int) -> GuardRule:
    source = text[begin:end]
    words = [match.group("word") for match in _TOKEN.finditer(source) if match.group("word")]
    messages = [match.group("message")[2:-2] for match in _TOKEN.finditer(source) if match.group("message")]
    return GuardRule(
        words[1], text.count("\n", 0, begin) + 1, source, frozenset(words[2:]), tuple(dict.fromkeys(map(read_text, messages)))
    )


def read_text(message: str) -> Text:
    """A message `Violation: ... Fix: ...` (the form of the AWS rules registry), or any other text as the violation."""
    found = _VIOLATION.search(message)
    violation, fix = (found["violation"], found["fix"] or "") if found else (message, "")
    return Text(_plain(violation), _plain(fix))


def _plain(text: str) -> str:
    # the engine joins the lines of a message by `;`
    line = " ".join(text.split()).strip(" .;")
    return line[:1].lower() + line[1:] if line[1:2].islower() else line
