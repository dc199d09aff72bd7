"""A part of networkx is networkx's own, and who asks for more than the part is told to start again; a schema is read once, when needed."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest

from generator.checks import linter
from generator.checks.linter import Linter, Template
from generator.checks.quick_cfn_lint import start
from generator.checks.quick_cfn_lint.start import Later, lean_networkx, read_later, with_later_schema


class AskedForMoreError(Exception):
    """Instead of the end of the process."""


def asked_for_more():
    raise AskedForMoreError


@pytest.fixture
def without_networkx():
    """As in a new process; what was there is there again afterwards."""
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "networkx"}
    for name in before:
        del sys.modules[name]
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "networkx"]:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.mark.usefixtures("without_networkx")
def test_the_part_finds_circles_as_the_whole_does():
    lean_networkx(asked_for_more)
    networkx = import_module("networkx")
    graph = networkx.MultiDiGraph(name="a")
    graph.add_node("a", kind="x")
    graph.add_edge("a", "b", kind="y")
    with pytest.raises(networkx.NetworkXNoCycle):
        networkx.find_cycle(graph, "a")
    graph.add_edge("b", "a")
    assert list(networkx.find_cycle(graph, "a")) == [("a", "b", 0), ("b", "a", 0)]
    assert "networkx.generators" not in sys.modules


@pytest.mark.usefixtures("without_networkx")
@pytest.mark.parametrize("module", ["networkx", "networkx.classes", "networkx.algorithms", "networkx.algorithms.traversal"])
def test_who_asks_for_more_is_told(module):
    lean_networkx(asked_for_more)
    with pytest.raises(AskedForMoreError):
        _ = import_module(module).simple_cycles
    assert not hasattr(import_module(module), "__all__")


@pytest.mark.usefixtures("without_networkx")
@pytest.mark.parametrize("names", [{"networkx.exception": ("Gone",)}, {"networkx.gone": ("a",)}])
def test_a_networkx_of_another_shape_is_not_loaded_in_part(monkeypatch, names):
    monkeypatch.setattr(start, "_NAMES", names)
    with pytest.raises(AskedForMoreError):
        lean_networkx(asked_for_more)


@pytest.mark.usefixtures("without_networkx")
def test_what_is_imported_already_stays():
    whole = import_module("networkx")
    lean_networkx(asked_for_more)
    assert sys.modules["networkx"] is whole
    assert whole.simple_cycles


def test_a_process_that_cannot_start_in_part_is_started_again_with_all(monkeypatch):
    """Whether it ends before it gets work or after."""
    monkeypatch.setattr(linter, "_warm", lambda *, lean: linter._needs_all() if lean else None)
    monkeypatch.setattr(linter, "_lint", lambda template: linter.Answer(failure=template.path))
    template = Template("t.yaml", "", ())
    for early in (True, False):
        with Linter(1, early=early) as started:
            if early:
                started._process.join()
            started.send((template,))
            assert started.receive() == {template: linter.Answer(failure="t.yaml")}


def test_a_schema_is_read_once_and_when_it_is_needed():
    read = []
    load = read_later(lambda package, filename: read.append((package, filename)) or {"of": filename})

    class Rule:
        _schema: object

        def __init__(self, filename):
            self._schema = load("package", filename=filename)

    assert with_later_schema(Rule) is Rule
    one, other = Rule("a.json"), Rule("a.json")
    assert read == []
    assert one._schema == {"of": "a.json"}
    assert one._schema is one._schema
    assert other._schema is not one._schema
    assert read == [("package", "a.json")] * 2
    one._schema = {"another": 1}
    assert one._schema == {"another": 1}
    assert isinstance(load("package"), Later)
