"""What policies mean: rules that need more of an organization than a case can say, and packages that nothing is held against."""

from __future__ import annotations

import json

from generator.aws.names import OuId, RootId
from generator.aws.quotas import NEWEST, PROFILES
from generator.checks import policies
from generator.checks.finding import Level
from generator.checks.subject import Subject
from generator.landing_zone.organization import AttachedPolicy
from generator.package.files import PackageFiles
from generator.policy.layers import FULL_ACCESS_TEXT

GUARD = "policies/guard.json"
WORKLOADS = OuId("ou-exam-00000002")
DENY_TOPICS = {"Effect": "Deny", "Action": "sns:CreateTopic", "Resource": "*"}


def policy(*statements) -> bytes:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":")).encode()


def judged(files: PackageFiles, organization, content: bytes):
    changed = PackageFiles({**files.files, GUARD: content})
    return policies.judge(Subject(changed, organization, PROFILES[NEWEST]))


def attached(name, content=FULL_ACCESS_TEXT, target=WORKLOADS):
    return AttachedPolicy(name, "scp", target, content)


def test_no_package_of_ours_has_a_finding(example):
    subject = Subject(example.built.files, example.landing_zone.organization, PROFILES[NEWEST])
    assert policies.judge(subject) == ()
    assert policies.judge(Subject(example.built.files, None, PROFILES[NEWEST])) == ()


def test_without_an_organization_nobody_is_said_to_be_stopped_or_unknown(clean_package, organization):
    stranger = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::999999999999:role/Admin"}}
    content = policy({**DENY_TOPICS, "Condition": stranger})
    assert {finding.rule for finding in judged(clean_package, organization, content)} == {"CT212", "CT217"}
    assert judged(clean_package, None, content) == ()


def test_an_allow_beside_full_access_is_noticed_where_full_access_is_known_to_be(clean_package, organization_with):
    content = policy({"Sid": "Only", "Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    known = organization_with((attached("FullAWSAccess"),))
    (finding,) = judged(clean_package, known, content)
    assert (finding.rule, finding.line, finding.column) == ("CT219", 1, 38)
    assert finding.message == "`Only` allows only what `FullAWSAccess`, attached today, allows already"
    elsewhere = organization_with((attached("FullAWSAccess", target=RootId("r-exam")),))
    for unknown in (organization_with(), elsewhere, None):
        assert judged(clean_package, unknown, content) == ()


def test_an_allow_that_replaces_the_attached_one_of_its_name_counts(clean_package, organization_with):
    content = policy({"Sid": "Only", "Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    assert judged(clean_package, organization_with((attached("workload-guard"),)), content) == ()


def test_a_level_without_any_allow_is_noticed_if_the_file_tells_of_allows_elsewhere(clean_package, organization_with):
    deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sqs:*","Resource":"*"}]}'
    content = policy({"Effect": "Deny", "Action": "account:CloseAccount", "Resource": "*"})
    here, there = attached("quiet", deny), attached("FullAWSAccess", target=RootId("r-exam"))
    (finding,) = judged(clean_package, organization_with((here, there)), content)
    assert (finding.rule, finding.path) == ("CT220", "manifest.yaml")
    assert finding.message == "at `Workloads` no SCP allows anything, of those attached today and of the package"
    assert judged(clean_package, organization_with((here,)), content) == ()
    assert judged(clean_package, organization_with((here, there, attached("FullAWSAccess"))), content) == ()


def test_the_finding_names_the_accounts_and_the_remedy_the_role(clean_package, organization):
    (finding,) = judged(clean_package, organization, policy({"Sid": "Topics", **DENY_TOPICS}))
    assert finding.level is Level.ERROR
    assert "`Topics` denies `AWSControlTowerExecution` `sns:CreateTopic`" in finding.message
    assert "012345670123, eu-central-1, eu-west-1" in finding.message
    assert "role/AWSControlTowerExecution" in finding.remedy


def test_a_policy_that_cannot_be_read_is_left_to_the_rules_on_reading(clean_package, organization):
    assert [finding.rule for finding in judged(clean_package, organization, b"{")] == ["CT201"]
    broken = policy({"Effect": "Deny", "Action": "nothing", "Resource": "*"})
    assert judged(clean_package, organization, broken) == ()
