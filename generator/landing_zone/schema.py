"""JSON Schemas (2020-12) of the input files, so that editors complete and validate while the user types.

They are generated from the models that the loader uses. What only the loader can know (names that must exist, regions of a
partition) is left to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from generator.landing_zone.intent import IntentFile
from generator.landing_zone.organization_file import OrganizationFile
from generator.landing_zone.section import Section

ORGANIZATION_SCHEMA = "schemas/organization.schema.json"
LANDING_ZONE_SCHEMA = "schemas/landing-zone.schema.json"

Schema = dict[str, Any]
"""A JSON Schema; its grammar is not ours."""


def organization_schema() -> Schema:
    """The schema of `organization.yaml`."""
    schema = OrganizationFile.model_json_schema()
    # The model has None for the word that the file has.
    schema["properties"]["control_tower_trail"]["anyOf"] = [{"$ref": "#/$defs/TrailEntry"}, {"const": "none"}]
    return _finished(schema, "organization.yaml")


def landing_zone_schema(sections: Mapping[str, type[Section]]) -> Schema:
    """The schema of `landing-zone.yaml` with one key per control."""
    schema = IntentFile.model_json_schema()
    models, definitions = models_json_schema([(model, "validation") for model in sections.values()])
    properties = {slug: {"anyOf": [models[(model, "validation")], {"type": "null"}]} for slug, model in sections.items()}
    schema["properties"]["controls"] = {
        "anyOf": [{"type": "object", "properties": properties, "additionalProperties": False}, {"type": "null"}],
        "description": schema["properties"]["controls"]["description"],
    }
    if "$defs" in definitions:
        schema["$defs"] = schema.get("$defs", {}) | definitions["$defs"]
    return _finished(schema, "landing-zone.yaml")


def schema_files(sections: Mapping[str, type[Section]]) -> dict[str, bytes]:
    """The committed files by path, as bytes."""
    schemas = {LANDING_ZONE_SCHEMA: landing_zone_schema(sections), ORGANIZATION_SCHEMA: organization_schema()}
    return {path: (json.dumps(schema, indent=2, sort_keys=False) + "\n").encode() for path, schema in schemas.items()}


def _finished(schema: Schema, title: str) -> Schema:
    _drop_remedies(schema)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "Generated from the models of generator/landing_zone; do not edit.",
        "title": title,
    }
    return head | {key: value for key, value in schema.items() if key != "title"}


def _drop_remedies(value: object) -> None:
    """Takes out the remedies that the models carry for the loader's messages; JSON Schema has no such keyword."""
    if isinstance(value, list):
        for each in value:
            _drop_remedies(each)
    if isinstance(value, dict):
        if isinstance(value.get("remedy"), str):
            del value["remedy"]
        for each in value.values():
            _drop_remedies(each)
