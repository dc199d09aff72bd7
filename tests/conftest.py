"""What many tests start from: the landing zones under tests/inputs, and the reference one, built once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.build import Built, build
from generator.cfct.document import Style, read
from generator.controls import CONTROLS
from generator.landing_zone import LandingZone, load
from generator.package.ledger import Ledger

ROOT = Path(__file__).parents[1]
INPUTS = ROOT / "tests" / "inputs"
LANDING_ZONES = ("reference", *sorted(path.name for path in INPUTS.iterdir()))


@dataclass(frozen=True)
class Example:
    """A landing zone with what is built from it."""

    name: str
    folder: Path
    landing_zone: LandingZone
    built: Built

    def text(self, path: str) -> str:
        return self.built.files.files[path].decode()


@cache
def example_of(name: str) -> Example:
    folder = ROOT if name == "reference" else INPUTS / name
    sections = {control.slug: control.section for control in CONTROLS}
    landing_zone = load(folder / "landing-zone.yaml", folder / "organization.yaml", sections)
    return Example(name, folder, landing_zone, build(landing_zone, CONTROLS, Ledger()))


@cache
def template_of(content: bytes) -> dict[str, Any]:
    """A template as the program reads it (tests/package/test_template_text.py: cfn_flip reads the same). Shared: nobody changes it."""
    root = read(content, "template.yaml", Style.TEMPLATE).root
    assert root
    assert isinstance(root.data, dict)
    return root.data


@cache
def yaml_of(content: bytes) -> Any:
    """What PyYAML reads, with which CfCT reads its manifest. Shared: nobody changes it."""
    return yaml.load(content, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # a safe one


class Store:
    """In the place of the cache: what was judged in this run."""

    def __init__(self) -> None:
        self._entries: dict[str, bytes] = {}
        self.get = self._entries.get
        self.put = self._entries.__setitem__


def built_resource(kind: str, title: str = "") -> dict[str, Any]:
    """The properties of the reference package's only resource of that type (and title), as the written template has them."""
    files = example_of("reference").built.files.files
    (found,) = [
        resource["Properties"]
        for path, content in files.items()
        if path.startswith("templates/")
        for name, resource in template_of(content)["Resources"].items()
        if resource["Type"] == kind and title in ("", name)
    ]
    return dict(found)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """No test reads or writes what is kept for the user who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("user-cache")))
        yield


@pytest.fixture(params=LANDING_ZONES)
def example(request) -> Example:
    """Every landing zone in turn."""
    return example_of(request.param)


@pytest.fixture
def reference() -> Example:
    """The landing zone at the root of the repository."""
    return example_of("reference")


@pytest.fixture
def example_called():
    """A landing zone by its folder's name."""
    return example_of
