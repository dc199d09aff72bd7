"""What holds data must outlive its stack: a stack set deletes its stacks when an account leaves its targets."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule
from generator.checks.subject import Subject
from generator.checks.templates.stateful import LOSS
from generator.checks.templates.template import Declared, templates

RETAINED = Rule(
    "CT305",
    Level.WARNING,
    "what holds data says what becomes of it when its stack goes",
    "by default CloudFormation deletes it: with the stack, when an account leaves the targets of the stack set, or when a changed property "
    "replaces it",
    "write `DeletionPolicy: RetainExceptOnCreate` (or `Retain`, or `Snapshot` where the type has it) and `UpdateReplacePolicy: Retain`; write "
    "`Delete` for both if the data may go",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html",
)


def _unprotected(subject: Subject) -> Iterator[Objection]:
    """One of the two alone is cfn-lint's W3011."""
    for template in templates(subject):
        if not template.is_whole:
            continue
        for resource in template.resources.values():
            loss = LOSS.get(resource.type)
            policies = (resource.node.get("DeletionPolicy"), resource.node.get("UpdateReplacePolicy"))
            if loss and resource.is_whole and policies == (None, None) and not _is_part_of_cluster(resource):
                message = f"`{resource.name}` has no `DeletionPolicy`: with its stack goes {loss}"
                yield Objection(template.at_key(resource.node), message)


def _is_part_of_cluster(resource: Declared) -> bool:
    """An instance of an Aurora cluster holds no data of its own."""
    return resource.type == "AWS::RDS::DBInstance" and resource.setting("DBClusterIdentifier") is not None


CHECKS = (Check(RETAINED, _unprotected),)
