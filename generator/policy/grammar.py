"""What each kind of policy may and must contain, as a table.

Sources: IAM User Guide, "Grammar of the IAM JSON policy language" (notes) and "IAM policy validation check reference"; AWS
Organizations User Guide, "SCP syntax" (all elements but principals, in Allow and Deny, since 2025-09-19) and "RCP syntax".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from generator.policy.model import PolicyKind


class Need(Enum):
    """Whether a statement has an element."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True)
class Rules:
    """One kind's rules. `strict_sid`: letters and digits only, unique in the document."""

    principal: Need
    resource: Need
    not_principal: bool = False
    not_action: bool = True
    allow: bool = True
    identifier: bool = False
    current_version_only: bool = False
    strict_sid: bool = True


RULES: dict[PolicyKind, Rules] = {
    PolicyKind.SCP: Rules(Need.FORBIDDEN, Need.REQUIRED, current_version_only=True),
    PolicyKind.RCP: Rules(Need.REQUIRED, Need.REQUIRED, not_action=False, allow=False, current_version_only=True),
    PolicyKind.IDENTITY: Rules(Need.FORBIDDEN, Need.REQUIRED),
    PolicyKind.RESOURCE: Rules(Need.REQUIRED, Need.OPTIONAL, not_principal=True, identifier=True, strict_sid=False),
    PolicyKind.TRUST: Rules(Need.REQUIRED, Need.FORBIDDEN, identifier=True),
    PolicyKind.KEY: Rules(Need.REQUIRED, Need.REQUIRED, not_principal=True, identifier=True, strict_sid=False),
}
"""`Resource` is optional in resource-based policies because some services (Amazon ECR) take none in their repositories' policies."""

POLICY_ELEMENTS = ("Version", "Id", "Statement")
"""The top level of a document."""

STATEMENT_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
"""What a statement can hold; each at most once, and of a pair with `Not` only one."""
