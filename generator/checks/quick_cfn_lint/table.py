"""Which functions of cfn-lint get which form. To import this, cfn-lint must be of a version that `loading` knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from inspect import signature

from generator.checks.quick_cfn_lint import contexts, running, start


@dataclass(frozen=True)
class Replacement:
    """A function or class of cfn-lint: its module, its path there, its parameters (a pattern), and the form that takes its place."""

    module: str
    path: str
    parameters: str
    form: Callable[..., object]

    def fits(self) -> bool:
        """Whether it is there, and is called as it was when the form was written."""
        try:
            found = getattr(self._owner(), self._name)
        except (ImportError, AttributeError):
            return False
        return callable(found) and fnmatchcase(" ".join(signature(found).parameters), self.parameters)

    def replace(self) -> None:
        """Puts the form in its place."""
        owner = self._owner()
        setattr(owner, self._name, self.form(getattr(owner, self._name)))

    def _owner(self) -> object:
        owner: object = import_module(self.module)
        for name in self.path.split(".")[:-1]:
            owner = getattr(owner, name)
        return owner

    @property
    def _name(self) -> str:
        return self.path.split(".")[-1]


_PATTERN = "pattern string flags *"

BY_KEYWORD = Replacement(
    "cfnlint.rules.jsonschema.CfnLint", "CfnLint.cfnLint", "self validator keywords instance schema", running.rules_by_keyword
)
"""cfn-lint loads the file of each rule once more, aside from what is imported: so this is replaced in what it has loaded, too."""

REPLACEMENTS = (
    BY_KEYWORD,
    Replacement(
        "cfnlint.config",
        "ConfigMixIn._get_argument_value",
        "self arg_name is_template is_config_file",
        running.remembered_settings,
    ),
    Replacement("cfnlint.context.context", "Context.evolve", "self kwargs", contexts.evolved_context),
    Replacement("cfnlint.context.context", "Path.descend", "self kwargs", contexts.descended_path),
    Replacement("cfnlint.jsonschema._filter", "FunctionFilter.evolve", "self kwargs", contexts.evolved_filter),
    Replacement("cfnlint.jsonschema.validators", "create", "validators function_filter fn_resolvers", contexts.created_validator),
    Replacement(
        "cfnlint.rules.jsonschema.Base",
        "BaseJsonSchema.extend_validator",
        "self validator schema context validators",
        running.extended_validator,
    ),
    Replacement(
        "cfnlint.rules.jsonschema.CfnLintJsonSchema",
        "CfnLintJsonSchema",
        "keywords schema_details all_matches",
        start.with_later_schema,
    ),
    Replacement("cfnlint.rules.jsonschema.CfnLintJsonSchema", "load_resource", "package filename", start.read_later),
    Replacement("cfnlint.rules._rules", "Rules.run", "self filename cfn config", running.run_rules),
    Replacement("cfnlint.schema.resolver._resolver", "_match_keyword", "keyword", contexts.keyword_matcher),
    Replacement("cfnlint.schema.resolver._resolver", "_search_schema", "schema matcher", contexts.searched_schema),
    Replacement(
        "cfnlint.template.template", "Template._search_deep_keys", "self searchText cfndict path", running.searched_template
    ),
    Replacement("regex", "findall", _PATTERN, running.matched_pattern),
    Replacement("regex", "fullmatch", _PATTERN, running.matched_pattern),
    Replacement("regex", "match", _PATTERN, running.matched_pattern),
    Replacement("regex", "search", _PATTERN, running.matched_pattern),
)
