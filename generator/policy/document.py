"""Reading a policy document: everything that AWS would refuse, and everything that would silently mean something else, is an error."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from generator.errors import InputError, Problem, Where
from generator.policy.condition_elements import read_conditions
from generator.policy.elements import read_actions, read_principals, read_resources
from generator.policy.grammar import POLICY_ELEMENTS, RULES, STATEMENT_ELEMENTS, Need
from generator.policy.json_source import Array, Member, Node, Object, read
from generator.policy.model import (
    ALWAYS_ALLOWED,
    CURRENT_VERSION,
    OLD_VERSION,
    Actions,
    Effect,
    Policy,
    PolicyKind,
    Principals,
    Resources,
    Statement,
)
from generator.policy.problems import Doubtful, Problems, shape

_SID = re.compile(r"[A-Za-z0-9]*")


def parse(text: str, kind: PolicyKind, path: str, *, name: str = "") -> Policy:
    """Read one document. `path` is the file that messages name, `name` what decisions call the policy (the path if empty).

    Raises `InputError` with every problem, in the order of the text. The `Allow` of an RCP is accepted in one form only: AWS's own
    `RCPFullAWSAccess` ("The effect of `Allow` is only supported for the `RCPFullAWSAccess` policy", "RCP syntax").
    """
    policy, problems = _read(text, kind, path, name)
    _refuse((*problems.found, *(doubtful.problem for doubtful in problems.doubts)), path)
    return policy


def parse_with_doubts(text: str, kind: PolicyKind, path: str, *, name: str = "") -> tuple[Policy, tuple[Doubtful, ...]]:
    """Read one document that AWS may take although `parse` objects to something: the policy, and what is doubtful about it.

    What a doubtful statement means is a guess. Raises `InputError` with every problem that is none of doubt.
    """
    policy, problems = _read(text, kind, path, name)
    _refuse(problems.found, path)
    return policy, tuple(problems.doubts)


def _read(text: str, kind: PolicyKind, path: str, name: str) -> tuple[Policy, Problems]:
    reader = _Reader(kind)
    return reader.policy(read(text, path), name or path), reader.problems


def _refuse(problems: Sequence[Problem], path: str) -> None:
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.where or Where(path)))


class _Reader:
    """Reads one document of one kind, collecting problems on the way."""

    def __init__(self, kind: PolicyKind) -> None:
        self.kind = kind
        self.rules = RULES[kind]
        self.problems = Problems()
        self.variables = True
        self.sids: dict[str, Where] = {}

    def policy(self, node: Node, name: str) -> Policy:
        elements = self.members(node, POLICY_ELEMENTS, "a policy document")
        version = self.version(node, elements)
        if "Id" in elements:
            self.identifier(elements["Id"])
        statements: tuple[Statement, ...] = ()
        if "Statement" in elements:
            statements = self.statements(elements["Statement"].node)
        elif isinstance(node.value, Object):
            self.problems.add(node.where, "the document has no `Statement`", "write at least one statement")
        return Policy(name, self.kind, version, statements, node.where)

    def members(self, node: Node, known: tuple[str, ...], what: str) -> dict[str, Member]:
        """The members of an object by name; unknown ones are problems."""
        if not isinstance(node.value, Object):
            self.problems.add(node.where, f"{what} is {shape(node)}", "write a JSON object")
            return {}
        for member in node.value.members:
            if member.key not in known:
                near = get_close_matches(member.key.lower(), [name.lower() for name in known], n=1)
                spelled = next((name for name in known if near and name.lower() == near[0]), "")
                remedy = f"did you mean `{spelled}`? names are case-sensitive" if spelled else f"use {', '.join(known)} only"
                self.problems.add(member.where, f"`{member.key}` is no element of {what}", remedy)
        return {member.key: member for member in node.value.members if member.key in known}

    def version(self, node: Node, elements: dict[str, Member]) -> str:
        """The language version. Without one a document is of 2008; SCPs and RCPs "must include" the current one."""
        write = f'write `"Version": "{CURRENT_VERSION}"`'
        member = elements.get("Version")
        if member is None:
            if self.rules.current_version_only and isinstance(node.value, Object):
                self.problems.add(node.where, f"{self.kind.phrase} must have a `Version`", write)
            self.variables = False
            return OLD_VERSION
        value = member.node.value
        if value not in (CURRENT_VERSION, OLD_VERSION):
            shown = f"`{value}`" if isinstance(value, str) else shape(member.node)
            self.problems.add(member.node.where, f"`Version` is {shown}, which is no version of the policy language", write)
        elif value == OLD_VERSION and self.rules.current_version_only:
            self.problems.add(member.node.where, f"{self.kind.phrase} cannot be of version `{OLD_VERSION}`", write)
        self.variables = value != OLD_VERSION
        return str(value)

    def identifier(self, member: Member) -> None:
        if not self.rules.identifier:
            self.problems.add(
                member.where,
                f"an `Id` cannot stand in {self.kind.phrase}",
                "remove `Id`; only policies attached to resources have one",
            )
        elif not isinstance(member.node.value, str):
            self.problems.add(member.node.where, f"`Id` is {shape(member.node)}", "write a string")

    def statements(self, node: Node) -> tuple[Statement, ...]:
        nodes = node.value.items if isinstance(node.value, Array) else (node,)
        if not nodes:
            self.problems.add(node.where, "`Statement` is an empty list", "write at least one statement")
        read = [self.statement(item, number) for number, item in enumerate(nodes, start=1)]
        return tuple(statement for statement in read if statement)

    def statement(self, node: Node, number: int) -> Statement | None:
        self.problems.statement = number
        elements = self.members(node, STATEMENT_ELEMENTS, "a statement")
        if not isinstance(node.value, Object):
            return None
        sid = self.sid(elements["Sid"]) if "Sid" in elements else ""
        effect = self.effect(node, elements)
        principals = self.principals(node, elements)
        actions = self.actions(node, elements)
        resources = self.resources(node, elements)
        condition = elements.get("Condition")
        conditions = read_conditions(condition.node, self.problems, variables=self.variables) if condition else ()
        if condition:
            self.old_variables(condition.node)
        if effect is Effect.DENY and self.kind in (PolicyKind.SCP, PolicyKind.RCP):
            actions = replace(actions, spared=ALWAYS_ALLOWED)
        statement = Statement(number, sid, effect, principals, actions, resources, conditions, node.where)
        if effect is Effect.ALLOW and not self.rules.allow and not _allows_everything(statement):
            self.problems.add(
                elements["Effect"].node.where,
                f"{self.kind.phrase} can only deny",
                "write `Deny`; `RCPFullAWSAccess` is attached by AWS and allows everything",
            )
        if effect is Effect.DENY and self.kind is PolicyKind.RCP and any(not pattern.service for pattern in actions.patterns):
            self.problems.add(
                elements["Action"].node.where, f"the `Action` of {self.kind.phrase} cannot be `*`", "name the service: `s3:*`"
            )
        return statement

    def sid(self, member: Member) -> str:
        sid = member.node.value
        if not isinstance(sid, str):
            self.problems.add(member.node.where, f"`Sid` is {shape(member.node)}", "write a string")
            return ""
        if not self.rules.strict_sid:
            return sid
        if not _SID.fullmatch(sid):
            self.problems.add(
                member.node.where, f"`Sid` `{sid}` has other characters than letters and digits", "use A-Z, a-z and 0-9 only"
            )
        if sid and sid in self.sids:
            self.problems.add(
                member.node.where,
                f"`Sid` `{sid}` stands in a second statement; the first is at {self.sids[sid]}",
                "give each statement its own `Sid`",
            )
        self.sids.setdefault(sid, member.node.where)
        return sid

    def effect(self, node: Node, elements: dict[str, Member]) -> Effect:
        member = elements.get("Effect")
        if member is None:
            self.problems.add(node.where, "the statement has no `Effect`", "write `Allow` or `Deny`")
            return Effect.DENY
        if member.node.value not in tuple(Effect):
            shown = f"`{member.node.value}`" if isinstance(member.node.value, str) else shape(member.node)
            self.problems.add(member.node.where, f"`Effect` is {shown}", "write `Allow` or `Deny`, with a capital")
            return Effect.DENY
        return Effect(str(member.node.value))

    def one_of(self, node: Node, elements: dict[str, Member], element: str, need: Need) -> Member | None:
        """The member for `element` or its `Not` form; both, or none where one is needed, is a problem."""
        plain, negated = elements.get(element), elements.get(f"Not{element}")
        if need is Need.FORBIDDEN:
            for member in (plain, negated):
                if member:
                    self.problems.add(
                        member.where,
                        f"{self.kind.phrase} has no `{member.key}`",
                        "remove it: what the policy is attached to decides",
                    )
            return None
        if plain and negated:
            later = max(plain, negated, key=lambda member: member.where)
            self.problems.add(later.where, f"the statement has both `{element}` and `Not{element}`", "keep one of them")
        if not plain and not negated and need is Need.REQUIRED:
            self.problems.add(node.where, f"the statement has no `{element}`", f"write `{element}`")
        return plain or negated

    def principals(self, node: Node, elements: dict[str, Member]) -> Principals | None:
        member = self.one_of(node, elements, "Principal", self.rules.principal)
        if member is None:
            return None
        effect = elements.get("Effect")
        if member.key == "NotPrincipal" and self.rules.not_principal and effect and effect.node.value == Effect.ALLOW:
            self.problems.add(
                member.where,
                "`NotPrincipal` cannot stand with `Allow`: it would allow everyone else",
                "name the principals in `Principal`",
            )
        return read_principals(member.node, member.key, self.kind, self.rules, self.problems)

    def actions(self, node: Node, elements: dict[str, Member]) -> Actions:
        member = self.one_of(node, elements, "Action", Need.REQUIRED)
        if member is None:
            return Actions(())
        if member.key == "NotAction" and not self.rules.not_action:
            self.problems.add(
                member.where, f"{self.kind.phrase} has no `NotAction`", "list the actions in `Action`, with wildcards"
            )
        return read_actions(member.node, member.key, self.problems)

    def resources(self, node: Node, elements: dict[str, Member]) -> Resources | None:
        member = self.one_of(node, elements, "Resource", self.rules.resource)
        if member is None:
            return None
        self.old_variables(member.node)
        return read_resources(member.node, member.key, self.problems, variables=self.variables)

    def old_variables(self, node: Node) -> None:
        """A `${` in a document of 2008 is a literal, which nobody means; Access Analyzer calls it an error too."""
        if self.variables:
            return
        if isinstance(node.value, str) and "${" in node.value:
            self.problems.add(
                node.where,
                f"`{node.value}` holds a variable, but the document's version has none",
                f'write `"Version": "{CURRENT_VERSION}"`',
            )
        elif isinstance(node.value, Array):
            for item in node.value.items:
                self.old_variables(item)
        elif isinstance(node.value, Object):
            for member in node.value.members:
                self.old_variables(member.node)


def _allows_everything(statement: Statement) -> bool:
    actions, resources = statement.actions, statement.resources
    return (
        not statement.conditions
        and not actions.negated
        and any(not pattern.service for pattern in actions.patterns)
        and resources is not None
        and not resources.negated
        and any(template.text == "*" for template in resources.patterns)
    )
