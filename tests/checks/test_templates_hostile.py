"""Whatever a template or parameter file holds, the rules end soon and never with a traceback."""

from __future__ import annotations

import json
import time

from hypothesis import given, settings
from hypothesis import strategies as some

from generator.aws.quotas import NEWEST, PROFILES
from generator.checks import templates
from generator.checks.subject import Subject
from generator.package.files import PackageFiles

MANIFEST = b"""
region: eu-central-1
version: 2021-03-15
resources:
  - name: one
    resource_file: templates/one.json
    parameter_file: parameters/one.json
    deploy_method: stack_set
    deployment_targets: {accounts: ["111111111111", "222222222222"]}
    regions: [eu-central-1, eu-west-1]
  - name: two
    resource_file: templates/one.json
    deploy_method: stack_set
    deployment_targets: {organizational_units: [Root]}
    parameters:
      - {parameter_key: P, parameter_value: 0}
      - {parameter_value: [a, b]}
"""
NAMES = some.sampled_from(
    ["A", "B", "P", "AWS::Region", "A.Arn", "${A}", "${P}-${", "index.handler", "(a*)*b", "", "3600", "x" * 300]
)
TYPES = some.sampled_from(
    [
        "AWS::IAM::Role",
        "AWS::IAM::Policy",
        "AWS::S3::Bucket",
        "AWS::GuardDuty::Detector",
        "AWS::Lambda::Function",
        "Custom::Made",
        "Number",
        "List<Number>",
        "CommaDelimitedList",
        "AWS::SSM::Parameter::Value<String>",
        "AWS::EC2::VPC::Id",
        "String",
    ]
)
KEYS = some.sampled_from(
    [
        *("Ref", "Fn::Sub", "Fn::GetAtt", "Fn::Join", "Fn::If", "Fn::FindInMap", "Fn::Equals", "Fn::And", "Fn::Not", "Condition"),
        *(
            "Fn::Transform",
            "Name",
            "Type",
            "Properties",
            "Default",
            "AllowedValues",
            "AllowedPattern",
            "MinLength",
            "MaxValue",
            "NoEcho",
        ),
        *("RoleName", "BucketName", "Roles", "Role", "Code", "ZipFile", "S3Bucket", "Layers", "Handler", "Runtime", "Timeout"),
        *("ServiceToken", "ServiceTimeout", "DependsOn", "DeletionPolicy", "A", "B", "P"),
    ]
)
SCALARS = some.one_of(
    NAMES, TYPES, some.integers(-5, 5), some.booleans(), some.none(), some.floats(allow_nan=False, allow_infinity=False)
)
VALUES = some.recursive(
    SCALARS, lambda inner: some.one_of(some.lists(inner, max_size=3), some.dictionaries(KEYS, inner, max_size=4)), max_leaves=12
)
DECLARED = some.fixed_dictionaries(
    {"Type": TYPES},
    optional={
        "Properties": some.dictionaries(KEYS, VALUES, max_size=5),
        "Condition": NAMES,
        "DependsOn": VALUES,
        "Default": VALUES,
        "AllowedValues": VALUES,
        "AllowedPattern": VALUES,
        "MinLength": VALUES,
        "NoEcho": VALUES,
    },
)
SECTIONS = some.one_of(some.dictionaries(NAMES, some.one_of(DECLARED, VALUES), max_size=4), VALUES)
TEMPLATES = some.fixed_dictionaries(
    {"Resources": SECTIONS}, optional={"Parameters": SECTIONS, "Conditions": SECTIONS, "Mappings": SECTIONS, "Transform": VALUES}
)


@settings(max_examples=300, deadline=None)
@given(TEMPLATES, VALUES)
def test_any_template_is_judged_without_a_traceback(template, parameters):
    files = {"templates/one.json": json.dumps(template).encode(), "parameters/one.json": json.dumps(parameters).encode()}
    subject = Subject(PackageFiles({"manifest.yaml": MANIFEST, **files}), None, PROFILES[NEWEST])
    assert all(finding.rule.startswith("CT3") for finding in templates.judge(subject))


def test_a_template_full_of_custom_resources_is_judged_soon():
    resources = {
        "Role": {"Type": "AWS::IAM::Role"},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    for index in range(150):
        after = [f"Custom{index + 1}", f"Custom{index + 2}"]
        token = {"Fn::GetAtt": "Function.Arn"}
        resources[f"Custom{index}"] = {"Type": "Custom::Made", "DependsOn": after, "Properties": {"ServiceToken": token}}
        resources[f"Policy{index}"] = {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "Role"}]}}
    content = json.dumps({"Resources": resources}).encode()
    subject = Subject(PackageFiles({"manifest.yaml": MANIFEST, "templates/one.json": content}), None, PROFILES[NEWEST])
    began = time.perf_counter()
    assert sum(finding.rule == "CT323" for finding in templates.judge(subject)) == 150 * 150
    assert time.perf_counter() - began < 10
