"""What we emit passes every Guard rule that has something to say of it: `compliant`, not merely skipped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from generator.checks.guard import SHIPPED_RULES
from generator.checks.guard.engine import Status, evaluate, evaluate_shown
from generator.checks.guard.source import load
from tests.conftest import template_of

FILES = load((SHIPPED_RULES,))
Properties = Mapping[str, Any]


def statements(properties: Properties, document: str = "PolicyDocument") -> list[Mapping[str, Any]]:
    return properties[document]["Statement"]


def allows(properties: Properties) -> bool:
    return any(each["Effect"] == "Allow" for each in statements(properties))


def allows_a_service(properties: Properties) -> bool:
    return any(each["Effect"] == "Allow" and "Service" in each["Principal"] for each in statements(properties))


def takes(action: str):
    def trusts(properties: Properties) -> bool:
        return any(action in each["Action"] for each in statements(properties, "AssumeRolePolicyDocument"))

    return trusts


def delegates(properties: Properties) -> bool:
    wanted = {"organizations:EnableAWSServiceAccess", "organizations:RegisterDelegatedAdministrator"}
    documents = [properties, *properties.get("Policies", ())]
    return any(wanted & set(each["Action"]) for holder in documents if "PolicyDocument" in holder for each in statements(holder))


def trusts_one_that_acts_for_others(properties: Properties) -> bool:
    services = {"cloudtrail.amazonaws.com", "hooks.cloudformation.amazonaws.com"}
    return any(each["Principal"]["Service"] in services for each in statements(properties, "AssumeRolePolicyDocument"))


def encrypts_with_kms(properties: Properties) -> bool:
    return "KMSMasterKeyID" in str(properties["BucketEncryption"])


ONLY_IF = {
    "BUCKET_KMS_KEY_NAMED": encrypts_with_kms,
    "BUCKET_LOCK_HAS_RETENTION": lambda properties: properties.get("ObjectLockEnabled"),
    "BUCKET_LOCK_ON": lambda properties: "ObjectLockConfiguration" in properties,
    "BUCKET_LOG_DESTINATION": lambda properties: "LoggingConfiguration" in properties,
    "BUCKET_POLICY_NAMES_ACTIONS": allows,
    "BUCKET_POLICY_NOT_PUBLIC": allows,
    "BUCKET_POLICY_SERVICE_PINNED": allows_a_service,
    "BUCKET_RETENTION_COMPLETE": lambda properties: "ObjectLockConfiguration" in properties,
    "FUNCTION_VARIABLES_KMS_KEY": lambda properties: "Environment" in properties,
    "FUNCTION_WITHOUT_SECRETS": lambda properties: "Environment" in properties,
    "POLICY_LIMITS_DELEGATION": delegates,
    "ROLE_LIMITS_DELEGATION": delegates,
    "ROLE_OIDC_AUDIENCE": takes("sts:AssumeRoleWithWebIdentity"),
    "ROLE_OIDC_SUBJECT": takes("sts:AssumeRoleWithWebIdentity"),
    "ROLE_SAML_AUDIENCE": takes("sts:AssumeRoleWithSAML"),
    "ROLE_TRUST_SERVICE_PINNED": trusts_one_that_acts_for_others,
    "ROLE_WITHOUT_ADMINISTRATOR_ACCESS": lambda properties: "ManagedPolicyArns" in properties,
    "TRAIL_MANAGEMENT_EVENTS": lambda properties: "EventSelectors" in properties,
}
"""Rules that judge a part that not every resource of their type has, and which has it."""


def templates(example):
    """The content and what it says, by path."""
    files = example.built.files.files
    return {path: (content, template_of(content)) for path, content in files.items() if path.startswith("templates/")}


def concerns(rule, resource) -> bool:
    suppressed = resource.get("Metadata", {}).get("guard", {}).get("SuppressedRules", ())
    has_it = ONLY_IF.get(rule.name, lambda _properties: True)
    return resource["Type"] in rule.reach.gate and rule.name not in suppressed and bool(has_it(resource.get("Properties", {})))


@cache
def verdicts_on(content: bytes) -> Mapping[str, Status]:
    """By rule. Many landing zones have the same template."""
    return {outcome.rule: outcome.status for file in FILES for outcome in evaluate_shown(template_of(content), file)}


@pytest.fixture
def verdicts(example):
    return {path: verdicts_on(content) for path, (content, _) in templates(example).items()}


def test_every_rule_that_concerns_a_template_says_compliant(example, verdicts):
    said = {}
    for path, (_, template) in templates(example).items():
        concerned = [
            rule.name
            for file in FILES
            for rule in file.rules
            if any(concerns(rule, resource) for resource in template["Resources"].values())
        ]
        assert concerned, path
        said |= {(path, name): verdicts[path][name] for name in concerned if verdicts[path][name] is not Status.PASS}
    assert said == {}


def test_no_rule_fails(verdicts):
    assert [rule for said in verdicts.values() for rule, status in said.items() if status is Status.FAIL] == []


def test_showing_a_rule_only_what_it_looks_at_changes_nothing(reference):
    for _, template in templates(reference).values():
        for file in FILES:
            assert evaluate_shown(template, file) == evaluate(template, file)
