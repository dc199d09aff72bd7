"""What must hold between the entries of `organization.yaml`: distinct ids, known names, regions of one partition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from generator.aws.names import Region
from generator.aws.partitions import PARTITIONS, REFUSED, partition_of
from generator.aws.quotas import OU_DEPTH
from generator.errors import Problem
from generator.landing_zone.document import Node
from generator.landing_zone.facts import OrganizationFacts, Text, text_of
from generator.landing_zone.nearest import Suggestions, nearest
from generator.landing_zone.section import ACCOUNT_ID

_EITHER = " or ".join(f"`{partition}`" for partition in PARTITIONS)
_ROOT_NAME = "Root"
"""CfCT takes this name in `organizational_units` for the root of the organization (CfCT 2.8.4, manifest_parser.py 552-558)."""

_ROLES = {
    "management_account": "the management account",
    "log_archive": "the Log Archive account",
    "audit": "the Audit account",
    "deployment": "the deployment account",
}
_KEY = re.compile("arn:(?P<partition>[^:]+):kms:[^:]*:(?P<account>[0-9]{12}):", re.ASCII)
_SEPARATE = ("management_account", "log_archive", "audit")
"""Control Tower never uses one account for two of these."""


def check(facts: OrganizationFacts) -> Iterator[Problem]:
    """Every problem between entries, in the order of the checks."""
    for each in _CHECKS:
        yield from each(facts)


def _partition(facts: OrganizationFacts) -> Iterator[Problem]:
    text = facts.text("partition")
    if text is None or text.value in PARTITIONS:
        return
    if text.value in REFUSED:
        yield _problem(facts, text, REFUSED[text.value], f"use an organization in {_EITHER}")
    else:
        yield _problem(
            facts, text, f"there is no partition `{text.value}`", nearest(text.value, PARTITIONS) or f"write {_EITHER}"
        )


def _regions(facts: OrganizationFacts) -> Iterator[Problem]:
    partition = facts.text("partition")
    if partition is None or partition.value not in PARTITIONS:
        return  # nothing can be said of the regions, and the partition has its own problem
    known = PARTITIONS[partition.value].regions
    home = facts.text("home_region")
    for region in (*filter(None, (home,)), *facts.governed_regions):
        if region.value in known:
            continue
        elsewhere = partition_of(region.value)
        if elsewhere is None:
            yield _problem(
                facts, region, f"there is no region `{region.value}`", nearest(region.value, known) or "use a region's code"
            )
        else:
            problem = f"region `{region.value}` is in partition `{elsewhere}`, not in `{partition.value}`"
            yield _problem(facts, region, problem, f"use a region of `{partition.value}`, or correct `partition`")
    yield from _twice(facts, ((region.value, region) for region in facts.governed_regions), "region `{}` is governed twice")
    governed = {region.value for region in facts.governed_regions}
    if home and governed and home.value not in governed and Region(home.value) in known:
        problem = f"home region `{home.value}` is not in `governed_regions`"
        yield _problem(facts, home, problem, f"add `{home.value}` to `governed_regions`; Control Tower always governs its home")


def _units(facts: OrganizationFacts) -> Iterator[Problem]:
    root = facts.text("root_id")
    prefix = f"ou-{root.value.removeprefix('r-')}-" if root else ""
    for unit in facts.units:
        if unit.depth == OU_DEPTH.value + 1:
            problem = f"OU `{unit.path or 'without a name'}` is nested {unit.depth} levels deep, and AWS allows {OU_DEPTH.value}"
            yield _problem(facts, unit.name or unit.node, problem, "move it up")
        if unit.name and unit.depth == 1 and unit.name.value == _ROOT_NAME:
            problem = f"an OU called `{_ROOT_NAME}` cannot be targeted: CfCT takes this name for the organization's root"
            yield _problem(facts, unit.name, problem, "rename the OU; list only the OUs below the root, not the root")
        if unit.id and prefix and unit.id.value.startswith("ou-") and not unit.id.value.startswith(prefix):
            problem = f"OU id `{unit.id.value}` does not belong to root `{root.value if root else ''}`"
            yield _problem(facts, unit.id, problem, f"an OU id of this root begins with `{prefix}`")
    yield from _twice(facts, ((unit.id.value, unit.id) for unit in facts.units if unit.id), "OU id `{}` is given twice")
    siblings = ((f"{unit.parent}/{unit.name.value.lower()}", unit.name) for unit in facts.units if unit.name)
    yield from _twice(facts, siblings, "OU name `{}` is given twice in one place")


def _accounts(facts: OrganizationFacts) -> Iterator[Problem]:
    """Names may be alike: AWS Organizations wants e-mail addresses to be unique, not names. Who uses such a name is told where it is used."""
    yield from _twice(
        facts, ((account.id.value, account.id) for account in facts.accounts if account.id), "account id `{}` is given twice"
    )
    suggestions = Suggestions("write the path of an OU, its names joined by `:`")
    for account in facts.accounts:
        if account.ou and facts.paths_are_complete and account.ou.value not in facts.paths:
            if account.ou.value == _ROOT_NAME:
                yield _problem(
                    facts, account.ou, f"`{_ROOT_NAME}` is no OU", "leave `ou` out for an account directly in the root"
                )
            else:
                remedy = suggestions.remedy(account.ou.value, facts.paths)
                yield _problem(facts, account.ou, f"no OU has the path `{account.ou.value}`", remedy)


def _special_accounts(facts: OrganizationFacts) -> Iterator[Problem]:
    status = {account.id.value: account.status for account in facts.accounts if account.id}
    taken: dict[str, str] = {}
    for key, role in _ROLES.items():
        text = facts.text(key)
        if text is None or not ACCOUNT_ID.fullmatch(text.value):
            continue
        if text.value not in status:
            remedy = nearest(text.value, status) or "add the account to `accounts`"
            yield _problem(facts, text, f"{role} `{text.value}` is not in `accounts`", remedy)
        elif status[text.value] != "ACTIVE":
            problem = f"{role} `{text.value}` is {status[text.value]}, so nothing can be deployed to it"
            yield _problem(facts, text, problem, "name an active account, or correct its `status`")
        if key in _SEPARATE:
            if text.value in taken:
                problem = f"account `{text.value}` is both {taken[text.value]} and {role}"
                yield _problem(facts, text, problem, "Control Tower keeps these in separate accounts; correct one of the two")
            taken[text.value] = role


def _log_archive_in_root(facts: OrganizationFacts) -> Iterator[Problem]:
    """CfCT attaches policies to OUs and the root, never to an account (CfCT 2.8.4, manifest v2, `deployment_targets` of policies)."""
    log_archive, management = facts.text("log_archive"), facts.text("management_account")
    if log_archive is None or (management and management.value == log_archive.value):
        return  # one account for both has its own problem
    for account in facts.accounts:
        if account.id and account.id.value == log_archive.value and account.in_root:
            problem = (
                f"the Log Archive account `{log_archive.value}` is directly in the root, where no SCP can be for it alone: "
                "CfCT attaches policies to OUs only"
            )
            yield _problem(
                facts, account.node, problem, "move it into an OU of its own kind such as `Security`, and correct `ou`"
            )


def _policies(facts: OrganizationFacts) -> Iterator[Problem]:
    root = facts.text("root_id")
    known = {unit.id.value for unit in facts.units if unit.id} | {account.id.value for account in facts.accounts if account.id}
    known |= {root.value} if root else set()
    root_unknown = root is None or not root.value.startswith("r-")
    named = ((f"{each.type.value}/{each.name.value}", each.name) for each in facts.policies if each.name and each.type)
    yield from _twice(facts, named, "policy `{}` is given twice")
    suggestions = Suggestions("write the id of the root, of an OU or of an account of this file")
    for policy in facts.policies:
        yield from _twice(
            facts, ((target.value, target) for target in policy.targets), "target `{}` is given twice for one policy"
        )
        for target in policy.targets:
            if target.value not in known and not (root_unknown and target.value.startswith("r-")):
                remedy = suggestions.remedy(target.value, known)
                yield _problem(facts, target, f"target `{target.value}` is no root, OU or account of this file", remedy)


def _trail(facts: OrganizationFacts) -> Iterator[Problem]:
    """Control Tower accepts a key of the management account only (AWS Control Tower User Guide, "Configure AWS KMS keys")."""
    partition, management = facts.text("partition"), facts.text("management_account")
    trail, _ = facts.document.find(["control_tower_trail"])
    key = text_of(trail, "kms_key")
    match = _KEY.match(key.value) if key else None
    if key is None or match is None:
        return  # the key is absent, or no ARN at all, which has its own problem
    if partition and partition.value in PARTITIONS and match["partition"] != partition.value:
        problem = f"`{key.value}` is in partition `{match['partition']}`, not in `{partition.value}`"
        yield _problem(facts, key, problem, "copy the key's ARN from the trail")
    if management and ACCOUNT_ID.fullmatch(management.value) and match["account"] != management.value:
        problem = f"`{key.value}` is a key of account `{match['account']}`, not of the management account `{management.value}`"
        remedy = (
            "copy the key's ARN from the trail; Control Tower accepts only a key of the management account "
            '(AWS Control Tower User Guide, "Configure AWS KMS keys")'
        )
        yield _problem(facts, key, problem, remedy)


_CHECKS: tuple[Callable[[OrganizationFacts], Iterator[Problem]], ...] = (
    _partition,
    _regions,
    _units,
    _accounts,
    _special_accounts,
    _log_archive_in_root,
    _policies,
    _trail,
)


def _twice(facts: OrganizationFacts, keyed: Iterator[tuple[str, Text]], what: str) -> Iterator[Problem]:
    first: dict[str, Text] = {}
    for key, text in keyed:
        before = first.setdefault(key, text)
        if before is not text:
            spelled = "" if before.value == text.value else f" as `{before.value}`"
            problem = f"{what.format(text.value)}, first on line {before.node.line}{spelled}"
            yield _problem(facts, text, problem, "keep one, or correct one of the two")


def _problem(facts: OrganizationFacts, place: Text | Node, problem: str, remedy: str) -> Problem:
    node = place.node if isinstance(place, Text) else place
    return Problem(facts.document.where(node), problem, remedy)
