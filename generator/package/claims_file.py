"""Write and read claims as YAML: plain data beside the package, so that whoever holds it can prove them again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from enum import StrEnum
from typing import Any

import yaml

from generator.package.model import ActionSet, Claim, NamedAction, Principals

_HEADER = """\
# Written by `cfctgen build`. What the policies of this package must bring about, whatever they say: each claim is about every
# request it describes. The actions come from AWS's service authorization reference, never from the policies.
"""


def claims_text(claims: Iterable[Claim]) -> str:
    """The text of one claims file; fields that are empty are left out."""
    return _HEADER + yaml.safe_dump(
        {"claims": [_plain(claim) for claim in claims]}, sort_keys=False, width=120, allow_unicode=True
    )


def _plain(value: Claim | ActionSet | NamedAction | Principals) -> dict[str, Any]:
    """The fields of `value` that hold something, as YAML types."""
    return {
        field.name: _yaml(content)
        for field in fields(value)
        if (content := getattr(value, field.name)) not in ((), "", {}, False)
    }


def _yaml(value: object) -> object:
    """`value` with tuples as lists and values of ours as mappings."""
    match value:
        case Claim() | ActionSet() | NamedAction() | Principals():
            return _plain(value)
        case tuple():
            return [_yaml(item) for item in value]
        case dict():
            return {key: _yaml(item) for key, item in value.items()}
        case StrEnum():
            return value.value
        case _:
            return value
