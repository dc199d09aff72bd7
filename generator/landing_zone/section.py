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
_PRINCIPAL = re.compile(
    r"arn:(?P<partition>[^:]+):iam::(?P<account>[^:]*):(?P<kind>role|user)/(?P<path>(?:[\w+=,.@*?-]*/)*)(?P<name>[\w+=,.@*?-]*)",
    re.ASCII,
)
_ROOT = re.compile(r"arn:[^:]+:iam::[^:]*:root")
_SOME_ACCOUNT = "222222222222"
"""A documentation id, for examples where the organization is not known."""


@dataclass(frozen=True)
class Known:
    """The names that a section may use. `accounts` maps ids, and lower-case names (as CfCT matches them), to ids.

    `namesakes` are the lower-case names that several accounts have, which mean none of them.
    """

    accounts: Mapping[str, AccountId] = field(default_factory=dict)
    account_names: tuple[str, ...] = ()
    ou_paths: frozenset[str] = frozenset()
    governed_regions: frozenset[str] = frozenset()
    partition: str | None = None
    log_archive: AccountId | None = None
    namesakes: Mapping[str, tuple[AccountId, ...]] = field(default_factory=dict)

    @property
    def account_ids(self) -> tuple[str, ...]:
        """The ids among the names of `accounts`."""
        return tuple(filter(ACCOUNT_ID.fullmatch, self.accounts))


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
    namesakes = known.namesakes.get(value.strip().lower(), ())
    if namesakes:
        listed = " and ".join(f"`{each}`" for each in namesakes)
        raise refuse(
            f"`{value}` is the name of {len(namesakes)} accounts, large and small letters being alike: {listed}",
            "write the account's id",
        )
    found = known.accounts.get(value) or known.accounts.get(value.strip().lower())
    if found is None:
        remedy = nearest(value, [*known.account_names, *known.account_ids])
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
    known = _known(info) or Known()
    _parsed(value, known, "*", "write the twelve digits of one account, or `*` for every account")
    return Arn(value)


def _pinned(value: str, info: ValidationInfo) -> Arn:
    known = _known(info) or Known()
    like = known.log_archive or next(iter(known.account_ids), _SOME_ACCOUNT)
    match = _parsed(value, known, like, "write the twelve digits of the one account that it is in")
    if known.account_ids and match["account"] not in known.account_ids:
        remedy = nearest(match["account"], known.account_ids) or "use an id from `accounts` of the organization file"
        raise refuse(f"account `{match['account']}` of `{value}` is not in the organization", remedy)
    _refuse_everybody(match)
    return Arn(value)


def _of_log_archive(value: str, info: ValidationInfo) -> Arn:
    known = _known(info) or Known()
    like = known.log_archive or _SOME_ACCOUNT
    match = _parsed(
        value, known, like, f"write `{like}`, the Log Archive account" if known.log_archive else "write twelve digits"
    )
    if known.log_archive and match["account"] != known.log_archive:
        problem = f"`{value}` is not a {match['kind']} of the Log Archive account `{known.log_archive}`"
        remedy = (
            "name a role of that account; a key's policy cannot be changed from another account "
            '(AWS KMS Developer Guide, "Allowing users in other accounts to use a KMS key")'
        )
        raise refuse(problem, remedy)
    _refuse_everybody(match)
    return Arn(value)


def _parsed(value: str, known: Known, like: str, account_remedy: str) -> re.Match[str]:
    """The parts of a role's or user's ARN in the organization's partition; `like` is the account of the example in remedies.

    Only where the example is for any account may the ARN be for any.
    """
    match = _PRINCIPAL.fullmatch(value)
    example = f"arn:{known.partition or 'aws'}:iam::{like}:role/SecurityBreakGlass"
    if match is None or not match["path"] + match["name"]:
        remedy = f"write it like `{example}`"
        if _ROOT.fullmatch(value):  # IAM User Guide, "AWS JSON policy elements: Principal", section on account principals
            remedy = f"name the roles or users that are meant, like `{example}`; `root` stands for the whole account"
        raise refuse(f"`{value}` is not the ARN of an IAM role or user", remedy)
    account = match["account"]
    if not ACCOUNT_ID.fullmatch(account) and not account == like == "*":
        raise refuse(f"`{account}` in `{value}` is not an account id", account_remedy)
    if known.partition and match["partition"] != known.partition:
        right = value.replace(f"arn:{match['partition']}:", f"arn:{known.partition}:", 1)
        raise refuse(f"`{value}` is not in partition `{known.partition}`", f"write `{right}`")
    return match


def _refuse_everybody(match: re.Match[str]) -> None:
    """Refuses a last path segment of nothing but wildcards. `*` matches `/` too, so that `path/*` reaches all below `path/`."""
    if match["name"].strip("*?"):
        return
    kind, path = match["kind"], match["path"]
    if match["name"]:
        problem = f"`{match[0]}` names every {kind} " + (f"below `{path}`" if path else "of the account")
    else:
        problem = f"`{match[0]}` ends before the {kind}'s name"
    raise refuse(problem, f"write the {kind}'s name, or at least its beginning")


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

_PINNED_PATTERN = r"^arn:[^:]+:iam::[0-9]{12}:(role|user)/([A-Za-z0-9_+=,.@/*?-]*/)?[*?]*[A-Za-z0-9_+=,.@-][A-Za-z0-9_+=,.@*?-]*$"

PinnedPrincipal = Annotated[
    Arn,
    AfterValidator(_pinned),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _PINNED_PATTERN,
            "description": "ARN of an IAM role or user of one account of the organization; `*` and `?` allowed in a part of its name",
        }
    ),
]
"""Who may do what nobody else may: one account of the organization, and a name that is not every name.

An account that anybody could name, or every role of one, would make the exemption as wide as the rule.
"""

LogArchivePrincipal = Annotated[
    Arn,
    AfterValidator(_of_log_archive),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _PINNED_PATTERN,
            "description": "ARN of an IAM role or user of the Log Archive account; `*` and `?` allowed in a part of its name",
        }
    ),
]
"""Who administers what the Log Archive account holds.

A key's policy can be changed only from the key's own account (AWS KMS Developer Guide, "Allowing users in other accounts to use a
KMS key"), so that an administrator from elsewhere would administer nothing.
"""
