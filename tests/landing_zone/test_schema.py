from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from generator.landing_zone.schema import (
    LANDING_ZONE_SCHEMA,
    ORGANIZATION_SCHEMA,
    landing_zone_schema,
    organization_schema,
    schema_files,
)
from generator.landing_zone.section import PrincipalPattern, Section

ROOT = Path(__file__).parents[2]


class Guard(Section):
    exempt: tuple[PrincipalPattern, ...] = ()


SECTIONS = {"guard": Guard}


def committed(path: str) -> dict[str, object]:
    return json.loads((ROOT / path).read_text())


@pytest.mark.parametrize(
    ("schema", "file"), [(ORGANIZATION_SCHEMA, "organization.yaml"), (LANDING_ZONE_SCHEMA, "landing-zone.yaml")]
)
def test_the_reference_inputs_are_valid_by_the_committed_schemas(schema, file):
    Draft202012Validator(committed(schema)).validate(yaml.safe_load((ROOT / file).read_text()))


@pytest.mark.parametrize("schema", [organization_schema(), landing_zone_schema(SECTIONS)], ids=["organization", "landing-zone"])
def test_the_schemas_are_schemas(schema):
    Draft202012Validator.check_schema(schema)


def test_the_committed_organization_schema_is_current():
    assert (ROOT / ORGANIZATION_SCHEMA).read_bytes() == schema_files({})[ORGANIZATION_SCHEMA]


def test_the_committed_landing_zone_schema_is_current():
    controls = importlib.import_module("generator.controls").CONTROLS
    sections = {control.slug: control.section for control in controls}
    assert (ROOT / LANDING_ZONE_SCHEMA).read_bytes() == schema_files(sections)[LANDING_ZONE_SCHEMA]


def test_every_input_of_the_schemas_begins_with_the_line_that_editors_read():
    for schema, file in ((ORGANIZATION_SCHEMA, "organization.yaml"), (LANDING_ZONE_SCHEMA, "landing-zone.yaml")):
        assert (ROOT / file).read_text().startswith(f"# yaml-language-server: $schema={schema}\n")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"organization": "exampleorg"},
        {"organization": "o-exampleorg1", "colour": "red"},
        {"organization": "o-exampleorg1", "quota_profile": "2020-01-01"},
        {"organization": "o-exampleorg1", "controls": {"gaurd": {}}},
        {"organization": "o-exampleorg1", "controls": {"guard": {"exempt": ["*"]}}},
        {"organization": "o-exampleorg1", "controls": {"guard": {"enabled": "yes"}}},
    ],
)
def test_what_the_loader_refuses_by_shape_the_schema_refuses(wrong):
    assert not Draft202012Validator(landing_zone_schema(SECTIONS)).is_valid(wrong)


@pytest.mark.parametrize("controls", [None, {}, {"guard": None}, {"guard": {"exempt": ["arn:aws:iam::*:role/Admin"]}}])
def test_what_the_loader_accepts_by_shape_the_schema_accepts(controls):
    Draft202012Validator(landing_zone_schema(SECTIONS)).validate({"organization": "o-exampleorg1", "controls": controls})


@pytest.mark.parametrize(
    ("key", "value", "valid"),
    [
        ("control_tower_trail", "none", True),
        ("control_tower_trail", {"name": "trail", "bucket": "logs-example"}, True),
        ("control_tower_trail", {"name": "trail", "bucket": "logs-example", "prefix": "logs/main"}, True),
        ("control_tower_trail", {"name": "trail", "bucket": "logs-example", "prefix": ""}, True),
        ("control_tower_trail", {"name": "trail", "bucket": "logs-example", "prefix": "/logs"}, False),
        ("control_tower_trail", {"name": "trail", "bucket": "logs-example", "prefix": "a" * 201}, False),
        ("control_tower_trail", None, False),
        ("control_tower_trail", "unknown", False),
        ("partition", "aws-us-gov", True),
        ("partition", "aws-cn", False),
        ("audit", 333333333333, False),
        ("accounts", [{"id": "1"}], False),
    ],
)
def test_the_organization_schema_agrees_with_the_loader(key, value, valid):
    data = yaml.safe_load((ROOT / "organization.yaml").read_text()) | {key: value}
    assert Draft202012Validator(organization_schema()).is_valid(data) is valid
