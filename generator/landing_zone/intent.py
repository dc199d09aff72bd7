"""`landing-zone.yaml`: its shape, and how its sections are read by models that the controls hand in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from generator.aws.quotas import NEWEST, PROFILES
from generator.errors import Problem
from generator.landing_zone import wording
from generator.landing_zone.document import Document, Entries, Node, Scalar, plain
from generator.landing_zone.facts import OrganizationFacts, text_of
from generator.landing_zone.judging import ChecksSection
from generator.landing_zone.nearest import nearest
from generator.landing_zone.organization_file import OrganizationIdText
from generator.landing_zone.section import Known, Section, refuse


def _profile(value: str) -> str:
    if value not in PROFILES:
        known = " or ".join(f'`"{name}"`' for name in PROFILES)
        raise refuse(f"there is no quota profile `{value}`", f"write {known}, or leave it out for the newest")
    return value


class IntentFile(BaseModel):
    """What should be. The smallest useful file has one line: `organization`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    organization: OrganizationIdText = Field(description="the id in the organization file", examples=["o-exampleorg1"])
    quota_profile: Annotated[str, AfterValidator(_profile), WithJsonSchema({"type": "string", "enum": list(PROFILES)})] = Field(
        default=NEWEST, description="the AWS limits to stay within, by the day they came into force"
    )
    checks: ChecksSection | None = Field(
        default=None, description="by which rules the package is judged, besides those that always hold"
    )
    controls: dict[str, Any] | None = Field(default=None, description="options of each control, by its name")


def read_intent(document: Document, facts: OrganizationFacts | None) -> tuple[IntentFile | None, tuple[Problem, ...]]:
    """The file without its sections, which `read_sections` judges, and what is wrong with it."""
    other = tuple(_other_organization(document, facts))
    try:
        return IntentFile.model_validate_json(json.dumps(plain(document.root))), other
    except ValidationError as error:
        return None, (*wording.problems(error, document, IntentFile), *other)


def _other_organization(document: Document, facts: OrganizationFacts | None) -> Iterator[Problem]:
    mine, theirs = text_of(document.root, "organization"), facts.text("id") if facts else None
    if mine and theirs and facts and mine.value.startswith("o-") and mine.value != theirs.value:
        yield Problem(
            document.where(mine.node),
            f"organization `{mine.value}` is not the one of `{facts.document.path}`, which is `{theirs.value}`",
            "name the organization file of the same organization, or correct one of the two",
        )


def read_sections(
    document: Document, sections: Mapping[str, type[Section]], known: Known | None
) -> tuple[dict[str, Section], tuple[Problem, ...]]:
    """Every handed-in section, defaults where the file has none, and what is wrong with those it has."""
    controls, _ = document.find(["controls"])
    written = (
        controls.nodes
        if isinstance(document.root, Entries) and "controls" in document.root.nodes and isinstance(controls, Entries)
        else {}
    )
    problems: list[Problem] = []
    read: dict[str, Section] = {}
    for slug, (key, value) in written.items():
        if slug not in sections:
            remedy = nearest(slug, sections) or f"remove it; the controls are {', '.join(f'`{each}`' for each in sections)}"
            problems.append(Problem(document.where(key), f"there is no control `{slug}`", remedy))
            continue
        try:
            read[slug] = sections[slug].model_validate_json(json.dumps(_options(value)), context=known)
        except ValidationError as error:
            problems.extend(wording.problems(error, document, sections[slug], ("controls", slug)))
    options = {slug: read[slug] if slug in read else model() for slug, model in sections.items()}
    return options, tuple(problems)


def _options(node: Node) -> object:
    """A section that is only named means its defaults."""
    return {} if isinstance(node, Scalar) and node.value is None else plain(node)
