"""Files: what the manifest names must exist where CfCT's grep looks, and must not stand where CfCT writes its own."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from generator.cfct.document import Node
from generator.cfct.file_check import extract, is_downloaded, is_remote, is_validated_parameters, is_validated_template
from generator.cfct.manifest import Manifest, Resource
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.errors import Where
from generator.package.files import MANIFEST

_URL_SCHEMES = ("s3://", "https://", "http://")
_FILE_KEYS = ("resource_file", "parameter_file")
_ANY_FILE_KEY = "_file:"
_SECOND_PLACE = "custom-control-tower-configuration/"
_OVERWRITTEN_FOLDERS = ("cfct/", "codebuild_scripts/", "original/", "add-on-manifests/")
_OVERWRITTEN_FILES = frozenset(
    {
        "execute_stage_scripts.sh",
        "find_replace.py",
        "install_stage_dependencies.sh",
        "merge_baseline_template_parameter.py",
        "merge_directories.sh",
        "merge_manifest.py",
        "merge_report.txt",
        "run-validation.sh",
        "state_machine_trigger.py",
    }
)
"""CfCT unpacks its code over the package and copies `codebuild_scripts/*` to the root (template, line 701)."""

GREP_SAFE = Rule(
    "CT004",
    Level.ERROR,
    "CfCT's grep finds each path as it is meant",
    "the build stage does not read the manifest for this check: it takes the third word of every line that holds `_file:`, so quotes, "
    "an entry that begins with `resource_file`, or such a word in a description make it look for a file that does not exist",
    "write `name` first in each entry, and each path bare on a line of its own",
    cfct("run-validation.sh 101"),
)
EXISTS = Rule(
    "CT005",
    Level.ERROR,
    "each file that the manifest names is in the package",
    "the build stage fails; a policy's missing file fails the deployment",
    "add the file, or correct the path",
    cfct("run-validation.sh 148"),
)
LOCAL = Rule(
    "CT006",
    Level.ERROR,
    "a path in the package does not begin with `s3` or `http`",
    "CfCT takes it for a remote file and tries to download it",
    "rename the folder",
    cfct("run-validation.sh 104-131, stage_to_s3.py 50-52"),
)
PLAIN_NAMES = Rule(
    "CT007",
    Level.ERROR,
    "file names under `templates/` and `parameters/` and in the manifest hold no blanks",
    "CfCT's shell loops split names at blanks and look for files that do not exist",
    "rename the file",
    cfct("run-validation.sh 102, 161 and 201"),
)
ONLY_TEMPLATES = Rule(
    "CT008",
    Level.ERROR,
    "`templates/` holds CloudFormation templates only",
    "CfCT validates every file there whose name ends in `template`, `yaml`, `yml` or `json`, referenced or not, and stops on what is no template",
    "move the file out of `templates/`",
    cfct("run-validation.sh 161-195"),
)
NOT_RESERVED = Rule(
    "CT009",
    Level.ERROR,
    "no file stands where CfCT puts its own",
    "CfCT unpacks its scripts over the package before it reads it, so the file is overwritten or runs in place of CfCT's",
    "rename the file or folder",
    cfct("template 701"),
)
NO_ADD_ON = Rule(
    "CT010",
    Level.WARNING,
    "the package does not rely on `add-on/`",
    "CfCT merges add-on manifests by the keys of version 2020-01-01, so `resources` of an add-on are dropped",
    "put the entries into the package's own manifest",
    cfct("merge_manifest.py 80-103"),
)


ONE_MANIFEST = Rule(
    "CT064",
    Level.WARNING,
    "the package has one manifest",
    f"CfCT takes `{MANIFEST}` at the root and does not look into `{_SECOND_PLACE}`, so what stands there is never deployed",
    "remove one of the two",
    cfct("template 701"),
)


def _grep_unsafe(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    if manifest is None:
        return
    meant = {(node.line, node.text) for _, node in _named(manifest)}
    lines = {node.line: node.text for _, node in _named(manifest)}
    empty = {
        node.line for resource in manifest.resources for key in _FILE_KEYS if (node := resource.node.get(key)) and node.data == ""
    }
    text = subject.files.files[MANIFEST].decode("utf-8", errors="replace")
    for found in extract(text):
        if (found.line, found.word) in meant or posixpath.normpath(found.word) in subject.files.files:
            continue
        where = Where(manifest.path, found.line)
        if found.line in empty:
            yield Objection(where, f"CfCT looks for a file called `{found.word}`", "remove the empty key")
        elif found.line not in lines:
            yield Objection(
                where, f"CfCT takes `{found.word}` on this line for a file, because the line holds `_file:`", "reword the line"
            )
        elif found.word.endswith(_ANY_FILE_KEY):
            yield Objection(
                where,
                f"CfCT looks for a file called `{found.word}`, because `-` is the first word of the line",
                "write `name` first in the entry",
            )
        elif " " not in lines[found.line]:
            yield Objection(
                where,
                f"CfCT looks for a file called `{found.word}`, not `{lines[found.line]}`",
                "write the path without quotes or braces",
            )


def _missing(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    if manifest is None:
        return
    for key, node in _named(manifest):
        path = node.text
        is_url = path.lower().startswith(_URL_SCHEMES)
        if not path or (is_url and is_downloaded(path)) or posixpath.normpath(path) in subject.files.files:
            continue
        where = Where(manifest.path, node.line, node.column)
        if is_url:
            message = f"CfCT's build stage looks for `{path}` in the package, because it does not begin in lower case"
            yield Objection(where, message, f"write `{_lower_scheme(path)}`")
        else:
            yield Objection(where, f"`{key}` names `{path}`, which is not in the package")


def _lower_scheme(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return scheme.lower() + separator + rest


def _taken_for_remote(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for _, node in _named(manifest) if manifest else ():
        if manifest and is_remote(node.text) and not node.text.lower().startswith(_URL_SCHEMES):
            yield Objection(Where(manifest.path, node.line, node.column), f"CfCT takes `{node.text}` for a remote file")


def _blanks(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for _, node in _named(manifest) if manifest else ():
        if manifest and any(character.isspace() for character in node.text):
            yield Objection(Where(manifest.path, node.line, node.column), f"the path `{node.text}` holds a blank")
    for path in subject.files.files:
        if _is_listed(path) and any(character.isspace() for character in path):
            yield Objection(Where(subject.files.shown(path)), f"the name `{path}` holds a blank")


def _is_listed(path: str) -> bool:
    """Whether one of CfCT's shell loops goes over the file (run-validation.sh 161, 176 and 201)."""
    return is_validated_parameters(path) or is_validated_template(path)


def _two_manifests(subject: Subject) -> Iterator[Objection]:
    second = _SECOND_PLACE + MANIFEST
    if not subject.files.root_shown_as and MANIFEST in subject.files.files and second in subject.files.files:
        yield Objection(Where(second), f"CfCT reads `{MANIFEST}` at the root and never this one")


def _no_template(subject: Subject) -> Iterator[Objection]:
    for path, document in subject.templates.items():
        root = document.root
        if root is not None and not (isinstance(root.data, dict) and "Resources" in root.data):
            yield Objection(
                Where(subject.files.shown(path), root.line, root.column),
                "this is no CloudFormation template: it has no `Resources`",
            )


def _reserved(subject: Subject) -> Iterator[Objection]:
    for path in subject.files.files:
        if path.startswith(_OVERWRITTEN_FOLDERS) or path in _OVERWRITTEN_FILES:
            yield Objection(Where(subject.files.shown(path)), f"`{path}` is a path that CfCT uses itself")


def _add_on(subject: Subject) -> Iterator[Objection]:
    for path in subject.files.files:
        if path.startswith("add-on/") and "manifest" in posixpath.basename(path):
            yield Objection(Where(subject.files.shown(path)), f"CfCT reads `{path}` with the keys of the old manifest version")


def _named(manifest: Manifest) -> Iterator[tuple[str, Node]]:
    for resource in manifest.resources:
        yield from _files_of(resource)


def _files_of(resource: Resource) -> Iterator[tuple[str, Node]]:
    for key in _FILE_KEYS:
        node = resource.node.get(key)
        if node is not None and isinstance(node.data, str) and node.text:
            yield resource.written(key), node


CHECKS = (
    Check(GREP_SAFE, _grep_unsafe),
    Check(EXISTS, _missing),
    Check(LOCAL, _taken_for_remote),
    Check(PLAIN_NAMES, _blanks),
    Check(ONLY_TEMPLATES, _no_template),
    Check(NOT_RESERVED, _reserved),
    Check(NO_ADD_ON, _add_on),
    Check(ONE_MANIFEST, _two_manifests),
)
