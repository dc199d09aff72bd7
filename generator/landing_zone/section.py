"""What a control's options are made of: the base of every section of `landing-zone.yaml`, and strings checked against the organization.

A control hands its section model to the loader; the loader never imports a control. The organization reaches the validators as
pydantic's validation context (`Known`), so that a section says what it refers to by its types alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from generator.aws.names import AccountId, Arn, OuPath, Region
from generator.landing_zone.nearest import nearest

ACCOUNT_ID = re.compile(r"[0-9]{12}")
_PRINCIPAL = re.compile(r"arn:(?P<partition>[^:]+):iam::(?P<account>[^:]*):(?:role|user)/[\w+=,.@/*?-]+", re.ASCII)


@dataclass(frozen=True)
class Known:
    """The names that a section may use. `accounts` maps ids, and lower-case names (as CfCT matches them), to ids."""

    accounts: Mapping[str, AccountId] = field(default_factory=dict)
    account_names: tuple[str, ...] = ()
    ou_paths: frozenset[str] = frozenset()
    governed_regions: frozenset[str] = frozenset()
    partition: str | None = None


class Section(BaseModel):
    """One control's options. Every option has a safe default, so that an absent section means the same as an empty one."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    enabled: bool = Field(default=True, description="whether the control is part of the package at all")


def refuse(problem: str, remedy: str) -> PydanticCustomError:
    """The error a validator raises so that problem and remedy reach the user unchanged, beside the place of the value."""
    return PydanticCustomError("refused", "{problem}", {"problem": problem, "remedy": remedy})


def _known(info: ValidationInfo) -> Known | None:
    return info.context if isinstance(info.context, Known) else None


def _account(value: str, info: ValidationInfo) -> AccountId:
    known = _known(info)
    if known is None:
        return AccountId(value)
    found = known.accounts.get(value) or known.accounts.get(value.strip().lower())
    if found is None:
        remedy = nearest(value, [*known.account_names, *filter(ACCOUNT_ID.fullmatch, known.accounts)])
        raise refuse(f"no account is called `{value}`", remedy or "use a name or an id from `accounts` of the organization file")
    return found


def _ou(value: str, info: ValidationInfo) -> OuPath:
    known = _known(info)
    if known is not None and value not in known.ou_paths:
        remedy = nearest(value, known.ou_paths)
        raise refuse(f"no OU has the path `{value}`", remedy or "use a path of `organizational_units`, its names joined by `:`")
    return OuPath(value)


def _region(value: str, info: ValidationInfo) -> Region:
    known = _known(info)
    if known is not None and value not in known.governed_regions:
        remedy = f"use a governed region: {', '.join(f'`{region}`' for region in sorted(known.governed_regions))}"
        raise refuse(f"region `{value}` is not governed", remedy)
    return Region(value)


def _principal(value: str, info: ValidationInfo) -> Arn:
    match = _PRINCIPAL.fullmatch(value)
    known = _known(info)
    partition = (known.partition if known else None) or "aws"
    if match is None:
        raise refuse(
            f"`{value}` is not the ARN of an IAM role or user", f"write it like `arn:{partition}:iam::*:role/SecurityBreakGlass`"
        )
    account = match["account"]
    if account != "*" and not ACCOUNT_ID.fullmatch(account):
        raise refuse(
            f"`{account}` in `{value}` is not an account id", "write the twelve digits of one account, or `*` for every account"
        )
    if known is None:
        return Arn(value)
    if known.partition and match["partition"] != known.partition:
        right = value.replace(f"arn:{match['partition']}:", f"arn:{known.partition}:", 1)
        raise refuse(f"`{value}` is not in partition `{known.partition}`", f"write `{right}`")
    return Arn(value)


AccountRef = Annotated[
    AccountId,
    AfterValidator(_account),
    WithJsonSchema({"type": "string", "minLength": 1, "description": "a quoted 12-digit account id, or an account's name"}),
]
"""An account's name or quoted id; the section holds the id."""

OuRef = Annotated[
    OuPath,
    AfterValidator(_ou),
    WithJsonSchema({"type": "string", "minLength": 1, "description": "an OU's path, its names joined by `:`"}),
]
"""An OU's path; it must exist."""

RegionRef = Annotated[
    Region,
    AfterValidator(_region),
    WithJsonSchema({"type": "string", "minLength": 1, "description": "one of the governed regions"}),
]
"""A governed region."""

PrincipalPattern = Annotated[
    Arn,
    AfterValidator(_principal),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^arn:[^:]+:iam::([0-9]{12}|\*):(role|user)/[A-Za-z0-9_+=,.@/*?-]+$",
            "description": "ARN of an IAM role or user, `*` and `?` allowed in its name, `*` for any account",
        }
    ),
]
"""Who is exempt or allowed. Roots and `*` alone are refused: an exemption for everybody is none of a guard's business."""
