"""The rules of the gate: which of the shipped Guard rules go to the accounts, and the one text that they become.

A Guard Hook that looks at stacks gets the whole template, with `Resources`, `Type` and `Properties` as they were written (Hooks User
Guide, "Write Guard rules to evaluate resources for Guard Hooks", stack operations), so that a rule says there what it says to
`cfctgen check`: across resources, of `DeletionPolicy`, and with the exceptions in `Metadata`. A hook that looks at single resources
has none of the three.

Every rule is a block of lines between two empty lines, with its variables and its comment; `tests/controls` holds the files to that.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import generator
from generator.aws.frameworks import Framework
from generator.controls.template_gate.options import TemplateGateOptions
from generator.errors import PackageError, Problem
from generator.landing_zone.nearest import nearest

_IN_REPOSITORY = Path(generator.__file__).resolve().parents[1] / "guard_rules"
SHIPPED = _IN_REPOSITORY if _IN_REPOSITORY.is_dir() else Path(sys.prefix) / "share" / "cfctgen" / "guard_rules"
"""The Guard rules of this program, in its repository or where it is installed."""

LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "ANALYZER_COVERS_ORGANIZATION": "an account's own analyzer covers the account",
        "HOOK_STOPS_FAILURES": "hooks begin with warnings, as this one does",
        "TRAIL_ORGANIZATION": "an account's own trail is no organization trail, and cannot be one",
    }
)
"""Rules that are right for a landing zone's templates and wrong for a member account's, with the reason."""

LARGEST_REQUEST = 256 * 1024
"""Bytes. CloudFormation calls the function asynchronously (Lambda Developer Guide, "Lambda quotas", invocation payload; later raised)."""

_ENVELOPE = 8 * 1024
"""Bytes for all that a request holds besides the rules: ids, the signed address of the answer, names."""

_RULE = re.compile(r"^rule (?P<name>\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^#.*$\n?", re.MULTILINE)
_WARNING = re.compile(r"^# Level: (?:house|warning|info)$", re.MULTILINE)
_FRAMEWORK = re.compile(rf"^# - (?P<name>{'|'.join(Framework.__members__)}) ", re.MULTILINE)
_EXCEPTION = re.compile(
    r"^ *Metadata\.guard\.SuppressedRules not exists or\n *Metadata\.guard\.SuppressedRules\.\* != '\w+'\n", re.MULTILINE
)


@dataclass(frozen=True)
class GateRule:
    """One rule with its variables. `warns` of rules that in anybody's package say no more than a warning. `text` has no comments."""

    name: str
    frameworks: frozenset[Framework]
    warns: bool
    text: str


def shipped(folder: Path = SHIPPED) -> tuple[GateRule, ...]:
    """Every rule of the folder, by file."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.guard")))
    return tuple(rule for text in texts for rule in _cut(text))


def gate_rules(options: TemplateGateOptions, rules: Iterable[GateRule]) -> tuple[GateRule, ...]:
    """Those of `rules` that the options choose. Raises PackageError for a rule that does not exist, and when none is left."""
    rules = tuple(rules)
    names = tuple(rule.name for rule in rules)
    unknown = tuple(
        Problem(
            None,
            f"template-gate leaves out `{name}`, and there is no such rule",
            nearest(name, names) or "use a name from docs/guard-rules.md",
        )
        for name in options.without
        if name not in names
    )
    if unknown:
        raise PackageError(unknown)
    chosen = tuple(rule for rule in rules if _is_chosen(rule, options))
    if not chosen:
        raise PackageError(Problem(None, "no rule is left for template-gate", "take back some of `frameworks` or `without`"))
    return chosen


def gate_text(rules: Iterable[GateRule], options: TemplateGateOptions) -> str:
    """The file that the hook reads. Raises PackageError when CloudFormation could not hand it to the function.

    An update carries the properties twice: as they are, and as they were (CloudFormation User Guide, "Custom resource request and
    response reference").
    """
    text = "\n".join(rule.text for rule in rules)
    if options.exceptions == "ignored":
        text = _EXCEPTION.sub("", text)
    size = 2 * len(json.dumps(text)) + _ENVELOPE
    if size > LARGEST_REQUEST:
        raise PackageError(
            Problem(
                None,
                f"the rules of template-gate make a request of {size:,} bytes, and Lambda takes {LARGEST_REQUEST:,}",
                "choose fewer: set `frameworks` or `without`",
            )
        )
    return text


def _is_chosen(rule: GateRule, options: TemplateGateOptions) -> bool:
    answers = not options.frameworks or bool(rule.frameworks & set(options.frameworks))
    return answers and (options.warnings or not rule.warns) and rule.name not in {*LEFT_OUT, *options.without}


def _cut(text: str) -> Iterator[GateRule]:
    for block in text.split("\n\n"):
        if found := _RULE.search(block):
            frameworks = frozenset(Framework[each["name"]] for each in _FRAMEWORK.finditer(block))
            bare = _COMMENT.sub("", block).strip("\n") + "\n"
            yield GateRule(found["name"], frameworks, _WARNING.search(block) is not None, bare)
