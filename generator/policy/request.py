"""A request to AWS, as authorization sees it: who, what, on which resources, in which circumstances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from generator.aws.names import AccountId, Arn
from generator.policy.keys import Context

SERVICE_LINKED_PATH = "role/aws-service-role/"
"""The path of every service-linked role (IAM User Guide, "Service-linked roles": `/aws-service-role/<service>/`)."""

ANY_RESOURCE = Arn("*")
"""The resource of an action that takes none (it "does not support resource-level permissions", Service Authorization Reference)."""

NO_ARN = Arn("")
NO_ACCOUNT = AccountId("")

_ARN_PARTS = 6


class PrincipalType(StrEnum):
    """What sends a request. A role never does; its sessions do."""

    USER = "user"
    ROLE_SESSION = "role session"
    SERVICE_LINKED_ROLE = "service-linked role"
    ROOT = "root user"
    FEDERATED_USER = "federated user"
    IDENTITY_PROVIDER = "identity provider"
    SERVICE = "service"
    ANONYMOUS = "anonymous"


SESSIONS = frozenset({PrincipalType.ROLE_SESSION, PrincipalType.SERVICE_LINKED_ROLE, PrincipalType.FEDERATED_USER})
"""Types whose credentials are temporary, so that session policies can limit them."""


_PLAIN_TYPES = {
    ("iam", "root"): PrincipalType.ROOT,
    ("iam", "user"): PrincipalType.USER,
    ("iam", "saml-provider"): PrincipalType.IDENTITY_PROVIDER,
    ("iam", "oidc-provider"): PrincipalType.IDENTITY_PROVIDER,
    ("sts", "federated-user"): PrincipalType.FEDERATED_USER,
}


@dataclass(frozen=True)
class Principal:
    """The sender. Make one with `principal_of`.

    `arn` is what `aws:PrincipalArn` holds: of a role session the *role's* ARN; empty for services, identity providers and
    anonymous callers. `session_arn` is a session's own ARN, where known. `name` is the service principal
    (`cloudtrail.amazonaws.com`) or the identity provider (a SAML provider's ARN, or an OIDC issuer such as `accounts.google.com`).
    """

    type: PrincipalType
    arn: Arn = NO_ARN
    account: AccountId = NO_ACCOUNT
    session_arn: Arn = NO_ARN
    name: str = ""

    def __str__(self) -> str:
        return self.session_arn or self.arn or self.name or "an anonymous caller"


def principal_of(text: str, *, session_name: str = "session") -> Principal:
    """Read a sender from an ARN, a service principal, an identity provider, or `*` for an anonymous caller.

    A role's ARN stands for a session of that role. From a session's ARN (`arn:aws:sts::<account>:assumed-role/<role>/<session>`)
    the role's path cannot be told: give the role's ARN if it has one. Raises `ValueError` for an ARN of anything else.
    """
    if text == "*":
        return Principal(PrincipalType.ANONYMOUS)
    if not text.startswith("arn:"):
        service_principal = text.endswith((".amazonaws.com", ".amazonaws.com.cn"))
        return Principal(PrincipalType.SERVICE if service_principal else PrincipalType.IDENTITY_PROVIDER, name=text)
    parts = text.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS:
        raise ValueError(f"`{text}` is no ARN of a principal")
    _, partition, service, _, account, resource = parts
    kind, _, name = resource.partition("/")
    plain = _PLAIN_TYPES.get((service, kind))
    session_arn = NO_ARN
    if plain is PrincipalType.IDENTITY_PROVIDER:
        return Principal(plain, name=text)
    if (service, kind) == ("sts", "assumed-role"):
        arn, session_arn = Arn(f"arn:{partition}:iam::{account}:role/{name.partition('/')[0]}"), Arn(text)
        plain = PrincipalType.ROLE_SESSION
    elif (service, kind) == ("iam", "role"):
        arn = Arn(text)
        session_arn = Arn(f"arn:{partition}:sts::{account}:assumed-role/{name.rpartition('/')[2]}/{session_name}")
        linked = resource.startswith(SERVICE_LINKED_PATH)
        plain = PrincipalType.SERVICE_LINKED_ROLE if linked else PrincipalType.ROLE_SESSION
    elif plain:
        arn = Arn(text)
        session_arn = arn if plain is PrincipalType.FEDERATED_USER else NO_ARN
    else:
        raise ValueError(f"`{text}` is no ARN of a principal")
    return Principal(plain, arn, AccountId(account), session_arn)


@dataclass(frozen=True)
class Request:
    """One call. It is denied if it is denied on any of its resources: an action may need several (`kms:UpdateAlias`: alias and key).

    `action` is `service:Name`. `resource_account` owns the resources. `context` holds the condition keys;
    `resource_context` holds those that differ by resource (`aws:ResourceTag/...` of a key, but not of its alias), by ARN.
    `aws_managed_key` says that the resources are KMS keys that AWS made and manages; an ARN does not show it.
    """

    principal: Principal
    action: str
    resources: tuple[Arn, ...]
    resource_account: AccountId
    context: Context = field(default_factory=Context)
    resource_context: Mapping[Arn, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    aws_managed_key: bool = False

    @property
    def service(self) -> str:
        """The prefix of the action, in lower case: `s3`."""
        return self.action.partition(":")[0].lower()

    @property
    def same_account(self) -> bool:
        """True iff the sender belongs to the account that owns the resources."""
        return bool(self.principal.account) and self.principal.account == self.resource_account

    def context_for(self, resource: Arn) -> Context:
        """The condition keys under which one of the resources is judged."""
        special = self.resource_context.get(resource)
        return self.context.with_values(special) if special else self.context
