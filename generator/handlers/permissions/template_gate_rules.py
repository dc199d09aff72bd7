"""What `generator.handlers.template_gate_rules` may do, in the Audit account."""

from __future__ import annotations

from generator.aws.names import Arn
from generator.handlers.permissions.model import Permission

PERMISSIONS = (
    Permission(
        ("s3:PutObject",),
        (Arn("arn:{partition}:s3:::template-gate-{audit}-{region}/rules/*"),),
        "puts the rules where the hooks of its region read them",
    ),
)
