"""One source text for one Lambda function: a handler module with the handler modules it imports, to be embedded in a template.

The text is cut from the sources by line, never printed from a syntax tree, so it is the same under every version of Python.
Comments and docstrings stay behind. What would mean something else in one file than in several is refused, not guessed at.
"""

from __future__ import annotations

import ast
from pathlib import Path

from generator.errors import PackageError
from generator.handlers.soundness import check, read
from generator.handlers.source import Source, is_ours, spelled


def bundle(module_name: str, folder: Path | None = None) -> str:
    """The text of `generator.handlers.<module>` and of every module of ours that it imports; its entry point is `handler`.

    CloudFormation calls the file `index`, so the function's `Handler` is `index.handler`. `folder` is where the modules lie, if
    not beside this one. Raises `PackageError` with everything that keeps them from becoming one file (see `soundness`).
    """
    sources = read(module_name, folder or Path(__file__).parent)
    problems = check(sources)
    if problems:
        raise PackageError(sorted(problems))
    imports = _imports(sources)
    header = f"# made from {', '.join(source.path for source in sources)}"
    return "\n".join([header, *imports, *(line for source in sources for line in source.definitions())]) + "\n"


def _imports(sources: tuple[Source, ...]) -> list[str]:
    """What the modules import from elsewhere, each name once; imports from `__future__` must come first."""
    plain: set[str] = set()
    members: dict[str, set[str]] = {}
    for node in (node for source in sources for node in source.tree.body):
        if isinstance(node, ast.Import):
            plain |= {f"import {spelled(alias)}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not is_ours(node.module):
            members.setdefault(node.module, set()).update(map(spelled, node.names))
    future = members.pop("__future__", set())
    first = [f"from __future__ import {', '.join(sorted(future))}"] if future else []
    rest = [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(members.items())]
    return [*first, *sorted(plain), *rest]
