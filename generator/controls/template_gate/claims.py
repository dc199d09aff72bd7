"""What template-gate claims, from the catalogue of AWS's actions and never from its statements.

The denials first, then what must stay allowed: a gate that locks out whoever deploys, or keeps accounts from their ordinary work, is a
failure too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.aws.names import Arn
from generator.control import claim_of, role_arn
from generator.controls.template_gate.naming import SLUG
from generator.controls.template_gate.scope import Scope
from generator.package.model import OWN_ACCOUNT, ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals

_ALL = ("Write", "Read", "List")
_LOOKS = ("Read", "List")
_ANY = (Arn("*"),)
_STACK_SET_ROLES = ("AWSCloudFormationStackSetExecutionRole", "stacksets-exec-*")
"""The execution roles of stack sets that an organization makes for itself, with permissions of its own and with those that AWS manages
(StackSets, "Grant self-managed permissions" and "Activate trusted access")."""

_REGISTRY = ActionSet(
    "cloudformation",
    named=(
        NamedAction("cloudformation:ActivateType", "activated again, the hook has another role"),
        NamedAction("cloudformation:DeactivateType", "takes the hook away"),
        NamedAction("cloudformation:DeregisterType", "takes the hook away"),
        NamedAction("cloudformation:SetTypeConfiguration", "switches the hook off, or to other rules"),
        NamedAction("cloudformation:SetTypeDefaultVersion", "puts another version in the hook's place"),
    ),
)
_REPORTS = (
    NamedAction("cloudformation:RecordHandlerProgress", "a resource type's handler reports; it changes no template"),
    NamedAction("cloudformation:SignalResource", "an instance reports that it is ready; it changes no template"),
)
_LOOKING = ("cloudformation:Describe*", "cloudformation:Detect*", "cloudformation:Get*", "cloudformation:List*")
_LOOKING_AT_ROLES = ("iam:Get*", "iam:List*", "iam:Simulate*")
_ROLE_CHANGES = ActionSet("iam", levels=("Write",), resource_types=("role",), unknown=True, known_harmless=_LOOKING_AT_ROLES)
_ROLE_USES = ActionSet(
    "sts",
    named=tuple(
        NamedAction(f"sts:{name}", "the role is taken, by whom its trust policy names")
        for name in ("AssumeRole", "SetSourceIdentity", "TagSession")
    ),
)


def claims(scope: Scope) -> Iterator[Claim]:
    """All claims."""
    if scope.accounts:
        yield from _judged_accounts(scope)
        yield from _judged_accounts_keep(scope)
    yield from _rules(scope)
    yield from _rules_keep(scope)


def _judged_accounts(scope: Scope) -> Iterator[Claim]:
    called = scope.called
    everyone = Principals(accounts=scope.accounts, excepted=(scope.deployer,))
    denied = partial(claim_of, SLUG, expect=Expectation.DENIED, layer=ClaimLayer.SCP, principals=everyone, account=OWN_ACCOUNT)
    yield denied(
        "hook-stays-on",
        "no principal of a judged account, its root user included, switches the hook off, replaces it or takes it away",
        actions=(_REGISTRY,),
        resources=_ANY,
    )
    yield denied(
        "hook-is-out-of-reach",
        "whatever AWS invents to do with a hook, no principal of a judged account does it with this one",
        actions=(ActionSet("cloudformation", unknown=True, known_harmless=_LOOKING),),
        resources=(called.hook,),
    )
    yield denied(
        "names-that-pass-belong-to-deployment",
        "no principal of a judged account makes or changes a stack under a name that the gate lets pass, that of the hook itself included",
        actions=(
            ActionSet(
                "cloudformation",
                levels=("Write",),
                resource_types=("stack",),
                excluded=_REPORTS,
                unknown=True,
                known_harmless=_LOOKING,
            ),
        ),
        resources=called.stacks,
    )
    yield denied(
        "roles-are-out-of-reach",
        "no principal of a judged account makes, changes or re-trusts the hook's role, or the one that deploys the hook",
        actions=(_ROLE_CHANGES,),
        resources=(called.hook_role, scope.deployer),
    )


def _judged_accounts_keep(scope: Scope) -> Iterator[Claim]:
    called, partition = scope.called, scope.called.partition
    allowed = partial(claim_of, SLUG, expect=Expectation.ALLOWED, layer=ClaimLayer.SCP, account=OWN_ACCOUNT)
    deployer = Principals(accounts=scope.accounts, only=(scope.deployer,))
    members = Principals(accounts=scope.accounts)
    stacks = ActionSet("cloudformation", levels=_ALL, resource_types=("stack",))
    yield allowed(
        "deployment-is-not-locked-out",
        "Control Tower and CfCT still make, change and delete their stacks and the hook's role in every judged account",
        principals=deployer,
        actions=(stacks, ActionSet("iam", levels=_ALL, resource_types=("role",))),
        resources=(*called.stacks, called.hook_role, scope.deployer),
    )
    yield allowed(
        "deployment-changes-hook",
        "Control Tower and CfCT still configure hooks, and still take one away",
        principals=deployer,
        actions=(_REGISTRY,),
        resources=_ANY,
    )
    yield allowed(
        "stack-sets-are-not-locked-out",
        "stack sets that the organization makes for itself still make, change and delete their stacks in every judged account",
        principals=Principals(accounts=scope.accounts, only=tuple(role_arn(partition, "*", name) for name in _STACK_SET_ROLES)),
        actions=(stacks,),
        resources=(Arn(f"arn:{partition}:cloudformation:*:*:stack/StackSet-Baseline-*/*"),),
    )
    yield allowed(
        "own-stacks-are-free",
        "principals of a judged account still make, change and delete stacks, types and roles of their own",
        principals=members,
        actions=(stacks, ActionSet("iam", levels=_ALL, resource_types=("role",))),
        resources=(Arn(f"arn:{partition}:cloudformation:*:*:stack/workload-*/*"), role_arn(partition, "*", "workload-*")),
    )
    yield allowed(
        "own-types-are-free",
        "principals of a judged account still register types of their own",
        principals=members,
        actions=(
            ActionSet(
                "cloudformation",
                named=(
                    NamedAction("cloudformation:RegisterType", "a type of one's own"),
                    NamedAction("cloudformation:CreateResource", "Cloud Control is not the gate's business"),
                    NamedAction("cloudformation:CreateStackSet", "a stack set of one's own"),
                ),
            ),
        ),
        resources=_ANY,
    )
    yield allowed(
        "everybody-may-look",
        "principals of a judged account still look at every stack and at the roles, resources still report, and the roles are taken",
        principals=members,
        actions=(
            ActionSet("cloudformation", levels=_LOOKS, resource_types=("stack",), named=_REPORTS),
            ActionSet("iam", levels=_LOOKS, resource_types=("role",)),
            _ROLE_USES,
        ),
        resources=(*called.stacks, called.hook_role, scope.deployer),
    )


def _rules(scope: Scope) -> Iterator[Claim]:
    audit = scope.called.audit
    denied = partial(claim_of, SLUG, expect=Expectation.DENIED, layer=ClaimLayer.SCP, account=audit)
    yield denied(
        "rules-stay-as-they-are",
        "no principal of the Audit account, its root user included, changes or deletes the rules or opens their buckets",
        principals=Principals(accounts=(audit,), excepted=scope.roles_of_audit),
        actions=(
            ActionSet(
                "s3",
                levels=("Write",),
                resource_types=("bucket", "object"),
                unknown=True,
                known_harmless=("s3:Get*", "s3:List*"),
            ),
        ),
        resources=scope.buckets,
    )
    yield denied(
        "owners-of-rules-are-out-of-reach",
        "no principal of the Audit account makes, changes or re-trusts a role that puts the rules into their buckets",
        principals=Principals(accounts=(audit,), excepted=(scope.deployer_of_audit,)),
        actions=(_ROLE_CHANGES,),
        resources=(scope.called.upload_roles,),
    )


def _rules_keep(scope: Scope) -> Iterator[Claim]:
    called, audit = scope.called, scope.called.audit
    allowed = partial(claim_of, SLUG, expect=Expectation.ALLOWED, layer=ClaimLayer.SCP, account=audit)
    yield allowed(
        "rules-are-deployed",
        "Control Tower's execution role still manages the buckets of rules and the roles that fill them",
        principals=Principals(only=(scope.deployer_of_audit,)),
        actions=(
            ActionSet("s3", levels=_ALL, resource_types=("bucket", "object")),
            ActionSet("iam", levels=_ALL, resource_types=("role",)),
        ),
        resources=(*scope.buckets, *scope.roles_of_audit),
    )
    yield allowed(
        "rules-are-put",
        "the function still puts new rules into the bucket of its region",
        principals=Principals(only=(called.upload_roles,)),
        actions=(ActionSet("s3", named=(NamedAction("s3:PutObject", "what the role is for"),)),),
        resources=scope.buckets,
    )
    yield allowed(
        "rules-are-read",
        "principals of the Audit account still look at the rules, at the roles that change them, and take those that trust them",
        principals=Principals(accounts=(audit,)),
        actions=(
            ActionSet(
                "s3",
                levels=_LOOKS,
                resource_types=("bucket", "object"),
                excluded=(
                    NamedAction("s3:AllowVendedLogDeliveryForResource", "a permission of its own, though AWS lists it as a read"),
                ),
            ),
            ActionSet("iam", levels=_LOOKS, resource_types=("role",)),
            _ROLE_USES,
        ),
        resources=(*scope.buckets, *scope.roles_of_audit),
    )
