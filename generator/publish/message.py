"""What changed, in words: the commit message, whose trailers say which inputs and version made the package and let us know our own.

A commit is ours when its `Cfctgen-Package` is the digest of its files, those that `Cfctgen-Kept` names left out. Whoever amends or
reverts such a commit, or copies its message, makes one that is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from generator import __version__
from generator.package.digest import package_digest
from generator.package.files import TEMPLATES
from generator.publish.checked import Seal
from generator.publish.lay import Laid
from generator.publish.remote import shown

_POLICIES = "policies/"
_PACKAGE = "Cfctgen-Package"
_KEPT = "Cfctgen-Kept"


@dataclass(frozen=True)
class Trailers:
    """What a message says of itself: the digest of the package, and the paths in the revision that are no part of it."""

    package: str
    kept: tuple[str, ...]

    def own(self, files: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """Those of `files` that this program wrote: all but the kept ones if the digest fits, otherwise none."""
        package = {path: content for path, content in files.items() if path not in self.kept}
        return package if package_digest(package) == self.package else {}


def commit_message(laid: Laid, sealed: Seal, organization: str) -> str:
    """The message of the revision; the same for the same package on the same remote."""
    stacks = sum(path.startswith(TEMPLATES) for path in laid.tree)
    policies = sum(path.startswith(_POLICIES) for path in laid.tree)
    lines = [f"Publish {policies} policies and {stacks} stacks of {organization}", "", *summary(laid)]
    lines += ["", f"Written by cfctgen {__version__} from its inputs; change those, not this repository.", ""]
    lines += [f"{_PACKAGE}: {sealed.package}"]
    lines += [f"Cfctgen-Input: {name} {digest}" for name, digest in sealed.inputs]
    lines += [f"Cfctgen-Rules: {name} {version}" for name, version in sealed.rules]
    if laid.kept:
        lines.append(f"{_KEPT}: {_one_word(laid.kept)}")
    return "\n".join(lines) + "\n"


def trailers(message: str) -> Trailers | None:
    """The trailers of a message of ours; None for anyone else's."""
    found = dict(line.split(": ", 1) for line in message.rstrip().rsplit("\n\n", 1)[-1].splitlines() if ": " in line)
    if _PACKAGE not in found:
        return None
    try:
        kept = json.loads(found.get(_KEPT, "[]"))
    except ValueError:
        return None
    return Trailers(found[_PACKAGE], tuple(map(str, kept))) if isinstance(kept, list) else None


def summary(laid: Laid) -> tuple[str, ...]:
    """One line for each kind of file that changes."""
    kinds = {"stacks": TEMPLATES, "policies": _POLICIES, "claims": "claims/"}
    named = tuple(
        line for kind, folder in kinds.items() if (line := _line(kind, *(_below(folder, paths) for paths in _changes(laid))))
    )
    rest = _line("other files", *(tuple(path for path in paths if not _in_a_kind(path, kinds)) for paths in _changes(laid)))
    return (*named, *((rest,) if rest else ()))


def _one_word(paths: tuple[str, ...]) -> str:
    """JSON in ASCII without line ends and `|`, which S3's metadata has no place for."""
    return json.dumps(paths, separators=(",", ":")).replace("|", "\\u007c")


def _changes(laid: Laid) -> tuple[tuple[str, ...], ...]:
    return laid.added, laid.changed, laid.removed


def _line(kind: str, added: tuple[str, ...], changed: tuple[str, ...], removed: tuple[str, ...]) -> str:
    verbs = {"added": added, "changed": changed, "removed": removed}
    parts = [f"{verb} {', '.join(map(shown, names))}" for verb, names in verbs.items() if names]
    return f"{kind}: {'; '.join(parts)}" if parts else ""


def _below(folder: str, paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(path.removeprefix(folder).rsplit(".", 1)[0] for path in paths if path.startswith(folder))


def _in_a_kind(path: str, kinds: Mapping[str, str]) -> bool:
    return path.startswith(tuple(kinds.values()))
