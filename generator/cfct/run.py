"""The twin: everything that CfCT 2.8.4 would do with a package in an organization, in its order, as values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from generator.cfct.executions import (
    SECONDS_APART,
    Attachment,
    ForeseenExport,
    PolicyExecution,
    StackSetExecution,
    StageName,
)
from generator.cfct.in_force import Attachments, attach
from generator.cfct.manifest import Manifest, Resource, parse
from generator.cfct.parameters import foreseen, helper_of
from generator.cfct.staging import StagedFile, minified
from generator.cfct.stops import Stop, stops
from generator.cfct.targets import ROOT, Resolver, ou_path
from generator.landing_zone.organization import Organization
from generator.package.files import PackageFiles


@dataclass(frozen=True)
class Run:
    """What is foreseen. The executions stand as CfCT would start them if nothing stopped it; `started` heeds the stops.

    `deletes_others` says that CfCT first deletes every stack set of its own that the manifest does not name, in any order
    (manifest_parser.py 298-309, cloudformation.py 385-446).
    """

    organization: Organization
    policies: tuple[PolicyExecution, ...]
    stack_sets: tuple[StackSetExecution, ...]
    stops: tuple[Stop, ...]
    deletes_others: bool

    @property
    def started(self) -> tuple[PolicyExecution | StackSetExecution, ...]:
        """What CfCT really starts: it builds every input of a stage before it starts the first, and runs no stage after one that failed."""
        stopped = {stop.stage for stop in self.stops}
        found: list[PolicyExecution | StackSetExecution] = []
        for stage in StageName:
            if stage in stopped:
                break
            found.extend(self.of(stage))
        return tuple(found)

    def of(self, stage: StageName) -> tuple[PolicyExecution, ...] | tuple[StackSetExecution, ...]:
        """The executions of one stage, in the manifest's order."""
        if stage is StageName.STACK_SET:
            return self.stack_sets
        return tuple(policy for policy in self.policies if policy.stage is stage)

    @cached_property
    def attachments(self) -> Attachments:
        """Which policies are where once every policy is in place."""
        return attach(self.policies, self.organization)


def foresee(files: PackageFiles, organization: Organization) -> Run | None:
    """What CfCT would do; None when it cannot read the manifest, which its build stage says first."""
    manifest = parse(files).manifest
    return foresee_manifest(manifest, files, Resolver(organization)) if manifest else None


def foresee_manifest(manifest: Manifest, files: PackageFiles, resolver: Resolver) -> Run:
    """As `foresee`, for a manifest that is read already and an organization that is indexed."""
    policies = (
        *_policies(manifest, files, resolver, StageName.SCP),
        *_policies(manifest, files, resolver, StageName.RCP),
    )
    stack_sets = tuple(
        _stack_set(resource, manifest, files, resolver) for resource in manifest.resources if resource.is_stack_set
    )
    return Run(
        resolver.organization, policies, stack_sets, tuple(stops(manifest, files, resolver)), manifest.enable_stack_set_deletion
    )


def _policies(manifest: Manifest, files: PackageFiles, resolver: Resolver, stage: StageName) -> Iterator[PolicyExecution]:
    of_stage = (resource for resource in manifest.resources if resource.deploy_method == stage.value)
    for index, resource in enumerate(of_stage):
        file = _staged(resource, files)
        yield PolicyExecution(
            stage,
            resource.name,
            resource.description or "",
            file,
            _document(file),
            _attachments(resource, resolver),
            index * SECONDS_APART,
            resolver.resolve(resource).lost,
            resource,
        )


def _attachments(resource: Resource, resolver: Resolver) -> tuple[Attachment, ...]:
    """The targets by the manifest's own names, which CfCT puts into the input too (get_final_ou_list, manifest_parser.py 767-787)."""
    found: dict[str, Attachment] = {}
    for name in resource.organizational_units:
        target = resolver.organization.root_id if name == ROOT else resolver.unit(ou_path(name))
        if target is not None:
            found.setdefault(name, Attachment(name, target))
    return tuple(sorted(found.values(), key=lambda each: (each.id, each.name)))


def _stack_set(resource: Resource, manifest: Manifest, files: PackageFiles, resolver: Resolver) -> StackSetExecution:
    resolution = resolver.resolve(resource)
    one = resolution.accounts[0] if len(resolution.accounts) == 1 else None
    return StackSetExecution(
        resource.name,
        _staged(resource, files),
        foreseen(resource, files, manifest.path),
        resolution.accounts,
        resolution.regions,
        tuple(
            ForeseenExport(export.name, _keyword(export.value), one, resolution.regions[0], len(resolution.accounts) > 1)
            for export in resource.exports
        ),
        resolution.lost,
        resource,
    )


def _keyword(value: str) -> str:
    """`$[output_Key]` is an unknown helper to the parser, so its brackets go (manifest_parser.py 520-528, cfn_params_handler.py 299-300)."""
    helper = helper_of(value)
    return helper.keyword if helper else value


def _staged(resource: Resource, files: PackageFiles) -> StagedFile:
    return StagedFile(resource.resource_file, files.files.get(resource.file))


def _document(file: StagedFile) -> str | None:
    if file.is_remote or file.content is None:
        return None
    try:
        return minified(file.content.decode("utf-8"))
    except UnicodeDecodeError:
        return None
