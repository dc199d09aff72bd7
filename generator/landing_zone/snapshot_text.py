"""What AWS says, as the text of `organization.yaml`: new, or written into a file that people have edited.

Only the keys that AWS answers for are replaced, and of those only what changed. Every other line stays as it was written,
comments included; so does an account or a policy that did not change, and the comment above an entry that did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from generator.errors import InputError, Problem
from generator.landing_zone.document import Document, Entries, Items, Node, parse, plain
from generator.landing_zone.facts import text_of
from generator.landing_zone.yaml_text import single_quoted, yaml_value

_HEAD = """\
# yaml-language-server: $schema=schemas/organization.schema.json
# What is true of the organization. `cfctgen snapshot` takes ids, OUs, accounts and attached policies from AWS Organizations and
# leaves everything else as you wrote it.

"""
_BY_HAND: Mapping[str, str] = {
    "home_region": "# home_region: eu-central-1",
    "governed_regions": "# governed_regions: [eu-central-1]",
    "log_archive": '# log_archive: "222222222222"',
    "audit": '# audit: "333333333333"',
    "control_tower_version": '# control_tower_version: "3.3"',
    "cfct_version": '# cfct_version: "2.8.4"',
    "control_tower_execution_in_management": "# control_tower_execution_in_management: true # once you have made that role there",
    "control_tower_trail": "# control_tower_trail: none # or the trail that Control Tower made: its name, bucket and object_lock",
}
"""What AWS Organizations does not know: in a new file a line asks the user for it."""

_IDENTITY: Mapping[str, tuple[str, ...]] = {"accounts": ("id",), "policies": ("type", "name")}

_LINE = re.compile("[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029]|$)")
"""A line as YAML 1.1 counts them."""

Entry = Mapping[str, object]
"""One entry of a list, as plain data in the order of its keys. An OU holds its OUs in `children`."""


@dataclass(frozen=True)
class Seen:
    """What AWS answered. `extra` are facts that a file gets only where it does not say them itself, such as the trail.

    `notes` are for keys that only a person can decide: what was found, in one line, for a comment in the file that lacks the key.
    """

    id: str
    root_id: str
    partition: str
    management_account: str
    organizational_units: tuple[Entry, ...]
    accounts: tuple[Entry, ...]
    policies: tuple[Entry, ...]
    extra: Mapping[str, object] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


def edited(previous: str | None) -> Document | None:
    """The file that is to be written into, None if there is nothing in it. Raises InputError if it can't be kept line by line."""
    if previous is None or not previous.strip():
        return None
    document = parse(Path("organization.yaml"), previous, "delete the file and run `cfctgen snapshot` again")
    if document.problems:
        raise InputError(document.problems)
    keys = [key for key, _ in document.root.nodes.values()] if isinstance(document.root, Entries) else []
    if not keys or any(key.column != 1 for key in keys):
        problem = "this file has no key at the beginning of a line"
        raise InputError(Problem(document.where(document.root), problem, "write one `key: value` per line, or delete the file"))
    return document


def written(seen: Seen, previous: str | None) -> str:
    """The text of the file. Raises InputError if `previous` can't be read or is about another organization."""
    document = edited(previous)
    if document is None or previous is None:
        return _new(seen)
    lines = [line for line in _LINE.findall(previous) if line]
    lines[-1] = lines[-1].rstrip("\r\n") + "\n"
    _refuse_another_organization(document, seen)
    facts = _facts(seen)
    blocks = _blocks(document, lines)
    text = "".join(facts[block.key].into(block) if block.key in facts else "".join(block.lines) for block in blocks)
    present = {block.key for block in blocks}
    missing = {key: fact for key, fact in (facts | _extra(seen)).items() if key not in present}
    asked = {key: note for key, note in seen.notes.items() if key not in present}
    return _noted(text, asked) + "".join("\n" + fact.new() for fact in missing.values())


@dataclass(frozen=True)
class _Block:
    """The lines of one key at the top of the file and its value; without a key, what stands between two of them."""

    key: str
    lines: Sequence[str]
    first_line: int
    value: Node | None


@dataclass(frozen=True)
class _Fact:
    """A key that AWS answers for."""

    key: str
    value: object

    def new(self) -> str:
        """Its lines in a file that lacks it."""
        if self.key == "organizational_units":
            return f"{self.key}:" + _tree(_entries(self.value), "  ", {})
        if self.key in _IDENTITY:
            return f"{self.key}:" + _list([_entry(each, "  ") for each in _entries(self.value)])
        if isinstance(self.value, dict):
            return f"{self.key}:\n" + "".join(f"  {key}: {yaml_value(value)}\n" for key, value in self.value.items())
        return f"{self.key}: {yaml_value(self.value)}\n"

    def into(self, block: _Block) -> str:
        """Its lines in place of `block`: the same where nothing changed."""
        if block.value is None or _same(plain(block.value), self.value):
            return "".join(block.lines)
        if self.key == "organizational_units":
            return f"{self.key}:" + _tree(_entries(self.value), "  ", dict(_comments(block.value, block)))
        if self.key in _IDENTITY and (chunks := _chunks(block)):
            return _merged(_entries(self.value), block, chunks, _IDENTITY[self.key])
        return self.new()


def _facts(seen: Seen) -> dict[str, _Fact]:
    values = {
        "id": seen.id,
        "root_id": seen.root_id,
        "partition": seen.partition,
        "management_account": seen.management_account,
        "organizational_units": seen.organizational_units,
        "accounts": seen.accounts,
        "policies": seen.policies,
    }
    return {key: _Fact(key, value) for key, value in values.items()}


def _extra(seen: Seen) -> dict[str, _Fact]:
    return {key: _Fact(key, value) for key, value in seen.extra.items()}


def _new(seen: Seen) -> str:
    facts, extra = _facts(seen), _extra(seen)
    names = [facts.pop(key).new() for key in ("id", "root_id", "partition", "management_account")]
    by_hand = "".join(extra[key].new() if key in extra else f"{line}\n" for key, line in _BY_HAND.items())
    return _HEAD + "".join(names) + "\n" + _noted(by_hand, seen.notes) + "".join("\n" + fact.new() for fact in facts.values())


def _noted(text: str, notes: Mapping[str, str]) -> str:
    """The text with each note above the comment that asks for its key, both at the end where it is not asked for; once."""
    for key, note in notes.items():
        lines = [each.rstrip() for each in _LINE.findall(text)]
        comment, question = f"# {note}", _BY_HAND[key]
        if comment in lines:
            continue
        if question in lines:
            at = sum(len(each) for each in _LINE.findall(text)[: lines.index(question)])
            text = f"{text[:at]}{comment}\n{text[at:]}"
        else:
            text = f"{text}\n{comment}\n{question}\n"
    return text


def _refuse_another_organization(document: Document, seen: Seen) -> None:
    mine = text_of(document.root, "id")
    if mine and mine.value != seen.id:
        problem = f"this file is about organization `{mine.value}`, and the credentials are for `{seen.id}`"
        raise InputError(
            Problem(document.where(mine.node), problem, "use the credentials of the same organization, or write to another file")
        )


def _blocks(document: Document, lines: Sequence[str]) -> tuple[_Block, ...]:
    """The file cut at its keys; comments and blank lines between two keys stand alone."""
    nodes = document.root.nodes if isinstance(document.root, Entries) else {}
    starts = [(key.line - 1, name, value) for name, (key, value) in nodes.items()]
    blocks = [_Block("", lines[: starts[0][0]], 0, None)]
    for (start, name, value), end in zip(starts, [*(start for start, _, _ in starts[1:]), len(lines)], strict=True):
        content_end = end
        while content_end > start + 1 and (
            not lines[content_end - 1].strip() or lines[content_end - 1].startswith(("#", "---", "..."))
        ):
            content_end -= 1
        blocks.append(_Block(name, lines[start:content_end], start, value))
        blocks.append(_Block("", lines[content_end:end], content_end, None))
    return tuple(blocks)


def _chunks(block: _Block) -> tuple[tuple[Entries, Sequence[str], Sequence[str]], ...]:
    """The entries of a list with the comment above each and its own lines; empty if the list is not one entry per `- `."""
    nodes = block.value.nodes if isinstance(block.value, Items) else ()
    starts = [node.line - 1 - block.first_line for node in nodes]
    on_lines = len(set(starts)) == len(starts) and all(block.lines[start].lstrip().startswith("- ") for start in starts)
    if not nodes or not on_lines or not all(isinstance(node, Entries) for node in nodes):
        return ()
    heads = [_comment_start(block.lines, start) for start in starts]
    ends = [*heads[1:], len(block.lines)]
    return tuple(
        (node, block.lines[head:start], block.lines[start:end])
        for node, head, start, end in zip(nodes, heads, starts, ends, strict=True)
        if isinstance(node, Entries)
    )


def _comment_start(lines: Sequence[str], start: int) -> int:
    """The first of the comments and blank lines above line `start`, which belong to what begins there."""
    while start > 1 and (not lines[start - 1].strip() or lines[start - 1].lstrip().startswith("#")):
        start -= 1
    return start


def _merged(
    entries: Sequence[Entry],
    block: _Block,
    chunks: Sequence[tuple[Entries, Sequence[str], Sequence[str]]],
    identity: Sequence[str],
) -> str:
    """The list in its old order: unchanged entries as they were, changed ones below their comment, new ones at the end."""
    waiting = {tuple(str(entry.get(key)) for key in identity): entry for entry in entries}
    first = chunks[0][2][0]
    indent = first[: len(first) - len(first.lstrip())]
    before = len(block.lines) - sum(len(head) + len(body) for _, head, body in chunks)
    parts = list(block.lines[:before])
    for node, head, body in chunks:
        old = plain(node)
        entry = waiting.pop(tuple(str(old.get(key)) for key in identity), None) if isinstance(old, dict) else None
        if entry is None or not isinstance(old, dict):
            continue
        if "email" not in old:  # somebody keeps addresses out of the file
            entry = {key: value for key, value in entry.items() if key != "email"}
        parts.extend(head)
        parts.extend(body if _same(old, entry) else [_entry(entry, indent)])
    parts.extend(_entry(entry, indent) for entry in waiting.values())
    return "".join(parts)


def _same(old: object, new: object) -> bool:
    return _normal(old) == _normal(new)


def _normal(value: object) -> object:
    """Data without what the file may leave out or put in another order."""
    if isinstance(value, list | tuple):
        return sorted((_normal(each) for each in value), key=repr)
    if isinstance(value, dict):
        said = {key: each for key, each in value.items() if each not in (None, [], ()) and (key, each) != ("status", "ACTIVE")}
        return {key: _normal(each) for key, each in sorted(said.items())}
    return value


def _comments(node: Node, block: _Block) -> Iterator[tuple[str, Sequence[str]]]:
    """The comment lines directly above each OU, by its id."""
    for each in node.nodes if isinstance(node, Items) else ():
        start = each.line - 1 - block.first_line
        if not isinstance(each, Entries) or not block.lines[start].lstrip().startswith("- "):
            continue
        if unit := text_of(each, "id"):
            above = block.lines[_comment_start(block.lines, start) : start]
            yield unit.value, [line for line in above if line.strip()]
        if "children" in each.nodes:
            yield from _comments(each.nodes["children"][1], block)


def _tree(units: Sequence[Entry], indent: str, comments: Mapping[str, Sequence[str]]) -> str:
    if not units:
        return " []\n"
    text = "\n"
    for unit in units:
        text += "".join(f"{indent}{line.lstrip()}" for line in comments.get(str(unit["id"]), ()))
        text += f"{indent}- id: {yaml_value(unit['id'])}\n{indent}  name: {yaml_value(unit['name'])}\n"
        if children := _entries(unit.get("children", ())):
            text += f"{indent}  children:" + _tree(children, indent + "    ", comments)
    return text


def _list(entries: Sequence[str]) -> str:
    return "\n" + "".join(entries) if entries else " []\n"


def _entry(entry: Entry, indent: str) -> str:
    lines = []
    for key, value in entry.items():
        if key == "content":
            lines.append(f"content: {single_quoted(str(value))}")
        elif isinstance(value, list | tuple) and len(value) > 3:  # noqa: PLR2004 - what fits on a line
            lines.extend([f"{key}:", *(f"  - {yaml_value(each)}" for each in value)])
        else:
            lines.append(f"{key}: {yaml_value(value)}")
    return "".join(f"{indent}{'- ' if number == 0 else '  '}{line}\n" for number, line in enumerate(lines))


def _entries(value: object) -> tuple[Entry, ...]:
    return tuple(each for each in value if isinstance(each, Mapping)) if isinstance(value, list | tuple) else ()
