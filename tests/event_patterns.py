"""EventBridge's event patterns, decided as its user guide says ("Comparison operators for use in event patterns").

moto knows the API that tests patterns, but its answer is empty. What this module does not know it refuses, so that no test passes by a
misspelt operator.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Json = Any
"""Whatever `json.loads` returns."""

COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


def matches(pattern: Mapping[str, Json], event: Json) -> bool:
    """Whether the event matches: every field of the pattern does. A list of objects matches if one of them does as a whole."""
    if isinstance(event, list):
        return any(matches(pattern, each) for each in event) or (event == [] and matches(pattern, {}))
    fields = event if isinstance(event, dict) else {}
    return all(
        any(matches(choice, fields) for choice in _choices(wanted)) if name == "$or" else _field(wanted, fields, name)
        for name, wanted in pattern.items()
    )


def _choices(wanted: Json) -> Sequence[Mapping[str, Json]]:
    if not isinstance(wanted, list) or len(wanted) < 2 or not all(isinstance(each, dict) for each in wanted):
        raise ValueError(f"$or takes two objects or more, not {wanted}")
    return wanted


def _field(wanted: Json, fields: Mapping[str, Json], name: str) -> bool:
    if isinstance(wanted, dict):
        return matches(wanted, fields.get(name))
    if not isinstance(wanted, list) or not wanted:
        raise ValueError(f"{name}: a pattern's leaf is a list of one or more, not {wanted}")
    values = _leaves(fields[name]) if name in fields else []
    return any(_one(alternative, values) for alternative in wanted)


def _leaves(value: Json) -> list[Json]:
    """The scalars that a field holds; operators see leaves alone."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values if not isinstance(each, dict | list)]


def _one(alternative: Json, values: list[Json]) -> bool:
    if isinstance(alternative, dict) and "exists" in alternative:
        return bool(values) is alternative["exists"]
    return any(_holds(alternative, value) for value in values)


def _holds(alternative: Json, value: Json) -> bool:
    if not isinstance(alternative, dict):
        return _same(alternative, value)
    if len(alternative) != 1:
        raise ValueError(f"one operator at a time, not {alternative}")
    ((name, operand),) = alternative.items()
    if name == "anything-but":
        return not _excluded(operand, value)
    if name == "numeric":
        return _numeric(operand, value)
    return _text(name, operand, value)


def _same(wanted: Json, value: Json) -> bool:
    """Numbers are compared as they are written: 300 is not 300.0. Text is never a number, and case counts."""
    return type(wanted) is type(value) and repr(wanted) == repr(value)


def _excluded(operand: Json, value: Json) -> bool:
    if isinstance(operand, dict):
        ((name, inner),) = operand.items()
        if name not in {"prefix", "suffix", "equals-ignore-case", "wildcard"}:
            raise ValueError(f"anything-but takes no {name}")
        return any(_text(name, each, value) for each in (inner if isinstance(inner, list) else [inner]))
    return any(_same(each, value) for each in (operand if isinstance(operand, list) else [operand]))


def _numeric(operand: Sequence[Json], value: Json) -> bool:
    if len(operand) not in {2, 4}:
        raise ValueError(f"numeric takes one comparison or two, not {operand}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    pairs = zip(operand[::2], operand[1::2], strict=True)
    return all(COMPARED[sign](value, bound) for sign, bound in pairs)


def _text(name: str, operand: Json, value: Json) -> bool:
    if not isinstance(value, str):
        return False
    if isinstance(operand, dict):
        if name not in {"prefix", "suffix"} or set(operand) != {"equals-ignore-case"}:
            raise ValueError(f"{name} takes no {operand}")
        return _text(name, operand["equals-ignore-case"].lower(), value.lower())
    if name not in TEXTS:
        raise ValueError(f"there is no operator {name}")
    return TEXTS[name](operand, value)


def _wildcard(pattern: str) -> str:
    r"""A `*` is any text; `\*` and `\\` are themselves. EventBridge refuses two wildcards in a row."""
    if re.search(r"(?<!\\)\*\*", pattern):
        raise ValueError(f"two wildcards in a row: {pattern}")
    parts = re.findall(r"\\[*\\]|\*|[^*\\]+", pattern)
    return "".join(".*" if part == "*" else re.escape(part.removeprefix("\\") if len(part) == 2 else part) for part in parts)


def _in_network(network: str, value: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network)
    except ValueError:
        return False


TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "prefix": lambda operand, value: value.startswith(operand),
    "suffix": lambda operand, value: value.endswith(operand),
    "equals-ignore-case": lambda operand, value: value.lower() == operand.lower(),
    "wildcard": lambda operand, value: re.fullmatch(_wildcard(operand), value, re.DOTALL) is not None,
    "cidr": _in_network,
}
