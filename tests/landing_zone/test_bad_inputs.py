"""Every wrong input has its exact place, problem and remedy in `tests/cases/bad_inputs.json`; a bug report becomes one more case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, Self

import pytest
from pydantic import Field, model_validator

from generator.errors import InputError
from generator.landing_zone import load
from generator.landing_zone.section import (
    AccountRef,
    LogArchivePrincipal,
    OuRef,
    PinnedPrincipal,
    PrincipalPattern,
    RegionRef,
    Section,
    refuse,
)

CASES = json.loads((Path(__file__).parent.parent / "cases" / "bad_inputs.json").read_text())


class Watch(Section):
    """A control's options with one of every kind."""

    owner: AccountRef | None = None
    units: tuple[OuRef, ...] = ()
    regions: tuple[RegionRef, ...] = ()
    exempt: tuple[PrincipalPattern, ...] = ()
    readers: tuple[PinnedPrincipal, ...] = ()
    keepers: tuple[LogArchivePrincipal, ...] = ()
    days: int = Field(default=7, ge=1, le=3650)
    mode: Literal["lenient", "strict"] = "lenient"

    @model_validator(mode="after")
    def _strict_keeps_longer(self) -> Self:
        if self.mode == "strict" and self.days < 365:
            raise refuse(f"`strict` with {self.days} days", "keep 365 days or more, or use `lenient`")
        return self


SECTIONS = {"watch": Watch}


def write_inputs(folder: Path, case: dict[str, object]) -> None:
    texts = {name: "\n".join(lines) + "\n" for name, lines in CASES["good"].items()}
    for name, old, new in case.get("replace", ()):
        assert old in texts[name], f"`{old}` is not in the good {name}"
        texts[name] = texts[name].replace(old, new)
    for name, text in (texts | case.get("text", {})).items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_every_problem_is_told_with_place_and_remedy(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_inputs(tmp_path, case)
    with pytest.raises(InputError) as raised:
        load(Path("landing-zone.yaml"), Path("organization.yaml"), SECTIONS)
    told = [{"at": str(each.where), "problem": each.problem, "remedy": each.remedy} for each in raised.value.problems]
    assert told == case["problems"]


def test_the_inputs_that_the_cases_start_from_are_good(tmp_path):
    write_inputs(tmp_path, {})
    landing_zone = load(tmp_path / "landing-zone.yaml", tmp_path / "organization.yaml", SECTIONS)
    assert landing_zone.options["watch"] == Watch(owner="333333333333", units=("Workloads:Production",), days=30)


def test_messages_keep_to_the_style():
    for case in CASES["cases"]:
        for each in case["problems"]:
            for text in (each["problem"], each["remedy"]):
                assert not text.endswith("."), text
                assert text[0] == "`" or not text[0].isupper() or text[:2].isupper() or text.startswith("Control Tower"), text
