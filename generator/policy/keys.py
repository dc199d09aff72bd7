"""Condition keys: AWS's global ones as a table, and the context that holds a request's values.

Source of the table: IAM User Guide, "AWS global condition context keys", as of September 2026. Keys of services are not listed
here: the catalogue of actions has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

SINGLE_VALUED = (
    "aws:AssumedRoot",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:ChatbotSourceArn",
    "aws:CurrentTime",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalServiceName",
    "aws:PrincipalType",
    "aws:Referer",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:SecureTransport",
    "aws:SignInSessionArn",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:UserId",
    "aws:Username",
    "aws:CalledViaAWSMCP",
    "aws:ViaAWSMCPService",
    "aws:ViaAWSService",
    "aws:VpcSourceIp",
    "aws:VpceAccount",
    "aws:VpceOrgID",
)
"""Global keys with at most one value in a request."""

MULTIVALUED = (
    "aws:CalledVia",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceNamesList",
    "aws:ResourceOrgPaths",
    "aws:SourceOrgPaths",
    "aws:TagKeys",
    "aws:VpceOrgPaths",
)
"""Global keys that can have several values, so that a condition on them needs `ForAllValues` or `ForAnyValue`."""

TAGGED = ("aws:PrincipalTag", "aws:RequestTag", "aws:ResourceTag")
"""Global keys that end in a tag's key: `aws:PrincipalTag/team`."""

_GLOBAL = {key.lower(): key for key in (*SINGLE_VALUED, *MULTIVALUED)}
_MULTIVALUED = frozenset(key.lower() for key in MULTIVALUED)
_TAGGED = frozenset(key.lower() for key in TAGGED)


def same_key(key: str) -> str:
    """The form by which keys are compared: "Key names are case-insensitive" (IAM User Guide, "Variables and tags").

    So is what follows the first `/`: a condition on `aws:ResourceTag/TagKey1` meets a tag named `tagkey1` as well (IAM User Guide,
    "Tags for IAM resources", "Case sensitivity").
    """
    return key.lower()


def is_multivalued(key: str) -> bool:
    """True iff `key` is a global key that can hold several values in one request."""
    return same_key(key) in _MULTIVALUED


def names_no_tag(key: str) -> bool:
    """True iff `key` is a global key for tags without the tag's own key, which no table can lack."""
    prefix, _, tag = same_key(key).partition("/")
    return prefix in _TAGGED and not tag


def unknown_key(key: str) -> tuple[str, str] | None:
    """Problem and remedy if `key` claims to be a global key and is none; Access Analyzer calls that an error too."""
    name = same_key(key)
    if not name.startswith("aws:") or name in _GLOBAL:
        return None
    if names_no_tag(key):
        return f"`{key}` names no tag", f"write the tag's key after a slash, for example `{key.rstrip('/')}/team`"
    if name.partition("/")[0] in _TAGGED:
        return None
    near = get_close_matches(name, [*_GLOBAL, *_TAGGED], n=1)
    spelled = next((known for known in (*_GLOBAL.values(), *TAGGED) if near and known.lower() == near[0]), "")
    remedy = f"did you mean `{spelled}`?" if spelled else "see the page `AWS global condition context keys` of the IAM User Guide"
    return f"`{key}` is no global condition key", remedy


@dataclass(frozen=True)
class Context:
    """The condition keys of a request and their values. Look-up ignores case; a key without values is absent."""

    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _index: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        merged = {same_key(key): (key, tuple(found)) for key, found in self.given.items()}
        object.__setattr__(self, "given", MappingProxyType(dict(merged[name] for name in sorted(merged))))
        object.__setattr__(self, "_index", {name: found for name, (_, found) in merged.items() if found})

    def get(self, key: str) -> tuple[str, ...]:
        """The values of `key`; empty if it is absent."""
        return self._index.get(same_key(key), ())

    @property
    def values(self) -> Mapping[str, tuple[str, ...]]:
        """The keys that are present, as they were spelled, sorted, with their values."""
        return {key: found for key, found in self.given.items() if found}

    def one(self, key: str) -> str | None:
        """The value of a key that has exactly one."""
        values = self.get(key)
        return values[0] if len(values) == 1 else None

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and bool(self.get(key))

    def with_values(self, values: Mapping[str, tuple[str, ...]]) -> Context:
        """This context with `values` put over it; an empty tuple takes a key away."""
        replaced = {same_key(key) for key in values}
        return Context({**{key: found for key, found in self.given.items() if same_key(key) not in replaced}, **values})
