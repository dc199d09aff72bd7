"""Reading the elements of a statement: principals, actions, resources."""

from __future__ import annotations

import re

from generator.policy.grammar import Rules
from generator.policy.json_source import Node, Object
from generator.policy.model import ActionPattern, Actions, PolicyKind, PrincipalKey, PrincipalName, Principals, Resources
from generator.policy.pattern import ARN_SEGMENTS, Glob
from generator.policy.problems import Problems, Text, shape, strings
from generator.policy.variables import Template, VariableError, doubt_variables, parse_template

_ACTION = re.compile(r"(?P<service>[A-Za-z0-9-]+):(?P<name>[A-Za-z0-9_*?-]+)")
_ACCOUNT = re.compile(r"[0-9]{12}")
_ROOT = re.compile(r"arn:[a-z-]+:iam::(?P<account>[0-9]{12}):root")
_PRINCIPAL_ARN = re.compile(
    r"arn:[a-z-]+:(iam::([0-9]{12}|cloudfront):(user|role)/.+|sts::[0-9]{12}:(assumed-role/[^/]+/[^/]+|federated-user/.+))"
)
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,30}")
_SERVICE = re.compile(r"[a-z0-9.-]+\.[a-z.]+")
_EVERYONE = PrincipalName(PrincipalKey.EVERYONE, "*")
_VARIABLE = "${"


def read_actions(node: Node, element: str, problems: Problems) -> Actions:
    """Read `Action` or `NotAction`.

    The service has no wildcard: IAM refuses `*:Describe*` and `*:*` with "Action vendors must not contain wildcards". A customer's
    RCP cannot use `*` alone ("You cannot use `*` in the Action element of a customer managed RCP", "RCP syntax").
    """
    patterns = [_action(text, element, problems) for text in strings(node, element, problems)]
    found = tuple(pattern for pattern in patterns if pattern)
    return Actions(found, negated=element.startswith("Not"))


def _action(text: Text, element: str, problems: Problems) -> ActionPattern | None:
    value, where = text
    if value == "*":
        return ActionPattern(value, "", Glob.parse("*"))
    found = _ACTION.fullmatch(value)
    if found:
        return ActionPattern(value, found["service"].lower(), Glob.parse(found["name"].lower()))
    service, colon, name = value.partition(":")
    if _VARIABLE in value:
        problems.add(where, f"`{element}` `{value}` holds a policy variable", "use variables in `Resource` and `Condition` only")
    elif not colon:
        problems.add(
            where, f"`{element}` `{value}` has no service prefix", "write `service:Action`, for example `s3:GetObject`, or `*`"
        )
    elif "*" in service or "?" in service:
        problems.add(
            where,
            f"`{element}` `{value}` has a wildcard in its service prefix",
            "name the service; wildcards may stand after the colon only",
        )
    else:
        problems.add(
            where,
            f"`{element}` `{value}` is no action",
            f"write `service:Action` with letters, digits, `*` and `?`{'' if name else ' after the colon'}",
        )
    return None


def read_resources(node: Node, element: str, problems: Problems, *, variables: bool) -> Resources:
    """Read `Resource` or `NotResource`: `*` or ARNs of six parts.

    "You can't use a wildcard in the service segment"; a variable may stand "only in the resource portion of the ARN", after the
    fifth colon (IAM User Guide, "IAM JSON policy elements: Resource", "Variables and tags").
    """
    templates = [_resource(text, element, problems, variables=variables) for text in strings(node, element, problems)]
    return Resources(tuple(template for template in templates if template), negated=element.startswith("Not"))


def _resource(text: Text, element: str, problems: Problems, *, variables: bool) -> Template | None:
    value, where = text
    try:
        template = parse_template(value, wildcards=True, variables=variables)
    except VariableError as error:
        problems.add(where, error.problem, error.remedy)
        return None
    doubt_variables(template, where, problems)
    if value == "*":
        return template
    parts = value.split(":", ARN_SEGMENTS - 1)
    service = parts[2] if len(parts) > 2 else ""  # noqa: PLR2004 (the service's place in an ARN)
    if parts[0] != "arn":
        problems.add(
            where, f"`{element}` `{value}` is no ARN", "write `*` or an ARN: `arn:partition:service:region:account:resource`"
        )
    elif len(parts) < ARN_SEGMENTS or not all((parts[1], service, parts[-1])):
        problems.add(
            where,
            f"`{element}` `{value}` lacks parts of an ARN",
            "write all six parts, with `*` where any value will do: `arn:aws:s3:::bucket/*`",
        )
    elif any(_VARIABLE in part for part in parts[: ARN_SEGMENTS - 1]):
        problems.add(
            where,
            f"`{element}` `{value}` has a policy variable before the fifth colon",
            "use variables after the fifth colon only, and `*` before it",
        )
    elif "*" in service or "?" in service:
        problems.add(
            where,
            f"`{element}` `{value}` has a wildcard in its service part",
            "name the service, or write `*` for the whole resource",
        )
    elif service != service.lower():
        problems.add(where, f"`{element}` `{value}` has capitals in its service part", f"write `{service.lower()}`")
    else:
        return template
    return None


def read_principals(node: Node, element: str, kind: PolicyKind, rules: Rules, problems: Problems) -> Principals:
    """Read `Principal` or `NotPrincipal`.

    An RCP names everyone ("You can only specify `*` in the Principal element of an RCP"); a trust policy cannot ("Role trust
    policy unsupported wildcard in principal") unless as `{"AWS": "*"}`.
    """
    negated = element.startswith("Not")
    if negated and not rules.not_principal:
        problems.add(node.where, f"{kind.phrase} has no `NotPrincipal`", "use `Principal` and a condition on `aws:PrincipalArn`")
        return Principals((), negated)
    if kind is PolicyKind.RCP and node.value != "*":
        problems.add(
            node.where,
            f"the `Principal` of {kind.phrase} must be `*`",
            'write `"Principal": "*"` and conditions on `aws:PrincipalArn` or `aws:PrincipalOrgID`',
        )
        return Principals((), negated)
    if node.value == "*":
        if kind is PolicyKind.TRUST:
            problems.add(
                node.where,
                f"the `Principal` of {kind.phrase} cannot be `*`",
                "name accounts, roles, services or identity providers",
            )
        return Principals((_EVERYONE,), negated)
    if not isinstance(node.value, Object) or not node.value.members:
        found = f"`{node.value}`" if isinstance(node.value, str) else "empty" if isinstance(node.value, Object) else shape(node)
        problems.add(node.where, f"`{element}` is {found}", 'write `"*"` or an object such as `{"AWS": "111111111111"}`')
        return Principals((), negated)
    names: list[PrincipalName] = []
    keys = {key.value: key for key in PrincipalKey if key is not PrincipalKey.EVERYONE}
    for member in node.value.members:
        key = keys.get(member.key)
        if key is None:
            problems.add(member.where, f"`{member.key}` is no kind of principal", f"use one of {', '.join(keys)}")
            continue
        read = [_principal(key, text, problems) for text in strings(member.node, member.key, problems)]
        names.extend(name for name in read if name)
    return Principals(tuple(names), negated)


def _principal(key: PrincipalKey, text: Text, problems: Problems) -> PrincipalName | None:
    value, where = text
    if key is PrincipalKey.AWS:
        if value == "*":
            return _EVERYONE
        root = _ROOT.fullmatch(value)
        account = root["account"] if root else value
        if _ACCOUNT.fullmatch(account):
            return PrincipalName(key, account)
        valid = bool(_PRINCIPAL_ARN.fullmatch(value) or _UNIQUE_ID.fullmatch(value))
        remedy = "write `*`, a 12-digit account id, or the full ARN of an account's root, a user, a role or a session"
    elif key is PrincipalKey.SERVICE:
        valid, remedy = bool(_SERVICE.fullmatch(value)), "write a service principal such as `cloudtrail.amazonaws.com`"
    else:
        valid, remedy = bool(value), "write an identifier"
    if "*" in value or "?" in value:
        problems.add(
            where,
            f"the principal `{value}` has a wildcard",
            "name it in full, or use `*` and a condition such as `ArnLike` on `aws:PrincipalArn`",
        )
    elif _VARIABLE in value:
        problems.add(
            where, f"the principal `{value}` holds a policy variable", "use variables in `Resource` and `Condition` only"
        )
    elif not valid:
        problems.add(where, f"`{value}` is no {key} principal", remedy)
    else:
        return PrincipalName(key, value)
    return None
