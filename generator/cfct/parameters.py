"""Parameters of a stack set as CfCT 2.8.4 turns them: from the manifest or a file, through its helpers, to CloudFormation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from generator.cfct.document import Node, Style, read
from generator.cfct.manifest import Resource
from generator.errors import Where
from generator.package.files import PackageFiles

_SEPARATOR = ","
_REFERENCE = re.compile(r"\$\[(?P<keyword>.*)\]", re.DOTALL)
_SSM = "alfred_ssm_"

Value = str | tuple[str, ...]
"""Text, or the list that a comma makes of it."""


class HelperKind(Enum):
    """What CfCT does with `$[...]` (cfn_params_handler.py 281-300)."""

    SSM = "reads an SSM parameter of the management account, when the stack set's turn comes"
    KEY_PAIR = "makes an EC2 key pair"
    PASSWORD = "makes a password"  # noqa: S105 - what a helper does, and no password
    ZONES = "picks availability zones"
    UNKNOWN = "takes the word between the brackets as it stands"


@dataclass(frozen=True)
class Helper:
    """A value that is `$[...]` as a whole; `keyword` is what stands between the brackets."""

    kind: HelperKind
    keyword: str

    @property
    def ssm_parameter(self) -> str:
        """The SSM parameter that the helper reads; empty for the others."""
        return self.keyword.removeprefix(_SSM) if self.kind is HelperKind.SSM else ""

    @property
    def is_broken(self) -> bool:
        """Whether CfCT stops on it: no name of an SSM parameter, or a number that is none (288-292, 375-379, 405-409)."""
        match self.kind:
            case HelperKind.SSM:
                return not self.ssm_parameter
            case HelperKind.PASSWORD | HelperKind.ZONES:
                number = self.keyword.split("_", 2)[2]
                return bool(number) and not number.isdecimal()
            case HelperKind.KEY_PAIR | HelperKind.UNKNOWN:
                return False


@dataclass(frozen=True)
class Given:
    """A parameter as it is written. `value` is CfCT's text, or the list of a parameter file; `kept` are the kinds of `ssm_parameters`."""

    key: str
    value: Value
    where: Where
    node: Node
    kept: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Foreseen:
    """A parameter on its way to CloudFormation. `value` is what the state machine gets before SSM parameters are looked up."""

    key: str
    value: Value

    @property
    def sent(self) -> str:
        """The text CloudFormation gets: a list joined by commas again (cloudformation.py 146-147 and 280-281)."""
        return self.value if isinstance(self.value, str) else _SEPARATOR.join(self.value)

    @property
    def always_differs(self) -> bool:
        """A list never equals the text that CloudFormation returns, so CfCT updates the stack set every time (sm_execution_manager.py 246-249)."""
        return not isinstance(self.value, str)

    @property
    def ssm_parameters(self) -> tuple[str, ...]:
        """The SSM parameters that must exist when the stack set's turn comes, in order."""
        parts = (self.value,) if isinstance(self.value, str) else self.value
        found = (helper_of(part) for part in parts)
        return tuple(helper.ssm_parameter for helper in found if helper and helper.ssm_parameter)


def text_of(value: object) -> str:
    """What CfCT makes of a YAML value, by the `String` of yorm 1.6.2: 0, null and empty become empty text, a mapping its keys."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case list() | tuple() | dict():
            return ", ".join(map(str, value))
        case _:
            return str(value) if value else ""


def helper_of(value: str) -> Helper | None:
    """The helper that the whole value is; None for other text, which CfCT leaves alone."""
    found = _REFERENCE.fullmatch(value)
    if not found:
        return None
    keyword = found["keyword"]
    for prefix, kind in (
        (_SSM, HelperKind.SSM),
        ("alfred_genkeypair", HelperKind.KEY_PAIR),
        ("alfred_genpass_", HelperKind.PASSWORD),
        ("alfred_genaz_", HelperKind.ZONES),
    ):
        if keyword.startswith(prefix):
            return Helper(kind, keyword)
    return Helper(HelperKind.UNKNOWN, keyword)


def split(value: Value) -> Value:
    """A value with a comma as the list of its trimmed parts (cfn_params_handler.py 238-240)."""
    if isinstance(value, str) and _SEPARATOR in value:
        return tuple(part.strip() for part in value.split(_SEPARATOR))
    return value


def given(resource: Resource, files: PackageFiles, manifest_path: str) -> tuple[Given, ...]:
    """Every parameter that is written for a stack set, in the manifest and in its file, whether CfCT takes it or not."""
    return (*_inline(resource, manifest_path), *_of_file(resource, files))


def foreseen(resource: Resource, files: PackageFiles, manifest_path: str) -> tuple[Foreseen, ...]:
    """The parameters that CfCT takes: none if both ways are used (manifest_parser.py 453-474); of a key given twice the last."""
    if resource.parameters and resource.parameter_file:
        return ()
    values: dict[str, Value] = {}
    for each in given(resource, files, manifest_path):
        values[each.key] = _without_brackets(split(each.value))
    return tuple(Foreseen(key, value) for key, value in values.items())


def _without_brackets(value: Value) -> Value:
    """An unknown helper loses its brackets (cfn_params_handler.py 299-300)."""
    if not isinstance(value, str):
        return tuple(_plain(part) for part in value)
    return _plain(value)


def _plain(value: str) -> str:
    helper = helper_of(value)
    return helper.keyword if helper and helper.kind is HelperKind.UNKNOWN else value


def _inline(resource: Resource, manifest_path: str) -> Iterator[Given]:
    items = (item for item in resource.items("parameters") if item.children)
    for parameter, item in zip(resource.parameters, items, strict=True):
        node = item.at("parameter_value")
        yield Given(parameter.key, text_of(parameter.value), Where(manifest_path, node.line, node.column), node)


def _of_file(resource: Resource, files: PackageFiles) -> Iterator[Given]:
    content = files.files.get(resource.parameters_path)
    if content is None or unreadable(content):
        return
    shown = files.shown(resource.parameters_path)
    root = read(content, shown, Style.JSON).root
    for item in root.children.values() if root and isinstance(root.data, list) else ():
        key, node = item.get("ParameterKey"), item.get("ParameterValue")
        if key is None or node is None or not isinstance(key.data, str):
            continue
        value = value_of_file(node)
        if value is not None:
            yield Given(key.data, value, Where(shown, node.line, node.column), node, _kept(item))


def value_of_file(node: Node) -> Value | None:
    """A parameter file's value: text, or a list of texts, which CfCT takes too (cfn_params_handler.py 241-258); None for what it stops on."""
    if isinstance(node.data, str):
        return node.data
    if isinstance(node.data, list) and all(isinstance(part, str) and part != _SEPARATOR for part in node.data):
        return tuple(node.data)
    return None


def unreadable(content: bytes) -> ValueError | None:
    """Why CfCT cannot read a parameter file as JSON, which it does without asking YAML."""
    try:
        json.loads(content.decode("utf-8"))
    except ValueError as error:
        return error
    except RecursionError:
        return ValueError("it nests too deeply")
    return None


def _kept(item: Node) -> frozenset[str]:
    """What `ssm_parameters` of a helper keep, such as `password` (cfn_params_handler.py 344-352, 382-387, 412-417)."""
    listed = item.get("ssm_parameters")
    found: set[str] = set()
    for each in listed.children.values() if listed and isinstance(listed.data, list) else ():
        data: object = each.data
        if isinstance(data, Mapping) and isinstance(data.get("name"), str) and isinstance(data.get("value"), str):
            found.add(str(data["value"])[2:-1].lower())
    return frozenset(found)
