"""Where nothing keeps AWS Config recording: without it Security Hub's controls have no data, and nobody is told.

Control Tower's mandatory control `AWS-GR_CONFIG_ENABLED` denies to change the recorder, in OUs that are registered with Control Tower
(Control Tower Controls Reference, "Disallow configuration changes to AWS Config"). Other OUs have what somebody attached to them.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.names import Arn
from generator.landing_zone.organization import AccountStatus, Organization
from generator.policy.completion import Surroundings, complete
from generator.policy.document import parse
from generator.policy.layers import Level, scp_decision
from generator.policy.model import PolicyKind
from generator.policy.request import Request, principal_of

SHOWN = 5
"""Units that a note names."""

ROOT = "the root"


def unguarded_units(organization: Organization) -> tuple[str, ...]:
    """Units, by path, with an active account in which no attached policy keeps an administrator from stopping AWS Config's recorder.

    The management account is not among them: no SCP reaches it, and `security-hub-administrator` tells of its recorder.
    """
    guarded = _guarded(organization)
    found: set[str] = set()
    for account in organization.accounts:
        member = account.id != organization.management_account and account.status == AccountStatus.ACTIVE
        if member and guarded.isdisjoint((*organization.lineage(account.id), account.id)):
            found.add(account.ou or ROOT)
    return tuple(sorted(found))


def recording_notes(organization: Organization) -> Iterator[str]:
    """Says where AWS Config can be stopped, if it can anywhere, or that nobody can see where.

    An organization with Control Tower has attached policies: who lists none has not asked for them.
    """
    if not any(policy.type == "scp" for policy in organization.attached):
        yield (
            "security-hub does not guard AWS Config: where Control Tower does is not known, because organization.yaml lists no attached "
            "policies; `cfctgen snapshot` reads them"
        )
        return
    units = unguarded_units(organization)
    if not units:
        return
    named = ", ".join(f"`{unit}`" for unit in units[:SHOWN])
    more = f" and {len(units) - SHOWN} more" if len(units) > SHOWN else ""
    yield (
        f"security-hub does not guard AWS Config: no policy that organization.yaml lists keeps members of {named}{more} from stopping "
        "its recorder, and Security Hub's controls have no data then; register these units with Control Tower, whose mandatory control does that"
    )


def _guarded(organization: Organization) -> frozenset[str]:
    """Whatever has a policy that denies the call. Control Tower attaches the same few policies to every OU: each is read once."""
    account, region = organization.audit, organization.home_region
    recorder = Arn(f"arn:{organization.partition}:config:{region}:{account}:configuration-recorder/default/1")
    call = Request(
        principal_of(f"arn:{organization.partition}:iam::{account}:role/Admin"),
        "config:StopConfigurationRecorder",
        (recorder,),
        account,
    )
    request = complete(call, Surroundings(region=region))
    verdicts: dict[str, bool] = {}
    for policy in organization.attached:
        if policy.type == "scp" and policy.content not in verdicts:
            level = Level(policy.target, (parse(policy.content, PolicyKind.SCP, policy.name),))
            decision = scp_decision(request, (level,))
            # Without statements nothing denies: the policy only allows too little, and others may allow it.
            verdicts[policy.content] = not decision.allowed and bool(decision.statements)
    return frozenset(policy.target for policy in organization.attached if verdicts.get(policy.content, False))
