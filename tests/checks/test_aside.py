"""Work in a process of its own: the same result and the same errors as here, and nothing left behind."""

from __future__ import annotations

import multiprocessing
import os
import time

import pytest

from generator.checks import aside
from generator.checks.aside import Aside
from generator.checks.finding import Finding, Level
from generator.errors import InputError, Problem

FINDING = Finding("a", 1, 1, "CT403", Level.ERROR, "problem", "remedy")


def where():
    return (Finding(str(os.getpid()), 0, 0, "CT403", Level.ERROR, "problem", "remedy"),)


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(aside, "cores", lambda: 2)


def test_the_work_is_done_elsewhere_and_its_findings_come_back():
    with Aside(where) as work:
        (finding,) = work.findings()
    assert finding.path != str(os.getpid())


def test_many_findings_come_back_however_long_they_are():
    many = (FINDING,) * 50_000
    with Aside(lambda: many) as work:
        assert work.findings() == many


@pytest.mark.parametrize(("name", "value"), [("cores", lambda: 1), ("context", lambda: multiprocessing.get_context("spawn"))])
def test_without_a_core_or_fork_for_it_the_work_is_done_here(name, value, monkeypatch):
    monkeypatch.setattr(aside, name, value)
    with Aside(where) as work:
        (finding,) = work.findings()
    assert finding.path == str(os.getpid())


def test_an_error_is_raised_here_and_not_printed_there(capfd):
    def fail():
        raise InputError(Problem(None, "the claim is odd", "mend it"))

    with Aside(fail) as work, pytest.raises(InputError, match="the claim is odd"):
        work.findings()
    assert capfd.readouterr() == ("", "")


def test_a_process_that_dies_is_replaced_by_this_one():
    here = os.getpid()

    def die():
        if os.getpid() != here:
            os._exit(1)
        return (FINDING,)

    with Aside(die) as work:
        assert work.findings() == (FINDING,)


def test_work_that_nobody_waits_for_is_ended():
    with Aside(lambda: time.sleep(60) or ()) as work:
        process = work._process
        assert process.is_alive()
    assert not process.is_alive()
