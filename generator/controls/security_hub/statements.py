"""The SCP statements of security-hub, on the root: so an account that joins is bound before anybody looks at it.

The first denies with `NotAction` whatever Security Hub's resources can suffer, an action that AWS has yet to invent included. The
second denies by verb what takes no resource, because there `NotAction` would deny every other service too.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.control import sid
from generator.controls.security_hub.scope import Scope
from generator.package.model import JsonObject, Layer, PolicyStatement, Slug

HARMLESS = ("BatchGet*", "BatchImportFindings", "Describe*", "Get*", "List*", "Send*")
CHANGES = ("BatchUpdate*", "Cancel*", "Connector*", "Create*", "Disable*", "Enable*", "Update*")


def statements(slug: Slug, scope: Scope) -> Iterator[PolicyStatement]:
    """Both statements, each with the root."""
    but: dict[str, JsonObject] = {"StringNotEquals": {"aws:PrincipalAccount": scope.audit}}
    if scope.exempt:
        but["ArnNotLike"] = {"aws:PrincipalArn": list(scope.exempt)}
    parts: tuple[tuple[str, JsonObject], ...] = (
        ("Resources", {"NotAction": _named(HARMLESS), "Resource": scope.resources}),
        ("Settings", {"Action": _named(CHANGES), "Resource": "*"}),
    )
    for name, statement in parts:
        yield PolicyStatement(
            slug, Layer.SCP, scope.target, {"Sid": sid(slug, name), "Effect": "Deny", **statement, "Condition": but}
        )


def _named(names: tuple[str, ...]) -> list[str]:
    return [f"securityhub:{name}" for name in names]
