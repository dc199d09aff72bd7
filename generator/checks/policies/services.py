"""RCPs that keep out AWS's own services, which have no organization: they deliver logs, encrypt, and assume roles on their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.checks.finding import Level
from generator.checks.policies.book import Book, PolicyCheck
from generator.checks.rule import Objection, Rule
from generator.policy.keys import same_key
from generator.policy.model import Effect, PolicyKind, Statement
from generator.prover.automaton import ANY
from generator.prover.cells import Language
from generator.prover.certainty import PartlyKnown, Values, certainly_selects

SERVICES_PASS = Rule(
    "CT221",
    Level.WARNING,
    "an RCP that keeps out other organizations lets AWS's services through",
    "a service that calls on its own belongs to no organization, so that the negated condition holds: nothing is delivered any more",
    'add `"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}`, and bound services by `aws:SourceOrgID` in a statement of its own',
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html",
)

_WHO = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
_DELIVERIES = ("s3:PutObject", "kms:GenerateDataKey", "kms:Decrypt", "sqs:SendMessage", "sts:AssumeRole")
"""What services do on their own in every organization: S3 User Guide, "Granting permissions to publish event notification messages";
CloudTrail User Guide, bucket and key policies; IAM User Guide, "Create a role to delegate permissions to an AWS service"."""

_ABSENT = (
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:Username",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
)
_PRESENT = {"aws:principalisawsservice": "true", "aws:securetransport": "true", "aws:viaawsservice": "false"}
_POSSIBLE: Mapping[str, tuple[Values, ...]] = {
    **{same_key(key): ((),) for key in _ABSENT},
    **{key: ((value,),) for key, value in _PRESENT.items()},
}


def _kept_out(book: Book) -> Iterator[Objection]:
    for policy, written in book.statements:
        statement = written.statement
        if policy.kind is not PolicyKind.RCP or statement.effect is not Effect.DENY:
            continue
        asks = [condition for condition in statement.conditions if same_key(condition.key) in _WHO and condition.operator.negated]
        denied = [action for action in _DELIVERIES if _denies(statement, action)] if asks else []
        if denied:
            yield Objection(
                asks[0].where, f"`{statement.name}` denies `{denied[0]}` to every AWS service, which has no `{asks[0].key}`"
            )


def _denies(statement: Statement, action: str) -> bool:
    return certainly_selects(statement, PartlyKnown(action, ((Language((ANY,)),),), _POSSIBLE))


CHECKS = (PolicyCheck(SERVICES_PASS, _kept_out),)
