"""The SCP statements of guardduty, on the organization's root: they bind every account but the management account and Audit.

GuardDuty says of most of its actions that they take no resource, so that only `*` can be theirs and a Deny has to name them. Those
that take one are denied with `NotAction`, so that an action AWS has yet to invent is denied on them too.

Nobody else is let through, not even Control Tower's execution role: the package deploys to Audit and the management account only.

An account outside the organization is nobody's member and under no SCP. So no account leaves by itself, Audit included: neither by
leaving nor by accepting the invitation of another organization, which takes it out of this one (AWS Organizations API,
LeaveOrganization and AcceptHandshake). The management account still removes accounts.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.control import sid
from generator.controls.guardduty.naming import SLUG
from generator.controls.guardduty.scope import Scope
from generator.package.model import JsonObject, Layer, PolicyStatement

NEVER = tuple(
    f"guardduty:{name}"
    for name in (
        "A*",
        "CreateC*",
        "CreateD*",
        "CreateI*",
        "CreateM*s",
        "CreateP*",
        "CreateS*",
        "CreateT*",
        "Dec*",
        "DeleteC*",
        "DeleteI*",
        "DeleteM*s",
        "Dis*",
        "E*",
        "I*",
        "StartMo*",
        "Sto*",
        "Una*",
        "UpdateC*",
        "UpdateF*",
        "UpdateM*s",
        "UpdateO*",
    )
)
"""Short, because an SCP is. `...M*s` are members, their detectors and settings, but no malware protection plan: that belongs to the owner
of a bucket, who chose it. Tests hold the list against the catalogue of AWS's actions."""

BUT = ("guardduty:Describe*", "guardduty:Get*", "guardduty:List*", "guardduty:Send*", "guardduty:StartMalware*")
"""Looking, what the agents of runtime monitoring send, and scans that someone asks for. AWS lists no resource for the last two; should
it judge them on the detector, agents still report."""


LEAVING = ("organizations:AcceptHandshake", "organizations:LeaveOrganization")
"""A member has nothing else to accept: only an organization that attaches no SCPs asks its members to enable all features."""


def statements(scope: Scope) -> Iterator[PolicyStatement]:
    """All statements."""
    members = {"StringNotEquals": {"aws:PrincipalAccount": scope.audit}}
    yield _deny(scope, "Members", {"Action": list(NEVER), "Resource": "*", "Condition": members})
    yield _deny(scope, "Detectors", {"NotAction": list(BUT), "Resource": list(scope.things), "Condition": members})
    yield _deny(scope, "Leaving", {"Action": list(LEAVING), "Resource": "*"})


def _deny(scope: Scope, name: str, statement: JsonObject) -> PolicyStatement:
    return PolicyStatement(SLUG, Layer.SCP, scope.root, {"Sid": sid(SLUG, name), "Effect": "Deny", **statement})
