"""Values of global condition keys that no request can have: the condition then spares, or stops, nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from generator.aws.partitions import PARTITIONS, REFUSED_REGIONS
from generator.checks.finding import Level
from generator.checks.policies.book import Book, PolicyCheck
from generator.checks.rule import Objection, Rule
from generator.landing_zone.nearest import nearest
from generator.policy.axioms import PRINCIPAL_TYPES
from generator.policy.keys import same_key
from generator.policy.model import PolicyKind
from generator.policy.operators import Family
from generator.policy.pattern import ARN_SEGMENTS, Glob

POSSIBLE = Rule(
    "CT212",
    Level.WARNING,
    "a value in a condition is one that its key can have",
    "the value matches no request: an exception spares nobody, and a limit stops nobody",
    "correct the value",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
)

_TEXT = frozenset({Family.STRING, Family.STRING_IGNORE_CASE, Family.STRING_LIKE, Family.ARN})
_WITH_WILDCARDS = frozenset({Family.STRING_LIKE, Family.ARN})
_WILD = re.compile(r"[*?]")
_SESSION = re.compile(r"arn:[^:]*:sts:[^:]*:[^:]*:assumed-role/")
_ACCOUNT = re.compile(r"[0-9]{12}")
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_PATH = re.compile(r"o-[a-z0-9]{10,32}/(r-[a-z0-9]{4,32}/(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}/)*)?")
_ACCOUNT_PART = 4

_REGIONS = frozenset(region for partition in PARTITIONS.values() for region in partition.regions) | frozenset(REFUSED_REGIONS)
_TYPES = frozenset(PRINCIPAL_TYPES.values())

Complaint = tuple[str, str]
"""A problem and a remedy."""


def _region(text: str, _: Book) -> Complaint | None:
    if any(Glob.parse(text).matches(region) for region in _REGIONS):
        return None
    return f"`{text}` is no region, as far as this catalogue knows", nearest(text, _REGIONS)


def _kind(text: str, _: Book) -> Complaint | None:
    if any(Glob.parse(text).matches(kind) for kind in _TYPES):
        return None
    return f"`{text}` is no type of principal", nearest(text, _TYPES) or f"use one of {', '.join(sorted(_TYPES))}"


def _account(text: str, _: Book) -> Complaint | None:
    exact = _WILD.search(text) is None
    return None if not exact or _ACCOUNT.fullmatch(text) else (f"`{text}` is no account id", "write its twelve digits")


def _organization(text: str, _: Book) -> Complaint | None:
    exact = _WILD.search(text) is None
    good = not exact or _ORGANIZATION.fullmatch(text)
    return None if good else (f"`{text}` is no id of an organization", "write `o-` and 10 to 32 lower-case letters and digits")


def _path(text: str, _: Book) -> Complaint | None:
    """AWS: "use the wildcard with StringLike"; without one, a path that does not end in `/` is that of nobody."""
    exact = _WILD.search(text) is None
    good = not exact or _PATH.fullmatch(text)
    remedy = "write it as `o-…/r-…/ou-…/`, and end it with `/`, or with `/*` and `StringLike`"
    return None if good else (f"`{text}` is no path of an organization", remedy)


def _sender(text: str, book: Book) -> Complaint | None:
    """The key holds a role's own ARN, never that of its session (IAM User Guide, `aws:PrincipalArn`)."""
    if _SESSION.match(text):
        return (
            f"`{text}` is the ARN of a session, and `aws:PrincipalArn` holds that of its role",
            "write `arn:aws:iam::<account>:role/<path and name>`",
        )
    parts = text.split(":", ARN_SEGMENTS - 1)
    whole = len(parts) == ARN_SEGMENTS
    if whole and parts[1] and not Glob.parse(parts[1]).matches(book.partition):
        return f"`{text}` is of the partition `{parts[1]}`, and the organization of `{book.partition}`", ""
    return None


_READERS: Mapping[str, Callable[[str, Book], Complaint | None]] = {
    "aws:principalaccount": _account,
    "aws:principalarn": _sender,
    "aws:principalorgid": _organization,
    "aws:principalorgpaths": _path,
    "aws:principaltype": _kind,
    "aws:requestedregion": _region,
    "aws:resourceaccount": _account,
    "aws:resourceorgid": _organization,
    "aws:resourceorgpaths": _path,
    "aws:sourceaccount": _account,
    "aws:sourceorgid": _organization,
    "aws:sourceorgpaths": _path,
}


def _impossible(book: Book) -> Iterator[Objection]:
    for policy, written in book.statements:
        for condition in written.statement.conditions:
            key, family = same_key(condition.key), condition.operator.family
            if key not in _READERS or family not in _TEXT:
                continue
            for text, where in written.values(condition.where):
                if "${" in text or (family not in _WITH_WILDCARDS and _WILD.search(text)):
                    continue
                found = _READERS[key](text, book)
                if found is None and key == "aws:principalarn" and policy.kind is PolicyKind.SCP:
                    found = _stranger(text, book)
                if found:
                    yield Objection(where, *found)


def _stranger(text: str, book: Book) -> Complaint | None:
    """SCPs bind principals of the organization's members only, so that no other account's ARN ever meets one."""
    organization = book.subject.organization
    parts = text.split(":", ARN_SEGMENTS - 1)
    if organization is None or len(parts) < ARN_SEGMENTS or not _ACCOUNT.fullmatch(parts[_ACCOUNT_PART]):
        return None
    account = parts[_ACCOUNT_PART]
    if account == organization.management_account:
        return f"`{text}` is of the management account, which no service control policy reaches", "remove the value"
    if any(account == each.id for each in organization.accounts):
        return None
    return f"`{text}` is of account {account}, which is not in the organization", "correct the account id, or remove the value"


CHECKS = (PolicyCheck(POSSIBLE, _impossible),)
