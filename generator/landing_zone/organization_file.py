"""The shape of `organization.yaml`: what one value can be judged by alone. `generator.landing_zone.facts` judges them together."""

from __future__ import annotations

import json
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from generator.aws.names import AccountId, Arn, OrganizationId, OuId, Region, RootId
from generator.aws.quotas import OU_NAME, POLICY_NAME
from generator.landing_zone.organization import AccountStatus
from generator.landing_zone.section import refuse

TRAIL_REMEDY = (
    "write `control_tower_trail: none` if no organization trail exists, or copy `name`, `bucket` and `object_lock` of "
    "`aws-controltower-BaselineCloudTrail` below `control_tower_trail:`; AWS bills the events of a second organization trail again"
)


def _matches(pattern: str, what: str, remedy: str, longest: int | None = None) -> tuple[AfterValidator, WithJsonSchema]:
    """A judge of text by a pattern and its length in characters, and the same for the JSON Schema."""
    compiled = re.compile(pattern, re.ASCII)

    def judge(value: str) -> str:
        if not compiled.fullmatch(value):
            raise refuse(f"`{value}` is not {what}", remedy)
        if longest is not None and len(value) > longest:
            raise refuse(f"this is {what} of {len(value)} characters, and AWS allows {longest}", remedy)
        return value

    limit = {} if longest is None else {"maxLength": longest}
    return AfterValidator(judge), WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern})$"} | limit)


def _account_id(value: str) -> str:
    if re.fullmatch("[0-9]{12}", value):
        return value
    if re.fullmatch("[0-9]+", value):
        problem = f"`{value}` is not an account id: it has {len(value)} digits, not 12"
    else:
        problem = f"`{value}` is not an account id"
    raise refuse(problem, "write the twelve digits in quotes, leading zeros included")


def _json_object(value: str) -> str:
    try:
        content = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise refuse("`content` is not JSON", "copy the policy's text as AWS stores it, in single quotes") from error
    if not isinstance(content, dict):
        raise refuse("`content` is no JSON object", "copy the whole policy document, from `{` to `}`")
    return value


def _ou_name(value: str) -> str:
    if not value.strip() or value != value.strip():
        raise refuse(
            f"OU name `{value}` begins or ends with a blank or is empty",
            "rename the OU; CfCT trims names before it looks for them",
        )
    if ":" in value:
        raise refuse(f"OU name `{value}` holds a `:`", "rename the OU; CfCT takes `:` for the step to a nested OU")
    if len(value) > OU_NAME.value:
        raise refuse(f"this OU name has {len(value)} characters, and {OU_NAME.value} are allowed", "rename the OU")
    return value


def _word_none(value: object) -> object:
    if value is None:
        raise refuse("`control_tower_trail` is empty", TRAIL_REMEDY)
    if value == "none":
        return None
    if not isinstance(value, dict):
        raise refuse("`control_tower_trail` is neither `none` nor a mapping that describes the trail", TRAIL_REMEDY)
    return value


_ORGANIZATION = _matches(
    "o-[a-z0-9]{10,32}", "an organization id", "write it like `o-exampleorg1`: `o-` and 10 to 32 small letters or digits"
)
_ROOT = _matches("r-[0-9a-z]{4,32}", "a root id", "write it like `r-exam`: `r-` and 4 to 32 small letters or digits")
_OU = _matches("ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}", "an OU id", "write it like `ou-exam-a1b2c3d4`, as AWS Organizations shows it")
_BUCKET = _matches(
    "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "a bucket name",
    "write the name alone, like `aws-controltower-logs-222222222222-eu-central-1`",
)
_TRAIL = _matches("[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]", "a trail's name", "write the name alone, not the ARN")
_KEY = _matches(
    "arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+", "the ARN of a KMS key", "write the key's own ARN, not an alias"
)
_PREFIX_LENGTH = 200
"""Characters of `S3KeyPrefix` (AWS CloudTrail API reference, CreateTrail)."""

_PREFIX = _matches(
    "(?:[A-Za-z0-9!_.-]+(?:/[A-Za-z0-9!_.-]+)*)?",
    "a prefix of S3 keys",
    'write it as the trail shows it, like `o-exampleorg1`: letters, digits, `!`, `_`, `.` and `-`, single `/` between them; `""` if the '
    "trail has none",
    _PREFIX_LENGTH,
)
"""What S3 calls safe in keys (Amazon S3 User Guide, "Naming Amazon S3 objects") but for wildcards, quotes and brackets."""

OrganizationIdText = Annotated[OrganizationId, *_ORGANIZATION]
_AccountIdText = Annotated[AccountId, AfterValidator(_account_id), WithJsonSchema({"type": "string", "pattern": "^[0-9]{12}$"})]
_RegionText = Annotated[Region, WithJsonSchema({"type": "string", "minLength": 1})]
_Target = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^(?:r-|ou-)[0-9a-z-]+$|^[0-9]{12}$"})]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class UnitEntry(_Entry):
    """An OU and the OUs in it."""

    id: Annotated[OuId, *_OU] = Field(description="as AWS Organizations shows it", examples=["ou-exam-a1b2c3d4"])
    name: Annotated[
        str, AfterValidator(_ou_name), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": OU_NAME.value})
    ] = Field(description="exactly as AWS Organizations spells it", examples=["Workloads"])
    children: tuple[UnitEntry, ...] = Field(default=(), description="the OUs directly in this one")


class AccountEntry(_Entry):
    """An account of the organization."""

    id: _AccountIdText = Field(description="twelve digits in quotes", examples=["123456789012"])
    name: str = Field(min_length=1, max_length=128, description="as AWS Organizations shows it", examples=["Log Archive"])
    email: str | None = Field(default=None, description="the root user's address")
    ou: str | None = Field(
        default=None, description="path of the OU that holds it, names joined by `:`; absent: directly in the root"
    )
    status: AccountStatus = Field(
        default=AccountStatus.ACTIVE, description="the account's state; CfCT deploys to ACTIVE ones only"
    )


class TrailEntry(_Entry):
    """The organization trail that Control Tower made."""

    name: Annotated[str, *_TRAIL] = Field(description="the trail's name", examples=["aws-controltower-BaselineCloudTrail"])
    bucket: Annotated[str, *_BUCKET] = Field(
        description="the bucket in the Log Archive account", examples=["aws-controltower-logs-222222222222-eu-central-1"]
    )
    prefix: Annotated[str, *_PREFIX] | None = Field(
        default=None,
        description="what the trail's keys in the bucket begin with, without `/` at either end; absent: the organization's id, "
        "as Control Tower sets it; empty: nothing",
    )
    access_log_bucket: Annotated[str, *_BUCKET] | None = Field(default=None, description="where S3 writes who read the logs")
    kms_key: Annotated[Arn, *_KEY] | None = Field(
        default=None, description="ARN of the key that encrypts the logs, if there is one"
    )
    log_group: str | None = Field(
        default=None, min_length=1, description="name of the CloudWatch Logs group that gets the events"
    )
    object_lock: bool = Field(default=False, description="whether the bucket has Object Lock")


class PolicyEntry(_Entry):
    """A policy that is attached today, with every target it is attached to."""

    name: str = Field(min_length=1, max_length=POLICY_NAME.value, examples=["aws-guardrails-abcdef"])
    type: Literal["scp", "rcp"] = Field(examples=["scp"])
    targets: tuple[_Target, ...] = Field(description="ids of the root, OUs and accounts", examples=[["r-exam"]])
    content: Annotated[str, AfterValidator(_json_object)] = Field(
        description="the JSON text as AWS stores it, since its length counts",
        json_schema_extra={"remedy": "copy the policy's text as AWS stores it, in single quotes"},
        examples=['{"Version":"2012-10-17","Statement":[]}'],
    )


class OrganizationFile(_Entry):
    """What is true of the organization: written by `cfctgen snapshot` or by hand."""

    id: OrganizationIdText = Field(description="the organization's id", examples=["o-exampleorg1"])
    root_id: Annotated[RootId, *_ROOT] = Field(description="the id of the organization's root", examples=["r-exam"])
    partition: Annotated[str, WithJsonSchema({"type": "string", "enum": ["aws", "aws-us-gov"]})] = Field(
        description="`aws` or `aws-us-gov`", examples=["aws"]
    )
    management_account: _AccountIdText = Field(description="the account that owns the organization", examples=["111111111111"])
    home_region: _RegionText = Field(description="Control Tower's home region", examples=["eu-central-1"])
    governed_regions: tuple[_RegionText, ...] = Field(
        description="every region that Control Tower governs", examples=[["eu-central-1"]]
    )
    log_archive: _AccountIdText = Field(description="Control Tower's Log Archive account", examples=["222222222222"])
    audit: _AccountIdText = Field(description="Control Tower's Audit account", examples=["333333333333"])
    deployment: _AccountIdText | None = Field(
        default=None, description="the account whose pipelines deploy to the others, if there is one"
    )
    control_tower_version: Annotated[
        str, *_matches(r"[0-9]+\.[0-9]+", "a landing zone version", 'write it like `"4.0"`, as Control Tower shows it')
    ] = Field(description="the landing zone's version", examples=["4.0"])
    cfct_version: Annotated[
        str,
        *_matches(r"v?[0-9]+\.[0-9]+\.[0-9]+", "a CfCT version", 'write it like `"2.8.4"`, as the stack\'s description shows it'),
    ] = Field(description="the version of Customizations for AWS Control Tower", examples=["2.8.4"])
    control_tower_execution_in_management: bool = Field(
        default=False,
        description="whether somebody made the role AWSControlTowerExecution in the management account, as CfCT needs there",
    )
    control_tower_trail: Annotated[TrailEntry | None, BeforeValidator(_word_none)] = Field(
        description="the organization trail that Control Tower made, or `none`; a second trail is billed again",
        json_schema_extra={"remedy": TRAIL_REMEDY},
    )
    organizational_units: tuple[UnitEntry, ...] = Field(
        description="the OUs below the root", examples=[[{"id": "ou-exam-a1b2c3d4", "name": "Security"}]]
    )
    accounts: tuple[AccountEntry, ...] = Field(
        description="all accounts, the management account too", examples=[[{"id": "111111111111", "name": "Management"}]]
    )
    policies: tuple[PolicyEntry, ...] = Field(
        default=(), description="SCPs and RCPs attached today; those of Control Tower take slots"
    )
