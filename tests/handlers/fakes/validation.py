"""What botocore's models say about parameters and botocore's client does not check: lengths, patterns, allowed words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator


def problems(shape: StructureShape | None, value: Mapping[str, Any]) -> list[str]:
    """Everything that the service would object to, as `place: what is wrong`."""
    if shape is None:
        return [f"{name}: unknown" for name in value]
    report = ParamValidator().validate(value, shape)
    if report.has_errors():
        return [str(report.generate_report())]
    return list(_of(shape, value, ""))


def _of(shape: Shape, value: Any, place: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        for name, each in value.items():
            yield from _of(shape.members[name], each, f"{place}.{name}" if place else name)
    elif isinstance(shape, ListShape):
        for number, each in enumerate(value):
            yield from _of(shape.member, each, f"{place}[{number}]")
    elif isinstance(shape, MapShape):
        for key, each in value.items():
            yield from _of(shape.key, key, f"{place} key {key}")
            yield from _of(shape.value, each, f"{place}[{key}]")
    if isinstance(shape, StringShape):
        yield from _of_text(shape, value, place)
    size = value if isinstance(value, int | float) else len(value) if hasattr(value, "__len__") else None
    most = shape.metadata.get("max")
    if size is not None and most is not None and size > most:
        yield f"{place}: {size} is more than {most}"


def _of_text(shape: StringShape, value: str, place: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield f"{place}: {value!r} is none of {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern")
    if pattern and not _matches(pattern, value):
        yield f"{place}: {value!r} does not match {pattern}"


def _matches(pattern: str, value: str) -> bool:
    """Whether the text has the pattern, as far as Python can read it: the models are written for Java."""
    try:
        return bool(re.search(pattern, value))
    except re.error:
        return True
