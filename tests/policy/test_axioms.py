from __future__ import annotations

from dataclasses import replace

import pytest

from generator.aws.names import AccountId, Arn
from generator.policy.axioms import KEY_AXIOMS, Presence, presence
from generator.policy.coherence import COHERENCE_AXIOMS, violations
from generator.policy.completion import Membership, Surroundings, complete
from generator.policy.keys import Context, unknown_key
from generator.policy.request import Principal, PrincipalType, Request, principal_of

SENDERS = {
    PrincipalType.ROOT: "arn:aws:iam::111111111111:root",
    PrincipalType.USER: "arn:aws:iam::111111111111:user/path/alice",
    PrincipalType.ROLE_SESSION: "arn:aws:iam::111111111111:role/path/Admin",
    PrincipalType.SERVICE_LINKED_ROLE: "arn:aws:iam::111111111111:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
    PrincipalType.FEDERATED_USER: "arn:aws:sts::111111111111:federated-user/bob",
    PrincipalType.IDENTITY_PROVIDER: "arn:aws:iam::111111111111:saml-provider/Entra",
    PrincipalType.SERVICE: "cloudtrail.amazonaws.com",
    PrincipalType.ANONYMOUS: "*",
}
ACCOUNT = AccountId("111111111111")
MEMBER = Surroundings(memberships={ACCOUNT: Membership("o-example123", ("o-example123/r-1/ou-1/",))})


def request(sender, context=None, surroundings=MEMBER):
    made = Request(principal_of(SENDERS[sender]), "s3:GetObject", (Arn("arn:aws:s3:::b/k"),), ACCOUNT, Context(context or {}))
    return complete(made, surroundings)


@pytest.mark.parametrize("sender", PrincipalType)
@pytest.mark.parametrize("surroundings", [MEMBER, Surroundings()], ids=["member", "outsider"])
def test_a_completed_request_breaks_no_axiom(sender, surroundings):
    assert violations(request(sender, surroundings=surroundings)) == ()


@pytest.mark.parametrize("axiom", KEY_AXIOMS, ids=lambda axiom: axiom.key)
def test_presence_is_enforced_for_every_type_of_sender(axiom):
    assert axiom.source.startswith("https://docs.aws.amazon.com/")
    assert not unknown_key(axiom.key)
    assert not axiom.required & axiom.forbidden
    for sender in PrincipalType:
        without, with_it = request(sender, {axiom.key: ()}), request(sender, {axiom.key: ("o-example123",)})
        absent = f"`{axiom.key}` is always present in a request by: {sender}"
        assert (absent in violations(without)) == (axiom.presence(sender) is Presence.REQUIRED)
        forbidden = [
            found
            for found in violations(with_it)
            if found.lower() == f"`{axiom.key}` is never present in a request by: {sender}".lower()
        ]
        assert bool(forbidden) == (axiom.presence(sender) is Presence.FORBIDDEN)


INCOHERENT = [
    ("the sender's ARN, account and name fit its type", PrincipalType.USER, {}, "account"),
    ("`aws:PrincipalType` is the sender's type", PrincipalType.ROOT, {"aws:PrincipalType": ("User",)}, ""),
    (
        "`aws:PrincipalArn` is the sender's ARN, for a session its role's",
        PrincipalType.ROLE_SESSION,
        {"aws:PrincipalArn": ("arn:aws:sts::111111111111:assumed-role/Admin/s",)},
        "",
    ),
    ("`aws:PrincipalAccount` is the sender's account", PrincipalType.USER, {"aws:PrincipalAccount": ("222222222222",)}, ""),
    (
        "`aws:PrincipalIsAWSService` is true for services and for nobody else",
        PrincipalType.SERVICE_LINKED_ROLE,
        {"aws:PrincipalIsAWSService": ("true",)},
        "",
    ),
    (
        "`aws:PrincipalServiceName` is the service's name",
        PrincipalType.SERVICE,
        {"aws:PrincipalServiceName": ("config.amazonaws.com",)},
        "",
    ),
    (
        "`aws:PrincipalServiceNamesList` holds the service's name",
        PrincipalType.SERVICE,
        {"aws:PrincipalServiceNamesList": ("x.amazonaws.com",)},
        "",
    ),
    ("`aws:Username` ends the user's ARN", PrincipalType.USER, {"aws:Username": ("path/alice",)}, ""),
    ("`aws:PrincipalOrgID` comes with `aws:PrincipalOrgPaths`", PrincipalType.USER, {"aws:PrincipalOrgPaths": ()}, ""),
    (
        "`aws:PrincipalOrgPaths` start with `aws:PrincipalOrgID`",
        PrincipalType.USER,
        {"aws:PrincipalOrgID": ("o-other12345",)},
        "",
    ),
    ("`aws:ResourceAccount` owns the resources", PrincipalType.USER, {"aws:ResourceAccount": ("222222222222",)}, ""),
    ("`aws:ResourceOrgPaths` start with `aws:ResourceOrgID`", PrincipalType.USER, {"aws:ResourceOrgID": ("o-other12345",)}, ""),
    (
        "`aws:CalledVia` agrees with its first, its last and `aws:ViaAWSService`",
        PrincipalType.USER,
        {"aws:CalledVia": ("athena.amazonaws.com",)},
        "",
    ),
    (
        "`aws:CalledVia` agrees with its first, its last and `aws:ViaAWSService`",
        PrincipalType.USER,
        {"aws:CalledViaFirst": ("athena.amazonaws.com",)},
        "",
    ),
    (
        "`aws:ViaAWSService` is true only with an IAM principal's credentials",
        PrincipalType.SERVICE,
        {"aws:ViaAWSService": ("true",)},
        "",
    ),
    ("`aws:CurrentTime` and `aws:EpochTime` are one instant", PrincipalType.USER, {"aws:EpochTime": ("1767225601",)}, ""),
    (
        "`aws:MultiFactorAuthAge` comes only with `aws:MultiFactorAuthPresent` true",
        PrincipalType.USER,
        {"aws:MultiFactorAuthAge": ("5",)},
        "",
    ),
    (
        "`aws:SourceIp` is absent from requests through a VPC endpoint",
        PrincipalType.USER,
        {"aws:SourceIp": ("203.0.113.1",), "aws:SourceVpce": ("vpce-12345678",)},
        "",
    ),
    (
        "`aws:SourceAccount` is the account in `aws:SourceArn`",
        PrincipalType.SERVICE,
        {"aws:SourceArn": ("arn:aws:cloudtrail:eu-west-1:111111111111:trail/t",), "aws:SourceAccount": ("222222222222",)},
        "",
    ),
    ("`aws:TagKeys` names every tag of the request", PrincipalType.USER, {"aws:RequestTag/team": ("red",)}, ""),
    ("single-valued keys have one value", PrincipalType.USER, {"aws:Referer": ("a", "b")}, ""),
    ("boolean keys are `true` or `false`", PrincipalType.USER, {"aws:SecureTransport": ("yes",)}, ""),
]


@pytest.mark.parametrize(
    ("statement", "sender", "context", "account"), INCOHERENT, ids=lambda found: found if isinstance(found, str) else ""
)
def test_a_request_that_breaks_one_relation_breaks_only_that(statement, sender, context, account):
    made = request(sender, context)
    if account:
        made = replace(made, principal=replace(made.principal, account=AccountId("222222222222")))
    found = violations(made)
    assert statement in found
    assert account or found == (statement,)


def test_every_relation_has_a_request_that_breaks_it():
    assert {axiom.statement for axiom in COHERENCE_AXIOMS} == {statement for statement, *_ in INCOHERENT}


def test_a_chain_of_services_is_coherent():
    chain = ("cloudformation.amazonaws.com", "dynamodb.amazonaws.com")
    context = {
        "aws:CalledVia": chain,
        "aws:CalledViaFirst": chain[:1],
        "aws:CalledViaLast": chain[1:],
        "aws:ViaAWSService": ("true",),
    }
    assert violations(request(PrincipalType.ROLE_SESSION, context)) == ()


def test_a_session_carries_the_arn_of_its_role():
    made = complete(Request(principal_of("arn:aws:sts::111111111111:assumed-role/Admin/me"), "s3:GetObject", (), ACCOUNT))
    assert made.context.get("aws:PrincipalArn") == ("arn:aws:iam::111111111111:role/Admin",)
    assert made.context.get("aws:UserId") == ("AROADBQP57FF2AEXAMPLE:me",)


def test_what_the_context_says_already_stays():
    assert request(PrincipalType.USER, {"AWS:securetransport": ("false",)}).context.get("aws:SecureTransport") == ("false",)


def test_principal_tags_are_for_users_and_roles_only():
    tag = "aws:PrincipalTag/team"
    assert presence(tag, PrincipalType.USER) is Presence.OPTIONAL
    assert presence(tag, PrincipalType.SERVICE) is Presence.FORBIDDEN


@pytest.mark.parametrize("text", ["arn:aws:iam::111111111111:policy/x", "arn:aws:s3:::b", "arn:aws:iam"])
def test_other_arns_send_no_requests(text):
    with pytest.raises(ValueError, match="no ARN of a principal"):
        principal_of(text)


@pytest.mark.parametrize(("type_", "text"), SENDERS.items(), ids=str)
def test_a_sender_is_told_from_its_name(type_, text):
    sender = principal_of(text)
    assert sender.type is type_
    assert isinstance(sender, Principal)
