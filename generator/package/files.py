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

    `root_shown_as` is where the files outside `templates/` stand in the folder that the user looks at: `manifest/` in a built
    tree, empty in a package folder or a zip. Findings name the path that the user can open.
    """

    files: Mapping[str, bytes]
    root_shown_as: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", MappingProxyType(dict(sorted(self.files.items()))))

    def shown(self, path: str) -> str:
        """The path under which the user finds `path`."""
        return path if path.startswith(TEMPLATES) else self.root_shown_as + path
