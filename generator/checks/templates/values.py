"""Whether CloudFormation takes a value for a parameter as it is declared: its type, its list, its pattern, its bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from generator.cfct.document import Node
from generator.checks.templates.evaluate import as_written
from generator.checks.templates.pattern import whole_match
from generator.checks.templates.template import Declared

NUMBER = "Number"
STRING = "String"
_MOST_SHOWN = 60
_LISTS = ("CommaDelimitedList", "List<")
_STORED = "AWS::SSM::Parameter::Value<"
_STORED_NAME = re.compile(r"(arn:[^\s]+|[A-Za-z0-9_.\-/]+)(:[A-Za-z0-9_.\-]+)?")
"""A name of letters, digits and `_.-/`, with an optional version or label (Systems Manager, PutParameter)."""

_ID = "[0-9a-f]{8}(?:[0-9a-f]{9})?"
_SHAPES: Mapping[str, tuple[re.Pattern[str], str]] = MappingProxyType(
    {
        f"AWS::EC2::{name}": (re.compile(shape), example)
        for name, shape, example in (
            ("AvailabilityZone::Name", r"[a-z]{2}(?:-[a-z]+)+-\d[a-z0-9-]*", "eu-central-1a"),
            ("Image::Id", f"ami-{_ID}", "ami-0123456789abcdef0"),
            ("Instance::Id", f"i-{_ID}", "i-0123456789abcdef0"),
            ("SecurityGroup::Id", f"sg-{_ID}", "sg-0123456789abcdef0"),
            ("Subnet::Id", f"subnet-{_ID}", "subnet-0123456789abcdef0"),
            ("VPC::Id", f"vpc-{_ID}", "vpc-0123456789abcdef0"),
            ("Volume::Id", f"vol-{_ID}", "vol-0123456789abcdef0"),
        )
    }
    | {"AWS::Route53::HostedZone::Id": (re.compile("[A-Z0-9]{1,32}"), "Z0123456789ABCDEFGHIJ")}
)
"""The ids of the types that CloudFormation looks up in the account and region of the stack."""

AVAILABILITY_ZONE = "AWS::EC2::AvailabilityZone::Name"
REGIONAL = frozenset(_SHAPES) - {"AWS::Route53::HostedZone::Id"}
"""Those that exist in one region only."""


def is_stored(kind: str) -> bool:
    """Whether the value is the name of a Systems Manager parameter, whose own value is not known here."""
    return kind.startswith(_STORED)


def is_list(kind: str) -> bool:
    """Whether CloudFormation splits the value at commas."""
    return kind.startswith(_LISTS)


def item_type(kind: str) -> str:
    """The type of each item of a list, else the type itself."""
    if kind == "CommaDelimitedList":
        return STRING
    return kind.removeprefix("List<").removesuffix(">")


def items(kind: str, value: str) -> tuple[str, ...]:
    """The items of a list, else the value alone; an empty value is a list without items."""
    if not is_list(kind):
        return (value,)
    return tuple(item.strip() for item in value.split(",")) if value else ()


def refusals(declared: Declared, value: str) -> Iterator[str]:
    """Why CloudFormation refuses `value`, one clause each; silent where that is not sure."""
    if is_stored(declared.type):
        if not _STORED_NAME.fullmatch(value):
            yield f"{_shown(value)} is no name of a Systems Manager parameter"
        return
    kind = item_type(declared.type)
    for item in items(declared.type, value):
        yield from _of_type(kind, item)
        yield from _of_choices(declared.node, kind, item)
        yield from _of_pattern(declared.node, kind, item)
    if declared.type == STRING:
        yield from _of_length(declared.node, value)
    if declared.type == NUMBER:
        yield from _of_size(declared.node, value)


def _of_type(kind: str, item: str) -> Iterator[str]:
    if kind == NUMBER and number(item) is None:
        yield f"{_shown(item)} is no number"
    shape = _SHAPES.get(kind)
    if shape and not shape[0].fullmatch(item):
        yield f"{_shown(item)} is no `{kind}`, such as `{shape[1]}`"


def _of_choices(node: Node, kind: str, item: str) -> Iterator[str]:
    choices = node.get("AllowedValues")
    if choices is None or not isinstance(choices.data, list):
        return
    allowed = [as_written(choice) for choice in choices.children.values()]
    if item in allowed or None in allowed:
        return
    if kind == NUMBER and number(item) in {number(choice or "") for choice in allowed}:
        return
    yield f"{_shown(item)} is none of its `AllowedValues`"


def _of_pattern(node: Node, kind: str, item: str) -> Iterator[str]:
    pattern = node.get("AllowedPattern")
    if kind == STRING and pattern and isinstance(pattern.data, str) and whole_match(pattern.data, item) is False:
        yield f"{_shown(item)} does not match its `AllowedPattern`"


def _of_length(node: Node, value: str) -> Iterator[str]:
    least, most = _bound(node, "MinLength"), _bound(node, "MaxLength")
    if least is not None and len(value) < least:
        yield f"it has {len(value):,} characters, fewer than its `MinLength` {least}"
    if most is not None and len(value) > most:
        yield f"it has {len(value):,} characters, more than its `MaxLength` {most}"


def _of_size(node: Node, value: str) -> Iterator[str]:
    size = number(value)
    least, most = _bound(node, "MinValue"), _bound(node, "MaxValue")
    if size is not None and least is not None and size < least:
        yield f"`{value}` is below its `MinValue` {least}"
    if size is not None and most is not None and size > most:
        yield f"`{value}` is above its `MaxValue` {most}"


def _bound(node: Node, key: str) -> Decimal | None:
    bound = node.get(key)
    return number(as_written(bound) or "") if bound else None


def _shown(value: str) -> str:
    if not value:
        return "empty text"
    return f"`{value}`" if len(value) <= _MOST_SHOWN else f"`{value[:_MOST_SHOWN]}…`"


def number(text: str) -> Decimal | None:
    """A finite number."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
