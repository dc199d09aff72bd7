"""What the bundler cuts, and what it refuses; cases in tests/cases."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from generator.errors import PackageError
from generator.handlers import custom_resource, organization_trail_access, trusted_access
from generator.handlers.bundle import bundle
from generator.handlers.permissions import REQUIRED_PERMISSIONS

CASES = json.loads((Path(__file__).parents[1] / "cases/bundle.json").read_text())


def write(folder: Path, modules: dict[str, list[str]]) -> None:
    for name, lines in modules.items():
        (folder / f"{name}.py").write_text("\n".join([*lines, ""]))


@pytest.mark.parametrize("case", CASES["refused"], ids=[case["name"] for case in CASES["refused"]])
def test_what_means_something_else_in_one_file_is_refused(case: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, case["modules"])
    with pytest.raises(PackageError) as caught:
        bundle(f"generator.handlers.{case.get('entry', 'main')}", tmp_path)
    found = [f"{problem.where}: {problem.problem}" if problem.where else problem.problem for problem in caught.value.problems]
    assert found == case["problems"]
    assert all(problem.remedy for problem in caught.value.problems)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("case", CASES["bundled"], ids=[case["name"] for case in CASES["bundled"]])
def test_what_is_kept(case: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, case["modules"])
    text = bundle("generator.handlers.main", tmp_path)
    assert text.split("\n") == [*case["text"], ""]
    index = ModuleType("index")
    exec(compile(text, "index.py", "exec"), index.__dict__)  # noqa: S102 # this is what the test is about
    if "returns" in case:
        assert index.handler({}, None) == case["returns"]


@pytest.mark.parametrize("handler", REQUIRED_PERMISSIONS)
def test_each_handler_becomes_one_file_that_needs_nothing_of_ours(handler: str) -> None:
    text = bundle(f"generator.handlers.{handler}")
    tree = ast.parse(text)
    names = [
        name
        for node in ast.walk(tree)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in getattr(node, "names", ())])
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert names
    assert not [name for name in names if name.startswith("generator")]
    assert len(text.encode()) < 40_000
    assert text.isascii()
    assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_each_handler_is_under_the_contract_that_it_imports_nothing_of_ours() -> None:
    contracts = ConfigParser()
    contracts.read(Path(__file__).parents[2] / ".importlinter")
    listed = contracts["importlinter:contract:handlers"]["source_modules"].split()
    assert {f"generator.handlers.{handler}" for handler in REQUIRED_PERMISSIONS} <= set(listed)


def without_texts(tree: ast.AST) -> ast.AST:
    """The tree without strings that stand alone."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [
                s
                for s in body
                if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant) and isinstance(s.value.value, str))
            ]
            node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
    return tree


def test_every_definition_is_the_one_in_the_source() -> None:
    tree = ast.parse(bundle("generator.handlers.organization_trail_access"))
    bundled = [ast.dump(node) for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    modules = (custom_resource, trusted_access, organization_trail_access)
    sources = [without_texts(ast.parse(Path(str(module.__file__)).read_text())) for module in modules]
    written = [
        ast.dump(node)
        for source in sources
        for node in source.body  # type: ignore[attr-defined]
        if not isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert bundled == written


def test_the_bytes_do_not_depend_on_hash_seed_locale_or_folder(tmp_path: Path) -> None:
    here = Path(custom_resource.__file__).parents[2]
    code = f"import sys; sys.path.insert(0, {str(here)!r})\nfrom generator.handlers.bundle import bundle\n"
    code += "sys.stdout.buffer.write(bundle('generator.handlers.organization_trail_access').encode())"
    environments = ({"PYTHONHASHSEED": "1", "LC_ALL": "C"}, {"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"})
    command = [sys.executable, "-c", code]
    texts = set()
    for environment in environments:
        done = subprocess.run(
            command, env={**os.environ, **environment}, cwd=tmp_path, capture_output=True, check=True
        )  # our own
        texts.add(done.stdout)
    assert texts == {bundle("generator.handlers.organization_trail_access").encode()}
