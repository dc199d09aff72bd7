"""log-archive-guard: nobody can change or delete the logs, their buckets' configuration or their keys, but the roles named.

docs/controls/log-archive-guard.md says what no SCP or RCP can stop, and what stands behind them.
"""

from __future__ import annotations

from generator.control import Control, Facts, Trust, TrustedPrincipal
from generator.controls.log_archive_guard.claims import claims
from generator.controls.log_archive_guard.options import LogArchiveGuardOptions
from generator.controls.log_archive_guard.scope import scope
from generator.controls.log_archive_guard.statements import statements
from generator.landing_zone import LandingZone
from generator.package.model import Package, Slug

SLUG = Slug("log-archive-guard")


def _provides(landing_zone: LandingZone, options: LogArchiveGuardOptions) -> Facts:  # noqa: ARG001  # every control provides so
    """The administrators, whom the key policies have to let in as well."""
    return Facts(
        trusted=tuple(TrustedPrincipal(arn, Trust.ADMINISTRATOR, "named in landing-zone.yaml") for arn in options.administrators)
    )


def _build(landing_zone: LandingZone, options: LogArchiveGuardOptions, facts: Facts) -> Package:  # noqa: ARG001  # every control builds so
    guarded = scope(landing_zone.organization, facts)
    if not guarded.buckets:
        return Package()
    return Package(statements=tuple(statements(SLUG, guarded)), claims=tuple(claims(SLUG, guarded)))


CONTROL: Control[LogArchiveGuardOptions] = Control(
    slug=SLUG,
    title="Nobody can change or delete the logs",
    risk="Whoever takes over an account first removes the traces: stops the trail, empties the bucket, deletes the key.",
    shelf="logs",
    section=LogArchiveGuardOptions,
    provides=_provides,
    build=_build,
    sources=(
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html",
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
    ),
    frameworks=(
        "NIST 800-53r5 AU-9 (protection of audit information)",
        "NIST 800-53r5 AU-9(4) (access by subset of privileged users)",
        "AWS FSBP CloudTrail.7 (access to the log bucket is logged)",
    ),
)
