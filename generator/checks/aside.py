"""A piece of work in a process of its own, while this one goes on: the provers need as long as everything else together.

Only where a process can be forked, which has all that the work needs, and where there is a core for it. Whatever goes wrong there, the
work is done here: so the result, and every error, is what it would be without.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext
from types import TracebackType
from typing import Self

from generator.checks.finding import Finding
from generator.checks.linter import context, cores

Work = Callable[[], tuple[Finding, ...]]


class Aside:
    """The work, begun; use it as a context manager, and ask `findings` when nothing else is left to do."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._connection: Connection | None = None
        chosen = context()
        if isinstance(chosen, ForkContext) and cores() > 1:
            self._connection, theirs = chosen.Pipe(duplex=False)
            self._process = chosen.Process(target=_do, args=(work, theirs), name="proofs")
            self._process.start()
            theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._connection:
            self._process.kill()
            self._process.join()
            self._connection.close()

    def findings(self) -> tuple[Finding, ...]:
        """What the work found; waits for it."""
        if self._connection:
            try:
                found: tuple[Finding, ...] = self._connection.recv()
            except (EOFError, OSError):
                return self._work()
            return found
        return self._work()


def _do(work: Work, connection: Connection) -> None:
    try:
        connection.send(work())
    finally:
        os._exit(0)  # without a word: the caller does the work itself and hears what is wrong
