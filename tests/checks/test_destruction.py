"""What a package destroys, against the one before it; the rules' own cases are in tests/cases/checks/destruction.json."""

from __future__ import annotations

import pytest

from generator.aws.quotas import NEWEST, PROFILES
from generator.checks import destruction
from generator.checks.subject import Subject
from generator.package.files import PackageFiles

HEAD = "region: eu-central-1\nversion: 2021-03-15\nenable_stack_set_deletion: true\nresources:\n"


def package(*names: str, contents: dict[str, str] | None = None, head: str = HEAD) -> PackageFiles:
    """One stack set a name, whose template is called after it; its content is its name unless told."""
    entries = "".join(
        f"  - name: {name}\n    resource_file: templates/{name}.yaml\n    deploy_method: stack_set\n"
        f'    deployment_targets: {{accounts: ["333333333333"]}}\n'
        for name in names
    )
    files = {f"templates/{name}.yaml": (contents or {}).get(name, name) for name in names}
    return PackageFiles({path: text.encode() for path, text in {"manifest.yaml": head + entries, **files}.items()})


def found(now: PackageFiles, then: PackageFiles | None, organization=None) -> list[tuple[str, str]]:
    subject = Subject(now, organization, PROFILES[NEWEST], then)
    return [(finding.rule, finding.message) for finding in destruction.judge(subject)]


def test_two_renames_are_told_apart_by_content():
    now = package("c", "d", contents={"c": "b", "d": "a"})
    assert found(now, package("a", "b")) == [
        ("CT053", "`d` was called `a`, which CfCT deletes first"),
        ("CT053", "`c` was called `b`, which CfCT deletes first"),
    ]


def test_an_entry_succeeds_one_only():
    now = package("c", contents={"c": "same"})
    then = package("a", "b", contents={"a": "same", "b": "same"})
    assert found(now, then) == [
        ("CT052", "the stack set `b` is no longer in the manifest, so CfCT deletes it"),
        ("CT053", "`c` was called `a`, which CfCT deletes first"),
    ]


@pytest.mark.parametrize("then", [PackageFiles({}), PackageFiles({"manifest.yaml": b"region: [\n"})])
def test_a_package_before_that_cannot_be_read_says_nothing(then):
    assert found(package("a"), then) == []


def test_a_package_that_cannot_be_read_says_nothing():
    assert found(PackageFiles({}), package("a")) == []


def test_what_is_gone_stands_at_the_manifest_where_there_are_no_resources():
    now = package(head="region: eu-central-1\nversion: 2021-03-15\n")
    subject = Subject(now, None, PROFILES[NEWEST], package("a"))
    assert [(each.rule, each.path, each.line) for each in destruction.judge(subject)] == [("CT054", "manifest.yaml", 0)]


def test_only_the_first_accounts_are_named(organization):
    def at(accounts: str) -> PackageFiles:
        text = package("a").files["manifest.yaml"].decode().replace('["333333333333"]', accounts)
        return PackageFiles({"manifest.yaml": text.encode(), "templates/a.yaml": b"a"})

    everywhere = '["012345670123", "222222222222", "333333333333", "555555555555", "111111111111"]'
    (only,) = found(at('["111111111111"]'), at(everywhere), organization)
    assert only == (
        "CT056",
        "`a` leaves the accounts `012345670123`, `222222222222`, `333333333333` and 1 more, where CfCT deletes its stacks",
    )
