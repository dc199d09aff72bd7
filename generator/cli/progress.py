"""A progress bar on a terminal, for a check that takes longer than a second."""

from __future__ import annotations

import os
import sys
from threading import Lock, Timer
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PATIENCE = 1.0
"""Seconds without a bar: most checks are done by then."""


class Bar:
    """Shows on stderr which judge is at work, if a person looks; use it as a context manager. It leaves nothing on the screen."""

    def __init__(self, patience: float = _PATIENCE) -> None:
        self._lock = Lock()
        self._judge = ""
        self._done = 0
        self._of = 0
        self._shown: tuple[Progress, TaskID] | None = None
        self._timer = Timer(patience, self._show) if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" else None

    def __enter__(self) -> Self:
        if self._timer:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer.join()
        if self._shown:
            self._shown[0].stop()

    def advance(self, judge: str, done: int, of: int) -> None:
        """What is judged next; an observer of `generator.checks.run`."""
        with self._lock:
            self._judge, self._done, self._of = judge, done, of
            if self._shown:
                progress, task = self._shown
                progress.update(task, description=judge, completed=done, total=of)

    def _show(self) -> None:
        """In the timer's thread; the slow import happens when the bar is needed, and not before."""
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        columns = (
            TextColumn("checking"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
        )
        progress = Progress(*columns, console=Console(stderr=True), transient=True)
        with self._lock:
            task = progress.add_task(self._judge, completed=self._done, total=self._of or None)
            progress.start()
            self._shown = (progress, task)
