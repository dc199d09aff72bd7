"""From pydantic's errors to problems with a place, a remedy and the user's own words: the third stage of the loader."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from generator.errors import Problem
from generator.landing_zone.document import Document, Entries, Items, Node, Scalar
from generator.landing_zone.nearest import nearest, nearest_word
from generator.landing_zone.yaml_text import yaml_value

Location = tuple[str | int, ...]

_KINDS: Mapping[str, tuple[str, str]] = {
    "string_type": ("text", "write text, in quotes if it looks like a number"),
    "bool_type": ("`true` or `false`", "write `true` or `false`, without quotes"),
    "int_type": ("a whole number", "write a whole number, without quotes"),
    "int_from_float": ("a whole number", "write a whole number, without quotes"),
    "float_type": ("a number", "write a number, without quotes"),
    "tuple_type": ("a list", "write one line per item, each beginning with `- `"),
    "list_type": ("a list", "write one line per item, each beginning with `- `"),
    "frozen_set_type": ("a list", "write one line per item, each beginning with `- `"),
    "set_type": ("a list", "write one line per item, each beginning with `- `"),
    "model_type": ("a mapping", "write `key: value` lines, indented below it"),
    "model_attributes_type": ("a mapping", "write `key: value` lines, indented below it"),
    "dict_type": ("a mapping", "write `key: value` lines, indented below it"),
}
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
    "multiple_of": ("a multiple of", "multiple_of"),
}
_LENGTHS: Mapping[str, tuple[str, str, str, str]] = {
    "string_too_short": ("at least", "min_length", "characters", "write more"),
    "string_too_long": ("at most", "max_length", "characters", "shorten it"),
    "too_short": ("at least", "min_length", "items", "add an item"),
    "too_long": ("at most", "max_length", "items", "remove items"),
}


def problems(error: ValidationError, document: Document, model: type[BaseModel], base: Location = ()) -> tuple[Problem, ...]:
    """Every error of `model`, whose mapping stands at `base` of the document."""
    errors = error.errors(include_url=False)
    meant = {_meant(details["loc"], model) for details in errors if details["type"] == "extra_forbidden"}
    told = (details for details in errors if details["type"] != "missing" or details["loc"] not in meant)
    return tuple(_problem(details, document, model, base) for details in told)


def _meant(location: Location, model: type[BaseModel]) -> Location:
    """Where an unknown key would be if it were the known one nearest to it: that one is misspelt and not missing."""
    keys = (name for each in _models_at(model, location[:-1]) for name in each.model_fields)
    return (*location[:-1], nearest_word(str(location[-1]), keys))


def _problem(details: ErrorDetails, document: Document, model: type[BaseModel], base: Location) -> Problem:
    location = details["loc"]
    if details["type"] == "missing":
        return _missing(document, model, base, location)
    if details["type"] == "extra_forbidden":
        return _unknown_key(document, model, base, location)
    node, last = document.find((*base, *location))
    name = f"`{last}`" if isinstance(last, str) else "this item" if isinstance(last, int) else "the file"
    own_remedy = _remedy(model, location)
    worded = (
        _kind(details, node, name, own_remedy, _explicit_remedy(_field(model, location)))
        or _limit(details, node, name)
        or _other(details, node, own_remedy)
    )
    return Problem(document.where(node), *worded)


def _kind(details: ErrorDetails, node: Node, name: str, own_remedy: str, explicit: str) -> tuple[str, str] | None:
    """Text where a number belongs, and the like."""
    if details["type"] not in _KINDS:
        return None
    expected, remedy = _KINDS[details["type"]]
    if isinstance(node, Scalar) and node.value is None:
        return f"{name} is empty", own_remedy or f"give {expected}, or remove the key"
    if details["type"] == "string_type" and isinstance(node, Scalar) and node.raw is not None:
        return f"`{node.raw}` without quotes is {_in_yaml(node)} in YAML", f'write `"{node.raw}"`, in quotes'
    return f"{name} is {_kind_of(node)} where {expected} belongs", explicit or remedy


def _limit(details: ErrorDetails, node: Node, name: str) -> tuple[str, str] | None:
    """Too large, too small, too long, too short."""
    context = details.get("ctx", {})
    if details["type"] in _BOUNDS:
        word, key = _BOUNDS[details["type"]]
        return f"{name} is {_shown(node)}, and must be {word} {context[key]}", f"write a number that is {word} {context[key]}"
    if details["type"] in _LENGTHS:
        word, key, unit, remedy = _LENGTHS[details["type"]]
        return f"{name} must have {word} {context[key]} {unit}", remedy
    return None


def _other(details: ErrorDetails, node: Node, own_remedy: str) -> tuple[str, str]:
    """One of a few words, what a validator of ours says, and whatever else pydantic knows."""
    context = details.get("ctx", {})
    if details["type"] == "refused":
        return str(context["problem"]), str(context["remedy"])
    if details["type"] in {"enum", "literal_error"}:
        expected = str(context["expected"]).replace("'", "`")
        return f"{_shown(node)} is not {expected}", nearest(
            str(details["input"]), expected.split("`")[1::2]
        ) or f"write {expected}"
    message = details["msg"].removeprefix("Value error, ").rstrip(".")
    return message[:1].lower() + message[1:], own_remedy or "change the value"


def _missing(document: Document, model: type[BaseModel], base: Location, location: Location) -> Problem:
    key = str(location[-1])
    node, _ = document.find((*base, *location[:-1]))
    example = _remedy(model, location)
    return Problem(document.where(node), f"`{key}` is missing", example or f"add `{key}: ...`")


def _unknown_key(document: Document, model: type[BaseModel], base: Location, location: Location) -> Problem:
    key = str(location[-1])
    keys = {name: None for each in _models_at(model, location[:-1]) for name in each.model_fields}
    remedy = nearest(key, keys) or f"remove it; the keys here are {', '.join(f'`{each}`' for each in keys)}"
    where = document.where(document.key((*base, *location[:-1]), key))
    return Problem(where, f"unknown key `{key}`", remedy)


def _remedy(model: type[BaseModel], location: Location) -> str:
    """What a field says of itself for the case that it is missing or empty: its own remedy, else its example and description."""
    found = _field(model, location)
    if found is None:
        return ""
    if explicit := _explicit_remedy(found):
        return explicit
    if not found.examples:
        return ""
    return f"add `{location[-1]}: {yaml_value(found.examples[0])}`" + (f", {found.description}" if found.description else "")


def _explicit_remedy(found: FieldInfo | None) -> str:
    extra = found.json_schema_extra if found else None
    return str(extra["remedy"]) if isinstance(extra, dict) and "remedy" in extra else ""


def _field(model: type[BaseModel], location: Location) -> FieldInfo | None:
    name = str(location[-1]) if location else ""
    return next((each.model_fields[name] for each in _models_at(model, location[:-1]) if name in each.model_fields), None)


def _models_at(model: type[BaseModel], location: Sequence[str | int]) -> tuple[type[BaseModel], ...]:
    """The models that the mapping at `location` may be judged by; indexes and names of alternatives change nothing."""
    models: tuple[type[BaseModel], ...] = (model,)
    for step in location:
        found = next((each.model_fields[step] for each in models if isinstance(step, str) and step in each.model_fields), None)
        if found is not None:
            models = tuple(_models_in(found.annotation))
    return models


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)


def _in_yaml(node: Scalar) -> str:
    if isinstance(node.value, bool):
        return f"the boolean `{str(node.value).lower()}`"
    return f"the number {node.value}"


def _kind_of(node: Node) -> str:
    match node:
        case Items():
            return "a list"
        case Entries():
            return "a mapping"
        case Scalar(value=str()):
            return "text"
        case _:
            return _in_yaml(node)


def _shown(node: Node) -> str:
    return f"`{node.value}`" if isinstance(node, Scalar) else _kind_of(node)
