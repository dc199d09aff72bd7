"""What is put in the place of cfn-lint's functions that run the rules and search in templates and texts.

A form takes cfn-lint's own function, to fall back on it. Each docstring says why the result is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, cast

import regex  # type: ignore[import-untyped]
from cfnlint.jsonschema._utils import Unset
from cfnlint.rules._rule import CloudFormationLintRule
from cfnlint.schema.resolver import RefResolver

if TYPE_CHECKING:
    from cfnlint.config import ConfigMixIn
    from cfnlint.context import Context
    from cfnlint.jsonschema import ValidationError
    from cfnlint.match import Match
    from cfnlint.rules._rules import Rules
    from cfnlint.rules.jsonschema.Base import BaseJsonSchema
    from cfnlint.template.template import Template

    from generator.checks.quick_cfn_lint.contexts import Validator

_BY_KEYWORD = "_rules_by_keyword"
"""Attribute of a rule that has others below it; `run_rules` links rules, so it takes away what was known before."""

_SETTINGS = "_settings_found"
"""Attribute of a configuration: whose settings, the template's and the file's settings as they were, and what was found."""

_NO_SETTINGS: tuple[int, object, object, dict[tuple[str, bool, bool], object]] = (0, None, None, {})


class KeywordRule(Protocol):
    """What is used here of a rule for places in a template, its keywords."""

    id: str
    keywords: Iterable[str]

    def validate(self, validator: Validator, keyword: str, instance: object, schema: object) -> Iterator[ValidationError]:
        """What is wrong with the instance."""


def extended_validator(_original: object) -> Callable[..., Validator]:
    """The same class gets the same values at once, without an empty template and its context that were replaced at once."""

    def extend_validator(
        self: BaseJsonSchema,
        validator: Validator,
        schema: Mapping[str, object],
        context: Context,
        validators: Mapping[str, object] | None = None,
    ) -> Validator:
        kind = validator.extend(validators=self._get_validators() | dict(validators or {}))
        return kind(schema=schema, cfn=validator.cfn, context=context, resolver=RefResolver.from_schema(schema))

    return extend_validator


def rules_by_keyword(_original: object) -> Callable[..., Iterator[ValidationError]]:
    """The same rules are asked in the same order: those of each keyword are looked up, instead of all being compared with it."""

    def by_keyword(rule: CloudFormationLintRule) -> Mapping[str, list[KeywordRule]]:
        known: dict[str, list[KeywordRule]] | None = rule.__dict__.get(_BY_KEYWORD)
        if known is None:
            known = rule.__dict__[_BY_KEYWORD] = {}
            children = cast("Iterable[KeywordRule | None]", rule.child_rules.values())
            for child in (child for child in children if child is not None and child.id):
                for keyword in child.keywords:
                    known.setdefault(keyword, []).append(child)
        return known

    def ask(
        self: CloudFormationLintRule, validator: Validator, keywords: Iterable[str], instance: object, schema: object
    ) -> Iterator[ValidationError]:
        rules = by_keyword(self)
        asked = [(keyword, rule) for keyword in keywords for rule in rules.get(keyword, ())]
        if not asked:
            return
        inner = validator.evolve(function_filter=validator.function_filter.evolve(add_cfn_lint_keyword=False))
        for keyword, rule in asked:
            for error in rule.validate(inner, keyword, instance, schema):
                if error.rule is None and isinstance(error.validator, Unset):
                    error.rule = cast("CloudFormationLintRule", rule)
                yield error

    return ask


def run_rules(_original: object) -> Callable[..., Iterator[Match]]:
    """Left out are the calls of rules that have nothing to say: those without a `match`, and those that are for other types of resources."""

    def run(self: Rules, filename: str | None, cfn: Template, config: ConfigMixIn) -> Iterator[Match]:
        enabled = set(_enabled(self, cfn, config))
        _link(self)
        for name, check, arguments in _checks(self, cfn):
            if name in enabled:
                self.used_rules[name] = self.data[name]
            if check is not None:
                found = self.run_check(check, filename, name, config, enabled, filename, cfn, *arguments)
                yield from self._filter_matches(enabled, found)

    return run


def _enabled(rules: Rules, cfn: Template, config: ConfigMixIn) -> Iterator[str]:
    """The rules that this template's configuration leaves on; all rules are made ready for the template."""
    for name, rule in rules.data.items():
        rule.configure(config.configure_rules.get(name), config.include_experimental)  # type: ignore[no-untyped-call]
        rule.initialize(cfn)
        if rules.is_rule_enabled(name, config):
            yield name


def _link(rules: Rules) -> None:
    """Gives each rule those below it."""
    for name, rule in rules.data.items():
        for child in rule.child_rules:
            if child in rules.data:
                rule.child_rules[child] = rules.data[child]
        for parent in rule.parent_rules:
            if parent in rules.data:
                rules.data[parent].child_rules[name] = rule
    for rule in rules.data.values():
        rule.__dict__.pop(_BY_KEYWORD, None)


def _checks(rules: Rules, cfn: Template) -> Iterator[tuple[str, object, tuple[object, ...]]]:
    """Each rule with its function for the template, or None, and arguments; then with that for the resources that it is for."""
    for name, rule in rules.data.items():
        yield name, rule.matchall if type(rule).match is not CloudFormationLintRule.match else None, ()
    for_resources = [(name, rule) for name, rule in rules.data.items() if rule.resource_property_types]
    for logical_id, resource in cfn.get_resources().items():
        kind, properties = resource.get("Type"), resource.get("Properties")
        if isinstance(kind, str) and isinstance(properties, dict):
            path = ["Resources", logical_id, "Properties"]
            for name, rule in for_resources:
                if kind in rule.resource_property_types:
                    yield name, rule.matchall_resource_properties, (properties, kind, path)


def remembered_settings(original: Callable[..., object]) -> Callable[..., object]:
    """A setting changes with the template's or the file's settings, or, in a copy, with those given; each rule asks for six."""

    def find(self: ConfigMixIn, arg_name: str, is_template: bool, is_config_file: bool) -> object:
        template, file = self.template_args, self.file_args
        whose, of_template, of_file, found = self.__dict__.get(_SETTINGS, _NO_SETTINGS)
        if whose != id(self) or of_template is not template or of_file is not file:
            found = {}
            self.__dict__[_SETTINGS] = id(self), template, file, found
        setting = arg_name, is_template, is_config_file
        if setting not in found:
            found[setting] = original(self, *setting)
        return found[setting]

    return find


def searched_template(original: Callable[..., list[list[object]]]) -> Callable[..., list[list[object]]]:
    """The same keys are found in the same order; a path is only copied where something is inside."""

    def search(self: Template, text: object, inside: object, path: list[object]) -> list[list[object]]:
        if not isinstance(text, str):
            return original(self, text, inside, path)
        found: list[list[object]] = []
        _search(text, inside, path, found)
        return found

    return search


def _search(text: str, inside: object, path: list[object], found: list[list[object]]) -> None:
    if isinstance(inside, dict):
        for key, value in inside.items():
            if key == text:
                found.append([*path, key, value])
            if isinstance(value, dict | list):
                _search(text, value, [*path, key], found)
    elif isinstance(inside, list):
        for index, value in enumerate(inside):
            if isinstance(value, dict | list):
                _search(text, value, [*path, index], found)


def matched_pattern(original: Callable[..., object]) -> Callable[..., object]:
    """A pattern is compiled in the same way each time; `regex` looks that up in three tables at each call."""

    @lru_cache(maxsize=2_000)
    def compiled(pattern: object) -> Callable[[object], object]:
        found: Callable[[object], object] = getattr(regex.compile(pattern), original.__name__)
        return found

    def match(pattern: object, string: object, *rest: object, **more: object) -> object:
        return original(pattern, string, *rest, **more) if rest or more else compiled(pattern)(string)

    return match
