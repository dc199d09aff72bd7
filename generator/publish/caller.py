"""Who publishes, and whether the package is about their organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from generator.errors import OutsideError, Problem
from generator.landing_zone.organization import Organization
from generator.publish.clients import QUICK, client
from generator.publish.failures import DENIED, asking, error_code

if TYPE_CHECKING:
    import boto3


@dataclass(frozen=True)
class Caller:
    """The identity behind the credentials. `notes` are what could not be verified."""

    account: str
    arn: str
    region: str
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The user or session, the last part of the ARN."""
        return self.arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def identify(session: boto3.Session, organization: Organization) -> Caller:
    """Who calls. OutsideError when AWS cannot be asked. Reads one thing and refuses nothing: it is shown before anything else."""
    with asking("AWS STS", "sts:GetCallerIdentity"):
        identity = client(session, "sts", organization.home_region, QUICK).get_caller_identity()
        region = session.region_name or organization.home_region
    return Caller(identity["Account"], identity["Arn"], region)


def authorize(caller: Caller, session: boto3.Session, organization: Organization) -> Caller:
    """The caller again, if the package is about their organization; OutsideError with everything that does not fit.

    CfCT runs in the management account's home region (implementation guide, "Deployment"), so its source is there, and so is whoever
    publishes. Without permission for DescribeOrganization the account has to do: an account manages one organization.
    """
    wrong: list[Problem] = []
    partition = caller.arn.split(":")[1]
    if partition != organization.partition:
        wrong.append(
            Problem(None, f"these credentials are of partition `{partition}`, the package of `{organization.partition}`", _OTHER)
        )
    if caller.account != organization.management_account:
        problem = f"these credentials are of account `{caller.account}`, and CfCT runs in `{organization.management_account}`"
        wrong.append(Problem(None, problem, "use credentials of the management account"))
    if caller.region != organization.home_region:
        problem = f"the region in force is `{caller.region}`, and CfCT runs in the home region `{organization.home_region}`"
        wrong.append(Problem(None, problem, f"set AWS_REGION={organization.home_region}, or name another profile"))
    if wrong:
        raise OutsideError(wrong)
    actual, notes = _organization(session)
    if actual and actual != organization.id:
        raise OutsideError(
            Problem(None, f"these credentials are of organization `{actual}`, the package of `{organization.id}`", _OTHER)
        )
    return Caller(caller.account, caller.arn, caller.region, notes)


_OTHER = "use credentials of that organization, or build from the right organization.yaml"


def _organization(session: boto3.Session) -> tuple[str, tuple[str, ...]]:
    organizations = client(session, "organizations", session.region_name or "us-east-1", QUICK)
    with asking("AWS Organizations", "organizations:DescribeOrganization", {"AWSOrganizationsNotInUseException": _OTHER}):
        try:
            return str(organizations.describe_organization()["Organization"]["Id"]), ()
        except ClientError as error:
            if error_code(error) in DENIED:
                return "", (
                    "the organization's id could not be verified without organizations:DescribeOrganization; the account fits",
                )
            raise
