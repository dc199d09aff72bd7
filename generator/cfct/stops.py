"""Where CfCT 2.8.4 stops: the mistakes on which a deploying stage ends while it builds its inputs, before it starts anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.cfct.document import Style, read
from generator.cfct.executions import StageName
from generator.cfct.manifest import Manifest, Resource
from generator.cfct.parameters import HelperKind, given, helper_of, unreadable, value_of_file
from generator.cfct.staging import StagedFile
from generator.cfct.targets import ROOT, Loss, Resolver, ou_path
from generator.package.files import PackageFiles


@dataclass(frozen=True)
class Stop:
    """Why a stage ends: the entry, and what happens, for people."""

    stage: StageName
    resource: Resource
    reason: str


def stops(manifest: Manifest, files: PackageFiles, resolver: Resolver) -> Iterator[Stop]:
    """Every reason for which a stage would end, in the order of the stages; CfCT itself ends at the first."""
    described = manifest.version_one or any(resource.description is not None for resource in manifest.resources)
    for stage in StageName:
        method = "stack_set" if stage is StageName.STACK_SET else stage.value
        for resource in manifest.resources:
            if resource.deploy_method == method:
                reasons = (
                    _of_stack_set(resource, manifest, files, resolver)
                    if resource.is_stack_set
                    else _of_policy(resource, described=described)
                )
                yield from (Stop(stage, resource, reason) for reason in (*_of_file(resource, files), *reasons))


def _of_file(resource: Resource, files: PackageFiles) -> Iterator[str]:
    """An upload of what is not there fails (stage_to_s3.py 63-77)."""
    if not StagedFile(resource.resource_file).is_remote and resource.file not in files.files:
        yield f"there is no file `{resource.resource_file}` to stage"


def _of_policy(resource: Resource, *, described: bool) -> Iterator[str]:
    """`description` is an attribute of every entry as soon as one entry has it, and of none otherwise (manifest_parser.py 382 and 401).

    An OU's name without a word in it leaves an empty list, whose first item is then asked for (manifest_parser.py 816-835).
    """
    if not described:
        yield "no entry of the manifest has a `description`, which CfCT asks of a policy"
    for name in resource.organizational_units:
        if name != ROOT and not ou_path(name):
            yield f"the OU's name `{name}` is empty"


def _of_stack_set(resource: Resource, manifest: Manifest, files: PackageFiles, resolver: Resolver) -> Iterator[str]:
    for lost in resolver.resolve(resource).lost:
        if lost.loss is Loss.UNKNOWN_NESTED_OU:
            yield f"there is no OU `{lost.value}`, and CfCT does not catch that for a nested one"
    if resource.parameter_file and resource.parameters:
        return
    yield from _of_parameter_file(resource, files)
    for each in given(resource, files, manifest.path):
        for part in (each.value,) if isinstance(each.value, str) else each.value:
            helper = helper_of(part)
            if helper and helper.is_broken:
                yield f"CfCT cannot follow the helper `{helper.keyword}` of `{each.key}`"
            elif helper and helper.kind is HelperKind.PASSWORD and "password" not in each.kept:
                yield f"the password of `{each.key}` has no SSM parameter to be kept in"


def _of_parameter_file(resource: Resource, files: PackageFiles) -> Iterator[str]:
    """CfCT opens it as JSON without a look at its shape (manifest_parser.py 506-518, cfn_params_handler.py 234-241)."""
    path = resource.parameter_file
    if not path or path.lower().startswith("s3://"):
        return
    content = files.files.get(resource.parameters_path)
    if content is None:
        yield f"there is no parameter file `{path}`"
    elif unreadable(content):
        yield f"`{path}` is not JSON"
    else:
        root = read(content, path, Style.JSON).root
        items = tuple(root.children.values()) if root and isinstance(root.data, list) else ()
        nodes = tuple(item.get("ParameterValue") for item in items)
        if (root and not isinstance(root.data, list)) or any(node is None or value_of_file(node) is None for node in nodes):
            yield f"`{path}` is no list of parameters whose values are text"
