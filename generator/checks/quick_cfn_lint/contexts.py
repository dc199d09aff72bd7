"""What is put in the place of cfn-lint's functions for schemas and contexts, which make the same values again and again.

A form takes cfn-lint's own function, to fall back on it. Each docstring says why the result is the same. What is remembered by identity
is kept alive, so no identity is used twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeVar

from cfnlint.context.context import Context, Path
from cfnlint.helpers import FUNCTIONS
from cfnlint.jsonschema._filter import FunctionFilter

if TYPE_CHECKING:
    from cfnlint.template.template import Template

Found = TypeVar("Found")
Made = TypeVar("Made")
Matcher = Callable[[object], Iterator[object]]

_SCHEMAS = 2_000
"""How many are kept. A package needs some hundred; a rule that makes one for each thing it looks at must not fill the memory."""


class Validator(Protocol):
    """What is used here of the classes that cfn-lint makes."""

    context: Context
    function_filter: FunctionFilter
    cfn: Template

    def evolve(self, **changes: object) -> Validator:
        """The same with these changes."""

    def extend(self, validators: Mapping[str, object]) -> Callable[..., Validator]:
        """The class that knows these keywords, too."""

    def is_type(self, instance: object, type: str) -> bool:  # noqa: A002 # cfn-lint calls it so
        """Whether it is of this type of JSON Schema."""


def evolved_context(original: Callable[..., Context]) -> Callable[..., Context]:
    """The same fields get the same values. A context is never changed, so one without a change is the same one."""
    plain = frozenset(Context.__dataclass_fields__) - {"ref_values"}

    def evolve(self: Context, **changes: object) -> Context:
        if not changes.keys() <= plain:
            return original(self, **changes)
        old = self.__dict__
        if all(old[name] is value for name, value in changes.items()):
            return self
        state = old | changes
        state.pop("module_names", None)  # found out of the resources, which may be others now
        return _made(Context, state)

    return evolve


def descended_path(original: Callable[..., Path]) -> Callable[..., Path]:
    """The same steps are added to the same ends; what is no step of a path goes to cfn-lint's own."""

    def descend(self: Path, **steps: object) -> Path:
        step = steps.get("cfn_path")
        if not steps.keys() <= self.__dict__.keys() or step in FUNCTIONS or isinstance(step, int):
            return original(self, **steps)
        added = {name: self.__dict__[name] + deque([step]) for name, step in steps.items() if step is not None}
        return _made(Path, self.__dict__ | added) if added else self

    return descend


def _made(kind: type[Made], state: dict[str, object]) -> Made:
    """An object with these attributes, made without a call of its `__init__`."""
    made = object.__new__(kind)
    object.__setattr__(made, "__dict__", state)
    return made


def evolved_filter(original: Callable[..., FunctionFilter]) -> Callable[..., FunctionFilter]:
    """A filter is never changed, so everyone who asks for the same one can have the same object."""

    @lru_cache(maxsize=64)
    def remembered(add: bool, validate: bool, changes: tuple[tuple[str, bool], ...]) -> FunctionFilter:
        return original(FunctionFilter(add, validate), **dict(changes))

    def evolve(self: FunctionFilter, **changes: bool) -> FunctionFilter:
        return remembered(self.add_cfn_lint_keyword, self.validate_dynamic_references, tuple(changes.items()))

    return evolve


def created_validator(original: Callable[..., type[Validator]]) -> Callable[..., type[Validator]]:
    """A class is made of these three values and nothing else, and nobody changes one."""

    @lru_cache(maxsize=256)
    def remembered(
        validators: tuple[tuple[str, object], ...], add: bool, validate: bool, resolvers: tuple[tuple[str, object], ...]
    ) -> type[Validator]:
        return _quick(original(dict(validators), FunctionFilter(add, validate), dict(resolvers)))

    def create(
        validators: Mapping[str, object] | None = None,
        function_filter: FunctionFilter | None = None,
        fn_resolvers: Mapping[str, object] | None = None,
    ) -> type[Validator]:
        chosen = function_filter or FunctionFilter()
        return remembered(
            tuple((validators or {}).items()),
            chosen.add_cfn_lint_keyword,
            chosen.validate_dynamic_references,
            tuple((fn_resolvers or {}).items()),
        )

    return create


def _quick(kind: type[Validator]) -> type[Validator]:
    """The same fields get the same values: those of `__init__` from the old object, the others from the class."""
    original = kind.evolve
    fields = kind.__dataclass_fields__  # type: ignore[attr-defined]
    given = frozenset(name for name, field in fields.items() if field.init)
    made = {name: field.default_factory() for name, field in fields.items() if not field.init}

    def evolve(self: Validator, **changes: object) -> Validator:
        if not changes.keys() <= given or changes.get("context", given) is None or changes.get("resolver", given) is None:
            return original(self, **changes)
        return _made(kind, self.__dict__ | made | changes)

    checker = made["_type_checker"]
    original_is_type = kind.is_type

    def is_type(self: Validator, instance: object, type: str) -> bool:  # noqa: A002 # cfn-lint calls it so
        check: Callable[[object, object], bool] | None = checker.type_checkers.get(type)
        return check(checker, instance) if check else original_is_type(self, instance, type)

    kind.evolve, kind.is_type = evolve, is_type  # type: ignore[method-assign]
    return kind


def searched_schema(original: Callable[..., Iterator[Found]]) -> Callable[..., Iterable[Found]]:
    """What is searched for, ids, no rule adds to a schema or takes from it; all of it is found at once instead of when it is asked for."""
    remembered: dict[tuple[int, object], tuple[object, tuple[Found, ...]]] = {}

    def search(schema: object, matcher: Callable[[object], Iterable[Found]]) -> Iterable[Found]:
        key = id(schema), matcher
        if key not in remembered:
            if len(remembered) >= _SCHEMAS:
                remembered.clear()
            remembered[key] = schema, tuple(original(schema, matcher))
        return remembered[key][1]

    return search


def keyword_matcher(original: Callable[[str], Matcher]) -> Callable[[str], Matcher]:
    """A matcher holds its keyword and nothing else. With one for each keyword, `searched_schema` can know it again."""
    return lru_cache(maxsize=64)(original)
