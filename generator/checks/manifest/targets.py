"""Targets: what CfCT resolves to something else than the manifest says, or to nothing."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator

from generator.aws.names import OU_PATH_SEPARATOR, AccountId
from generator.aws.partitions import PARTITIONS
from generator.aws.quotas import OU_DEPTH
from generator.cfct.manifest import Manifest, Resource
from generator.cfct.targets import ACCOUNT_ID_DIGITS, ROOT, Loss, Lost, Resolver, ou_path
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.errors import Where
from generator.landing_zone.organization import Organization
from generator.package.claims_file import CLAIMS
from generator.package.files import MANIFEST

QUOTED_IDS = Rule(
    "CT020",
    Level.ERROR,
    "account ids are quoted text of twelve digits",
    "YAML reads an unquoted id as a number: one that begins with 0 becomes another number, which CfCT then drops without a word",
    "put the id in quotes, with all twelve digits",
    cfct("manifest_parser.py, parse_stack_set_manifest_v2; YAML 1.1 integers"),
)
KNOWN_ACCOUNTS = Rule(
    "CT021",
    Level.ERROR,
    "each account exists and is enrolled in Control Tower",
    "CfCT drops ids and names that it does not find among the enrolled accounts, without a word",
    "correct the id or name, or enrol the account",
    cfct("manifest_parser.py 617-630"),
)
ACTIVE_ACCOUNTS = Rule(
    "CT022",
    Level.WARNING,
    "each account is ACTIVE",
    "CfCT drops an account that is suspended or closing",
    "remove the account from the entry",
    cfct("manifest_parser.py, get_account_for_name"),
)
KNOWN_UNITS = Rule(
    "CT023",
    Level.ERROR,
    "each OU exists, by its path from the root",
    "of a policy CfCT skips it; of a stack set it skips a top-level OU and stops with a ValueError on a nested one",
    "write the names from below the root joined by `:`; they are case-sensitive",
    cfct("manifest_parser.py 562-570, 778 and 804"),
)
ROOT_ALONE = Rule(
    "CT024",
    Level.ERROR,
    "`Root` stands alone among the OUs of a stack set",
    "CfCT ignores the other OUs; `Root` means every enrolled account already",
    "remove `Root`, or the others",
    cfct("manifest_parser.py 552-558"),
)
POLICY_ACCOUNTS = Rule(
    "CT025",
    Level.ERROR,
    "an SCP or RCP names OUs only",
    "CfCT ignores `accounts` of a policy, so it is attached to fewer targets than the manifest says",
    "move the account to an OU of its own, and name that OU",
    cfct("manifest_parser.py 140 and 194"),
)
SOME_TARGET = Rule(
    "CT026",
    Level.ERROR,
    "each entry names a target",
    "a policy is written and attached nowhere; a stack set is made without a stack",
    "name accounts or OUs below `deployment_targets`",
    cfct("manifest_parser.py, get_final_account_list and get_final_ou_list"),
)
REACHED_TARGET = Rule(
    "CT027",
    Level.WARNING,
    "each stack set reaches an account",
    "an OU target of a stack set is not recursive: it reaches the accounts directly in that OU, and here there is none",
    "name the OUs that hold the accounts",
    cfct("manifest_parser.py 563 and 727"),
)
MANAGEMENT_ROLE = Rule(
    "CT028",
    Level.ERROR,
    "a stack set for the management account finds its role there",
    "CfCT deploys as `AWSControlTowerExecution`, which Control Tower makes in every enrolled account but not in the management account",
    "make the role by hand, then set `control_tower_execution_in_management: true` in `organization.yaml`",
    cfct("README and template 81-97"),
)
KNOWN_REGIONS = Rule(
    "CT029",
    Level.ERROR,
    "each region exists in the organization's partition",
    "CloudFormation refuses the stack set operation",
    "correct the region",
    "https://docs.aws.amazon.com/general/latest/gr/rande.html",
)
GOVERNED_REGIONS = Rule(
    "CT030",
    Level.WARNING,
    "each region is governed by Control Tower",
    "Control Tower's region deny control, where it is on, refuses calls in other regions, but never in the management account; and "
    "nothing else of the landing zone is there",
    "remove the region, or let Control Tower govern it",
    "https://docs.aws.amazon.com/controltower/latest/userguide/region-how.html",
)
HOME_REGION = Rule(
    "CT031",
    Level.ERROR,
    "`region` is Control Tower's home region",
    "stack sets without regions of their own go there, and CfCT keeps its SSM parameters in its own region",
    "write the home region",
    "https://docs.aws.amazon.com/controltower/latest/userguide/cfct-manifest-file-resources-section.html",
)
NOT_TOO_DEEP = Rule(
    "CT032",
    Level.ERROR,
    "an OU's path has at most five names",
    "AWS Organizations nests OUs five levels below the root",
    "correct the path",
    OU_DEPTH.source,
)
ORGANIZATION_KNOWN = Rule(
    "CT033",
    Level.INFO,
    "the organization is known",
    "whether accounts and OUs exist, and how many policies their targets already have, can be judged against the organization only",
    "give `--organization organization.yaml`; `cfctgen snapshot` writes it",
    "",
)

_LOST = {
    KNOWN_ACCOUNTS.id: (Loss.UNKNOWN_ACCOUNT, Loss.UNENROLLED_ACCOUNT, Loss.NESTED_ACCOUNT),
    ACTIVE_ACCOUNTS.id: (Loss.INACTIVE_ACCOUNT,),
    KNOWN_UNITS.id: (Loss.UNKNOWN_OU, Loss.UNKNOWN_NESTED_OU),
    ROOT_ALONE.id: (Loss.BESIDE_ROOT,),
}


def _unquoted(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        for item in resource.items("deployment_targets", "accounts"):
            if manifest and not isinstance(item.data, str) and not item.children:
                where = Where(manifest.path, item.line, item.column)
                read = "" if str(item.data) == item.text else f", which YAML reads as {item.data}"
                yield Objection(where, f"the account `{item.text}` is not quoted{read}", f'write "{item.text}"')
            elif manifest and isinstance(item.data, str) and _is_bad_id(item.data):
                where = Where(manifest.path, item.line, item.column)
                yield Objection(where, f"the account `{item.data}` has {len(item.data)} digits, so CfCT takes it for a name")


def _is_bad_id(value: str) -> bool:
    return value.isdigit() and len(value) != ACCOUNT_ID_DIGITS


def _lost(rule: Rule) -> Callable[[Subject], Iterable[Objection]]:
    """The objections to targets that are lost for one of a rule's reasons."""

    def find(subject: Subject) -> Iterator[Objection]:
        if not subject.manifest or not subject.resolver:
            return
        for resource in subject.manifest.resources:
            for lost in subject.resolver.resolve(resource).lost:
                node = resource.place("deployment_targets", lost.key, lost.index)
                # an account that CT020 already objects to is not found either, for that reason
                if lost.loss in _LOST[rule.id] and isinstance(node.data, str) and not _is_bad_id(node.data):
                    message, remedy = _lost_message(resource, lost, subject.resolver)
                    yield Objection(Where(subject.manifest.path, node.line, node.column), message, remedy)

    return find


def _lost_message(resource: Resource, lost: Lost, resolver: Resolver) -> tuple[str, str]:
    organization = resolver.organization
    match lost.loss:
        case Loss.UNKNOWN_ACCOUNT:
            names = [account.name for account in organization.accounts] + [account.id for account in organization.accounts]
            return f"there is no account `{lost.value}` in the organization", _did_you_mean(lost.value, names)
        case Loss.UNENROLLED_ACCOUNT:
            return f"the account `{lost.value}` is in no OU, so Control Tower has not enrolled it", ""
        case Loss.NESTED_ACCOUNT:
            return (
                f"the account `{lost.value}` is not directly in a top-level OU, so manifest version 2020-01-01 does not see it",
                "write the manifest in version 2021-03-15, or name the account's OU",
            )
        case Loss.INACTIVE_ACCOUNT:
            return f"the account `{lost.value}` is not ACTIVE", ""
        case Loss.UNKNOWN_OU | Loss.UNKNOWN_NESTED_OU:
            effect = "CfCT stops here" if lost.loss is Loss.UNKNOWN_NESTED_OU else "CfCT skips it"
            return f"there is no OU `{lost.value}`; {effect}", _did_you_mean(
                lost.value, [unit.path for unit in organization.organizational_units]
            )
        case _:
            return f"`{lost.value}` stands beside `{ROOT}` in `{resource.name}`, so it is ignored", ""


def _did_you_mean(value: str, known: Iterable[str]) -> str:
    by_lower = {each.lower(): each for each in known}
    near = difflib.get_close_matches(value.lower(), by_lower, n=1)
    return f"did you mean `{by_lower[near[0]]}`?" if near else ""


def _accounts_of_policy(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        if manifest and resource.is_policy and resource.accounts:
            where = manifest.where(resource.place("deployment_targets", "accounts"))
            yield Objection(where, f"the {resource.deploy_method} `{resource.name}` names accounts")


def _no_target(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        named = resource.organizational_units if resource.is_policy else (*resource.accounts, *resource.organizational_units)
        if manifest and not named and isinstance(resource.place("deployment_targets").data, dict):
            yield Objection(manifest.where(resource.place("deployment_targets")), f"`{resource.name}` has no target")


def _nothing_reached(subject: Subject) -> Iterator[Objection]:
    manifest, resolver = subject.manifest, subject.resolver
    if not manifest or not resolver:
        return
    for resource in manifest.resources:
        resolution = resolver.resolve(resource)
        named = resource.accounts or resource.organizational_units
        if resource.is_stack_set and named and not resolution.accounts and not resolution.lost:
            yield Objection(manifest.where(resource.place("deployment_targets")), f"`{resource.name}` reaches no account today")


def _management_account(subject: Subject) -> Iterator[Objection]:
    manifest, resolver = subject.manifest, subject.resolver
    if not manifest or not resolver or resolver.organization.control_tower_execution_in_management:
        return
    for resource in manifest.resources:
        if resource.is_stack_set and resolver.organization.management_account in resolver.resolve(resource).accounts:
            yield Objection(
                manifest.where(resource.place("deployment_targets", "accounts")),
                f"`{resource.name}` goes to the management account, which has no role `AWSControlTowerExecution`",
            )


def _unknown_region(subject: Subject) -> Iterator[Objection]:
    organization = subject.organization
    partitions = [PARTITIONS[organization.partition]] if organization else list(PARTITIONS.values())
    known = {region for partition in partitions for region in partition.regions}
    for where, region in _regions(subject):
        if region not in known:
            inside = f" in partition `{organization.partition}`" if organization else ""
            yield Objection(where, f"there is no region `{region}`{inside}", _did_you_mean(region, known))


def _ungoverned_region(subject: Subject) -> Iterator[Objection]:
    organization = subject.organization
    if organization is None:
        return
    existing = PARTITIONS[organization.partition].regions
    for where, region in _regions(subject, without=organization.management_account):
        if region in existing and region not in organization.governed_regions:
            yield Objection(where, f"`{region}` is not among the governed regions")


def _regions(subject: Subject, without: AccountId | None = None) -> Iterator[tuple[Where, str]]:
    """Every region that the manifest names; but none of a stack set that reaches the account `without` alone."""
    manifest = subject.manifest
    if manifest is None:
        return
    if manifest.region and manifest.document.root:
        node = manifest.document.root.at("region")
        yield Where(manifest.path, node.line, node.column), manifest.region
    for resource in manifest.resources:
        if without and subject.resolver and subject.resolver.resolve(resource).accounts == (without,):
            continue
        for node in resource.items("regions"):
            if isinstance(node.data, str):
                yield Where(manifest.path, node.line, node.column), node.data


def _not_home(subject: Subject) -> Iterator[Objection]:
    manifest, organization = subject.manifest, subject.organization
    if manifest and organization and _is_elsewhere(manifest, organization) and manifest.document.root:
        node = manifest.document.root.at("region")
        message = f"`region` is `{manifest.region}`, but the home region is `{organization.home_region}`"
        yield Objection(Where(manifest.path, node.line, node.column), message)


def _is_elsewhere(manifest: Manifest, organization: Organization) -> bool:
    return bool(manifest.region) and manifest.region != organization.home_region


def _deep(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        for index, name in enumerate(resource.organizational_units):
            depth = len(ou_path(name).split(OU_PATH_SEPARATOR))
            if manifest and depth > OU_DEPTH.value:
                node = resource.place("deployment_targets", "organizational_units", index)
                yield Objection(Where(manifest.path, node.line, node.column), f"`{name}` has {depth} levels")


def _organization_unknown(subject: Subject) -> Iterator[Objection]:
    if subject.organization is None:
        where = Where(subject.files.shown(MANIFEST))
        yield Objection(where, f"without an organization file nobody checked {', '.join(_unjudged(subject))}")


def _unjudged(subject: Subject) -> Iterator[str]:
    """What the judges pass over for want of an organization, as far as this package has any of it."""
    resources = subject.manifest.resources if subject.manifest else ()
    yield "whether its accounts and OUs exist and its regions are governed"
    if any(resource.is_stack_set for resource in resources):
        yield "which accounts its stack sets reach"
    if any(resource.is_policy for resource in resources):
        yield "which policies are attached already, and what its own deny to those who deploy"
    if any(path.startswith(CLAIMS) for path in subject.files.files):
        yield "its claims"


CHECKS = (
    Check(QUOTED_IDS, _unquoted),
    *(Check(rule, _lost(rule)) for rule in (KNOWN_ACCOUNTS, ACTIVE_ACCOUNTS, KNOWN_UNITS, ROOT_ALONE)),
    Check(POLICY_ACCOUNTS, _accounts_of_policy),
    Check(SOME_TARGET, _no_target),
    Check(REACHED_TARGET, _nothing_reached),
    Check(MANAGEMENT_ROLE, _management_account),
    Check(KNOWN_REGIONS, _unknown_region),
    Check(GOVERNED_REGIONS, _ungoverned_region),
    Check(HOME_REGION, _not_home),
    Check(NOT_TOO_DEEP, _deep),
    Check(ORGANIZATION_KNOWN, _organization_unknown),
)
