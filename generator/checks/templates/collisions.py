"""Names that collide: CfCT's stack sets make the same template in many accounts and regions, where a fixed name is there only once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule
from generator.checks.subject import Subject
from generator.checks.templates.evaluate import Scene
from generator.checks.templates.names import APART, NAMINGS, Naming, Scope
from generator.checks.templates.template import Declared
from generator.checks.templates.uses import Use, is_account, uses
from generator.errors import Where

ONE_REGION = Rule(
    "CT330",
    Level.ERROR,
    "what an account can have once is made in one region of it",
    "IAM and other global services have one list of names for all regions: the stack of the second region fails, and its region stays without",
    "put `${AWS::Region}` into the name, leave the name to CloudFormation, or make it in an entry of its own for one region",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-bestpractices.html",
)
ONE_BUCKET = Rule(
    "CT331",
    Level.ERROR,
    "no two stacks make a bucket of the same name",
    "the name of a bucket is unique in all of AWS: the first stack gets it, all others fail",
    "put `${AWS::AccountId}` and `${AWS::Region}` into the name, or leave the name to CloudFormation",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
)
ONE_STACK_SET = Rule(
    "CT332",
    Level.ERROR,
    "no two entries make the same named resource in one account",
    "the stack set that comes second fails in that account, because the name exists already",
    "make it in one of the two, or name it after its stack set",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html",
)


@dataclass(frozen=True)
class _Claim:
    """One resource that one stack makes under a name."""

    use: Use
    resource: Declared
    name: str
    account: str
    region: str


@dataclass(frozen=True)
class _Clash:
    """Two stacks that make the same, of which the second fails."""

    first: _Claim
    second: _Claim

    @property
    def rule(self) -> Rule:
        """Which rule objects: between entries, between buckets, or between the regions of one account."""
        if self.first.use.entry is not self.second.use.entry:
            return ONE_STACK_SET
        return ONE_BUCKET if NAMINGS[self.second.resource.type].scope is Scope.PARTITION else ONE_REGION


def _all_clashes(subject: Subject) -> tuple[_Clash, ...]:
    return tuple(_clashes(subject))


def _clashes(subject: Subject) -> Iterator[_Clash]:
    """One for each resource of each stack set at most. Entries of one name are one stack set (another rule says so)."""
    first: dict[tuple[str, str, str], _Claim] = {}
    for use in uses(subject):
        seen: set[str] = set()
        for claim, key in _claims(use):
            other = first.setdefault(key, claim)
            same_name = other.use is not use and other.use.entry.name == use.entry.name
            if other is not claim and not same_name and claim.resource.name not in seen and _is_sure(other, claim):
                seen.add(claim.resource.name)
                yield _Clash(other, claim)


def _claims(use: Use) -> Iterator[tuple[_Claim, tuple[str, str, str]]]:
    named = [(resource, NAMINGS[resource.type]) for resource in use.template.resources.values() if resource.type in NAMINGS]
    if not named or not use.template.is_whole:
        return
    for scene in use.scenes():
        for resource, naming in named:
            name = _name(resource, naming, scene)
            if name is not None and scene.exists(resource.node):
                place = {Scope.PARTITION: "", Scope.ACCOUNT: scene.account, Scope.REGION: f"{scene.account} {scene.region}"}
                key = (resource.type, place[naming.scope], name.lower() if naming.any_case else name)
                yield _Claim(use, resource, name, scene.account, scene.region), key


def _name(resource: Declared, naming: Naming, scene: Scene) -> str | None:
    """The name, if it is given and sure; empty where there can be only one."""
    if not naming.path:
        return ""
    if any(resource.setting(apart) is not None for apart in APART):
        return None
    return scene.text(resource.setting(*naming.path)) or None


def _is_sure(first: _Claim, second: _Claim) -> bool:
    """Not for two resources of one stack, which cfn-lint judges, nor for stand-ins that may mean the same account or none."""
    if first.account == second.account:
        return first.region != second.region or first.use is not second.use
    return is_account(first.account) and is_account(second.account)


def _between_regions(subject: Subject) -> Iterator[Objection]:
    for clash in _of(subject, ONE_REGION):
        claim = clash.second
        both = f"`{clash.first.region}` and `{claim.region}`, where `{claim.use.entry.name}` goes"
        called = f"`{claim.resource.name}` is called `{_shown(claim)}`" if claim.name else f"`{claim.resource.name}` is made"
        yield Objection(_where(claim), f"{called} in both {both}")


def _buckets(subject: Subject) -> Iterator[Objection]:
    for clash in _of(subject, ONE_BUCKET):
        claim = clash.second
        places = "regions" if clash.first.account == claim.account else "accounts"
        called = f"the bucket `{claim.resource.name}` is called `{_shown(claim)}`"
        yield Objection(_where(claim), f"{called} in several {places} of `{claim.use.entry.name}`")


def _between_entries(subject: Subject) -> Iterator[Objection]:
    for clash in _of(subject, ONE_STACK_SET):
        claims = (clash.first, clash.second)
        both = " and ".join(f"`{claim.resource.name}` of `{claim.use.entry.name}`" for claim in claims)
        accounts = " and ".join(dict.fromkeys(f"`{claim.account}`" for claim in claims))
        called = f"both called `{_shown(clash.second)}` in" if clash.second.name else "both made in"
        yield Objection(_where(clash.second), f"{both} are {called} {accounts}")


def _shown(claim: _Claim) -> str:
    """The name, without the stand-in for accounts that are not known."""
    return claim.name if is_account(claim.account) else claim.name.replace(claim.account, "${AWS::AccountId}")


def _of(subject: Subject, rule: Rule) -> Iterator[_Clash]:
    return (clash for clash in subject.once(_all_clashes) if clash.rule is rule)


def _where(claim: _Claim) -> Where:
    naming = NAMINGS[claim.resource.type]
    name = claim.resource.setting(*naming.path) if naming.path else None
    return claim.use.template.where(name) if name else claim.use.template.at_key(claim.resource.node)


CHECKS = (
    Check(ONE_REGION, _between_regions),
    Check(ONE_BUCKET, _buckets),
    Check(ONE_STACK_SET, _between_entries),
)
