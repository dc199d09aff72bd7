"""organization-trail: what is made where, what is adopted, and what stays when a stack goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.build import build
from generator.controls.organization_trail import CONTROL
from generator.controls.organization_trail.options import OrganizationTrailOptions
from generator.controls.organization_trail.queries import QUERIES
from generator.package.ledger import Ledger
from tests.conftest import template_of

STATEFUL = (
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::KMS::Key",
    "AWS::KMS::Alias",
    "AWS::Logs::LogGroup",
    "AWS::CloudTrail::Trail",
)


def resources(example, kind: str = "") -> dict[str, dict]:
    """Every resource of every template, by stack and title."""
    return {
        f"{path}:{title}": resource
        for path, content in example.built.files.files.items()
        if path.startswith("templates/")
        for title, resource in template_of(content)["Resources"].items()
        if resource["Type"].startswith(kind)
    }


def own(example, kind: str = "") -> dict[str, dict]:
    """Those of this control's stacks."""
    return {place: each for place, each in resources(example, kind).items() if place.startswith("templates/organization-trail")}


def notes(example) -> tuple[str, ...]:
    """What this control alone has to say."""
    return build(example.landing_zone, (CONTROL,), Ledger()).notes


def only(example, kind: str) -> dict:
    (found,) = own(example, kind).values()
    return found["Properties"]


def test_a_trail_is_created_where_control_tower_made_none(example):
    adopted = example.landing_zone.organization.control_tower_trail is not None
    assert len(resources(example, "AWS::CloudTrail::Trail")) == (not adopted), "by no other control either"
    assert any("adopts Control Tower's trail" in note for note in notes(example)) == adopted


def test_an_adopted_trail_brings_no_second_key_bucket_or_log_group(example_called):
    example = example_called("adopt")
    buckets = [each["Properties"]["BucketName"] for each in own(example).values() if each["Type"] == "AWS::S3::Bucket"]
    assert buckets == ["organization-trail-query-222222222222-eu-central-1"], "for the results of queries alone"
    assert not own(example, "AWS::KMS::")
    assert not own(example, "AWS::Logs::LogGroup")


def test_what_the_adopted_bucket_lacks_is_said(example_called):
    assert any("no Object Lock" in note for note in notes(example_called("adopt")))
    assert not notes(example_called("minimal"))


def test_the_trail_covers_everything(reference):
    trail = only(reference, "AWS::CloudTrail::Trail")
    for wanted in (
        "IsOrganizationTrail",
        "IsMultiRegionTrail",
        "IncludeGlobalServiceEvents",
        "EnableLogFileValidation",
        "IsLogging",
    ):
        assert trail[wanted] is True
    assert [selector["FieldSelectors"] for selector in trail["AdvancedEventSelectors"]] == [
        [{"Field": "eventCategory", "Equals": ["Management"]}]
    ]
    assert trail["KMSKeyId"] == {"Ref": "LogKeyArn"}
    assert {insight["InsightType"] for insight in trail["InsightSelectors"]} == {"ApiCallRateInsight", "ApiErrorRateInsight"}


def test_data_events_of_the_log_buckets_are_never_recorded(example_called):
    trail = only(example_called("every-option"), "AWS::CloudTrail::Trail")
    fields = [field for selector in trail["AdvancedEventSelectors"] for field in selector["FieldSelectors"]]
    (excluded,) = [field["NotStartsWith"] for field in fields if field["Field"] == "resources.ARN"]
    assert sorted(excluded) == [
        "arn:aws:s3:::audit-trail-222222222222-eu-central-1/",
        "arn:aws:s3:::audit-trail-access-222222222222-eu-central-1/",
    ]


def test_every_option_reaches_its_resource(example_called):
    example = example_called("every-option")
    logs = own(example)["templates/organization-trail-log-archive.yaml:LogBucket"]["Properties"]
    assert logs["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 30}
    (rule,) = logs["LifecycleConfiguration"]["Rules"]
    assert (rule["ExpirationInDays"], rule["Transitions"][0]["TransitionInDays"]) == (60, 10)
    trail = only(example, "AWS::CloudTrail::Trail")
    assert trail["TrailName"] == "audit-trail"
    assert trail["InsightSelectors"] == [{"InsightType": "ApiErrorRateInsight"}]
    group = own(example)["templates/organization-trail.yaml:TrailLogGroup"]["Properties"]
    assert (group["LogGroupName"], group["RetentionInDays"]) == ("/audit-trail/events", 90)
    assert only(example, "Custom::")["DelegatedAdministrator"] == "333333333333"


def test_logs_and_keys_outlive_their_stacks(example):
    for place, resource in resources(example).items():
        if resource["Type"] in STATEFUL:
            assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain"), place


def test_no_policy_allows_a_wildcard_action_or_the_account_everything(example):
    for place, resource in resources(example).items():
        for statement in statements(resource):
            if statement["Effect"] == "Allow":
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                assert not [action for action in actions if action in ("*", "kms:*", "s3:*", "iam:*", "sts:*")], place


def test_a_wildcard_resource_of_an_identity_policy_has_its_reason(example):
    for place, resource in resources(example, "AWS::IAM::").items():
        if any("*" in statement.get("Resource", ()) for statement in statements(resource)):
            reasons = [rule["reason"] for rule in resource["Metadata"]["cfn_nag"]["rules_to_suppress"]]
            assert all("no resource" in reason for reason in reasons), place


def statements(resource: dict) -> list[dict]:
    properties = resource["Properties"]
    documents = [properties.get(name) for name in ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument")]
    documents += [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
    return [statement for document in documents if document for statement in document["Statement"]]


def test_every_question_is_asked_in_both_languages(example):
    named = [resource["Properties"] for resource in own(example, "AWS::Athena::NamedQuery").values()]
    definitions = [resource["Properties"] for resource in own(example, "AWS::Logs::QueryDefinition").values()]
    assert [query["Name"] for query in named] == sorted(query.slug for query in QUERIES)
    assert len(definitions) == len(QUERIES)
    columns = {column["Name"] for column in only(example, "AWS::Glue::Table")["TableInput"]["StorageDescriptor"]["Columns"]}
    for query in QUERIES:
        assert {field.split(".")[0] for field in query.fields} <= columns, query.slug


def test_others_learn_the_log_group_and_the_queries_by_the_names_that_the_templates_give_them(example):
    facts = CONTROL.provides(example.landing_zone, CONTROL.options(example.landing_zone))
    definitions = [each["Properties"] for each in own(example, "AWS::Logs::QueryDefinition").values()]
    named = {
        (each["Name"], each["WorkGroup"]["Ref"])
        for each in (r["Properties"] for r in own(example, "AWS::Athena::NamedQuery").values())
    }
    assert {(query.slug, "WorkGroup") for query in facts.queries} == named
    assert sorted(query.insights for query in facts.queries if query.insights) == sorted(each["Name"] for each in definitions)
    if named:
        assert {query.workgroup for query in facts.queries} == {only(example, "AWS::Athena::WorkGroup")["Name"]}
    groups = {name for definition in definitions for name in definition["LogGroupNames"]}
    assert groups <= {group.name for group in facts.trail_log_groups}
    for group in facts.trail_log_groups:
        assert (group.account, group.region) == (
            example.landing_zone.organization.management_account,
            example.landing_zone.organization.home_region,
        )
        assert group.trail == facts.trails[0].arn


def test_the_delegated_administrator_is_told_where_it_is_registered(example):
    facts = CONTROL.provides(example.landing_zone, CONTROL.options(example.landing_zone))
    registered = [
        each["Properties"]["DelegatedAdministrator"] for each in resources(example, "Custom::OrganizationTrailAccess").values()
    ]
    assert [each.account for each in facts.delegated_administrators] == [account for account in registered if account]


def test_the_docs_page_lists_every_question():
    page = (Path(__file__).parents[2] / "docs/controls/organization-trail.md").read_text()
    for query in QUERIES:
        assert f"| `{query.slug}` | {query.question} |" in page


def test_the_table_reads_the_path_that_the_trail_writes(example):
    organization = example.landing_zone.organization
    table = only(example, "AWS::Glue::Table")["TableInput"]["Parameters"]
    template = table["storage.location.template"]
    if organization.control_tower_trail:
        assert template.startswith(
            f"s3://{organization.control_tower_trail.bucket}/{organization.id}/AWSLogs/{organization.id}/${{account}}"
        )
    else:
        assert f"/AWSLogs/{organization.id}/${{account}}/CloudTrail/${{region}}/${{day}}" in template
    assert organization.home_region in table["projection.region.values"].split(",")


@pytest.mark.parametrize("length", [3, 28])
def test_the_longest_name_in_the_longest_region_makes_valid_bucket_names(length):
    name = "a" * length
    OrganizationTrailOptions(name=name)
    assert len(f"{name}-access-222222222222-ap-southeast-1") <= 63


def test_an_option_may_not_promise_what_object_lock_forbids():
    with pytest.raises(ValueError, match="Object Lock holds every log file for 365 days"):
        OrganizationTrailOptions(expire_after_days=100)
    with pytest.raises(ValueError, match="are deleted after 400 days"):
        OrganizationTrailOptions(archive_after_days=400, expire_after_days=400)


def test_the_control_says_why_it_is_there():
    assert CONTROL.sources
    assert CONTROL.frameworks
