"""How a package gets a defect, and how the same package is written otherwise: the mark in a defect's text moves along."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from generator.cfct.document import Node, Style, read
from generator.package.files import MANIFEST, TEMPLATES, PackageFiles

MARK = "▸"
"""Stands where a finding is expected. It is never part of the package."""

Texts = Mapping[str, str]
"""A package as text; what is no UTF-8 survives as surrogates."""

Variant = Callable[[Texts], Texts]


@dataclass(frozen=True)
class Place:
    """A mark: line and column count from 1."""

    path: str
    line: int
    column: int


def texts(files: PackageFiles) -> Texts:
    return {path: content.decode("utf-8", "surrogateescape") for path, content in files.files.items()}


def package(contents: Texts, root_shown_as: str) -> PackageFiles:
    return PackageFiles(
        {path: text.replace(MARK, "").encode("utf-8", "surrogateescape") for path, text in contents.items()}, root_shown_as
    )


def marks(contents: Texts) -> tuple[Place, ...]:
    """Every mark, in order."""
    return tuple(place for path in sorted(contents) for place in _marks(path, contents[path]))


def _marks(path: str, text: str) -> Iterator[Place]:
    for found in re.finditer(MARK, text):
        before = text[: found.start()].replace(MARK, "")
        yield Place(path, before.count("\n") + 1, len(before) - before.rfind("\n"))


def seeded(clean: Texts, defect: Mapping[str, object]) -> Texts:
    """The package with the defect: texts replaced, each of which must be there once, and files added and removed."""
    contents = dict(clean)
    for path, old, new in defect.get("edit", ()):  # type: ignore[attr-defined]
        assert contents[path].count(old) == 1, f"`{old}` is {contents[path].count(old)} times in {path}"
        contents[path] = contents[path].replace(old, written_out(new))
    contents |= {path: written_out(text) for path, text in defect.get("add", {}).items()}  # type: ignore[attr-defined]
    for path in defect.get("remove", ()):  # type: ignore[attr-defined]
        del contents[path]
    return contents


def written_out(text: str) -> str:
    """`{{ab*3}}` is `ababab`, and a `№` in it counts from 0, so that a defect can be large and its file small."""
    return re.sub(
        r"\{\{((?:(?!\{\{).)+?)\*(\d+)\}\}",
        lambda match: "".join(match[1].replace("№", str(number)) for number in range(int(match[2]))),
        text,
        flags=re.DOTALL,
    )


def renaming(clean: Texts, names: tuple[str, ...]) -> Variant:
    """Other names for the manifest's resources `names`, and for what the clean package's templates call their resources."""
    entry = re.compile(rf"^([ \t]*-[ ]+{MARK}?name:[ ]+{MARK}?)({'|'.join(map(re.escape, names))})(?=\s)", re.MULTILINE)
    ids = {path: _renameable(path, text) for path, text in clean.items() if path.startswith(TEMPLATES)}
    words = {path: re.compile(rf"\b({'|'.join(found)})\b") for path, found in ids.items() if found}

    def renamed(contents: Texts) -> Texts:
        other = {path: words[path].sub(r"Other\1", text) if path in words else text for path, text in contents.items()}
        if MANIFEST in other:
            other[MANIFEST] = entry.sub(r"\1\2-renamed", other[MANIFEST])
        return other

    return renamed


def _renameable(path: str, text: str) -> tuple[str, ...]:
    """Names of resources that are no part of a type's name, nor the name of a property."""
    root = read(text.encode(), path, Style.TEMPLATE).root
    resources = root.get("Resources") if root else None
    assert resources, path
    others = set(re.findall(r"\w+(?=::)|(?<=::)\w+", text)).union(*map(_keys, resources.children.values()))
    return tuple(sorted(str(name) for name in resources.children if str(name) not in others))


def _keys(node: Node) -> set[str]:
    return {str(key) for key in node.children}.union(*map(_keys, node.children.values()))


def reordered(contents: Texts) -> Texts:
    """The manifest's entries the other way round, each with the comments above it; but what exports stays before what takes it (CT066)."""
    manifest = contents.get(MANIFEST, "")
    head, found, body = manifest.partition("\nresources:")
    lines = body.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if re.match(rf"[ ]*-[ ]+{MARK}?\w+:", line)]
    if not starts:
        return contents
    indent = _indent(lines[starts[0]])
    starts = [_first_above(lines, number) for number in starts if _indent(lines[number]) == indent]
    ends = [*starts[1:], len(lines)]
    entries = ["".join(lines[start:end]) for start, end in zip(starts, ends, strict=True)]
    whole = [entry if entry.endswith("\n") else f"{entry}\n" for entry in entries]
    exporting = [entry for entry in whole if "export_outputs" in entry]
    others = [entry for entry in whole if "export_outputs" not in entry]
    return {**contents, MANIFEST: head + found + "".join((*lines[: starts[0]], *exporting, *reversed(others)))}


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _first_above(lines: list[str], number: int) -> int:
    """The first line of the comments that stand directly above; the rest of the line with `resources:` is none."""
    while number > 1 and (not lines[number - 1].strip() or lines[number - 1].lstrip().startswith("#")):
        number -= 1
    return number


def as_is(contents: Texts) -> Texts:
    return contents
