"""What the entries of `organization.yaml` say about each other, read from the document as it stands.

These checks take whatever text the file holds, well-formed or not, so that one wrong entry hides nothing about the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from generator.aws.names import OU_PATH_SEPARATOR, AccountId
from generator.landing_zone.document import Document, Entries, Items, Node, Scalar
from generator.landing_zone.section import ACCOUNT_ID, Known


@dataclass(frozen=True)
class Text:
    """A piece of text and where it stands."""

    value: str
    node: Node


@dataclass(frozen=True)
class UnitFacts:
    """An OU as the file has it; `path` is None where a name is missing on the way to it."""

    node: Entries
    id: Text | None
    name: Text | None
    path: str | None
    parent: str
    depth: int


@dataclass(frozen=True)
class AccountFacts:
    """An account as the file has it."""

    node: Entries
    id: Text | None
    name: Text | None
    ou: Text | None
    in_root: bool
    status: str


@dataclass(frozen=True)
class PolicyFacts:
    """An attached policy as the file has it."""

    node: Entries
    name: Text | None
    type: Text | None
    targets: tuple[Text, ...]


@dataclass(frozen=True)
class OrganizationFacts:
    """Everything in `organization.yaml` that is where it belongs, whatever else is wrong with the file."""

    document: Document

    def text(self, key: str) -> Text | None:
        """The text of a key at the top of the file."""
        return text_of(self.document.root, key)

    @cached_property
    def governed_regions(self) -> tuple[Text, ...]:
        """The governed regions in the order of the file."""
        return _texts(self.document.root, "governed_regions")

    @cached_property
    def units(self) -> tuple[UnitFacts, ...]:
        """All OUs, each after its parent."""
        return tuple(_units(self.document.root, "organizational_units", "", None, 1))

    @cached_property
    def accounts(self) -> tuple[AccountFacts, ...]:
        """All accounts in the order of the file."""
        return tuple(
            AccountFacts(
                entry,
                text_of(entry, "id"),
                text_of(entry, "name"),
                text_of(entry, "ou"),
                _is_empty(_below(entry, "ou")),
                _value(text_of(entry, "status")) or "ACTIVE",
            )
            for entry in entries_of(self.document.root, "accounts")
        )

    @cached_property
    def policies(self) -> tuple[PolicyFacts, ...]:
        """All attached policies in the order of the file."""
        return tuple(
            PolicyFacts(entry, text_of(entry, "name"), text_of(entry, "type"), _texts(entry, "targets"))
            for entry in entries_of(self.document.root, "policies")
        )

    @cached_property
    def paths(self) -> frozenset[str]:
        """The paths of all OUs that have one."""
        return frozenset(unit.path for unit in self.units if unit.path is not None)

    @cached_property
    def paths_are_complete(self) -> bool:
        """Whether every OU says its name; otherwise nobody knows which paths are missing."""
        units = isinstance(self.document.root, Entries) and "organizational_units" in self.document.root.nodes
        return units and all(unit.path is not None for unit in self.units)

    def known(self) -> Known:
        """The names that the sections of `landing-zone.yaml` may use."""
        accounts: dict[str, AccountId] = {}
        named: dict[str, list[AccountId]] = {}
        names = []
        for account in self.accounts:
            if account.id is None or not ACCOUNT_ID.fullmatch(account.id.value):
                continue
            accounts[account.id.value] = AccountId(account.id.value)
            if account.name is not None and account.status == "ACTIVE":
                named.setdefault(account.name.value.lower(), []).append(AccountId(account.id.value))
                names.append(account.name.value)
        accounts |= {name: ids[0] for name, ids in named.items() if len(ids) == 1}
        regions = frozenset(region.value for region in self.governed_regions)
        log_archive = _value(self.text("log_archive"))
        return Known(
            accounts,
            tuple(names),
            self.paths,
            regions,
            _value(self.text("partition")),
            accounts.get(log_archive) if log_archive and ACCOUNT_ID.fullmatch(log_archive) else None,
            {name: tuple(ids) for name, ids in named.items() if len(ids) > 1},
        )


def text_of(node: Node, key: str) -> Text | None:
    """The text below `key`, if the node is a mapping that has it."""
    value = _below(node, key)
    return _as_text(value) if value else None


def entries_of(node: Node, key: str) -> Iterator[Entries]:
    """The mappings in the list below `key`."""
    value = _below(node, key)
    if isinstance(value, Items):
        yield from (each for each in value.nodes if isinstance(each, Entries))


def _texts(node: Node, key: str) -> tuple[Text, ...]:
    value = _below(node, key)
    nodes = value.nodes if isinstance(value, Items) else ()
    return tuple(text for each in nodes if (text := _as_text(each)))


def _as_text(node: Node) -> Text | None:
    """The node's text. An account id without quotes has its own problem; here it counts as the id that it was meant to be."""
    if not isinstance(node, Scalar):
        return None
    if isinstance(node.value, str):
        return Text(node.value, node)
    return Text(node.raw, node) if node.raw and ACCOUNT_ID.fullmatch(node.raw) else None


def _units(node: Node, key: str, parent: str, above: str | None, depth: int) -> Iterator[UnitFacts]:
    for entry in entries_of(node, key):
        name = text_of(entry, "name")
        if name is None or (depth > 1 and above is None):
            path = None
        else:
            path = name.value if above is None else f"{above}{OU_PATH_SEPARATOR}{name.value}"
        place = f"{parent}/{entry.line}.{entry.column}"
        yield UnitFacts(entry, text_of(entry, "id"), name, path, parent, depth)
        yield from _units(entry, "children", place, path, depth + 1)


def _below(node: Node, key: str) -> Node | None:
    return node.nodes[key][1] if isinstance(node, Entries) and key in node.nodes else None


def _is_empty(node: Node | None) -> bool:
    """Whether a key is absent or has nothing after it, which means the same."""
    return node is None or (isinstance(node, Scalar) and node.value is None)


def _value(text: Text | None) -> str | None:
    return text.value if text else None
