"""Parameters: what CfCT loses or changes between the manifest and CloudFormation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from generator.aws.quotas import PARAMETER_VALUE
from generator.cfct.document import Node, Style, read
from generator.cfct.file_check import is_remote, is_validated_parameters
from generator.cfct.manifest import Manifest, Resource
from generator.cfct.parameters import Foreseen, Given, HelperKind, given, helper_of, split, value_of_file
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.errors import Where

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
KEPT_PASSWORD = Rule(
    "CT062",
    Level.ERROR,
    "`$[alfred_genpass_<n>]` has an SSM parameter to keep the password in",
    "CfCT puts the parameter's name into the value before it looks whether there is one, and the stage stops with a TypeError",
    'use a parameter file, with `"ssm_parameters": [{"name": "<name>", "value": "$[Password]"}]` beside the value',
    cfct("cfn_params_handler.py 178-189 and 381-388"),
)
KEPT_CHOICE = Rule(
    "CT063",
    Level.WARNING,
    "a key pair or availability zones that CfCT chooses are kept in an SSM parameter",
    "CfCT chooses anew in every run, so the stack set is updated to other values each time",
    'use a parameter file, with `"ssm_parameters": [{"name": "<name>", "value": "$[AZ]"}]` (or `$[KeyName]`) beside the value',
    cfct("cfn_params_handler.py 64-106, 129-134, 344-359 and 411-418"),
)

_KEPT_AS = {HelperKind.ZONES: "az", HelperKind.KEY_PAIR: "keyname"}


def _both(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        if manifest and resource.parameters and resource.parameter_file:
            yield Objection(
                manifest.where(resource.place("parameter_file")), f"`{resource.name}` has both `parameters` and `parameter_file`"
            )


def _bad_file(subject: Subject) -> Iterator[Objection]:
    """Files that a stack set names, and all others below `parameters/`, which CfCT parses too (run-validation.sh 199-209)."""
    manifest = subject.manifest
    named = {resource.parameters_path for resource in manifest.resources if _is_here(subject, resource)} if manifest else set()
    below = {path for path in subject.files.files if is_validated_parameters(path)}
    for path in sorted(named | below):
        shown = subject.files.shown(path)
        document = read(subject.files.files[path], shown, Style.JSON)
        if document.root is None:
            yield from (
                Objection(problem.where or Where(shown), problem.problem, problem.remedy) for problem in document.problems
            )
        elif path in named:
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
            elif not isinstance(node.data, str) and (key == "ParameterKey" or value_of_file(node) is None):
                yield Objection(Where(shown, node.line, node.column), f"`{key}` is not text", "put the value in quotes")


def _unknown_helper(subject: Subject) -> Iterator[Objection]:
    for each in _values(subject):
        for part in _parts(each):
            helper = helper_of(part)
            if helper is None:
                if "$[" in part:
                    yield Objection(each.where, f"`{part}` is more than the helper, so CfCT leaves it as it stands")
            elif helper.kind is HelperKind.UNKNOWN:
                yield Objection(each.where, f"CfCT knows no helper `{helper.keyword}`")
            elif helper.is_broken:
                yield Objection(
                    each.where, f"CfCT stops on the helper `{helper.keyword}`", "write the number or the name that it needs"
                )


def _parts(each: Given) -> tuple[str, ...]:
    value = split(each.value)
    return (value,) if isinstance(value, str) else value


def _comma(subject: Subject) -> Iterator[Objection]:
    for each in _values(subject):
        sent = Foreseen(each.key, split(each.value))
        if not sent.always_differs:
            continue
        same = not isinstance(each.value, str) or sent.sent == each.value
        effect = "the stack set is updated in every run" if same else f"CfCT makes it `{sent.sent}`"
        what = "holds a comma" if isinstance(each.value, str) else "is a list"
        yield Objection(each.where, f"the value of `{each.key}` {what}: {effect}")


def _twice(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        ordered = (
            sorted(_of(subject, manifest, resource), key=lambda each: (each.where.path, each.key, each.where)) if manifest else []
        )
        for one, other in pairwise(ordered):
            # once in the manifest and once in the file is CT040's: CfCT then takes neither
            if (one.where.path, one.key) == (other.where.path, other.key):
                yield Objection(other.where, f"the parameter `{other.key}` is already given in line {one.where.line}")


def _long(subject: Subject) -> Iterator[Objection]:
    for each in _values(subject):
        size = len(Foreseen(each.key, each.value).sent.encode())
        if size > PARAMETER_VALUE.value:
            yield Objection(each.where, f"the value of `{each.key}` has {size:,} bytes")


def _unkept_password(subject: Subject) -> Iterator[Objection]:
    for each in _values(subject):
        if any(_kind(part) is HelperKind.PASSWORD for part in _parts(each)) and "password" not in each.kept:
            yield Objection(each.where, f"the password of `{each.key}` has no SSM parameter to be kept in")


def _unkept_choice(subject: Subject) -> Iterator[Objection]:
    for each in _values(subject):
        for part in _parts(each):
            kind = _kind(part)
            if kind in _KEPT_AS and _KEPT_AS[kind] not in each.kept:
                yield Objection(each.where, f"CfCT {kind.value} for `{each.key}` anew in every run")


def _kind(part: str) -> HelperKind | None:
    helper = helper_of(part)
    return helper.kind if helper else None


def _values(subject: Subject) -> Iterator[Given]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        if manifest:
            yield from _of(subject, manifest, resource)


def _of(subject: Subject, manifest: Manifest, resource: Resource) -> tuple[Given, ...]:
    return given(resource, subject.files, manifest.path)


def _is_here(subject: Subject, resource: Resource) -> bool:
    path = resource.parameters_path
    return bool(path) and path in subject.files.files and not is_remote(path)


CHECKS = (
    Check(ONE_SOURCE, _both),
    Check(READABLE_FILE, _bad_file),
    Check(KNOWN_HELPER, _unknown_helper),
    Check(NO_COMMA, _comma),
    Check(DISTINCT_KEYS, _twice),
    Check(SHORT_VALUE, _long),
    Check(KEPT_PASSWORD, _unkept_password),
    Check(KEPT_CHOICE, _unkept_choice),
)
