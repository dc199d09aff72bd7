"""What makes cfn-lint start in less time: it reads the schema of a rule when it is needed, and loads of networkx what it uses.

A tenth of networkx is a graph and the search for its cycles; cfn-lint uses no more of it. As with `lean_sympy`, the packages are put in
place without running their `__init__`, with networkx's own objects; who asks for another name must start again with all of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import MappingProxyType, ModuleType
from typing import NoReturn, TypeVar

_PACKAGES = ("networkx", "networkx.classes", "networkx.algorithms", "networkx.algorithms.traversal")

_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "networkx.exception": ("NetworkXError", "NetworkXNoCycle"),
        "networkx.utils": ("_clear_cache", "_dispatchable"),
        "networkx.convert": (),
        "networkx.classes.multidigraph": ("MultiDiGraph",),
        "networkx.algorithms.traversal.edgedfs": ("edge_dfs",),
        "networkx.algorithms.cycles": ("find_cycle",),
    }
)
"""What cfn-lint 1.58 and these modules take from `networkx` itself, by the module that defines it, in the order of networkx's own imports."""

Kind = TypeVar("Kind", bound=type[object])


def lean_networkx(asked_for_more: Callable[[], NoReturn]) -> None:
    """Prepare `import networkx` in this process. Does nothing if it is imported already, or if there is none."""
    if "networkx" in sys.modules or find_spec("networkx") is None:
        return
    try:
        lean, *others = [_unrun(name) for name in _PACKAGES]
        for module, names in _NAMES.items():
            for name in names:
                setattr(lean, name, getattr(import_module(module), name))
    except (ImportError, AttributeError):  # another version, in another shape
        asked_for_more()

    def more(name: str) -> NoReturn:
        if name.startswith("__"):  # something looks whether the module is special, and takes no for an answer
            raise AttributeError(name)
        asked_for_more()

    for package in (lean, *others):
        package.__dict__["__getattr__"] = more


def _unrun(name: str) -> ModuleType:
    """The package as it is before its `__init__` runs."""
    spec = find_spec(name)
    if spec is None:
        raise ImportError(name)
    package = sys.modules[name] = module_from_spec(spec)
    parent, _, own = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, package)
    return package


@dataclass(frozen=True)
class Later:
    """A schema that is not read yet."""

    read: Callable[[], object]


def read_later(original: Callable[..., object]) -> Callable[..., Later]:
    """The file is the same when it is read, and each rule reads its own: what is read by another is no matter."""

    def load_resource(package: object, filename: str = "us-east-1.json") -> Later:
        return Later(lambda: original(package, filename=filename))

    return load_resource


class _Schema:
    """The attribute `_schema` of each rule. Who asks for it gets what a `Later` reads, and so does everyone after."""

    def __get__(self, rule: object, kind: type[object] | None = None) -> object:
        value = rule.__dict__["_schema"]
        if isinstance(value, Later):
            value = rule.__dict__["_schema"] = value.read()
        return value

    def __set__(self, rule: object, value: object) -> None:
        rule.__dict__["_schema"] = value


def with_later_schema(kind: Kind) -> Kind:
    """A rule's schema is read at its first use instead of when the rule is made; between the two nobody changes the file."""
    kind._schema = _Schema()  # type: ignore[attr-defined] # noqa: SLF001 # it is cfn-lint's own name
    return kind
