"""Values of a template as cfn_nag sees them: Ruby's view of YAML, and the intrinsic functions that cfn-model resolves.

cfn_nag runs without parameter values and with every declared condition true (cfn-model 0.6.0 parser/cfn_parser.rb
`process_conditions`), so a `Ref` stays a mapping, `Fn::If` takes its first branch, and `Fn::Sub` stays the string that is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MAX_DEPTH = 200
"""Deeper values are refused: Ruby reads them, but nothing that CloudFormation deploys is that deep."""

NO_VALUE = {"Ref": "AWS::NoValue"}

_SUBSTITUTION = re.compile(r"\$\{([^!].*?)\}")
_PASSED_THROUGH = frozenset(("Fn::GetAtt", "Fn::ImportValue", "Fn::Transform", "Fn::Cidr"))


class StoppedError(Exception):
    """cfn_nag stops with a Ruby error here and CfCT's build with it. The text says what it cannot take."""


def as_read(value: object, depth: int = 0) -> object:
    """The value as cfn-model reads it with line numbers: a plain value under the key `Type` becomes a mapping (to_ruby_with_line_numbers.rb)."""
    if depth > MAX_DEPTH:
        raise StoppedError(f"a value nests deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {
            key: {"value": inner} if key == "Type" and not isinstance(inner, (dict, list)) else as_read(inner, depth + 1)
            for key, inner in value.items()
        }
    return [as_read(item, depth + 1) for item in value] if isinstance(value, list) else value


def text(value: object) -> str:
    """Ruby's `to_s`."""
    return "" if value is None else value if isinstance(value, str) else _inspect(value)


def _inspect(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_inspect(key)}=>{_inspect(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inspect, value)) + "]"
    if value is None:
        return "nil"
    return str(value).lower() if isinstance(value, bool) else json.dumps(value, ensure_ascii=False, default=str)


def truthy(value: object) -> bool:
    """`true` as a boolean or a string in any case (util/truthy.rb)."""
    return text(value).lower() == "true"


def not_truthy(value: object) -> bool:
    """Missing, or `false` as a boolean or a string in any case (util/truthy.rb)."""
    return value is None or text(value).lower() == "false"


def index(value: object, key: str) -> object:
    """Ruby's `value[key]` with a string as the key."""
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, str):
        return key if key in value else None
    raise StoppedError(f"it looks for `{key}` in {_kind(value)}, where it expects a mapping")


def items(value: object, what: str) -> list[object]:
    """A list that cfn_nag walks through. A mapping (a `Ref`, say) stops it."""
    if isinstance(value, list):
        return value
    raise StoppedError(f"`{what}` is {_kind(value)}, where it expects a list")


def _kind(value: object) -> str:
    names = {dict: "a mapping", list: "a list", str: "a string", bool: "a boolean", type(None): "nothing"}
    return names.get(type(value), "a number")


def _item(value: object, position: int) -> object:
    """Ruby's `value[0]` on the arguments of a function; only a list has items."""
    return value[position] if isinstance(value, list) and position < len(value) else None


@dataclass(frozen=True)
class Resolver:
    """cfn-model's `References.resolve_value` for one template."""

    conditions: frozenset[str]
    mappings: Mapping[object, object]

    def resolve(self, value: object) -> object:
        """The value that rules compare. StoppedError where Ruby raises an error that nobody catches."""
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict) or "Ref" in value:
            return value
        for name, function in _FUNCTIONS.items():
            if name in value:
                return function(self, value, value[name])
        if not _PASSED_THROUGH.isdisjoint(value):
            return value
        return {key: self.resolve(inner) for key, inner in value.items()}

    def branch(self, arguments: object) -> object:
        """What `Fn::If` chooses: the first branch if the condition is declared, whatever it says."""
        name = _item(arguments, 0)
        return _item(arguments, 1 if isinstance(name, str) and name in self.conditions else 2)

    def _if(self, _: object, arguments: object) -> object:
        return self.resolve(self.branch(arguments))

    def _find_in_map(self, whole: object, arguments: object) -> object:
        inner: object = self.mappings
        for position in range(3):
            key = self.resolve(_item(arguments, position)) if position else _item(arguments, position)
            if not isinstance(inner, Mapping) or isinstance(key, (dict, list)) or inner.get(key) is None:
                return whole
            inner = inner[key]
        return inner

    def _sub(self, whole: object, arguments: object) -> object:
        if isinstance(arguments, str):
            return arguments
        if not isinstance(arguments, list):
            return whole
        template, values = _item(arguments, 0), _item(arguments, 1)
        if not isinstance(template, str):
            raise StoppedError("the first item of `Fn::Sub` is no string")
        result = template
        for name in _SUBSTITUTION.findall(template):
            if not isinstance(values, dict):
                raise StoppedError("`Fn::Sub` is given a list without a mapping of values")
            value = self.resolve(values.get(name))
            if isinstance(value, str):
                result = result.replace(f"${{{name}}}", value)
        return result

    def _get_azs(self, _: object, __: object) -> object:
        raise StoppedError("it cannot count availability zones (`Fn::GetAZs`) where it compares this value")

    def _split(self, whole: object, arguments: object) -> object:
        delimiter, target = _item(arguments, 0), self.resolve(_item(arguments, 1))
        if not isinstance(target, str):
            return whole
        if not isinstance(delimiter, str):
            raise StoppedError("the delimiter of `Fn::Split` is no string")
        parts = target.split(delimiter) if delimiter else list(target)
        while parts and not parts[-1]:
            parts.pop()
        return parts

    def _join(self, whole: object, arguments: object) -> object:
        delimiter, joined = _item(arguments, 0), self.resolve(_item(arguments, 1))
        if not isinstance(joined, list):
            return whole
        if not isinstance(delimiter, (str, type(None))):
            raise StoppedError("the delimiter of `Fn::Join` is no string")
        return _joined(delimiter or "", joined)

    def _base64(self, _: object, arguments: object) -> object:
        return self.resolve(arguments)

    def _select(self, whole: object, arguments: object) -> object:
        position, collection = _item(arguments, 0), self.resolve(_item(arguments, 1))
        if not isinstance(collection, list):
            return whole
        if isinstance(position, bool) or not isinstance(position, int):
            raise StoppedError("the index of `Fn::Select` is no number: write `0`, not `'0'`")
        return collection[position] if -len(collection) <= position < len(collection) else None


def _joined(delimiter: str, parts: list[object]) -> str:
    return delimiter.join(_joined(delimiter, part) if isinstance(part, list) else text(part) for part in parts)


_FUNCTIONS: Mapping[str, Callable[[Resolver, object, object], object]] = {
    "Fn::FindInMap": Resolver._find_in_map,  # noqa: SLF001 # the table of the class's own functions, in cfn-model's order
    "Fn::If": Resolver._if,  # noqa: SLF001
    "Fn::Sub": Resolver._sub,  # noqa: SLF001
    "Fn::GetAZs": Resolver._get_azs,  # noqa: SLF001
    "Fn::Split": Resolver._split,  # noqa: SLF001
    "Fn::Join": Resolver._join,  # noqa: SLF001
    "Fn::Base64": Resolver._base64,  # noqa: SLF001
    "Fn::Select": Resolver._select,  # noqa: SLF001
}
