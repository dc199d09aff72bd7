"""What nobody can automate: another administrator has to be removed by people who know what that ends."""

from __future__ import annotations

from collections.abc import Iterator

from generator.controls.security_hub.options import Integration, SecurityHubOptions
from generator.landing_zone.organization import Organization
from generator.package.model import Runbook

PRECONDITIONS: dict[Integration, str] = {
    "access-analyzer": "an analyzer exists in the account and region; it sends findings as soon as Security Hub is on",
    "config": "AWS Config records in the account and region; its rules send their results as findings",
    "guardduty": "GuardDuty is on in the account and region; the control guardduty sees to it",
    "inspector": "Amazon Inspector is on in the account and region, with at least one scan type",
    "macie": "Amazon Macie is on in the account and region, and publishes policy findings",
}
"""What has to be so before a product sends findings; each then subscribes by itself (Security Hub User Guide, "AWS service
integrations with Security Hub CSPM")."""


def runbooks(organization: Organization, options: SecurityHubOptions) -> Iterator[Runbook]:
    """Two: when another account is administrator, and when something sends no findings."""
    yield Runbook("security-hub-administrator.md", _administrator(organization))
    yield Runbook("security-hub-integrations.md", _integrations(organization, options))


def _administrator(organization: Organization) -> str:
    return f"""\
# Another account is Security Hub's delegated administrator

The stack `security-hub-administrator` says so and changes nothing. To make `{organization.audit}` the administrator:

1. Look at what is lost: central configuration stops, and members are disassociated in every region. Hubs stay on.
2. In the management account `{organization.management_account}`, for the account `OTHER` that the stack's event names:

       aws organizations deregister-delegated-administrator --account-id OTHER --service-principal securityhub.amazonaws.com

3. In each governed region ({", ".join(organization.governed_regions)}), see that no other administrator is left:

       aws securityhub list-organization-admin-accounts --region REGION

4. Run the pipeline again.
"""


def _integrations(organization: Organization, options: SecurityHubOptions) -> str:
    expected = "\n".join(f"- `{name}`: {PRECONDITIONS[name]}." for name in sorted(options.integrations)) or "- none"
    return f"""\
# Security Hub has no findings of a product, or controls without data

Security Hub subscribes to AWS's own products by itself; nothing here subscribes a second time. What has to be so first:

{expected}

Controls have no data (`NO_DATA`) where AWS Config does not record. Control Tower switches its recorder on in every enrolled
account, but not in the management account `{organization.management_account}`: switch it on there, for all types of resource, in
each governed region ({", ".join(organization.governed_regions)}).

1. In the management account, read the outputs `Recorder` and `MissingIntegrations` of the stack `security-hub-administrator`, in
   each region. They are as of the stack's last change; the function's log has the day.
2. In an account and region, ask now:

       aws configservice describe-configuration-recorder-status --region REGION
       aws securityhub list-enabled-products-for-import --region REGION
"""
