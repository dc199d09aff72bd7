"""What an alert says: a plain sentence with who, what, when and where, and the question that answers the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable

from generator.control import InvestigationQuery
from generator.package.model import JsonObject

CALL_PATHS: JsonObject = {
    "account": "$.account",
    "address": "$.detail.sourceIPAddress",
    "error": "$.detail.errorCode",
    "event": "$.detail.eventID",
    "kind": "$.detail.userIdentity.type",
    "region": "$.detail.awsRegion",
    "service": "$.detail.eventSource",
    "what": "$.detail.eventName",
    "when": "$.time",
    "who": "$.detail.userIdentity.arn",
}
"""Where CloudTrail's record has it. A path that the record does not have leaves its place empty."""

FINDING_PATHS: JsonObject = {
    "account": "$.detail.findings[0].AwsAccountId",
    "first": "$.detail.findings[0].CreatedAt",
    "id": "$.detail.findings[0].Id",
    "product": "$.detail.findings[0].ProductName",
    "region": "$.detail.findings[0].Region",
    "resource": "$.detail.findings[0].Resources[0].Id",
    "severity": "$.detail.findings[0].Severity.Label",
    "title": "$.detail.findings[0].Title",
    "when": "$.detail.findings[0].UpdatedAt",
}
"""A finding in the AWS Security Finding Format; an event of this type holds one (Security Hub User Guide, "EventBridge event types")."""


def call_message(happened: str, query: InvestigationQuery | None) -> str:
    """The message of a rule of the management account."""
    return _template(
        f"{happened}: <who> (<kind>) called <what> of <service> at <when>, in account <account>, region <region>, from <address>.",
        "Error, if it was refused: <error>. Event: <event>.",
        *_answer(query),
    )


def finding_message(query: InvestigationQuery | None) -> str:
    """The message of a finding."""
    return _template(
        "<severity> finding of <product>: <title>.",
        "Account <account>, region <region>, resource <resource>, first seen at <first>, last at <when>.",
        "Finding: <id>.",
        *_answer(query),
    )


def alarm_text(happened: str, threshold: int, query: InvestigationQuery | None) -> str:
    """The description of an alarm on the trail, which its message quotes."""
    count = "at least once" if threshold == 1 else f"at least {threshold} times"
    return " ".join([f"In some account of the organization {happened}, {count} in five minutes.", *_answer(query)])


def _answer(query: InvestigationQuery | None) -> Iterable[str]:
    if query is None:
        return ()
    named = f"named query {query.slug} in Athena's workgroup {query.workgroup} of the Log Archive account"
    if query.insights:
        named = f"query {query.insights} in CloudWatch Logs Insights of the management account, or {named}"
    return (f"{query.question} Ask {named}.",)


def _template(*lines: str) -> str:
    """EventBridge's template of a text: one JSON string per line (EventBridge User Guide, "Amazon EventBridge input transformation")."""
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
