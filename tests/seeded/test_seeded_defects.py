"""One defect in a clean package gives the finding of its rule, at its place, whatever the entries are called and in which order they stand.

Three packages: the committed reference; `nested`, with nested OUs, inline parameters, exports and helpers; `handwritten`, as people
write, with comments, parameter files and templates in JSON. A mark in the defect's text says where the finding must be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from generator.aws.names import OuId
from generator.cfct import document, manifest, parameters
from generator.checks import guard, run, subject
from generator.checks.cfn_lint import Linter
from generator.checks.finding import Finding
from generator.checks.remembered import Memory
from generator.checks.run import DEFAULT, RULES, judge_package
from generator.checks.subject import Subject
from generator.checks.templates import answers
from generator.landing_zone.loader import load_organization
from generator.landing_zone.organization import AttachedPolicy, Organization
from generator.package.files import MANIFEST, PackageFiles
from generator.package.readers import read
from tests.conftest import Store
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
SOME_DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"a4b:*","Resource":"*"}]}'
NOT_BY_ONE_EDIT = {
    "CT038": "takes 240 policies; see checks/manifest/test_policy_names",
    "CT051": "takes a package that has lost every stack set; see cases/checks/destruction.json",
    "CT302": "no package of this suite goes to a region that cfn-lint does not know; see checks/test_cfn_lint",
    "CT301": "takes a template on which cfn-lint breaks; see checks/test_cfn_lint",
    "CT311": "is about a file of rules, not about a package; see checks/test_guard",
}


READERS = (
    (guard, "load"),
    *((answers, name) for name in ("never_answers", "handler", "lacks", "is_no_python")),
    *((answers.Handler, name) for name in ("silent_requests", "fails_silently")),
)
"""What reads one text and gives the same answer each time: no defect but its own changes it, and the suite asks hundreds of times."""


class Here:
    """The provers' work, done in this process, and only when it is asked for."""

    def __init__(self, work: Callable[[], tuple[Finding, ...]]) -> None:
        self.findings = work

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing was begun."""


def proved_from(subject: Subject) -> tuple[str, ...]:
    """All that the provers look at, and no more: a defect of a stack set does not prove everything again."""
    resources = subject.manifest.resources if subject.manifest else ()
    policies = sorted(
        (each.name, each.deploy_method, each.file, each.organizational_units) for each in resources if each.is_policy
    )
    contents = {path: text for path, text in subject.files.files.items() if path.startswith(("policies/", "claims/"))}
    return (repr(subject.organization), repr(policies), repr(contents))


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
    read_manifest = Subject(files, None, DEFAULT.quota_profile).manifest
    assert read_manifest
    names = tuple(resource.name for resource in read_manifest.resources)
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
        patch.setattr(run, "_proved_from", proved_from)
        for owner, name in READERS:
            patch.setattr(owner, name, cache(getattr(owner, name)))
        remembered = cache(document.read)
        for module in (manifest, parameters, subject):
            patch.setattr(module, "read", remembered)
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
        attached += tuple(AttachedPolicy(name, "scp", OuId(more["target"]), SOME_DENY) for name in more["names"])
    names = defect.get("accounts", {})
    accounts = tuple(replace(each, name=names.get(each.id, each.name)) for each in known.accounts)
    return replace(known, attached=attached, accounts=accounts, **defect.get("organization", {}))


def expected(defect: Mapping[str, Any], base: Base, contents: Texts) -> set[tuple[str, int, int]]:
    """Where the rule must object: at every mark, at the last of them, or at a file as a whole."""
    if "file" in defect:
        return {(base.files(contents).shown(defect["file"]), 0, 0)}
    places = marks(contents)
    assert places, "a defect needs a mark"
    wanted = places[-1:] if defect.get("last") else places
    return {(base.files(contents).shown(place.path), place.line, place.column) for place in wanted}


def found_at(findings: Iterable[Finding], wanted: set[tuple[str, int, int]]) -> set[tuple[str, int, int]]:
    """Where findings are; one of a whole line is at the wanted column of its line."""
    columns = {(path, line): column for path, line, column in wanted}
    return {(each.path, each.line, each.column or columns.get((each.path, each.line), 0)) for each in findings}


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
    wanted = expected(defect, base, contents)
    assert found_at((finding for finding in found if finding.rule == defect["rule"]), wanted) == wanted
    assert {finding.rule for finding in found} - {defect["rule"]} == defect.get("further", {}).keys()


def test_every_rule_of_our_own_is_seeded():
    seen = {defect["rule"] for _, defect in (each.values for each in DEFECTS)}
    assert {rule.id for rule in RULES} - seen == NOT_BY_ONE_EDIT.keys()


def test_further_findings_have_a_reason():
    assert all(all(each.values[1].get("further", {"": "-"}).values()) for each in DEFECTS)


def test_the_suite_is_large():
    assert len(DEFECTS) >= 120


def test_reordering_takes_an_entry_with_the_comments_above_it():
    manifest = reordered(base_of("handwritten").clean)[MANIFEST]
    lines = manifest.splitlines()
    comment = lines.index("# every account tells the SIEM what happens in it")
    assert lines.index("-   name: CentralQueue       # read by the SIEM") < lines.index("-   name: quarantine") < comment
    assert lines[comment + 1] == "-   name: ForwardEvents"
