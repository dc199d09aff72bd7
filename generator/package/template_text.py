"""A template as YAML, for reviewers: short forms, keys in alphabetical order, texts of several lines as they are.

The same template always gives the same bytes; with libyaml and without, as long as no text has characters beyond Unicode's first plane.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml
from yaml.nodes import Node

_TEXT, _MAP = "tag:yaml.org,2002:str", "tag:yaml.org,2002:map"
_FUNCTIONS = frozenset(
    [
        "And",
        "Base64",
        "Cidr",
        "Equals",
        "FindInMap",
        "GetAZs",
        "GetAtt",
        "If",
        "ImportValue",
        "Join",
        "Length",
        "Not",
        "Or",
        "Select",
        "Split",
        "Sub",
        "ToJsonString",
        "Transform",
    ]
)
"""Those that have a short form, beside `Ref` and `Condition`
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html)."""

_LIKE_A_NUMBER = re.compile(r"[-+]?\.?[0-9][-+.:_0-9a-fox]*|[yn]", re.IGNORECASE)
"""What some version of YAML reads as a number, a date or a truth: an account id above all."""

_ODD = re.compile("[^\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
"""What some version of YAML takes for the end of a line, or does not take as it is."""

_ONE_LINE = 2**31 - 1
"""Characters: no text is folded, so a reader finds each one whole."""

_DUMPER: type[yaml.SafeDumper | yaml.CSafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def template_text(template: Mapping[str, object], dumper: type[yaml.SafeDumper | yaml.CSafeDumper] = _DUMPER) -> str:
    """The text of a template as troposphere's `to_dict` gives it, without a header. `dumper` is libyaml's where PyYAML has it, ten times as fast as its own."""

    class Dumper(dumper):  # type: ignore[misc, valid-type] # a class that is chosen when the program runs
        """Knows what is particular to templates."""

        def ignore_aliases(self, _data: object) -> bool:
            """CloudFormation knows no anchors of its own making; a reader should not have to look for one."""
            return True

    Dumper.add_representer(str, _text)
    Dumper.add_representer(dict, _mapping)
    text: str = yaml.dump(template, Dumper=Dumper, width=_ONE_LINE, allow_unicode=True)
    return text


def _text(dumper: yaml.SafeDumper, value: str) -> Node:
    return dumper.represent_scalar(_TEXT, value, _style(value, "'" if _LIKE_A_NUMBER.fullmatch(value) else None))


def _mapping(dumper: yaml.SafeDumper, value: dict[str, object]) -> Node:
    (name, argument), *more = value.items() or (("", None),)
    tag = None if more else _short(name)
    match argument:
        case str() if tag:
            # libyaml and PyYAML disagree on whether a text after a tag needs quotes
            return dumper.represent_scalar(tag, argument, _style(argument, "'"))
        case [str(resource), str(attribute)] if tag == "!GetAtt":
            return dumper.represent_scalar(tag, f"{resource}.{attribute}", "'")
        case list() if tag and tag.removeprefix("!") in _FUNCTIONS:
            return dumper.represent_sequence(tag, argument)
        case dict() if tag and tag.removeprefix("!") in _FUNCTIONS:
            return dumper.represent_mapping(tag, argument)
        case _:
            return dumper.represent_mapping(_MAP, value)


def _short(name: str) -> str | None:
    """The tag of a function's short form, if the only key of a mapping is a function's name."""
    own = name.removeprefix("Fn::")
    return f"!{own}" if name in {"Condition", "Ref"} or (own != name and own in _FUNCTIONS) else None


def _style(value: str, otherwise: str | None) -> str | None:
    if _ODD.search(value):
        return '"'
    return "|" if "\n" in value else otherwise
