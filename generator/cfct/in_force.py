"""Which SCPs and RCPs are attached once CfCT 2.8.4 has run, and which of them an account is under."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from generator.aws.names import AccountId, OuId, RootId
from generator.cfct.executions import PolicyExecution
from generator.landing_zone.organization import Organization

Target = RootId | OuId | AccountId


@dataclass(frozen=True, order=True)
class InForce:
    """A policy on a target. `document` is its text after the run; None if it is not known, as for a remote file.

    `of_package` says that this package writes it: new, or updated because a policy of exactly this name exists already.
    """

    type: str
    name: str
    target: Target
    document: str | None
    of_package: bool


@dataclass(frozen=True)
class Attachments:
    """Everything attached after a run: what is there today stays, since CfCT never detaches, and the package's policies come to it.

    A policy that exists is found by its exact name among all of its type and updated, wherever it is attached
    (state_machine_handler.py 715-783 and 915-980; manifest_parser.py 378 and 397 know `Attach` only).
    """

    organization: Organization
    by_target: Mapping[Target, tuple[InForce, ...]]

    def on(self, account: AccountId) -> tuple[InForce, ...]:
        """What the account is under: its own policies, its OUs' and the root's. KeyError if there is no such account.

        Nothing for the management account, which no SCP or RCP affects (AWS Organizations User Guide, orgs_manage_policies_scps and
        orgs_manage_policies_rcps).
        """
        organization = self.organization
        if account == organization.management_account:
            return ()
        above: tuple[Target, ...] = (*organization.lineage(account), account)
        return tuple(policy for target in above for policy in self.by_target.get(target, ()))

    @cached_property
    def all(self) -> tuple[InForce, ...]:
        """Every attachment, sorted."""
        return tuple(sorted((policy for policies in self.by_target.values() for policy in policies), key=_order))


def attach(executions: Iterable[PolicyExecution], organization: Organization) -> Attachments:
    """The attachments after the executions, all of which succeed. Of two policies of one name and type the later document stays."""
    executions = tuple(executions)
    documents: dict[tuple[str, str], str | None] = {(each.stage.value, each.name): each.document for each in executions}
    found: dict[Target, dict[tuple[str, str], InForce]] = {}
    for policy in organization.attached:
        key: tuple[str, str] = (policy.type, policy.name)
        document = documents.get(key, policy.content)
        found.setdefault(policy.target, {})[key] = InForce(*key, policy.target, document, key in documents)
    for execution in executions:
        key = (execution.stage.value, execution.name)
        for attachment in execution.attachments:
            found.setdefault(attachment.id, {})[key] = InForce(*key, attachment.id, documents[key], of_package=True)
    return Attachments(
        organization, {target: tuple(sorted(policies.values(), key=_order)) for target, policies in sorted(found.items())}
    )


def _order(policy: InForce) -> tuple[str, str, str]:
    return policy.target, policy.type, policy.name
