"""What controls share: facts of all, names, and patterns that have to name an account."""

from __future__ import annotations

from generator.control import (
    Facts,
    InvestigationQuery,
    LogBucket,
    Trust,
    TrustedPrincipal,
    account_of,
    execution_role,
    sid,
    together,
)

READER = TrustedPrincipal("arn:aws:iam::222222222222:role/B", Trust.READER, "because")
WRITER = TrustedPrincipal("arn:aws:iam::222222222222:role/A", Trust.WRITER, "because")
BUCKET = LogBucket("logs", "222222222222", "eu-central-1")


def test_facts_of_all_controls_come_together_in_their_order():
    assert together([Facts(trusted=(READER,)), Facts(trusted=(WRITER,), buckets=(BUCKET,))]) == Facts(
        trusted=(READER, WRITER), buckets=(BUCKET,)
    )


def test_trusted_principals_are_sorted_and_counted_once():
    facts = Facts(trusted=(READER, WRITER, READER))
    assert facts.trusted_as(Trust.READER) == (READER.arn,)
    assert facts.trusted_as(Trust.WRITER, Trust.READER) == (WRITER.arn, READER.arn)
    assert facts.trusted_as(Trust.ADMINISTRATOR) == ()


def test_a_query_is_found_by_its_name_or_not_at_all():
    query = InvestigationQuery("root-use", "When was a root user active?", "trail", "trail/root-use")
    assert Facts(queries=(query,)).query("root-use") == query
    assert Facts(queries=(query,)).query("other") is None


def test_a_sid_is_made_of_letters_and_digits():
    assert sid("log-archive-guard", "Roles222222222222") == "LogArchiveGuardRoles222222222222"


def test_a_role_is_named_with_its_partition_and_account():
    arn = execution_role("aws-us-gov", "222222222222")
    assert arn == "arn:aws-us-gov:iam::222222222222:role/AWSControlTowerExecution"
    assert account_of(arn) == "222222222222"
