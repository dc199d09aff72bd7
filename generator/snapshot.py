"""The organization as AWS Organizations describes it, read-only, as the text of `organization.yaml`.

Everything comes from List and Describe calls, page by page. Policies are read once each with all their targets, so that the number
of calls grows with policies and OUs and not with accounts. What only Control Tower and CloudTrail know is filled in where the file
does not say it and the credentials may see it; the rest is left to the user, whom the loader asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from botocore import exceptions
from botocore.config import Config

from generator.aws.names import OU_PATH_SEPARATOR
from generator.errors import OutsideError, Problem
from generator.landing_zone.document import Entries
from generator.landing_zone.facts import text_of
from generator.landing_zone.snapshot_text import Entry, Seen, edited, written

if TYPE_CHECKING:
    import boto3
    from types_boto3_cloudtrail import CloudTrailClient
    from types_boto3_cloudtrail.type_defs import TrailTypeDef
    from types_boto3_controltower import ControlTowerClient
    from types_boto3_organizations import OrganizationsClient
    from types_boto3_organizations.literals import PolicyTypeType

CONTROL_TOWER_TRAIL = "aws-controltower-BaselineCloudTrail"
"""The trail that Control Tower makes in the management account (AWS Control Tower user guide, "About logging")."""

_RETRIES = Config(retries={"mode": "adaptive", "total_max_attempts": 12})
"""Organizations allows few calls a second; adaptive retries slow down instead of failing."""

_ONCE = Config(retries={"mode": "standard", "total_max_attempts": 2})
"""For what the file can do without."""

_POLICY_TYPES: Mapping[str, PolicyTypeType] = {"scp": "SERVICE_CONTROL_POLICY", "rcp": "RESOURCE_CONTROL_POLICY"}

_READ_ACCESS = "use credentials of the management account that may call organizations:Describe* and organizations:List*"
_REMEDIES: Mapping[str, str] = {
    "AccessDenied": _READ_ACCESS,
    "AccessDeniedException": _READ_ACCESS,
    "AWSOrganizationsNotInUseException": "use credentials of the organization's management account",
    "ExpiredToken": "sign in again",
    "ExpiredTokenException": "sign in again",
    "InvalidClientTokenId": "check the credentials",
    "UnrecognizedClientException": "check the credentials",
    "SignatureDoesNotMatch": "check the credentials and the clock",
    "TooManyRequestsException": "wait a few minutes and try again; something else is calling AWS Organizations",
    "Throttling": "wait a few minutes and try again; something else is calling AWS Organizations",
    "ThrottlingException": "wait a few minutes and try again; something else is calling AWS Organizations",
}


def snapshot(session: boto3.Session, previous: str | None) -> str:
    """The text of `organization.yaml`, built upon `previous` where that is given. Calls AWS, changes nothing there.

    Raises OutsideError if AWS can't be asked, InputError if `previous` can't be read or is about another organization.
    """
    said = _said(previous)
    with _outside("AWS Organizations"):
        organizations = session.client("organizations", region_name=session.region_name or "us-east-1", config=_RETRIES)
        described = organizations.describe_organization()["Organization"]
        management = described["MasterAccountId"]
        _refuse_member(session, management)
        root_id = organizations.list_roots()["Roots"][0]["Id"]
        units = _units(organizations, root_id)
        accounts = tuple(sorted(_accounts(organizations, root_id, units, ""), key=lambda account: str(account["id"])))
        targets = {root_id, *_ids(units), *(str(account["id"]) for account in accounts)}
        policies = tuple(_policies(organizations, targets))
    found, notes = _extra(session, said, described["Id"])
    extra = {key: value for key, value in found.items() if key not in said}
    partition = described["Arn"].split(":")[1]
    return written(Seen(described["Id"], root_id, partition, management, units, accounts, policies, extra, notes), previous)


def _said(previous: str | None) -> Mapping[str, str]:
    """The keys that the file has already, with their text."""
    document = edited(previous)
    keys = document.root.nodes if document and isinstance(document.root, Entries) else {}
    return {key: text.value if document and (text := text_of(document.root, key)) else "" for key in keys}


def _refuse_member(session: boto3.Session, management: str) -> None:
    """Only the management account sees every target's policies; a member would write a file with holes."""
    caller = session.client("sts", region_name=session.region_name or "us-east-1", config=_RETRIES).get_caller_identity()[
        "Account"
    ]
    if caller != management:
        problem = f"these credentials are for account `{caller}`, and the organization belongs to `{management}`"
        raise OutsideError(Problem(None, problem, "use credentials of the management account"))


def _units(organizations: OrganizationsClient, parent: str) -> tuple[Entry, ...]:
    pages = organizations.get_paginator("list_organizational_units_for_parent").paginate(ParentId=parent)
    found = sorted((unit["Name"], unit["Id"]) for page in pages for unit in page["OrganizationalUnits"])
    return tuple({"id": unit_id, "name": name, "children": _units(organizations, unit_id)} for name, unit_id in found)


def _accounts(organizations: OrganizationsClient, parent: str, units: tuple[Entry, ...], path: str) -> Iterator[Entry]:
    for page in organizations.get_paginator("list_accounts_for_parent").paginate(ParentId=parent):
        for account in page["Accounts"]:
            state = account.get("State") or account["Status"]
            entry = {"id": account["Id"], "name": account["Name"], "email": account["Email"]}
            yield entry | ({"ou": path} if path else {}) | ({"status": state} if state != "ACTIVE" else {})
    for unit in units:
        below = f"{path}{OU_PATH_SEPARATOR}{unit['name']}" if path else str(unit["name"])
        yield from _accounts(organizations, str(unit["id"]), _children(unit), below)


def _policies(organizations: OrganizationsClient, targets: set[str]) -> Iterator[Entry]:
    """Every policy that is attached to something in the file, by kind and name."""
    for short, kind in _POLICY_TYPES.items():
        pages = organizations.get_paginator("list_policies").paginate(Filter=kind)
        for name, policy_id in sorted((policy["Name"], policy["Id"]) for page in pages for policy in page["Policies"]):
            attached = organizations.get_paginator("list_targets_for_policy").paginate(PolicyId=policy_id)
            here = sorted({target["TargetId"] for page in attached for target in page["Targets"]} & targets, key=_root_first)
            if here:
                content = organizations.describe_policy(PolicyId=policy_id)["Policy"]["Content"]
                yield {"name": name, "type": short, "targets": tuple(here), "content": content}


def _extra(session: boto3.Session, said: Mapping[str, str], organization: str) -> tuple[dict[str, object], dict[str, str]]:
    """What Control Tower and CloudTrail say of their own, and what of it a person has to decide about.

    Nothing of what these credentials may not see.
    """
    region = said.get("home_region") or session.region_name
    found: dict[str, object] = {}
    notes: dict[str, str] = {}
    if not region:
        return found, notes
    if not {"control_tower_version", "home_region", "governed_regions", "log_archive", "audit"} <= set(said):
        with suppress(exceptions.ClientError, exceptions.BotoCoreError):
            found |= _landing_zone(session.client("controltower", region_name=region, config=_ONCE), region)
    if "control_tower_trail" not in said:
        with suppress(exceptions.ClientError, exceptions.BotoCoreError):
            trails = _organization_trails(session.client("cloudtrail", region_name=region, config=_ONCE))
            own = next((trail for trail in trails if trail["Name"] == CONTROL_TOWER_TRAIL), None)
            if own or not trails:
                found["control_tower_trail"] = _trail(own, organization) if own else "none"
            else:
                notes["control_tower_trail"] = _other_trails(trails)
    return found, notes


def _landing_zone(control_tower: ControlTowerClient, region: str) -> dict[str, object]:
    """Version, regions and shared accounts from the landing zone's manifest, which differs between versions."""
    arns = [each["arn"] for each in control_tower.list_landing_zones()["landingZones"]]
    if not arns:
        return {}
    landing_zone = control_tower.get_landing_zone(landingZoneIdentifier=arns[0])["landingZone"]
    manifest = landing_zone["manifest"]
    found: dict[str, object] = {"control_tower_version": landing_zone["version"], "home_region": region}
    if regions := manifest.get("governedRegions"):
        found["governed_regions"] = tuple(sorted(regions))
    for key, part in (("log_archive", "centralizedLogging"), ("audit", "securityRoles")):
        if account := manifest.get(part, {}).get("accountId"):
            found[key] = account
    return found


def _organization_trails(cloudtrail: CloudTrailClient) -> tuple[TrailTypeDef, ...]:
    trails = cloudtrail.describe_trails(includeShadowTrails=True)["trailList"]
    return tuple(sorted((each for each in trails if each.get("IsOrganizationTrail")), key=lambda trail: trail["Name"]))


def _trail(trail: TrailTypeDef, organization: str) -> dict[str, object]:
    """Control Tower's organization trail. Its bucket's Object Lock can't be seen from the management account: false."""
    found: dict[str, object] = {"name": trail["Name"], "bucket": trail["S3BucketName"]}
    if (prefix := trail.get("S3KeyPrefix", "")) != organization:
        found["prefix"] = prefix
    if key := trail.get("KmsKeyId"):
        found["kms_key"] = key
    if group := trail.get("CloudWatchLogsLogGroupArn"):
        found["log_group"] = group.split(":log-group:")[1].removesuffix(":*")
    return found | {"object_lock": False}


def _other_trails(trails: tuple[TrailTypeDef, ...]) -> str:
    """Whether a trail of their own goes or stays is for people to say; `none` would order a second one unseen."""
    names = ", ".join(f"`{trail['Name']}`" for trail in trails)
    there = "There are organization trails" if len(trails) > 1 else "There is an organization trail"
    return f"{there} that Control Tower did not make: {names}. `none` makes one more, and AWS bills its events again."


@contextmanager
def _outside(service: str) -> Iterator[None]:
    """Turns what boto3 raises into an error that says what to do."""
    try:
        yield
    except exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        problem = f"{service} refused `{error.operation_name}`: {code}"
        raise OutsideError(
            Problem(None, problem, _REMEDIES.get(code, "look the error up in the AWS Organizations API reference"))
        ) from error
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.CredentialRetrievalError) as error:
        raise OutsideError(Problem(None, "there are no usable AWS credentials", "sign in, or set AWS_PROFILE")) from error
    except (exceptions.SSOError, exceptions.TokenRetrievalError) as error:
        raise OutsideError(Problem(None, "the IAM Identity Center session has expired", "run `aws sso login`")) from error
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        problem = f"{service} cannot be reached: {str(error).rstrip('.')}"
        raise OutsideError(Problem(None, problem, "check the network, the proxy and the region")) from error
    except exceptions.BotoCoreError as error:
        problem = f"{service} could not be asked: {str(error).rstrip('.')}"
        raise OutsideError(Problem(None, problem, "check the AWS configuration of this machine")) from error


def _ids(units: tuple[Entry, ...]) -> Iterator[str]:
    for unit in units:
        yield str(unit["id"])
        yield from _ids(_children(unit))


def _children(unit: Entry) -> tuple[Entry, ...]:
    children = unit["children"]
    return children if isinstance(children, tuple) else ()


def _root_first(target: str) -> tuple[bool, bool, str]:
    return not target.startswith("r-"), not target.startswith("ou-"), target
