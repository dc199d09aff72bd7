"""The manifest as values: lenient, so that one wrong key hides nothing."""

from __future__ import annotations

from generator.cfct.manifest import parse
from generator.package.files import PackageFiles

MANIFEST = b"""\
region: eu-central-1
version: 2021-03-15
enable_stack_set_deletion: true
resources:
  - name: one
    resource_file: ./templates/one.yaml
    deploy_method: stack_set
    deployment_targets: {accounts: [012345670123, "222222222222"]}
    regions: [eu-west-1, 7]
    parameters: [{parameter_key: Count, parameter_value: 3}]
    export_outputs: [{name: /a, value: "$[output_A]"}]
  - not a mapping
  - name: two
    description: [not, text]
    deploy_method: scp
"""


def manifest(content: bytes = MANIFEST, shown: str = ""):
    return parse(PackageFiles({"manifest.yaml": content}, root_shown_as=shown)).manifest


def test_what_is_well_formed_becomes_values():
    one, two = manifest().resources
    assert (one.name, one.file, one.resource_file, one.description) == ("one", "templates/one.yaml", "./templates/one.yaml", None)
    assert (one.regions, one.target_regions, two.target_regions) == (("eu-west-1",), ("eu-west-1",), ("eu-central-1",))
    assert [(parameter.key, parameter.value) for parameter in one.parameters] == [("Count", 3)]
    assert [(export.name, export.value) for export in one.exports] == [("/a", "$[output_A]")]
    assert (one.is_stack_set, one.is_policy, two.is_stack_set, two.is_policy) == (True, False, False, True)
    assert (two.name, two.description, two.file) == ("two", None, "")
    assert manifest().enable_stack_set_deletion


def test_an_unquoted_account_is_the_number_that_yaml_makes_of_it():
    assert manifest().resources[0].accounts == ("1402433619", "222222222222")


def test_places_name_the_path_that_the_user_sees():
    made = manifest(shown="manifest/")
    assert str(made.where(made.resources[0].place("deploy_method"))) == "manifest/manifest.yaml:7:5"


def test_items_of_what_is_no_list_are_none():
    assert manifest().resources[1].items("description", "more") == ()
    assert (
        manifest(b"resources:\n  - deployment_targets: {accounts: {a: 1}}\n").resources[0].items("deployment_targets", "accounts")
        == ()
    )


def test_a_package_without_a_manifest_has_a_problem():
    reading = parse(PackageFiles({}))
    assert reading.manifest is None
    assert [problem.problem for problem in reading.problems] == ["the package has no `manifest.yaml`"]
