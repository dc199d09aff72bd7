"""sympy without most of it: cfn-lint reasons about conditions with its logic, a tenth of what `import sympy` loads.

That import is a quarter of cfn-lint's start. So the package is put in place without running its `__init__`, with the names that cfn-lint
takes from it. They are sympy's own objects: as long as nobody asks the package for another name, nothing can be different. When it
is known that more will be needed, the `__init__` runs after all. In the middle of some other import it would be too late for that: who
asks then must start again with all of sympy.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import MappingProxyType
from typing import NoReturn

_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sympy.core.symbol": ("Dummy", "Symbol"),
        "sympy.logic.boolalg": ("And", "Equivalent", "Implies", "Not", "Or"),
    }
)
"""What cfn-lint 1.58 imports from `sympy` itself, by the module that defines it."""


def lean_sympy(asked_for_more: Callable[[], NoReturn]) -> None:
    """Prepare `import sympy` in this process. Does nothing if it is imported already, or if there is none."""
    spec = find_spec("sympy") if "sympy" not in sys.modules else None
    if spec is None:
        return
    lean = module_from_spec(spec)

    def more(_name: str) -> NoReturn:
        asked_for_more()

    sys.modules["sympy"] = lean
    for module, names in _NAMES.items():
        for name in names:
            setattr(lean, name, getattr(import_module(module), name))
    lean.__dict__["__getattr__"] = more


def all_of_sympy() -> None:
    """Run the `__init__` that `lean_sympy` left out. Not to be called while something is imported."""
    lean = sys.modules.get("sympy")
    if lean and lean.__spec__ and lean.__spec__.loader and lean.__dict__.pop("__getattr__", None):
        lean.__spec__.loader.exec_module(lean)
