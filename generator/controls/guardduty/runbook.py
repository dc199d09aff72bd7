"""The runbook for what no stack does: make another account GuardDuty's administrator."""

from __future__ import annotations

from generator.landing_zone.organization import Organization
from generator.package.model import Runbook

RUNBOOK = "guardduty-administrator.md"


def runbook(organization: Organization) -> Runbook:
    """With this organization's own ids (GuardDuty User Guide, "Changing the delegated GuardDuty administrator account")."""
    regions = " ".join(organization.governed_regions)
    return Runbook(
        RUNBOOK,
        f"""\
# Change GuardDuty's delegated administrator

For organization `{organization.id}`.

An organization has one administrator, the same in every region. The package makes account `{organization.audit}` (Audit) the
administrator and never replaces another one: the stacks `guardduty-administrator` fail and name it. Removing an administrator takes
all members away from it, in every region. GuardDuty stays on in them, but nobody sees their findings in one place until the new
administrator has its stacks.

Each command runs for every governed region: `{regions}`, and for any other region with an administrator.

## As the former administrator

1. Keep what is not in the landing zone: filters, lists and suppression rules.
2. Stop adding members, or the next step fails:

   ```sh
   aws guardduty update-organization-configuration --region REGION --detector-id DETECTOR --auto-enable-organization-members NONE
   ```

   Do the same for each plan that is set to `ALL`.
3. Let the members go, at most 50 accounts a call:

   ```sh
   aws guardduty disassociate-members --region REGION --detector-id DETECTOR --account-ids ACCOUNT ...
   aws guardduty delete-members --region REGION --detector-id DETECTOR --account-ids ACCOUNT ...
   ```

Do this before the package is published. Afterwards its SCP lets only Audit do so; where it is in the way, detach the policy
`detection-scp-{organization.root_id}` from the root for as long as this takes.

## As the management account `{organization.management_account}`

1. In every region:

   ```sh
   aws guardduty disable-organization-admin-account --region REGION --admin-account-id FORMER
   ```

2. Once:

   ```sh
   aws organizations deregister-delegated-administrator --account-id FORMER --service-principal guardduty.amazonaws.com
   ```

3. Publish the package again. See that it worked, in every region:

   ```sh
   aws guardduty list-organization-admin-accounts --region REGION
   ```

   The answer names `{organization.audit}` with the status `ENABLED`.
""",
    )
