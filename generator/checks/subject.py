"""What is judged: the package, read once, with what is known of the organization."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar, cast

from generator.aws.names import Region
from generator.aws.quotas import QuotaProfile
from generator.cfct.document import Document, Style, read
from generator.cfct.file_check import is_validated_template
from generator.cfct.manifest import Manifest, ManifestReading, parse
from generator.cfct.targets import Resolver
from generator.landing_zone.organization import Organization
from generator.package.files import PackageFiles

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Subject:
    """One package. Everything derived is read once, when a judge first asks for it."""

    files: PackageFiles
    organization: Organization | None
    profile: QuotaProfile
    previous: PackageFiles | None = None
    """The package as it was, where the caller knows it."""

    def once(self, make: Callable[[Subject], _Made]) -> _Made:
        """What a judge works out of the package, worked out once however many of its rules ask for it."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("_Made", self._made[make])

    @cached_property
    def _made(self) -> dict[object, object]:
        return {}

    @cached_property
    def reading(self) -> ManifestReading:
        """The manifest and its problems."""
        return parse(self.files)

    @property
    def manifest(self) -> Manifest | None:
        """The manifest, if it can be read."""
        return self.reading.manifest

    @cached_property
    def resolver(self) -> Resolver | None:
        """Finds targets; None without an organization."""
        return Resolver(self.organization) if self.organization else None

    @cached_property
    def template_paths(self) -> tuple[str, ...]:
        """Every template of the package: below `templates/` whether referenced or not, and what stack sets refer to elsewhere."""
        below = {path for path in self.files.files if is_validated_template(path)}
        resources = self.manifest.resources if self.manifest else ()
        named = {resource.file for resource in resources if resource.is_stack_set and resource.file in self.files.files}
        return tuple(sorted(below | named))

    @cached_property
    def templates(self) -> Mapping[str, Document]:
        """Every template read, by path."""
        return MappingProxyType(
            {path: read(self.files.files[path], self.files.shown(path), Style.TEMPLATE) for path in self.template_paths}
        )

    @cached_property
    def policy_paths(self) -> tuple[str, ...]:
        """Every policy file of the package that the manifest names."""
        resources = self.manifest.resources if self.manifest else ()
        return tuple(sorted({resource.file for resource in resources if resource.is_policy} & self.files.files.keys()))

    def target_regions(self, path: str) -> tuple[Region, ...]:
        """The regions a template is deployed to: of every stack set that uses it, else the governed ones, else the manifest's."""
        manifest = self.manifest
        resources = manifest.resources if manifest else ()
        used = {
            region
            for resource in resources
            if resource.is_stack_set and resource.file == path
            for region in resource.target_regions
            if region
        }
        if used:
            return tuple(sorted(used))
        if self.organization:
            return self.organization.governed_regions
        return (manifest.region,) if manifest and manifest.region else ()
