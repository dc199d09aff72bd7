"""Whether the source of a custom resource's function answers CloudFormation, read without running it.

A function that ends without an answer leaves its stack waiting for the whole of `ServiceTimeout`. Only what is sure is said: code that
hands its request on, is wrapped by a decorator, or cannot be parsed is not judged.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
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
    code = _parsed(source) if python else None
    return code is not None and not code.may_answer


@dataclass(frozen=True, eq=False)
class _Code:
    """A Python source that was parsed, with every node of it in the order of `ast.walk`."""

    module: ast.Module
    nodes: tuple[ast.AST, ...]

    @cached_property
    def defined(self) -> Counter[str]:
        """How often each name gets a value, anywhere in the source."""
        return Counter(_defined(self.nodes))

    @cached_property
    def may_answer(self) -> bool:
        """Whether anything in it has to do with answering."""
        return _may_ever_answer(self)


def is_no_python(source: str, runtime: str) -> bool:
    """Whether the runtime surely cannot read the source: what later versions of Python understand is not judged."""
    version = _VERSION.fullmatch(runtime)
    minor = int(version["minor"]) if version else _NEWEST + 1
    if minor > _NEWEST or (minor > _OLDEST and _LATER.search(source)):
        return False
    return isinstance(_read(source), SyntaxError)


def _may_ever_answer(code: _Code) -> bool:
    """Whether a name, an attribute or a text in the code has to do with answering, or a name that was imported for it is used."""
    imports = tuple(node for node in code.nodes if isinstance(node, (ast.Import, ast.ImportFrom)))
    if any(map(_hands_on, imports)):
        return True
    imported = {name for node in imports for name in _for_answering(node)}
    words: list[str] = []
    harmless: set[int] = set()
    for node in code.nodes:
        if isinstance(node, ast.Attribute):
            if node.attr in _STATUS and isinstance(node.value, ast.Name):
                harmless.add(id(node.value))
            words.append(node.attr)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            harmless.add(id(node.value))
        elif isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)) and id(node) not in harmless:
            words.append(str(node.value))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            words.append(node.name)
    used = {node.id for node in code.nodes if isinstance(node, ast.Name) and id(node) not in harmless}
    unknown = bool(used & (imported | _ANYTHING))
    return unknown or any(_ANSWERS.search(word) or _HANDS_ON.search(word) for word in (*words, *(used - imported)))


def _hands_on(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether it imports what hands requests on, or nobody knows what."""
    return any(alias.name == "*" or any(map(_HANDS_ON.search, (*_module(node), alias.name))) for alias in node.names)


def _for_answering(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """The names under which it imports what answers."""
    for alias in node.names:
        if any(map(_ANSWERS.search, (*_module(node), alias.name))):
            yield alias.asname or alias.name.partition(".")[0]


def _module(node: ast.Import | ast.ImportFrom) -> tuple[str, ...]:
    return (node.module or "",) if isinstance(node, ast.ImportFrom) else ()


@dataclass(frozen=True)
class Handler:
    """The handler of a Python source, with what is asked of it."""

    code: _Code
    function: ast.FunctionDef

    def silent_requests(self) -> tuple[str, ...]:
        """The kinds of request on which the handler returns before anything can have answered, sorted."""
        if any(isinstance(node, (ast.Try, ast.With)) for node in self.function.body):
            return ()  # `finally` and the end of a context can answer
        return tuple(sorted(set(_silent(self.function))))

    def fails_silently(self) -> bool:
        """Whether it calls AWS and nothing in the source catches what those calls raise."""
        nodes = self.code.nodes
        catches = any(isinstance(node, (ast.Try, ast.TryStar, ast.With)) for node in nodes)
        wrapped = any(node.decorator_list for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef)))
        calls_aws = any(isinstance(node, ast.Name) and node.id == "boto3" for node in ast.walk(self.function)) or any(
            isinstance(node, ast.Assign) and _is_client(node.value) for node in self.code.module.body
        )
        return calls_aws and not catches and not wrapped


def handler(source: str, name: str) -> Handler | None:
    """The handler `index.name` of a Python source; None if it is not there once, as a plain function."""
    code = _parsed(source)
    _, _, function = name.rpartition(".")
    if code is None or code.defined[function] != 1:
        return None
    for node in code.module.body:
        if isinstance(node, ast.FunctionDef) and node.name == function and not node.decorator_list:
            return Handler(code, node)
    return None


def lacks(source: str, name: str) -> bool:
    """Whether a Python source surely has no handler of this name, so that Lambda cannot even start it."""
    code = _parsed(source)
    if code is None:
        return False
    file, _, function = name.rpartition(".")
    if file != "index":
        return True
    for node in code.nodes:
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            return False
        if isinstance(node, ast.Name) and node.id in ("globals", "exec", "setattr", "__getattr__"):
            return False
    return function not in code.defined


def _defined(nodes: tuple[ast.AST, ...]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _parsed(source: str) -> _Code | None:
    code = _read(source)
    return code if isinstance(code, _Code) else None


@lru_cache(maxsize=32)
def _read(source: str) -> _Code | Exception:
    """The code, or why there is none. Remembered, as several rules ask about each function in turn."""
    try:
        with catch_warnings():
            simplefilter("ignore")
            module = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error.with_traceback(None)
    return _Code(module, tuple(ast.walk(module)))


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
