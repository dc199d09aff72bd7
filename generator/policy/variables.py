"""Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and the escapes `${*}`, `${?}`, `${$}`.

Source of the rules: IAM User Guide, "IAM policy elements: Variables and tags". Values that are put in for a variable are taken
literally: a `*` in a tag is no wildcard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from generator.errors import Where
from generator.policy.keys import Context, names_no_tag, unknown_key
from generator.policy.pattern import Glob, Wild
from generator.policy.problems import Doubt, Problems

ESCAPES = ("*", "?", "$")
"""`${*}` is a literal `*`, and so on ("Special characters" of that page)."""

_START = "${"
_NAME = re.compile(r"[A-Za-z0-9_.\-]+:[^\s,'{}]+")
_DEFAULT = re.compile(r"(?P<name>[^,]*), '(?P<default>[^']*)'")


@dataclass(frozen=True)
class Variable:
    """`${key}` or `${key, 'default'}`."""

    key: str
    default: str | None = None

    def resolve(self, context: Context) -> str | None:
        """The value to put in; None if the key has none, or several, and there is no default.

        "When policy variables reference a condition context key that has no value or is not present [...] the value is
        effectively null" ("Policy variables with no value"); only a single-valued key can be a variable.
        """
        values = context.get(self.key)
        return values[0] if len(values) == 1 else self.default


@dataclass(frozen=True)
class Template:
    """A string of a policy, cut into literals, wildcards and variables."""

    text: str
    parts: tuple[str | Wild | Variable, ...]

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """The variables in order."""
        return tuple(part for part in self.parts if isinstance(part, Variable))

    @cached_property
    def glob(self) -> Glob | None:
        """The pattern, if it hangs on no variable."""
        parts = tuple(part for part in self.parts if not isinstance(part, Variable))
        return Glob.of(parts) if len(parts) == len(self.parts) else None

    def resolve(self, context: Context) -> Glob | None:
        """The pattern for one request; None if a variable has no value, which means that nothing matches."""
        if self.glob is not None:
            return self.glob
        parts: list[str | Wild] = []
        for part in self.parts:
            value = part.resolve(context) if isinstance(part, Variable) else part
            if value is None:
                return None
            parts.append(value)
        return Glob.of(parts)


class VariableError(ValueError):
    """A variable is ill-formed. `problem` and `remedy` are for the user."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def parse_template(text: str, *, wildcards: bool, variables: bool = True) -> Template:
    """Cut `text`; with `variables` off (language version 2008-10-17) every `$` is a literal.

    Raises `VariableError` for what the checks of IAM Access Analyzer call errors: a missing brace, a missing quote, a space, an
    empty variable ("IAM policy validation check reference"). Whether the key of a variable exists is not asked (`doubt_variables`).
    """
    parts: list[str | Wild | Variable] = []
    position = 0
    while position < len(text):
        start = text.find(_START, position) if variables else -1
        literal = text[position:] if start < 0 else text[position:start]
        parts.extend(Glob.parse(literal).parts if wildcards else (literal,))
        if start < 0:
            break
        end = text.find("}", start)
        if end < 0:
            raise VariableError(
                f"the variable `{text[start:]}` has no closing brace", "write `}` after the variable, or `${$}` for a literal `$`"
            )
        parts.append(_variable(text[start + len(_START) : end]))
        position = end + 1
    return Template(text, tuple(_joined(parts)))


def _variable(inside: str) -> str | Variable:
    if inside in ESCAPES:
        return inside
    if not inside:
        raise VariableError(
            "the variable `${}` is empty", "write a condition key between the braces, for example `${aws:username}`"
        )
    found = _DEFAULT.fullmatch(inside)
    name, default = (found["name"], found["default"]) if found else (inside, None)
    if not found and ("," in inside or "'" in inside):
        raise VariableError(
            f"the default of `${{{inside}}}` is ill-formed", "write it as `${key, 'default'}`: a comma, one space, single quotes"
        )
    if not _NAME.fullmatch(name):
        raise VariableError(
            f"`${{{inside}}}` names no condition key", "write `${prefix:name}` without spaces, for example `${aws:username}`"
        )
    unknown = unknown_key(name)
    if unknown and names_no_tag(name):
        raise VariableError(*unknown)
    return Variable(name, default)


def doubt_variables(template: Template, where: Where, problems: Problems) -> None:
    """Note the variables whose keys are global by their name, and in no table."""
    for variable in template.variables:
        unknown = unknown_key(variable.key)
        if unknown:
            problems.doubt(Doubt.KEY, where, *unknown)


def _joined(parts: list[str | Wild | Variable]) -> Iterator[str | Wild | Variable]:
    """The parts with neighbouring literals joined and empty ones left out."""
    literal = ""
    for part in parts:
        if isinstance(part, str):
            literal += part
            continue
        if literal:
            yield literal
            literal = ""
        yield part
    if literal:
        yield literal
