"""Whether the source of a custom resource's function answers CloudFormation, read without running it.

A function that ends without an answer leaves its stack waiting for the whole of `ServiceTimeout`. Only what is sure is said: code that
hands its request on, is wrapped by a decorator, or cannot be parsed is not judged.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from warnings import catch_warnings, simplefilter

_ANSWERS = re.compile(r"cfn-?_?response|ResponseURL|response_url|crhelper|CfnResource|custom.?resource", re.IGNORECASE)
"""What a text holds that answers, by AWS's module, a helper, or by hand."""

_HANDS_ON = re.compile(
    r"invoke|start_?execution|send_?message|publish|put_?events|put_?record|put_?item|put_?object|send_?task",
    re.IGNORECASE,
)
"""Calls by which a request can reach another function that answers."""

_STATUS = frozenset({"SUCCESS", "FAILED"})
"""What AWS's module calls the outcome: a text, which answers nothing by itself."""
_ANYTHING = frozenset({"__import__", "compile", "eval", "exec", "getattr", "globals", "locals", "vars"})
"""By these a name that stands nowhere can be used."""

_VERSION = re.compile(r"python3\.(?P<minor>[0-9]+)")
_OLDEST, _NEWEST = 11, 14
"""The oldest Python that this program itself runs on, so that it reads the syntax of every runtime up to it, and the newest one whose
changes of the syntax are in `_LATER`."""
_LATER = re.compile(
    r"""\b[rR]?[fFtT][rR]?["']|^\s*type\s|\b(?:def|class)\s+\w+\s*\[|^\s*except\*?\s[^:\n]*,|^\s*finally\b""",
    re.MULTILINE,
)
"""Where Python 3.12 and later changed the syntax: quotes inside f-strings, t-strings, `type`, type parameters, `except` without
parentheses ("What's New in Python", 3.12 to 3.14)."""

_HARMLESS = frozenset({"print", "str", "repr", "len", "int", "bool", "dict", "list"})
_LOGGERS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log", "get", "dumps", "format", "setLevel"})
_REQUESTS = frozenset({"Create", "Update", "Delete"})


def never_answers(source: str, *, python: bool = False) -> bool:
    """Whether nothing in the source can answer, in any language. Of Python an import, a comment or a status answers nothing."""
    if not source.strip():
        return False
    if not _ANSWERS.search(source) and not _HANDS_ON.search(source):
        return True
    module = _parsed(source) if python else None
    return module is not None and not _may_ever_answer(module)


def is_no_python(source: str, runtime: str) -> bool:
    """Whether the runtime surely cannot read the source: what later versions of Python understand is not judged."""
    version = _VERSION.fullmatch(runtime)
    minor = int(version["minor"]) if version else _NEWEST + 1
    if minor > _NEWEST or (minor > _OLDEST and _LATER.search(source)):
        return False
    try:
        with catch_warnings():
            simplefilter("ignore")
            ast.parse(source)
    except SyntaxError:
        return True
    except (ValueError, RecursionError, MemoryError):
        return False
    return False


def _may_ever_answer(module: ast.Module) -> bool:
    """Whether a name, an attribute or a text in the code has to do with answering, or a name that was imported for it is used."""
    imported: set[str] = set()
    words: list[str] = []
    harmless: set[int] = set()
    for node in ast.walk(module):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for alias in node.names:
                if alias.name == "*" or any(map(_HANDS_ON.search, (*names, alias.name))):
                    return True
                if any(map(_ANSWERS.search, (*names, alias.name))):
                    imported.add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.Attribute):
            if node.attr in _STATUS and isinstance(node.value, ast.Name):
                harmless.add(id(node.value))
            words.append(node.attr)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            harmless.add(id(node.value))
        elif isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)) and id(node) not in harmless:
            words.append(str(node.value))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            words.append(node.name)
    used = {node.id for node in ast.walk(module) if isinstance(node, ast.Name) and id(node) not in harmless}
    unknown = bool(used & (imported | _ANYTHING))
    return unknown or any(_ANSWERS.search(word) or _HANDS_ON.search(word) for word in (*words, *(used - imported)))


@dataclass(frozen=True)
class Handler:
    """The handler of a Python source, with what is asked of it."""

    module: ast.Module
    function: ast.FunctionDef

    def silent_requests(self) -> tuple[str, ...]:
        """The kinds of request on which the handler returns before anything can have answered, sorted."""
        if any(isinstance(node, (ast.Try, ast.With)) for node in self.function.body):
            return ()  # `finally` and the end of a context can answer
        return tuple(sorted(set(_silent(self.function))))

    def fails_silently(self) -> bool:
        """Whether it calls AWS and nothing in the source catches what those calls raise."""
        nodes = tuple(ast.walk(self.module))
        catches = any(isinstance(node, (ast.Try, ast.TryStar, ast.With)) for node in nodes)
        wrapped = any(node.decorator_list for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef)))
        calls_aws = any(isinstance(node, ast.Name) and node.id == "boto3" for node in ast.walk(self.function)) or any(
            isinstance(node, ast.Assign) and _is_client(node.value) for node in self.module.body
        )
        return calls_aws and not catches and not wrapped


def handler(source: str, name: str) -> Handler | None:
    """The handler `index.name` of a Python source; None if it is not there once, as a plain function."""
    module = _parsed(source)
    _, _, function = name.rpartition(".")
    if module is None or list(_defined(module)).count(function) != 1:
        return None
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name == function and not node.decorator_list:
            return Handler(module, node)
    return None


def lacks(source: str, name: str) -> bool:
    """Whether a Python source surely has no handler of this name, so that Lambda cannot even start it."""
    module = _parsed(source)
    if module is None:
        return False
    file, _, function = name.rpartition(".")
    if file != "index":
        return True
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            return False
        if isinstance(node, ast.Name) and node.id in ("globals", "exec", "setattr", "__getattr__"):
            return False
    return function not in set(_defined(module))


def _defined(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _silent(function: ast.FunctionDef) -> Iterator[str]:
    """Requests whose branch returns, while no statement up to there could answer."""
    calls = tuple(
        sorted(node.lineno for node in ast.walk(function) if isinstance(node, ast.Call) and not _is_harmless(node.func))
    )
    waiting = [function.body]
    while waiting:
        for statement in waiting.pop():
            if isinstance(statement, ast.If):
                if _returns_silently(statement.body, calls):
                    yield from _kinds(statement.test)
                waiting.append(statement.orelse)
            if _may_answer(statement, calls):
                break


def _returns_silently(body: list[ast.stmt], calls: Sequence[int]) -> bool:
    for statement in body:
        if _may_answer(statement, calls):
            return False
        if isinstance(statement, ast.Return):
            return True
        if not isinstance(statement, (ast.Expr, ast.Assign, ast.Pass)):
            return False
    return False


def _kinds(test: ast.expr) -> frozenset[str]:
    """The requests of `event["RequestType"] == "Delete"` and its like."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return frozenset()
    if not any(isinstance(node, ast.Constant) and node.value == "RequestType" for node in ast.walk(test.left)):
        return frozenset()
    right = test.comparators[0]
    if isinstance(test.ops[0], ast.Eq) and isinstance(right, ast.Constant):
        return frozenset({str(right.value)}) & _REQUESTS
    if isinstance(test.ops[0], ast.In) and isinstance(right, (ast.List, ast.Tuple, ast.Set)):
        return frozenset(str(item.value) for item in right.elts if isinstance(item, ast.Constant)) & _REQUESTS
    return frozenset()


def _may_answer(statement: ast.stmt, calls: Sequence[int]) -> bool:
    """Whether one of the calls that can answer stands in the statement's lines."""
    return bisect_left(calls, statement.lineno) < bisect_right(calls, statement.end_lineno or statement.lineno)


def _is_harmless(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr in _LOGGERS
    return isinstance(function, ast.Name) and function.id in _HARMLESS


def _is_client(value: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "boto3" for node in ast.walk(value))
