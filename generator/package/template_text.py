"""A template as YAML, for reviewers: short forms, keys in alphabetical order, texts of several lines as they are.

The same template always gives the same bytes, with libyaml and without.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml
from yaml.nodes import Node

_TEXT, _MAP = "tag:yaml.org,2002:str", "tag:yaml.org,2002:map"
_SHORT_ONLY = frozenset({"Condition", "Ref"})
"""Functions whose short form has their whole name; the others begin with `Fn::`
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html)."""

_LIKE_A_NUMBER = re.compile(r"[-+.]?[0-9][-+.:_0-9a-fox]*|[yn]", re.IGNORECASE)
"""What some version of YAML reads as a number, a date or a truth: an account id above all."""

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
    style = "'" if _LIKE_A_NUMBER.fullmatch(value) else None
    return dumper.represent_scalar(_TEXT, value, "|" if "\n" in value else style)


def _mapping(dumper: yaml.SafeDumper, value: dict[str, object]) -> Node:
    (name, argument), *more = value.items() or (("", None),)
    if more or not (name in _SHORT_ONLY or name.startswith("Fn::")):
        return dumper.represent_mapping(_MAP, value)
    tag = f"!{name.removeprefix('Fn::')}"
    match argument:
        case list() if tag != "!GetAtt":
            return dumper.represent_sequence(tag, argument)
        case dict():
            return dumper.represent_mapping(tag, argument)
        case _:
            text = ".".join(argument) if isinstance(argument, list) else str(argument)
            # libyaml and PyYAML disagree on whether a text after a tag needs quotes
            return dumper.represent_scalar(tag, text, "|" if "\n" in text else "'")
