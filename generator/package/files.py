"""PackageFiles: a CfCT package as bytes, the one form that every judge and every delivery takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MANIFEST = "manifest.yaml"
"""CfCT reads `manifest.yaml` at the root of the package before any other place (CfCT 2.8.4 template, line 701)."""

TEMPLATES = "templates/"
"""CfCT validates every template below this folder, referenced or not (run-validation.sh 161-195)."""

BUILT_ROOT = "manifest/"
"""The folder of a built tree that holds what a package has at its root, beside `templates/`."""


@dataclass(frozen=True)
class PackageFiles:
    """Path to bytes, paths relative to the package root with `/`, sorted.

    `root_shown_as` is where the package's root is in the folder that the user looks at: `manifest/` in a built tree (where
    `templates/` stands beside it), `custom-control-tower-configuration/` where CfCT looks second, else empty. Findings name the
    path that the user can open.
    """

    files: Mapping[str, bytes]
    root_shown_as: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", MappingProxyType(dict(sorted(self.files.items()))))

    def shown(self, path: str) -> str:
        """The path under which the user finds `path`."""
        beside = self.root_shown_as == BUILT_ROOT and path.startswith(TEMPLATES)
        return path if beside else self.root_shown_as + path
