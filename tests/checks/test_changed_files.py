"""The fast path: what a change can have made worse is judged, and nothing else is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generator.checks.cfn_lint import Linter
from generator.checks.changed_files import changed_paths, used_otherwise
from generator.checks.run import judge_package
from generator.landing_zone.organization import Organization
from generator.package.files import PackageFiles

BROKEN = b"Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      Versioning: true\n"


@pytest.fixture(scope="module")
def linter() -> Iterator[Linter]:
    with Linter() as warm:
        yield warm


def changed_to(files: PackageFiles, edits: dict[str, bytes | None]) -> PackageFiles:
    content = {**files.files, **edits}
    return PackageFiles({path: each for path, each in content.items() if each is not None}, files.root_shown_as)


def rules(files: PackageFiles, organization: Organization, changed: frozenset[str], linter: Linter) -> set[tuple[str, str]]:
    outcome = judge_package(files, organization, linter=linter, changed=changed)
    return {(finding.rule, finding.path) for finding in outcome.findings}


def test_changed_are_the_paths_that_differ_on_either_side(clean_package: PackageFiles) -> None:
    after = changed_to(clean_package, {"policies/new.json": b"{}", "policies/guard.json": None, "manifest.yaml": b"x"})
    assert changed_paths(after, clean_package) == {"policies/new.json", "policies/guard.json", "manifest.yaml"}
    assert changed_paths(clean_package, clean_package) == frozenset()
    assert changed_paths(clean_package, None) == clean_package.files.keys()


def test_only_changed_templates_are_linted(clean_package: PackageFiles, organization: Organization, linter: Linter) -> None:
    files = changed_to(clean_package, {"templates/old.yaml": BROKEN, "templates/new.yaml": BROKEN})
    found = rules(files, organization, frozenset({"templates/new.yaml"}), linter)
    assert ("E3002", "templates/new.yaml") in found
    assert {path for _, path in found} == {"templates/new.yaml"}


def test_a_file_that_is_gone_is_missed_where_the_manifest_names_it(
    clean_package: PackageFiles, organization: Organization, linter: Linter
) -> None:
    files = changed_to(clean_package, {"policies/guard.json": None})
    assert ("CT005", "manifest.yaml") in rules(files, organization, frozenset({"policies/guard.json"}), linter)


def test_a_template_that_changes_is_held_against_the_manifest(
    clean_package: PackageFiles, organization: Organization, linter: Linter
) -> None:
    renamed = clean_package.files["templates/topic.yaml"].replace(b"TopicArn", b"Arn")
    files = changed_to(clean_package, {"templates/topic.yaml": renamed})
    assert ("CT017", "manifest.yaml") in rules(files, organization, frozenset({"templates/topic.yaml"}), linter)


def test_an_older_finding_of_the_manifest_is_not_said_when_a_file_it_does_not_name_changes(
    clean_package: PackageFiles, organization: Organization, linter: Linter
) -> None:
    manifest = clean_package.files["manifest.yaml"].replace(b"eu-west-1", b"eu-west-3")
    files = changed_to(clean_package, {"manifest.yaml": manifest, "README.md": b"x"})
    assert rules(files, organization, frozenset({"README.md"}), linter) == set()
    assert ("CT030", "manifest.yaml") in rules(files, organization, frozenset({"manifest.yaml"}), linter)


def test_paths_are_compared_as_they_are_shown(clean_package: PackageFiles, organization: Organization, linter: Linter) -> None:
    built = PackageFiles({**clean_package.files, "policies/guard.json": b"{}  {}"}, root_shown_as="manifest/")
    found = rules(built, organization, frozenset({"policies/guard.json"}), linter)
    assert ("CT201", "manifest/policies/guard.json") in found


def test_no_suppression_is_called_needless_when_not_all_was_judged(
    clean_package: PackageFiles, organization: Organization, linter: Linter
) -> None:
    manifest = clean_package.files["manifest.yaml"].replace(b"- eu-west-1", b"- eu-west-1 # cfctgen: ignore CT030 -- not ours")
    files = changed_to(clean_package, {"manifest.yaml": manifest})
    assert rules(files, organization, frozenset({"manifest.yaml"}), linter) == set()


def test_without_a_changed_template_cfn_lint_is_not_even_started(
    clean_package: PackageFiles, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("cfn-lint was started")

    monkeypatch.setattr("generator.checks.run.Linter", refuse)
    assert judge_package(clean_package, organization, changed=frozenset({"policies/guard.json"})).findings == ()


NAMED_TOPIC = b"""\
Parameters:
  DisplayName:
    Type: String
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: alarms
      DisplayName: !Ref DisplayName
      KmsMasterKeyId: alias/aws/sns
Outputs:
  TopicArn:
    Value: !Ref Topic
"""


def edited(files: PackageFiles, old: bytes, new: bytes) -> PackageFiles:
    assert files.files["manifest.yaml"].count(old) == 1
    return changed_to(files, {"manifest.yaml": files.files["manifest.yaml"].replace(old, new)})


@pytest.mark.parametrize(
    ("old", "new", "used"),
    [
        (b"deploy_method: rcp", b"deploy_method: scp", {"policies/perimeter.json"}),
        (b"        - Root\n", b"        - Workloads\n", {"policies/perimeter.json"}),
        (b"      - eu-west-1\n", b"", {"templates/topic.yaml", "parameters/topic.json"}),
        (b"parameter_value: alarms", b"parameter_value: alerts", {"templates/topic.yaml"}),
        (b"parameter_file: parameters/topic.json", b"parameters: []", {"templates/topic.yaml", "parameters/topic.json"}),
        (b"name: workload-guard", b"name: work-guard", {"policies/guard.json"}),
        (b"nobody leaves the organization", b"nobody leaves", set()),
        (b"resources:\n", b"resources: # all\n", set()),
    ],
)
def test_files_that_the_manifest_uses_otherwise_are_known(
    clean_package: PackageFiles, old: bytes, new: bytes, used: set[str]
) -> None:
    assert used_otherwise(edited(clean_package, old, new), clean_package) == used


def test_without_a_package_before_or_a_manifest_that_changed_nothing_is_used_otherwise(clean_package: PackageFiles) -> None:
    assert used_otherwise(clean_package, None) == frozenset()
    assert used_otherwise(clean_package, clean_package) == frozenset()
    unreadable = changed_to(clean_package, {"manifest.yaml": b"["})
    assert used_otherwise(unreadable, clean_package) == {path for path in clean_package.files if path != "manifest.yaml"}


def test_a_change_of_the_manifest_alone_shows_what_it_causes_in_other_files(
    clean_package: PackageFiles, organization: Organization, linter: Linter
) -> None:
    """A policy is attached as another kind: its grammar is judged by that kind."""
    after = edited(clean_package, b"deploy_method: rcp", b"deploy_method: scp")
    changed = changed_paths(after, clean_package) | used_otherwise(after, clean_package)
    assert ("CT401", "policies/perimeter.json") in rules(after, organization, changed, linter)


def test_a_finding_elsewhere_that_names_a_changed_entry_is_shown(
    clean_package: PackageFiles, organization: Organization, linter: Linter
) -> None:
    """The second of two entries makes what the first, which is new, makes as well: the finding is at the second's template."""
    before = changed_to(clean_package, {"templates/topic.yaml": NAMED_TOPIC, "templates/first.yaml": NAMED_TOPIC})
    first = (
        b"resources:\n  - name: first-topic\n    resource_file: templates/first.yaml\n    deploy_method: stack_set\n"
        b'    deployment_targets:\n      accounts:\n        - "333333333333"\n'
        b"    parameters:\n      - parameter_key: DisplayName\n        parameter_value: x\n"
    )
    after = edited(before, b"resources:\n", first)
    changed = changed_paths(after, before) | used_otherwise(after, before)
    assert changed == {"manifest.yaml", "templates/first.yaml"}
    outcome = judge_package(after, organization, linter=linter, changed=changed)
    (clash,) = (finding for finding in outcome.findings if finding.path == "templates/topic.yaml")
    assert "`first-topic`" in clash.message


def test_a_template_that_takes_a_parameter_no_longer_is_held_against_the_file_that_gives_it(
    clean_package: PackageFiles, organization: Organization, linter: Linter
) -> None:
    """The manifest gives none, so nothing is found there."""
    in_manifest = b"    parameters:\n      - parameter_key: DisplayName\n        parameter_value: alarms\n"
    before = edited(clean_package, in_manifest, b"")
    template = before.files["templates/topic.yaml"]
    after = changed_to(before, {"templates/topic.yaml": template.replace(b"  DisplayName:\n    Type: String\n", b"")})
    found = rules(after, organization, changed_paths(after, before), linter)
    assert ("CT334", "parameters/topic.json") in found
