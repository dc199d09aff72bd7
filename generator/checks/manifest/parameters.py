"""Parameters: what CfCT loses or changes between the manifest and CloudFormation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from generator.aws.quotas import PARAMETER_VALUE
from generator.cfct.document import Node, Style, read
from generator.cfct.file_check import is_remote
from generator.cfct.manifest import Manifest, Resource
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.errors import Where

_HELPER = re.compile(r"alfred_ssm_.+|alfred_genkeypair.*|alfred_genpass_\d+|alfred_genaz_\d+")
"""The helpers that CfCT knows (cfn_params_handler.py 286-298)."""

_HANDLER = cfct("cfn_params_handler.py 238-300")

ONE_SOURCE = Rule(
    "CT040",
    Level.ERROR,
    "an entry has `parameters` or `parameter_file`, not both",
    "with both CfCT takes neither, and deploys with no parameters and without an error",
    "keep one of the two",
    cfct("manifest_parser.py 463-472"),
)
READABLE_FILE = Rule(
    "CT041",
    Level.ERROR,
    "a parameter file is a JSON list of `ParameterKey` and `ParameterValue`, both text",
    "CfCT's build stage checks that it is JSON and no more; another shape stops the deploy stage with a TypeError",
    'write `[{"ParameterKey": "...", "ParameterValue": "..."}]`',
    cfct("run-validation.sh 201, cfn_params_handler.py 239"),
)
KNOWN_HELPER = Rule(
    "CT042",
    Level.ERROR,
    "a value `$[...]` is a helper that CfCT knows, and the whole value",
    "an unknown helper, or one inside other text, goes to CloudFormation as plain text",
    "use `$[alfred_ssm_<name>]`, `$[alfred_genkeypair]`, `$[alfred_genpass_<n>]` or `$[alfred_genaz_<n>]` as the whole value",
    _HANDLER,
)
NO_COMMA = Rule(
    "CT043",
    Level.WARNING,
    "no parameter value holds a comma",
    "CfCT splits the value at commas, trims the parts and joins them with `,`; and because it then compares a list with text, the stack set "
    "is updated in every run",
    "pass the parts as parameters of their own, or write the value into the template",
    cfct("cfn_params_handler.py 238-240, sm_execution_manager.py 246-249"),
)
DISTINCT_KEYS = Rule(
    "CT044",
    Level.ERROR,
    "no parameter is given twice",
    "CfCT keeps the last one",
    "remove one of the two",
    _HANDLER,
)
SHORT_VALUE = Rule(
    "CT045",
    Level.ERROR,
    f"a parameter value has at most {PARAMETER_VALUE.value:,} bytes",
    "CloudFormation refuses it",
    "shorten the value, or split it into several parameters",
    PARAMETER_VALUE.source,
)


@dataclass(frozen=True)
class _Given:
    """A parameter value as text, and where it stands."""

    key: str
    value: str
    where: Where


def _both(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        if manifest and resource.parameters and resource.parameter_file:
            yield Objection(manifest.where(resource.place("parameter_file")), f"`{resource.name}` has both `parameters` and `parameter_file`")


def _bad_file(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for path in sorted({resource.parameter_file for resource in manifest.resources if _is_here(subject, resource)}) if manifest else ():
        shown = subject.files.shown(path)
        document = read(subject.files.files[path], shown, Style.MANIFEST)
        if document.root is None:
            yield from (Objection(problem.where or Where(shown), problem.problem, problem.remedy) for problem in document.problems)
            continue
        try:
            json.loads(subject.files.files[path])
        except ValueError as error:
            line, column = (error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (0, 0)
            yield Objection(Where(shown, line, column), f"`{path}` is not JSON")
            continue
        yield from _misshaped(document.root, shown)


def _misshaped(root: Node, shown: str) -> Iterator[Objection]:
    if not isinstance(root.data, list):
        yield Objection(Where(shown, root.line, root.column), "the parameters are no list")
        return
    for item in root.children.values():
        if not isinstance(item.data, dict):
            yield Objection(Where(shown, item.line, item.column), "this parameter is no mapping")
            continue
        for key in ("ParameterKey", "ParameterValue"):
            node = item.get(key)
            if node is None:
                yield Objection(Where(shown, item.line, item.column), f"`{key}` is missing")
            elif not isinstance(node.data, str):
                yield Objection(Where(shown, node.line, node.column), f"`{key}` is not text", "put the value in quotes")


def _unknown_helper(subject: Subject) -> Iterator[Objection]:
    for given in _values(subject):
        if "$[" not in given.value:
            continue
        if not (given.value.startswith("$[") and given.value.endswith("]")):
            yield Objection(given.where, f"`{given.value}` is more than the helper, so CfCT leaves it as it stands")
        elif not _HELPER.fullmatch(given.value[2:-1]):
            yield Objection(given.where, f"CfCT knows no helper `{given.value[2:-1]}`")


def _comma(subject: Subject) -> Iterator[Objection]:
    for given in _values(subject):
        if "," in given.value:
            changed = ",".join(part.strip() for part in given.value.split(","))
            effect = f"CfCT makes it `{changed}`" if changed != given.value else "the stack set is updated in every run"
            yield Objection(given.where, f"the value of `{given.key}` holds a comma: {effect}")


def _twice(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        given = sorted(_of(subject, manifest, resource), key=lambda each: (each.key, each.where)) if manifest else []
        for one, other in pairwise(given):
            if one.key == other.key:
                yield Objection(other.where, f"the parameter `{other.key}` is already given in line {one.where.line}")


def _long(subject: Subject) -> Iterator[Objection]:
    for given in _values(subject):
        size = len(given.value.encode())
        if size > PARAMETER_VALUE.value:
            yield Objection(given.where, f"the value of `{given.key}` has {size:,} bytes")


def _values(subject: Subject) -> Iterator[_Given]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        if manifest:
            yield from _of(subject, manifest, resource)


def _of(subject: Subject, manifest: Manifest, resource: Resource) -> Iterator[_Given]:
    """Parameters of one entry, from either place; a list in the manifest is `a, b` for CfCT."""
    for index, parameter in enumerate(resource.parameters):
        node = resource.place("parameters", index, "parameter_value")
        value = ", ".join(map(str, parameter.value)) if isinstance(parameter.value, list) else str(parameter.value)
        yield _Given(parameter.key, value, Where(manifest.path, node.line, node.column))
    if not _is_here(subject, resource):
        return
    shown = subject.files.shown(resource.parameter_file)
    root = read(subject.files.files[resource.parameter_file], shown, Style.MANIFEST).root
    for item in root.children.values() if root and isinstance(root.data, list) else ():
        key, value_node = item.get("ParameterKey"), item.get("ParameterValue")
        if key and value_node and isinstance(key.data, str) and isinstance(value_node.data, str):
            yield _Given(key.data, value_node.data, Where(shown, value_node.line, value_node.column))


def _is_here(subject: Subject, resource: Resource) -> bool:
    path = resource.parameter_file
    return bool(path) and path in subject.files.files and not is_remote(path)


CHECKS = (
    Check(ONE_SOURCE, _both),
    Check(READABLE_FILE, _bad_file),
    Check(KNOWN_HELPER, _unknown_helper),
    Check(NO_COMMA, _comma),
    Check(DISTINCT_KEYS, _twice),
    Check(SHORT_VALUE, _long),
)
