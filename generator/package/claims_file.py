"""Write and read claims as YAML: plain data beside the package, so that whoever holds it can prove them again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import yaml

from generator.aws.names import AccountId, Arn
from generator.errors import InputError, Problem, Where
from generator.landing_zone.document import Entries, Items, Node, Scalar, parse
from generator.package.claim_slips import Slip, slip_of_key, slip_of_sender, slips_of_actions, slips_of_resources
from generator.policy.pattern import ARN_SEGMENTS
from generator.prover.claim import ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals, Slug

CLAIMS = "claims/"
"""The folder of a package that holds its claims. CfCT looks at no file that its manifest does not name."""

_HEADER = """\
# Written by `cfctgen build`. What the policies of this package must bring about, whatever they say: each claim is about every
# request it describes. The actions come from AWS's service authorization reference, never from the policies.
"""
_ACCOUNT = re.compile(r"[0-9]{12}")
_DUMPER: type[yaml.SafeDumper | yaml.CSafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def claims_text(claims: Iterable[Claim]) -> str:
    """The text of one claims file; fields that are empty are left out."""
    plain = {"claims": [_plain(claim) for claim in claims]}
    text: str = yaml.dump(plain, Dumper=_DUMPER, sort_keys=False, width=120, allow_unicode=True)
    return _HEADER + text


def _plain(value: Claim | ActionSet | NamedAction | Principals) -> dict[str, Any]:
    """The fields of `value` that hold something, as YAML types."""
    return {
        field.name: _yaml(content)
        for field in fields(value)
        if (content := getattr(value, field.name)) not in ((), "", {}, False)
    }


def _yaml(value: object) -> object:
    """`value` with tuples as lists and values of ours as mappings."""
    match value:
        case Claim() | ActionSet() | NamedAction() | Principals():
            return _plain(value)
        case tuple():
            return [_yaml(item) for item in value]
        case dict():
            return {key: _yaml(item) for key, item in value.items()}
        case StrEnum():
            return value.value
        case _:
            return value


def read_claims(path: str, content: bytes) -> tuple[Claim, ...]:
    """The claims of one file. `path` is what messages call it. Raises InputError with every problem, each with its place."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(Problem(Where(path, line), "the file is not UTF-8", "save it as UTF-8")) from error
    document = parse(Path(path), text, "write at least one claim below `claims:`")
    reader = _Reader(path, list(document.problems))
    claims = reader.file(document.root)
    if reader.problems:
        raise InputError(sorted(reader.problems, key=lambda it: (it.where or Where(path), it.problem)))
    return claims


Choice = TypeVar("Choice", bound=StrEnum)


@dataclass
class _Reader:
    """Reads claims, collecting what is wrong."""

    path: str
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, node: Node, problem: str, remedy: str) -> None:
        self.problems.append(Problem(Where(self.path, node.line, node.column), problem, remedy))

    def file(self, root: Node) -> tuple[Claim, ...]:
        members = self.members(root, ("claims",), "a claims file", ("claims",))
        claims = [self.claim(node) for node in self.items(members.get("claims"))]
        seen: set[str] = set()
        for claim, node in zip(claims, self.items(members.get("claims")), strict=True):
            if claim.id in seen:
                self.wrong(node, f"the id `{claim.id}` is given twice", "give each claim its own id")
            seen.add(claim.id)
        if "claims" in members and not claims:
            self.wrong(members["claims"], "there is no claim", "write at least one claim below `claims:`")
        return tuple(claims)

    def claim(self, node: Node) -> Claim:
        known = tuple(each.name for each in fields(Claim))
        found = self.members(node, known, "a claim", ("id", "statement", "expect", "layer", "actions", "resources"))
        empty = Entries(node.line, node.column, {})
        before = len(self.problems)
        claim = Claim(
            id=self.text(found.get("id")),
            control=Slug(self.text(found.get("control"))),
            statement=self.text(found.get("statement")),
            expect=self.choice(found.get("expect"), Expectation, Expectation.DENIED),
            layer=self.choice(found.get("layer"), ClaimLayer, ClaimLayer.ANY),
            principals=self.principals(found.get("principals", empty)),
            actions=tuple(self.action_set(item) for item in self.items(found.get("actions"), least_one=True)),
            resources=tuple(self.arn(item) for item in self.items(found.get("resources"), least_one=True)),
            resource_account=self.account(found.get("resource_account")),
            context=self.context(found.get("context", empty)),
        )
        if len(self.problems) == before:
            self.slips(node, found, slips_of_resources(claim))
        return claim

    def slips(self, node: Node, found: Mapping[str, Node], slips: Iterable[Slip]) -> None:
        """Note what selects nothing, each at its entry."""
        for slip in slips:
            at = found.get(slip.field, node)
            if slip.place is not None and isinstance(at, Items):
                at = at.nodes[slip.place]
            self.wrong(at, slip.problem, slip.remedy)

    def principals(self, node: Node) -> Principals:
        found = self.members(node, tuple(each.name for each in fields(Principals)), "`principals`")
        service = found.pop("service", None)
        if service is not None and found:
            self.wrong(
                service, "`service` stands beside other fields", "write `service` alone: a service has no account and no ARN"
            )
        return Principals(
            accounts=self.accounts(found.get("accounts")),
            only=tuple(self.sender(item) for item in self.items(found.get("only"))),
            excepted=tuple(self.sender(item) for item in self.items(found.get("excepted"))),
            excepted_accounts=self.accounts(found.get("excepted_accounts")),
            service=self.text(service),
        )

    def action_set(self, node: Node) -> ActionSet:
        before = len(self.problems)
        found = self.members(node, tuple(each.name for each in fields(ActionSet)), "an entry of `actions`", ("service",))
        if not {"named", "levels", "unknown"} & found.keys() and isinstance(node, Entries):
            self.wrong(
                node, "the entry selects no action", "write `levels` with `resource_types`, or `named`, or `unknown: true`"
            )
        if ("levels" in found) != ("resource_types" in found):
            self.wrong(
                node,
                "`levels` and `resource_types` only select together",
                "write both; `-` is the type of actions that take none",
            )
        chosen = ActionSet(
            service=self.text(found.get("service")),
            levels=self.texts(found.get("levels")),
            resource_types=self.texts(found.get("resource_types")),
            named=tuple(self.named(item) for item in self.items(found.get("named"))),
            excluded=tuple(self.named(item) for item in self.items(found.get("excluded"))),
            unknown=self.flag(found.get("unknown")),
            known_harmless=self.texts(found.get("known_harmless")),
        )
        if len(self.problems) == before:
            self.slips(node, found, slips_of_actions(chosen))
        return chosen

    def named(self, node: Node) -> NamedAction:
        found = self.members(node, ("action", "reason"), "a named action", ("action", "reason"))
        return NamedAction(self.text(found.get("action")), self.text(found.get("reason")))

    def context(self, node: Node) -> Mapping[str, tuple[str, ...]]:
        found = {key: self.texts(values) for key, values in self.members(node, (), "`context`").items()}
        for key, _ in node.nodes.values() if isinstance(node, Entries) else ():
            slip = slip_of_key(self.text(key))
            if slip:
                self.wrong(key, *slip)
        return found

    def members(self, node: Node, known: Sequence[str], what: str, needed: Sequence[str] = ()) -> dict[str, Node]:
        """The fields of a mapping; `known` empty means any."""
        if not isinstance(node, Entries):
            self.wrong(node, f"{what} is no mapping", "write `key: value` lines")
            return {}
        for name, (key, _) in node.nodes.items():
            if known and name not in known:
                near = get_close_matches(name, known, n=1)
                self.wrong(
                    key, f"`{name}` is no field of {what}", f"did you mean `{near[0]}`?" if near else f"use {', '.join(known)}"
                )
        for name in needed:
            if name not in node.nodes:
                self.wrong(node, f"{what} has no `{name}`", f"write `{name}:`; the docs page of the prover shows examples")
        return {name: value for name, (_, value) in node.nodes.items() if not known or name in known}

    def items(self, node: Node | None, *, least_one: bool = False) -> tuple[Node, ...]:
        if node is None:
            return ()
        if not isinstance(node, Items):
            self.wrong(node, "this is no list", "write one `- ` line for each entry")
            return ()
        if least_one and not node.nodes:
            self.wrong(node, "the list is empty", "write at least one entry")
        return node.nodes

    def text(self, node: Node | None) -> str:
        if node is None:
            return ""
        if not isinstance(node, Scalar) or node.value is None or isinstance(node.value, bool):
            self.wrong(node, "this is no text", "write a word, in quotes if it looks like something else")
            return ""
        return node.raw if node.raw is not None and not isinstance(node.value, str) else str(node.value)

    def texts(self, node: Node | None) -> tuple[str, ...]:
        return tuple(self.text(item) for item in self.items(node))

    def flag(self, node: Node | None) -> bool:
        if node is None:
            return False
        if not isinstance(node, Scalar) or not isinstance(node.value, bool):
            self.wrong(node, "this is neither `true` nor `false`", "write `true` or `false`")
            return False
        return node.value

    def choice(self, node: Node | None, kind: type[Choice], default: Choice) -> Choice:
        value = self.text(node)
        if value in tuple(kind):
            return kind(value)
        if node is not None and value:
            self.wrong(node, f"`{value}` is not one of {', '.join(kind)}", f"write one of {', '.join(kind)}")
        return default

    def account(self, node: Node | None) -> AccountId:
        value = self.text(node)
        if node is not None and not _ACCOUNT.fullmatch(value):
            self.wrong(node, f"`{value}` is no account id", "write 12 digits in quotes")
        return AccountId(value)

    def accounts(self, node: Node | None) -> tuple[AccountId, ...]:
        return tuple(self.account(item) for item in self.items(node))

    def sender(self, node: Node) -> Arn:
        """A pattern of users, roles and roots. An ARN of a session would match nobody, since a session has its role's."""
        value = self.arn(node)
        slip = slip_of_sender(value) if value.count(":") >= ARN_SEGMENTS - 1 else None
        if slip:
            self.wrong(node, *slip)
        return value

    def arn(self, node: Node) -> Arn:
        value = self.text(node)
        if value and value != "*" and (not value.startswith("arn:") or value.count(":") < ARN_SEGMENTS - 1):
            self.wrong(node, f"`{value}` is no pattern of ARNs", "write all six parts, or `*` alone")
        return Arn(value)
