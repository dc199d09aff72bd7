"""Which requests resource control policies reach, as data.

Source: AWS Organizations User Guide, "Resource control policies (RCPs)", sections "List of AWS services that support RCPs" and
"Resources and entities not restricted by RCPs", as of 2026-09-26. The list grows: an entry missing here makes the evaluator say
that a request is not denied although AWS denies it, which a proof reports as a gap and never hides.
"""

from __future__ import annotations

from datetime import date

AS_OF = date(2026, 9, 26)
"""When the list was read."""

RCP_SERVICES = frozenset(
    {
        "aoss",
        "appconfig",
        "appstream",
        "autoscaling",
        "autoscaling-plans",
        "budgets",
        "clouddirectory",
        "cloudfront",
        "cloudsearch",
        "cloudtrail-data",
        "codeartifact",
        "codebuild",
        "codecommit",
        "codepipeline",
        "cognito-identity",
        "cognito-idp",
        "comprehend",
        "comprehendmedical",
        "compute-optimizer",
        "cost-optimization-hub",
        "dax",
        "dsql",
        "dynamodb",
        "ecr",
        "ecr-public",
        "events",
        "firehose",
        "fis",
        "fms",
        "gamelift",
        "health",
        "inspector-scan",
        "kendra",
        "kinesisvideo",
        "kms",
        "logs",
        "memorydb",
        "networkmonitor",
        "notifications",
        "opensearch",
        "pca-connector-ad",
        "personalize",
        "polly",
        "pricing",
        "resource-groups",
        "rolesanywhere",
        "s3",
        "secretsmanager",
        "servicediscovery",
        "signin",
        "sqs",
        "sts",
        "support",
        "swf",
        "textract",
        "timestream-influxdb",
        "transcribe",
        "transfer",
        "translate",
        "wafv2",
        "workspaces",
        "xray",
    }
)
"""Prefixes of the actions that RCPs can deny."""

RCP_EXEMPT_ACTIONS = frozenset({"kms:retiregrant"})
"""Actions of those services that RCPs do not reach, in lower case: "RCPs do not impact the `kms:RetireGrant` permission"."""


def rcp_covers(action: str) -> bool:
    """True iff RCPs apply to `action`."""
    name = action.lower()
    return name.partition(":")[0] in RCP_SERVICES and name not in RCP_EXEMPT_ACTIONS
