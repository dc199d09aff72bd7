"""A handler module as text and syntax tree, and how its definitions are cut out without comments and docstrings."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

PACKAGE = "generator.handlers"
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


@dataclass(frozen=True, eq=False)
class Source:
    """One module. `path` is relative to the repository, for messages; lines end in a bare newline."""

    name: str
    path: str
    text: str
    tree: ast.Module

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree."""
        return tuple(ast.walk(self.tree))

    def definitions(self) -> Iterator[str]:
        """The lines of every top-level definition, an empty line before each function and class."""
        kept = self._kept_lines
        for node in self.tree.body:
            if isinstance(node, DEFINITIONS):
                if not isinstance(node, ast.Assign | ast.AnnAssign):
                    yield ""
                yield from (kept[number] for number in range(first_line(node), last_line(node) + 1) if number in kept)

    @cached_property
    def _kept_lines(self) -> Mapping[int, str]:
        """Line number to text, without comments, docstrings and empty lines; inside longer strings nothing is touched."""
        lines = dict(enumerate(self._lines, start=1))
        inside: set[int] = set()
        opened: list[int] = []
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            kind, (line, column), end = tokenize.tok_name[token.type], token.start, token.end[0]
            if kind == "COMMENT":
                lines[line] = lines[line][:column]
            elif kind == "STRING":
                inside |= set(range(line, end))
            elif kind == "FSTRING_START":  # three tokens since Python 3.12, one STRING before
                opened.append(line)
            elif kind == "FSTRING_END":
                inside |= set(range(opened.pop(), end))
        for number in lines.keys() - inside:
            lines[number] = lines[number].rstrip()
        for node in self.nodes:
            self._drop_texts(node, lines)
        ends = {number + 1 for number in inside}
        kept = {number: line for number, line in lines.items() if line or number in inside or number in ends}
        return MappingProxyType(kept)

    @cached_property
    def _lines(self) -> tuple[str, ...]:
        return tuple(self.text.split("\n"))

    def _drop_texts(self, node: ast.AST, lines: dict[int, str]) -> None:
        """Empty the lines of statements in the node's body that are only a string; `pass` stands in for the last one."""
        body = getattr(node, "body", ())
        if not isinstance(body, list):
            return
        texts = [statement for statement in body if is_text(statement) and self._has_own_lines(statement)]
        for text in texts:
            for number in range(text.lineno, last_line(text) + 1):
                lines.pop(number, None)
        if texts and len(texts) == len(body):
            lines[texts[0].lineno] = " " * texts[0].col_offset + "pass"

    def _has_own_lines(self, statement: ast.stmt) -> bool:
        before = self._lines[statement.lineno - 1].encode()[: statement.col_offset]
        return not before.strip()


def is_text(statement: ast.stmt) -> bool:
    """Whether the statement is only a string: a docstring, or one that documents the assignment before it."""
    return (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)
    )


def is_ours(module: str | None) -> bool:
    """Whether the module belongs to this program, so that the Lambda runtime has not got it."""
    return module is not None and module.split(".")[0] == PACKAGE.split(".", maxsplit=1)[0]


def spelled(alias: ast.alias) -> str:
    """The import of one name as it is written."""
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def first_line(node: ast.stmt) -> int:
    """Where the statement begins, its decorators included."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return node.lineno


def last_line(node: ast.stmt | ast.expr) -> int:
    """Where the node ends."""
    return node.end_lineno or node.lineno
