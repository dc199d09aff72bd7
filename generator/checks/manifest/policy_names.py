"""Names and numbers of policies: CfCT finds a policy by its name alone, and starts one every fifteen seconds."""

from __future__ import annotations

from collections.abc import Iterator

from generator.cfct.executions import SECONDS_APART
from generator.cfct.manifest import RCP, SCP
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject

_OF_AWS = {SCP: "FullAWSAccess", RCP: "RCPFullAWSAccess"}
_OF_CONTROL_TOWER = "aws-guardrails-"
_STAGE_MINUTES = 60
_TOO_MANY = _STAGE_MINUTES * 60 // SECONDS_APART

OWN_NAME = Rule(
    "CT037",
    Level.ERROR,
    "a policy has not the name of one that AWS or Control Tower made",
    "CfCT updates the policy of that name, whoever made it: AWS refuses it for its own, and a guardrail of Control Tower would be overwritten",
    "choose a name of your own",
    cfct("state_machine_handler.py 715-783")
    + "; https://docs.aws.amazon.com/controltower/latest/userguide/governance-drift.html",
)
IN_TIME = Rule(
    "CT038",
    Level.ERROR,
    f"there are fewer than {_TOO_MANY} policies of one kind",
    f"CfCT waits {SECONDS_APART} seconds after each start, and the stage ends after {_STAGE_MINUTES} minutes",
    "merge policies",
    cfct("sm_execution_manager.py 129-135, template 842, 858 and 985"),
)


def _name_of_others(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        if not manifest or not resource.is_policy:
            continue
        where = manifest.where(resource.place("name"))
        if resource.name == _OF_AWS[resource.deploy_method]:
            yield Objection(where, f"`{resource.name}` is AWS's own policy")
        elif resource.name.startswith(_OF_CONTROL_TOWER):
            yield Objection(where, f"`{resource.name}` is what Control Tower calls its own policies")


def _too_many(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for kind in (SCP, RCP):
        of_kind = [resource for resource in manifest.resources if resource.deploy_method == kind] if manifest else []
        if manifest and len(of_kind) >= _TOO_MANY:
            minutes = len(of_kind) * SECONDS_APART // 60
            yield Objection(
                manifest.where(of_kind[_TOO_MANY - 1].place("name")), f"{len(of_kind)} {kind}s take {minutes} minutes at least"
            )


CHECKS = (Check(OWN_NAME, _name_of_others), Check(IN_TIME, _too_many))
