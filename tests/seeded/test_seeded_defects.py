"""One defect in a clean package gives the finding of its rule, at its place, whatever the entries are called and in which order they stand.

Three packages: the committed reference; `nested`, with nested OUs, inline parameters, exports and helpers; `handwritten`, as people
write, with comments, parameter files and templates in JSON. A mark in the defect's text says where the finding must be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from generator.aws.names import OuId
from generator.checks import guard, run, subject
from generator.checks.cfn_lint import Linter
from generator.checks.finding import Finding
from generator.checks.remembered import Memory
from generator.checks.run import DEFAULT, RULES, judge_package
from generator.landing_zone.loader import load_organization
from generator.landing_zone.organization import AttachedPolicy, Organization
from generator.package.files import MANIFEST, PackageFiles
from generator.package.readers import read
from tests.seeded.seeding import Texts, Variant, as_is, marks, package, renaming, reordered, seeded, texts

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDERS = {"reference": ROOT, "nested": HERE / "nested", "handwritten": HERE / "handwritten"}
VARIANTS = ("as is", "renamed", "reordered")
DEFECTS = [
    pytest.param(name, defect, id=f"{name}: {defect['name']}")
    for name in FOLDERS
    for defect in json.loads((HERE / "defects" / f"{name}.json").read_text())
]
NOT_BY_ONE_EDIT = {
    "CT038": "takes 240 policies; see checks/manifest/test_policy_names",
    "CT051": "takes a package that has lost every stack set; see cases/checks/destruction.json",
    "CT302": "no package of this suite goes to a region that cfn-lint does not know; see checks/test_cfn_lint",
    "CT301": "takes a template on which cfn-lint breaks; see checks/test_cfn_lint",
    "CT311": "is about a file of rules, not about a package; see checks/test_guard",
}


class Here:
    """The provers' work, done in this process, and only when it is asked for."""

    def __init__(self, work: Callable[[], tuple[Finding, ...]]) -> None:
        self.findings = work

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing was begun."""


class Store:
    """What was judged in this run."""

    def __init__(self) -> None:
        self._entries: dict[str, bytes] = {}
        self.get = self._entries.get
        self.put = self._entries.__setitem__


@dataclass(frozen=True)
class Base:
    """A clean package: its text and its ways to be written."""

    clean: Texts
    shown_as: str
    variants: Mapping[str, Variant]

    def written(self, contents: Texts, variant: str) -> Texts:
        return self.variants[variant](contents)

    def files(self, contents: Texts) -> PackageFiles:
        return package(contents, self.shown_as)


@cache
def base_of(name: str) -> Base:
    files = read(FOLDERS[name])
    clean = texts(files)
    manifest = run.Subject(files, None, DEFAULT.quota_profile).manifest
    assert manifest
    names = tuple(resource.name for resource in manifest.resources)
    return Base(clean, files.root_shown_as, {"as is": as_is, "renamed": renaming(clean, names), "reordered": reordered})


@cache
def organization_of_the_reference() -> Organization:
    """Without Control Tower's own policies and what is attached to single accounts: there is much of it, and no defect is about it."""
    known = load_organization(ROOT / "organization.yaml")
    attached = tuple(each for each in known.attached if each.name.endswith("FullAWSAccess") and not each.target.isdigit())
    return replace(known, attached=attached)


@pytest.fixture(scope="module")
def judge():
    """Judges as `check` does; what it knows of a template it does not judge again, and it proves in this process."""
    memory = Memory(Store(), "")  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch, Linter(workers=1) as linter:
        patch.setattr(run, "Aside", Here)
        patch.setattr(guard, "load", cache(guard.load))
        patch.setattr(subject, "read", cache(subject.read))
        yield partial(judge_package, linter=linter, memory=memory)


def facts(defect: Mapping[str, Any]) -> Organization | None:
    """What the defect says of the organization, where that is what is wrong."""
    if defect.get("organization") == "unknown":
        return None
    known = organization_of_the_reference()
    attached = known.attached
    if gone := defect.get("detached"):
        attached = tuple(each for each in attached if (each.name, each.target) != (gone["name"], gone["target"]))
    if more := defect.get("attached"):
        attached += tuple(AttachedPolicy(name, "scp", OuId(more["target"]), "{}") for name in more["names"])
    return replace(known, attached=attached, **defect.get("organization", {}))


def expected(defect: Mapping[str, Any], base: Base, contents: Texts) -> set[tuple[str, int]]:
    """Path and line where the rule must object: at every mark, at the last of them, or at a file as a whole."""
    if "file" in defect:
        return {(base.files(contents).shown(defect["file"]), 0)}
    places = marks(contents)
    assert places, "a defect needs a mark"
    return {(base.files(contents).shown(place.path), place.line) for place in (places[-1:] if defect.get("last") else places)}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", FOLDERS)
def test_a_clean_package_has_no_finding(judge, name, variant):
    base = base_of(name)
    contents = base.written(base.clean, variant)
    assert (contents == base.clean) == (variant == "as is")
    assert judge(base.files(contents), organization_of_the_reference()).findings == ()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("name", "defect"), DEFECTS)
def test_a_defect_is_found_at_its_place(judge, name, defect, variant):
    base = base_of(name)
    before = base.files(base.written(seeded(base.clean, defect["before"]), variant)) if "before" in defect else None
    contents = base.written(seeded(base.clean, defect), variant)
    found = judge(base.files(contents), facts(defect), previous=before).findings
    of_the_rule = {(finding.path, finding.line) for finding in found if finding.rule == defect["rule"]}
    assert of_the_rule == expected(defect, base, contents)
    assert {finding.rule for finding in found} - {defect["rule"]} == defect.get("further", {}).keys()


def test_the_mark_is_at_the_column_of_the_finding(judge):
    """For every defect with marks whose finding has a column."""
    wrong = []
    for name, defect in (each.values for each in DEFECTS):
        base = base_of(name)
        if "file" in defect or "before" in defect:
            continue
        contents = seeded(base.clean, defect)
        columns = {(base.files(contents).shown(place.path), place.line, place.column) for place in marks(contents)}
        found = judge(base.files(contents), facts(defect)).findings
        wrong += [each for each in found if each.rule == defect["rule"] and each.column and (each.path, each.line, each.column) not in columns]
    assert wrong == []


def test_every_rule_of_our_own_is_seeded():
    seen = {defect["rule"] for _, defect in (each.values for each in DEFECTS)}
    assert {rule.id for rule in RULES} - seen == NOT_BY_ONE_EDIT.keys()


def test_further_findings_have_a_reason():
    assert all(all(each.values[1].get("further", {"": "-"}).values()) for each in DEFECTS)


def test_the_suite_is_large():
    assert len(DEFECTS) >= 120


def test_the_manifest_is_one_of_the_things_reordered():
    """The last entry becomes the first, with the comment above it."""
    base = base_of("handwritten")
    lines = reordered(base.clean)[MANIFEST].splitlines()
    assert lines.index("-   name: quarantine") < lines.index("# every account tells the SIEM what happens in it")
    assert lines[lines.index("# every account tells the SIEM what happens in it") + 1] == "-   name: ForwardEvents"
