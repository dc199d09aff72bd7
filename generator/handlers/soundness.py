"""What keeps handler modules from becoming one file, all of it, as problems with places."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from generator.errors import PackageError, Problem, Where
from generator.handlers.source import DEFINITIONS, PACKAGE, Source, first_line, is_ours, is_text, last_line, spelled

HANDLER = "handler"
PARAMETERS = ("event", "context")

RUNTIME_MODULES = frozenset(sys.stdlib_module_names) | {"boto3", "botocore"}
"""What the Python runtimes of Lambda have (Lambda developer guide, lambda-python and python-package)."""

MODULE_FACTS = frozenset({"__doc__", "__file__", "__loader__", "__name__", "__package__", "__path__", "__spec__", "globals"})
"""Names through which code sees which module it is in."""


def read(module_name: str, folder: Path) -> tuple[Source, ...]:
    """The module and all modules of ours that it imports, each after those it needs.

    Raises `PackageError` if one is missing, no Python, or needs itself.
    """
    done: dict[str, Source] = {}
    _read(module_name, None, folder, done, ())
    return tuple(done.values())


def _read(name: str, wanted_by: Where | None, folder: Path, done: dict[str, Source], open_: tuple[str, ...]) -> None:
    if name in open_:
        cycle = " → ".join([*open_[open_.index(name) :], name])
        raise PackageError(Problem(wanted_by, f"`{name}` imports itself: {cycle}", "move what both need to a third module"))
    if name in done:
        return
    leaf = name.removeprefix(f"{PACKAGE}.")
    path = f"{PACKAGE.replace('.', '/')}/{leaf}.py"
    file = folder / f"{leaf}.py"
    if not leaf.isidentifier() or not file.is_file():
        raise PackageError(Problem(wanted_by, f"there is no handler module `{name}`", f"name a module of `{PACKAGE}`"))
    text = file.read_text(encoding="utf-8")
    source = _source(name, path, text)
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom) and not node.level and is_sibling(node.module):
            _read(str(node.module), Where(path, node.lineno), folder, done, (*open_, name))
    done[name] = source


@cache
def _source(name: str, path: str, text: str) -> Source:
    """The module, read once, though several handlers import it."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        where = Where(path, error.lineno or 0, error.offset or 0)
        raise PackageError(Problem(where, f"not Python: {error.msg}", "correct the line")) from error
    return Source(name, path, text, tree)


def check(sources: tuple[Source, ...]) -> list[Problem]:
    """Everything that makes these modules mean something else as one file; the last one is the handler."""
    problems = [problem for source in sources for problem in _problems(source)]
    return [*problems, *_borrowed(sources), *_clashes(sources), *_features(sources), *_entry(sources[-1])]


@cache
def _problems(source: Source) -> tuple[Problem, ...]:
    """What one module brings along wherever it is imported."""
    return tuple(problem for part in (_statements, _imports, _names) for problem in part(source))


def is_sibling(module: str | None) -> bool:
    """Whether the module is another handler module."""
    return module is not None and module.startswith(f"{PACKAGE}.")


def _statements(source: Source) -> Iterator[Problem]:
    """Only imports, definitions and assignments to plain names can be put after one another."""
    end = 0
    for node in source.tree.body:
        where = Where(source.path, node.lineno)
        if first_line(node) <= end:
            yield Problem(where, "two statements share a line", "give each statement its own line")
        end = last_line(node)
        if not (isinstance(node, (ast.Import, ast.ImportFrom, *DEFINITIONS)) or is_text(node)):
            kind = type(node).__name__.lower()
            yield Problem(where, f"a module-level `{kind}` runs when the file is loaded", "move it into a function")
        for target in _targets(node):
            if not isinstance(target, ast.Name):
                yield Problem(where, "a module-level assignment to more than a name", "assign to one name")


def _targets(node: ast.stmt) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []


def _imports(source: Source) -> Iterator[Problem]:
    for node in source.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            where = Where(source.path, node.lineno)
            names = [alias.name for alias in node.names]
            modules = names if isinstance(node, ast.Import) else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and node.level:
                yield Problem(where, "a relative import", f"write `from {PACKAGE}.<module> import <name>`")
                continue
            if "*" in names:
                yield Problem(where, f"`from {modules[0]} import *` hides which names it binds", "import the names")
            for module in modules:
                yield from _import_of(source, node, module, where)


def _import_of(source: Source, node: ast.Import | ast.ImportFrom, module: str, where: Where) -> Iterator[Problem]:
    if not is_ours(module):
        if module.split(".", maxsplit=1)[0] not in RUNTIME_MODULES:
            yield Problem(where, f"the Lambda runtime has no module `{module}`", "use the standard library, boto3 or botocore")
    elif isinstance(node, ast.Import) or not is_sibling(module):
        yield Problem(where, f"`{module}` cannot be part of the file", f"write `from {PACKAGE}.<module> import <name>`")
    elif node not in source.tree.body:
        yield Problem(where, f"`{module}` is imported inside a block", "import it at the top of the module")
    else:
        for alias in node.names:
            if alias.asname and alias.asname != alias.name:
                yield Problem(where, f"`{spelled(alias)}` renames what the file holds once", "import it under its own name")


def _names(source: Source) -> Iterator[Problem]:
    for node in source.nodes:
        if isinstance(node, ast.Global):
            where = Where(source.path, node.lineno)
            yield Problem(where, f"`global {', '.join(node.names)}` would rebind the name for every module", "pass the value")
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if (
            isinstance(node, ast.Name | ast.Attribute)
            and name in MODULE_FACTS
            and (isinstance(node, ast.Name) or name == "__doc__")
        ):
            where = Where(source.path, node.lineno, node.col_offset + 1)
            yield Problem(where, f"`{name}` says something else in one file", "write the value itself")


def _meanings(source: Source) -> Iterator[tuple[str, str, int]]:
    """Every name that the module binds at its top level, what it stands for, and the line; what siblings lend is left out."""
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, f"{source.name}.{node.name}", node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.split(".")[0]
                yield alias.asname or root, alias.name if alias.asname else root, node.lineno
        elif isinstance(node, ast.ImportFrom) and not is_ours(node.module):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}", node.lineno
        for target in _targets(node):
            if isinstance(target, ast.Name):
                yield target.id, f"{source.name}.{target.id}", node.lineno


def _clashes(sources: tuple[Source, ...]) -> Iterator[Problem]:
    known: dict[str, str] = {}
    for source in sources:
        for name, meaning, line in _meanings(source):
            where = Where(source.path, line)
            if hasattr(builtins, name):
                yield Problem(where, f"`{name}` hides Python's own from the other modules", "choose another name")
            if known.setdefault(name, meaning) != meaning:
                yield Problem(where, f"`{name}` is `{meaning}` here, but `{known[name]}` elsewhere", "choose another name")


def _borrowed(sources: tuple[Source, ...]) -> Iterator[Problem]:
    """What a module takes from a sibling must be defined there: an import would be a second way to one name."""
    own = {
        source.name: {name for name, meaning, _ in _meanings(source) if meaning == f"{source.name}.{name}"} for source in sources
    }
    for source in sources:
        for node in source.tree.body:
            if isinstance(node, ast.ImportFrom) and node.module in own:
                for alias in node.names:
                    if alias.name not in {"*", *own[node.module]}:
                        where = Where(source.path, node.lineno)
                        yield Problem(
                            where, f"`{node.module}` does not define `{alias.name}`", "import it from where it is defined"
                        )


def _features(sources: tuple[Source, ...]) -> Iterator[Problem]:
    """A `from __future__ import` holds for the whole file, so it must hold for all modules."""
    features = [
        {
            alias.name
            for node in source.tree.body
            if isinstance(node, ast.ImportFrom) and node.module == "__future__"
            for alias in node.names
        }
        for source in sources
    ]
    for source, its in zip(sources, features, strict=True):
        if its != features[-1]:
            problem = f"`from __future__ import` differs from `{sources[-1].name}`"
            yield Problem(Where(source.path), problem, "import the same features in both")


def _entry(source: Source) -> Iterator[Problem]:
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == HANDLER:
            if tuple(argument.arg for argument in node.args.args) == PARAMETERS:
                return
            yield Problem(
                Where(source.path, node.lineno), f"`{HANDLER}` takes other parameters", "write `handler(event, context)`"
            )
            return
    yield Problem(Where(source.path), f"there is no function `{HANDLER}`", "define `handler(event, context)`")
