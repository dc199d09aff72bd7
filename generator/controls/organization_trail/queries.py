"""The questions that an incident asks of the trail, each in two languages: CloudWatch Logs Insights and Athena.

Insights reads the log group (all accounts, as far back as the group keeps events). Athena reads the bucket, as far back as the
bucket does; `?` marks what the console asks for when the query runs (Athena User Guide, "Querying with prepared statements and
execution parameters"). Placeholders in capitals have to be replaced by hand in Insights.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Query:
    """A named question. `where` filters the rows of the Athena table; `fields` are its columns, in order."""

    slug: str
    question: str
    insights: str
    where: str
    fields: tuple[str, ...] = (
        "eventtime",
        "recipientaccountid",
        "awsregion",
        "eventsource",
        "eventname",
        "useridentity.arn",
        "sourceipaddress",
        "errorcode",
    )


_INSIGHTS_FIELDS = (
    "fields @timestamp, recipientAccountId, awsRegion, eventSource, eventName, userIdentity.arn, sourceIPAddress, errorCode"
)


_TOUCHES_LOGS = (
    "Trail|Selectors|Logging|Delegated|ResourcePolicy|Bucket|PublicAccess|AccessPoint|Lifecycle|Encryption|Replication"
    "|KeyPolicy|Key$|KeyDeletion|KeyMaterial|PrimaryRegion|Grant|Alias"
)
"""Parts of the names of events that change a trail, a bucket or a key."""


def _insights(condition: str) -> str:
    return f"{_INSIGHTS_FIELDS}\n| filter {condition}\n| sort @timestamp desc\n| limit 1000"


QUERIES = (
    Query(
        "who-touched-this-key",
        "Who used or changed this KMS key, or tried to?",
        _insights("eventSource = 'kms.amazonaws.com' and @message like 'KEY-ID'"),
        "eventsource = 'kms.amazonaws.com' AND (any_match(resources, resource -> resource.arn LIKE ?) OR requestparameters LIKE ?)",
    ),
    Query(
        "what-did-this-role-do",
        "What did this role, or a session of it, do?",
        _insights("userIdentity.sessionContext.sessionIssuer.arn = 'ROLE-ARN'"),
        "useridentity.sessioncontext.sessionissuer.arn = ?",
    ),
    Query(
        "who-became-this-role",
        "Who took this role, from where, and under which session name?",
        _insights("eventSource = 'sts.amazonaws.com' and requestParameters.roleArn = 'ROLE-ARN'"),
        "eventsource = 'sts.amazonaws.com' AND json_extract_scalar(requestparameters, '$.roleArn') = ?",
    ),
    Query(
        "root-use",
        "When was a root user active?",
        _insights("userIdentity.type = 'Root' and not ispresent(userIdentity.invokedBy) and eventType != 'AwsServiceEvent'"),
        "useridentity.type = 'Root' AND useridentity.invokedby IS NULL AND eventtype <> 'AwsServiceEvent'",
    ),
    Query(
        "access-from-outside",
        "Who from another account, or from none, was let in?",
        _insights(
            "(userIdentity.accountId != recipientAccountId or not ispresent(userIdentity.accountId)) "
            "and userIdentity.type not in ['AWSService'] and not ispresent(errorCode)"
        ),
        "(useridentity.accountid <> recipientaccountid OR useridentity.accountid IS NULL) AND useridentity.type <> 'AWSService' "
        "AND errorcode IS NULL",
    ),
    Query(
        "denied-calls",
        "Who was denied what?",
        _insights("errorCode like /AccessDenied|UnauthorizedOperation/"),
        "(errorcode LIKE '%AccessDenied%' OR errorcode LIKE '%UnauthorizedOperation%')",
    ),
    Query(
        "console-sign-ins",
        "Who signed in to the console, from where, and with MFA or without?",
        _insights("eventName = 'ConsoleLogin'"),
        "eventname = 'ConsoleLogin'",
        ("eventtime", "recipientaccountid", "useridentity.arn", "sourceipaddress", "additionaleventdata", "responseelements"),
    ),
    Query(
        "changes-to-the-logs",
        "Who changed, or tried to change, a trail, a log bucket's configuration or a key?",
        _insights(
            "readOnly = 0 and eventSource in ['cloudtrail.amazonaws.com', 's3.amazonaws.com', 'kms.amazonaws.com'] "
            f"and eventName like /{_TOUCHES_LOGS}/"
        ),
        "readonly = 'false' AND eventsource IN ('cloudtrail.amazonaws.com', 's3.amazonaws.com', 'kms.amazonaws.com') "
        f"AND regexp_like(eventname, '{_TOUCHES_LOGS}')",
    ),
    Query(
        "changes-to-the-organization",
        "Who changed policies, trusted access or delegated administrators of the organization?",
        _insights("eventSource = 'organizations.amazonaws.com' and readOnly = 0"),
        "eventsource = 'organizations.amazonaws.com' AND readonly = 'false'",
    ),
)
"""In the order of the docs page."""


def athena_sql(query: Query, database: str, table: str) -> str:
    """The Athena text. Account and day choose the partitions: without them Athena would read every log file there is."""
    return (
        f"SELECT {', '.join(query.fields)}\nFROM {database}.{table}\nWHERE account = ? AND day BETWEEN ? AND ?\n"
        f"  AND {query.where}\nORDER BY eventtime DESC\nLIMIT 1000"
    )
