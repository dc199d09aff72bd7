"""Which resources a rule looks at, told from its text: what does not concern it need not be shown to the engine.

Most rules begin by selecting resources by type, and say SKIP when there are none. Such a rule is not run on a template without them,
and a rule that looks at nothing else is run on a template without the rest. Where the text does not say so plainly, nothing is left
out: the rule is run, on the whole template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_TYPED = re.compile(
    r"""\s*let\s+\w+\s*=\s*(?:Resources\.\*|%(?P<base>\w+))\[\s*
    Type\s*(?:==\s*(?P<one>'[^']*'|"[^"]*")|(?i:in)\s*\[(?P<many>[^\]]*)\])
    (?!\s*(?:or\b|OR\b|\|OR\|))""",
    re.VERBOSE,
)
_BY_NAME = re.compile(r"\s*let\s+\w+\s*=\s*Resources\.%\w+\s*$")
_DERIVED = re.compile(r"\s*let\s+\w+\s*=\s*(?:count\(\s*)?%\w")
_LITERAL = re.compile(r"""\s*let\s+\w+\s*=\s*['"\[/\d{]""")
_GATE = re.compile(r"\s*rule\s+\w+\s+when\s+(?:some\s+)?%(?P<name>\w+)\s+(?:!|not\s+)empty\s*\{(?P<body>.*)\}\s*$", re.DOTALL)
_NOISE = re.compile(
    r"""<<.*?>>|'[^'\n]*'|"(?:\\.|[^"\\\n])*"|(?<=[=\s(\[])/(?:\\.|[^/\\\n])+/|\#[^\n]*""",
    re.DOTALL,
)
_ROOT = re.compile(r"\bResources\b")


class Named(frozenset[str]):
    """Types of what names further resources, which may be of any type: so much is known of them before they are selected by type."""


@dataclass(frozen=True)
class Reach:
    """`gate`: types without which the rule says SKIP. `reads`: all types whose resources it looks at. None is unknown: any."""

    gate: frozenset[str] | None = None
    reads: frozenset[str] | None = None


EVERYTHING = Reach()


def types_selected(let: str, known: Mapping[str, frozenset[str] | None], used: frozenset[str]) -> frozenset[str] | None:
    """The types that a variable can hold anything of. `known` are those of the variables before it, `used` the names in it."""
    text = _NOISE.sub(lambda found: "" if found[0].startswith("#") else found[0], let)
    if _BY_NAME.match(text):
        naming = _union(known[name] for name in used if name in known)
        return None if naming is None else Named(naming)
    if (found := _TYPED.match(text)) and (found["base"] is None or isinstance(known.get(found["base"]), Named)):
        if _ROOT.search(_NOISE.sub("''", text[found.end() :])):
            return None
        selected = (frozenset(known[name] or ()) if name == found["base"] else known[name] for name in used if name in known)
        return _union((_names(found["one"] or found["many"]), *selected))
    if (_DERIVED.match(text) or _LITERAL.match(text)) and not _ROOT.search(_NOISE.sub("''", text)):
        return _union(known[name] for name in used if name in known)
    return None


def reach_of(rule: str, variables: Mapping[str, frozenset[str] | None], used: frozenset[str], *, calls: bool) -> Reach:
    """How far the rule looks. `used` are the names in it; a rule that `calls` others looks as far as they do, which is not followed."""
    found = _GATE.match(rule)
    if found is None or calls:
        return EVERYTHING
    gate = variables.get(found["name"])
    if gate is None:
        return EVERYTHING
    reads = _union(variables[name] for name in used if name in variables) if _begins_at_variables(found["body"]) else None
    return Reach(gate, reads)


def _begins_at_variables(body: str) -> bool:
    """Whether every clause directly in the body starts at a variable, and not at the template's root."""
    depth = 0
    for line in _NOISE.sub("''", body).splitlines():
        stripped = line.strip()
        if depth == 0 and stripped and not stripped.startswith(("%", "}", "]", "''")):
            return False
        depth += sum(stripped.count(each) for each in "{[(") - sum(stripped.count(each) for each in "}])")
    return not _ROOT.search(_NOISE.sub("''", body))


def _names(text: str) -> frozenset[str]:
    return frozenset(part.strip().strip("'\"") for part in text.split(",") if part.strip())


def _union(parts: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    together: frozenset[str] = frozenset()
    for part in parts:
        if part is None or isinstance(part, Named):
            return None
        together |= part
    return together
