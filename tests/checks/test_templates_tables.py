"""The tables of resource types: each type exists, and each name stands where the table says."""

from __future__ import annotations

import pytest
from cfnlint.helpers import REGIONS
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

from generator.checks.templates.names import NAMINGS
from generator.checks.templates.stateful import LOSS


def schema(kind: str) -> dict:
    for region in ("us-east-1", *REGIONS):
        try:
            return PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, kind).schema
        except ResourceNotFoundError:
            continue
    pytest.fail(f"there is no type {kind}")


@pytest.mark.parametrize("kind", sorted(LOSS))
def test_each_stateful_type_exists(kind):
    assert schema(kind)["properties"]


@pytest.mark.parametrize("kind", sorted(NAMINGS))
def test_each_name_is_a_property_of_its_type(kind):
    whole = schema(kind)
    node = whole
    for step in NAMINGS[kind].path:
        node = node["properties"][step]
        if "$ref" in node:
            node = whole["definitions"][node["$ref"].rsplit("/", maxsplit=1)[-1]]
    if NAMINGS[kind].path:
        assert node.get("type") == "string"
