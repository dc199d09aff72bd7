"""What the SDK in the Lambda runtime knows of AWS, which is older than the one that the tests run with.

AWS says only that the SDK's version "depends on the runtime version and your AWS Region" (Lambda Developer Guide, "Building Lambda
functions with Python"). No runtime of python3.13 has an older one today than that of November 2024, when AWS announced it; so a
handler may send no parameter, and read no member of an answer, that this one does not know.

`runtime.json` lists both, by operation. To add to SERVICES: unpack the SDK of that version and run
`python -m tests.handlers.fakes.runtime <its botocore/data>`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

FILE = Path(__file__).parent / "runtime.json"
VERSION = "botocore 1.35.60"

SERVICES = (
    "accessanalyzer",
    "cloudtrail",
    "config",
    "guardduty",
    "iam",
    "inspector2",
    "macie2",
    "organizations",
    "securityhub",
    "sts",
)
"""By botocore's names."""

LONGEST = 2_500
"""Characters of an operation's listing: longer ones are about findings and reports, which no handler touches."""


@cache
def _known() -> Mapping[str, Mapping[str, frozenset[str]]]:
    listed = json.loads(FILE.read_text())["operations"]
    return {action: {side: frozenset(members) for side, members in sides.items()} for action, sides in listed.items()}


def missing_in_lambda(action: str, given: Mapping[str, Any]) -> list[str]:
    """What the SDK in Lambda does not know of this call: the operation, or parameters."""
    if action not in _known():
        return [f"{action} is not in tests/handlers/fakes/runtime.json: see runtime.py"]
    known = _known()[action]["input"]
    return [
        f"the SDK in the Lambda runtime does not know {place} of {action}"
        for place in _places(given, "")
        if not _covers(known, place)
    ]


def seen_in_lambda(action: str, answer: Any, place: str = "") -> Any:
    """The answer as the SDK in Lambda parses it: without what it does not know."""
    known = _known()[action]["output"]
    if isinstance(answer, Mapping):
        steps = {name: f"{place}.{name}" if place else name for name in answer}
        return {name: seen_in_lambda(action, each, steps[name]) for name, each in answer.items() if _covers(known, steps[name])}
    if isinstance(answer, list):
        return [seen_in_lambda(action, each, f"{place}[]") for each in answer]
    return answer


def _covers(known: frozenset[str], place: str) -> bool:
    """Whether the place is listed, or lies below one whose members are anything (`*`)."""
    return place in known or any(each.endswith("*") and place.startswith(each[:-1]) for each in known)


def _places(value: Any, place: str) -> Iterator[str]:
    """Every member that a value has: `Features[].Name`."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            step = f"{place}.{name}" if place else name
            yield step
            yield from _places(each, step)
    elif isinstance(value, list):
        for each in value:
            yield from _places(each, f"{place}[]")


def _members(shape: Shape | None, place: str, above: tuple[str, ...]) -> Iterator[str]:
    """Every member that a shape can have; the keys of a map, and what repeats itself, can be anything."""
    if isinstance(shape, MapShape) or (shape is not None and shape.name in above):
        yield f"{place}*"
    elif isinstance(shape, ListShape):
        yield from _members(shape.member, f"{place}[]", above)
    elif isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            step = f"{place}.{name}" if place else name
            yield step
            yield from _members(member, step, (*above, shape.name))


def _table(data: str) -> Iterator[str]:
    loader = Loader(extra_search_paths=[data], include_default_search_paths=False)
    for name in SERVICES:
        model = ServiceModel(loader.load_service_model(name, "service-2"), name)
        for operation in model.operation_names:
            shapes = model.operation_model(operation)
            sides = {"input": shapes.input_shape, "output": shapes.output_shape}
            listing = json.dumps({side: sorted(_members(shape, "", ())) for side, shape in sides.items()})
            if len(listing) <= LONGEST:
                yield f'  "{model.signing_name}:{operation}": {listing}'


if __name__ == "__main__":
    FILE.write_text(f'{{"sdk": "{VERSION}", "operations": {{\n' + ",\n".join(sorted(_table(sys.argv[1]))) + "\n}}\n")
