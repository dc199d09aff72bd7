"""The catalogue of actions, as the claims rely on it."""

import pytest

from generator.aws.actions import catalogue_version, condition_keys, service


def test_an_unknown_service_is_none_and_not_an_error():
    assert service("nosuchservice") is None


@pytest.mark.parametrize("prefix", ["../actions/s3", "s3\0", "s" * 5000, "s3.json", "", "\uff533", "s3\n"])
def test_what_cannot_be_a_prefix_is_looked_for_nowhere(prefix):
    assert service(prefix) is None
    assert condition_keys(prefix) is None


def test_the_keys_of_a_service_are_known_in_lower_case():
    assert condition_keys("S3")["s3:prefix"] == "s3:prefix"
    assert condition_keys("nosuchservice") is None


def test_prefix_and_action_are_looked_up_in_any_case():
    kms = service("KMS")
    assert kms is service("kms") or kms.actions == service("kms").actions
    assert kms.action("KMS:putkeypolicy").name == "kms:PutKeyPolicy"
    assert kms.action("s3:PutObject") is None


def test_a_compound_level_contains_write():
    assert "Write" in service("s3").action("s3:PutBucketPolicy").level
    assert service("s3").action("s3:PutBucketPolicy").level != "Write"


@pytest.mark.parametrize(
    ("action", "alternatives"),
    [
        ("kms:UpdateAlias", (("alias", "key"),)),
        ("s3:PutObject", (("accesspointobject",), ("object",))),
        ("s3:CreateJob", ((),)),
        ("s3:PutBucketPolicy", (("bucket",),)),
    ],
)
def test_one_request_names_all_required_types_or_one_optional(action, alternatives):
    assert service(action.partition(":")[0]).action(action).alternatives() == alternatives


def test_an_action_without_types_says_so():
    assert service("s3").action("s3:CreateJob").type_names == ("-",)


@pytest.mark.parametrize("prefix", ["s3", "kms", "iam", "organizations", "account", "cloudtrail", "sts"])
def test_every_type_that_an_action_takes_has_an_arn_format(prefix):
    found = service(prefix)
    assert {use.name for action in found.actions.values() for use in action.types} <= set(found.resource_types)


def test_the_catalogue_has_a_version():
    assert catalogue_version().count(".") == 2
