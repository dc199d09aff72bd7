"""The policies of a package, read once: each statement with its places in the text, and where CfCT attaches it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from generator.aws.names import OU_PATH_SEPARATOR
from generator.aws.partitions import PARTITIONS, partition_of
from generator.aws.quotas import PROFILES
from generator.cfct.manifest import SCP, Resource
from generator.cfct.targets import ROOT, ou_path
from generator.checks.rule import Objection, Rule
from generator.checks.subject import Subject
from generator.errors import InputError, Where
from generator.policy.document import parse, parse_with_doubts
from generator.policy.json_source import Array, Member, Node, Object, read
from generator.policy.model import Policy, PolicyKind, Statement
from generator.policy.problems import Doubtful

KINDS = {"scp": PolicyKind.SCP, "rcp": PolicyKind.RCP}
"""What a `deploy_method` attaches."""

MAX_CHARACTERS = 2 * max(max(profile.scp_characters, profile.rcp_characters) for profile in PROFILES.values())
"""Of a longer file nobody asks what it means: AWS takes none that is half as long."""

ROOT_PATH = ""
"""The root as a path: everything is below it."""


@dataclass(frozen=True)
class Written:
    """A statement and the text that it was read from."""

    statement: Statement
    node: Node

    def member(self, element: str) -> Member | None:
        """An element of the statement."""
        members = self.node.value.members if isinstance(self.node.value, Object) else ()
        return next((member for member in members if member.key == element), None)

    def texts(self, element: str) -> tuple[tuple[str, Where], ...]:
        """The strings of an element, each with its place; those of the `Not` form if the statement has that one."""
        member = self.member(element) or self.member(f"Not{element}")
        return tuple(texts_of(member.node)) if member else ()

    def values(self, place: Where) -> tuple[tuple[str, Where], ...]:
        """The values of the condition whose key stands at `place`."""
        condition = self.member("Condition")
        blocks = condition.node.value.members if condition and isinstance(condition.node.value, Object) else ()
        for block in blocks:
            keys = block.node.value.members if isinstance(block.node.value, Object) else ()
            for key in keys:
                if key.where == place:
                    return tuple(texts_of(key.node))
        return ()


def texts_of(node: Node) -> Iterator[tuple[str, Where]]:
    """A string, or the strings of a list."""
    for item in node.value.items if isinstance(node.value, Array) else (node,):
        if isinstance(item.value, str):
            yield item.value, item.where


@dataclass(frozen=True)
class PolicyFile:
    """One policy file as one kind of policy, with every entry of the manifest that attaches it so; `number` is its place among them."""

    number: int
    kind: PolicyKind
    policy: Policy
    statements: tuple[Written, ...]
    """Those whose meaning is known; the others are in `doubts`."""
    entries: tuple[Resource, ...]
    doubts: tuple[Doubtful, ...] = ()

    @cached_property
    def paths(self) -> frozenset[str]:
        """The OUs that it is attached to, as paths; the root as `ROOT_PATH`."""
        return frozenset(
            ROOT_PATH if name == ROOT else str(ou_path(name)) for entry in self.entries for name in entry.organizational_units
        )

    def reaches_at_least(self, other: PolicyFile) -> bool:
        """True iff whatever `other` is attached to stands below, or is, something that this one is attached to."""
        return bool(other.paths) and all(any(is_below(path, mine) for mine in self.paths) for path in other.paths)


def is_below(path: str, above: str) -> bool:
    """True iff an OU is another one or stands below it."""
    return above in (ROOT_PATH, path) or path.startswith(f"{above}{OU_PATH_SEPARATOR}")


@dataclass(frozen=True)
class Book:
    """The policies of one package. A file that cannot be read as a policy is left out: other rules object to it."""

    subject: Subject

    @cached_property
    def policies(self) -> tuple[PolicyFile, ...]:
        """Every policy, in the order of the manifest."""
        entries: dict[tuple[str, str], list[Resource]] = {}
        manifest = self.subject.manifest
        for resource in manifest.resources if manifest else ():
            if resource.is_policy and resource.file in self.subject.files.files:
                entries.setdefault((resource.file, resource.deploy_method), []).append(resource)
        read_ones = (self._read(number, path, kind, found) for number, ((path, kind), found) in enumerate(entries.items()))
        return tuple(policy for policy in read_ones if policy)

    def _read(self, number: int, path: str, kind: str, entries: list[Resource]) -> PolicyFile | None:
        try:
            text = self.subject.files.files[path].decode("utf-8")
            if len(text) > MAX_CHARACTERS:
                return None
            shown = self.subject.files.shown(path)
            policy, doubts = parse_with_doubts(text, KINDS[kind], shown, name=entries[0].name)
            document = read(text, shown)
        except (InputError, UnicodeDecodeError):
            return None
        written = map(Written, policy.statements, _statements(document))
        doubtful = {each.statement for each in doubts}
        known = tuple(each for each in written if each.statement.number not in doubtful)
        return PolicyFile(number, KINDS[kind], policy, known, tuple(entries), doubts)

    @cached_property
    def partition(self) -> str:
        """The partition that the package is for; the commercial one if nothing says so."""
        subject = self.subject
        if subject.organization:
            return subject.organization.partition
        region = subject.manifest.region if subject.manifest else ""
        return partition_of(region) or next(iter(PARTITIONS))

    def reaching_at_least(self, policy: PolicyFile) -> tuple[PolicyFile, ...]:
        """The policies that reach whatever this one reaches, itself among them, in order; found by what is above one of its targets."""
        path = min(policy.paths, default=None)
        if path is None:
            return ()
        names = path.split(OU_PATH_SEPARATOR)
        above = (ROOT_PATH, *(OU_PATH_SEPARATOR.join(names[:count]) for count in range(1, len(names) + 1)))
        found = {other.number: other for place in above for other in self._by_path.get(place, ())}
        return tuple(other for _, other in sorted(found.items()) if other.reaches_at_least(policy))

    @cached_property
    def _by_path(self) -> Mapping[str, tuple[PolicyFile, ...]]:
        found: dict[str, list[PolicyFile]] = {}
        for policy in self.policies:
            for path in policy.paths:
                found.setdefault(path, []).append(policy)
        return {path: tuple(policies) for path, policies in found.items()}

    @property
    def statements(self) -> Iterator[tuple[PolicyFile, Written]]:
        """Every statement of every policy."""
        for policy in self.policies:
            for written in policy.statements:
                yield policy, written

    @cached_property
    def attached_today(self) -> Mapping[str, tuple[Policy, ...]]:
        """By path, the SCPs that the organization file says are attached; what cannot be read is left out."""
        organization = self.subject.organization
        if organization is None:
            return {}
        paths = {str(unit.id): str(unit.path) for unit in organization.organizational_units}
        paths[str(organization.root_id)] = ROOT_PATH
        found: dict[str, list[Policy]] = {}
        for attached in organization.attached:
            if attached.type == SCP and attached.target in paths:
                try:
                    policy = parse(attached.content, PolicyKind.SCP, attached.name)
                except InputError:
                    continue
                found.setdefault(paths[attached.target], []).append(policy)
        return {path: tuple(policies) for path, policies in found.items()}


def _statements(document: Node) -> tuple[Node, ...]:
    members = document.value.members if isinstance(document.value, Object) else ()
    for member in members:
        if member.key == "Statement":
            return member.node.value.items if isinstance(member.node.value, Array) else (member.node,)
    return ()


@dataclass(frozen=True)
class PolicyCheck:
    """A rule on what policies mean, with the function that judges it."""

    rule: Rule
    find: Callable[[Book], Iterable[Objection]]
