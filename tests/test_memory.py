"""What was once guarded stays guarded, until someone says that it was released."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generator.build import build
from generator.controls import CONTROLS
from generator.controls.organization_trail.options import OrganizationTrailOptions
from generator.landing_zone.organization import ControlTowerTrail

BUCKET = "arn:aws:s3:::organization-trail-222222222222-eu-central-1"


def changed(example, **options):
    """The landing zone after its first build, with other options of organization-trail."""
    sections = {**example.landing_zone.options, "organization-trail": OrganizationTrailOptions(**options)}
    return replace(example.landing_zone, options=sections)


def texts(built) -> str:
    return "".join(content.decode() for path, content in built.files.files.items() if path.startswith(("policies/", "claims/")))


@pytest.mark.parametrize("options", [{"name": "another-name"}, {"enabled": False}])
def test_a_trail_that_is_renamed_or_switched_off_leaves_its_logs_guarded(reference, options):
    built = build(changed(reference, **options), CONTROLS, reference.built.ledger)
    assert f'"{BUCKET}/*"' in texts(built)
    assert "LogArchiveGuardKeys" in texts(built)
    assert "Retired" not in texts(built)
    assert sum("is no longer made by this landing zone" in note for note in built.notes) == 4
    assert any("trail `arn:aws:cloudtrail" in note and "billed" in note for note in built.notes)


def test_a_trail_that_control_tower_takes_over_leaves_its_logs_guarded(reference):
    adopted = ControlTowerTrail("theirs", "their-logs", None, None, None, False, "o-exampleorg1")
    organization = replace(reference.landing_zone.organization, control_tower_trail=adopted)
    built = build(replace(reference.landing_zone, organization=organization), CONTROLS, reference.built.ledger)
    assert f'"{BUCKET}/*"' in texts(built)
    assert '"arn:aws:s3:::their-logs/*"' in texts(built)


def test_what_is_released_is_guarded_no_longer(reference):
    ledger = reference.built.ledger
    released = replace(ledger, guarded=tuple(replace(each, released="2026-11-23") for each in ledger.guarded))
    built = build(changed(reference, name="another-name"), CONTROLS, released)
    assert f'"{BUCKET}/*"' not in texts(built)
    assert built.notes == reference.built.notes, "none speaks of what is released"
    assert {each.released for each in built.ledger.guarded} == {"", "2026-11-23"}, "and is remembered"


def test_building_again_changes_nothing(example):
    again = build(example.landing_zone, CONTROLS, example.built.ledger)
    assert again.ledger == example.built.ledger
    assert again.files == example.built.files
