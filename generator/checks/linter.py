"""cfn-lint in a process of its own, warm when the templates come, on all cores, and never longer than anybody would wait.

cfn-lint spends most of a second on its imports and rules. A `Linter` spends it once, while the caller goes on; when templates arrive,
that process forks workers that have the rules already (where there is no fork, each loads its own). So this module imports little.
Nothing is written to disk, and no `.cfnlintrc` of the user or the machine changes the verdict.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import random
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext, SpawnContext
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

from generator.aws.names import Region
from generator.checks.finding import Finding, Level
from generator.checks.quick_cfn_lint.lean_sympy import all_of_sympy, lean_sympy
from generator.checks.quick_cfn_lint.start import lean_networkx
from generator.errors import OutsideError, Problem

if TYPE_CHECKING:
    from cfnlint.match import Match
    from cfnlint.rules._rules import Rules

_LEVELS = {"error": Level.ERROR, "warning": Level.WARNING, "informational": Level.INFO}

FALLBACK_REGION = Region("us-east-1")
"""cfn-lint's own, for a template that goes nowhere."""

PATIENCE = 30.0
"""Seconds without an answer. A template with as many resources as CloudFormation takes needs a tenth of it."""

_MOST_HUNG = 3
"""Templates on which cfn-lint may hang before the others are given up with them: a hostile package must not keep anybody for hours."""

_NEEDS_ALL = 75
"""Exit code of a process that was started lean (`lean_sympy`, `lean_networkx`) and can't do its work so."""

_REASONED = re.compile(r"Conditions|Fn::If|!If\b|!Condition\b|\bRules\b.*Assertions", re.DOTALL)
"""What a template holds about whose conditions cfn-lint reasons. To find it needlessly costs time, and nothing else."""

_SET = re.compile(r"\{('[^'{}]*'(?:, '[^'{}]*')*)\}")

_GONE = OutsideError(
    Problem(None, "the process that runs cfn-lint ended before it answered", "check the machine's memory, then try again")
)

_OBJECTS_BETWEEN_COLLECTIONS = 100_000

_CHARACTERS_WORTH_A_PROCESS = 40_000
"""Of templates: about 0.5 s of linting, against some 0.15 s to start a process and fill its caches."""

_CHARACTERS_MEANWHILE = 60_000
"""What one process lints while the caller's other judges keep a core busy."""


@dataclass(frozen=True)
class Template:
    """One piece of work: `path` is the one that findings name."""

    path: str
    text: str
    regions: tuple[Region, ...]


@dataclass(frozen=True)
class Answer:
    """What cfn-lint says of a template; `unknown` are regions that it does not know, `failure` is why it says nothing."""

    findings: tuple[Finding, ...] = ()
    unknown: tuple[Region, ...] = ()
    failure: str = ""


class Linter:
    """A process that has cfn-lint's rules loaded; use it as a context manager.

    It starts at once, to be warm when the templates are there, or, if not `early`, when it gets work for the first time.
    """

    def __init__(self, workers: int | None = None, *, early: bool = True, patience: float = PATIENCE) -> None:
        self._workers = workers or cores()
        self._patience = patience
        self._waiting: tuple[Template, ...] = ()
        self._prepare(lean=True)
        if early:
            self._start()

    def _prepare(self, *, lean: bool) -> None:
        chosen = context()
        self._lean = lean
        self._connection, self._theirs = chosen.Pipe()
        arguments = (self._theirs, self._connection, self._workers, lean)
        self._process = chosen.Process(target=_serve, args=arguments, name="cfn-lint")

    def _start(self) -> None:
        self._process.start()
        self._theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def send(self, templates: Sequence[Template]) -> None:
        """Gives work, at least one template. OutsideError when the process is gone (killed, out of memory)."""
        self._waiting = tuple(templates)
        if self._process.pid is None:
            self._start()
        try:
            self._connection.send(self._waiting)
        except OSError as error:
            if not self._needs_all():
                raise _GONE from error
            self._again(templates, lean=False)

    def receive(self) -> dict[Template, Answer]:
        """The answer to every template of the work sent last; waits for them. OutsideError as for `send`.

        A template on which cfn-lint hangs (a pattern can take for ever to match) counts as a failure, and the others are linted again in a
        new process, one after the other: then the one in hand is known. After `_MOST_HUNG` of them nobody waits for the rest.
        """
        answers: dict[Template, Answer] = {}
        late = Answer(failure=f"cfn-lint was not done with this template after {self._patience:g} seconds")
        hung = 0
        while waiting := tuple(template for template in self._waiting if template not in answers):
            try:
                if self._connection.poll(self._patience):
                    template, answer = self._connection.recv()
                    answers[template] = answer
                    continue
            except (EOFError, OSError) as error:
                if not self._needs_all():
                    raise _GONE from error
                self._again(waiting, lean=False)
                continue
            self._kill()
            if not _helpers(self._waiting, self._workers):
                answers[waiting[0]] = late
                hung += 1
            rest = tuple(template for template in waiting if template not in answers)
            if hung == _MOST_HUNG:
                answers |= dict.fromkeys(rest, late)
            elif rest:
                self._workers = 1
                self._again(rest, lean=self._lean)
        self._waiting = ()
        return answers

    def _again(self, templates: Sequence[Template], *, lean: bool) -> None:
        """Gives the work to a new process."""
        self.close()
        self._prepare(lean=lean)
        self.send(templates)

    def close(self) -> None:
        """Ends the process, whatever it does, and its workers; a second call does nothing."""
        if self._connection.closed:
            return
        self._theirs.close()
        if self._process.pid is not None:
            self._kill()
            self._process.join()
        self._connection.close()

    def _needs_all(self) -> bool:
        """Whether the process has ended because it was started lean."""
        self._process.join()
        return self._lean and self._process.exitcode == _NEEDS_ALL

    def _kill(self) -> None:
        """Nothing is lost: it keeps no file, and what it has found is fetched."""
        self._process.kill()
        if hasattr(os, "killpg"):
            with suppress(OSError):  # it had not come so far as to make a group, so it has no worker
                os.killpg(self._process.pid or 0, signal.SIGKILL)


def context() -> ForkContext | SpawnContext:
    """How processes are started. Fork is fast, but on macOS it breaks system libraries."""
    if "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin":
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def cores() -> int:
    """How many processes can work at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _serve(connection: Connection, callers_end: Connection, workers: int, lean: bool) -> None:
    """The process: loads the rules, answers until the caller ends it or is gone; ends without an answer when a worker is killed."""
    callers_end.close()
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)  # its workers end with it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's to handle, who then ends this process
    _warm(lean=lean)
    while True:
        try:
            templates: tuple[Template, ...] = connection.recv()
        except (EOFError, KeyboardInterrupt):
            return
        if lean and any(_REASONED.search(template.text) for template in templates):
            all_of_sympy()
        try:
            for answered in _lint_all(templates, workers):
                connection.send(answered)
        except BrokenPipeError:  # the caller has given up meanwhile
            return
        except BrokenProcessPool:  # a worker was killed, or needs all of sympy
            if lean:
                _needs_all()
            return


def _needs_all() -> NoReturn:
    os._exit(_NEEDS_ALL)


def _lint_all(templates: tuple[Template, ...], cores: int) -> Iterator[tuple[Template, Answer]]:
    """Other processes, each worth its start, begin with the largest templates, and this one with the smallest, until they meet."""
    helpers = _helpers(templates, cores)
    if not helpers:
        yield from map(_answered, templates)
        return
    largest_first = sorted(templates, key=lambda each: (-len(each.text), each.path))
    with ProcessPoolExecutor(helpers, mp_context=context(), initializer=_warm_worker) as pool:
        futures = [(template, pool.submit(_answered, template)) for template in largest_first]
        for template, future in reversed(futures):
            if future.cancel():
                yield _answered(template)
        for _, future in futures:
            if not future.cancelled():
                yield future.result()


def _helpers(templates: Sequence[Template], cores: int) -> int:
    """How many processes are worth their start besides the first; with none the templates are linted in their order."""
    size = sum(len(template.text) for template in templates)
    more = max(0, size - _CHARACTERS_MEANWHILE + _CHARACTERS_WORTH_A_PROCESS - 1) // _CHARACTERS_WORTH_A_PROCESS
    return min(cores, len(templates), 1 + more) - 1


def _answered(template: Template) -> tuple[Template, Answer]:
    """The answer, whatever cfn-lint raises: a thread keeps that as a value."""
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(_lint, template)
    failure = future.exception()
    if failure is None:
        return template, future.result()
    return template, Answer(failure=f"cfn-lint stopped on this template: {type(failure).__name__} {failure}")


def _warm(*, lean: bool) -> None:
    """Loads the rules. The garbage collector would walk them again and again and find none: it takes a third of the time."""
    gc.disable()
    logging.getLogger("cfnlint").addHandler(logging.NullHandler())
    if lean:
        lean_sympy(_needs_all)
        lean_networkx(_needs_all)
    _rules()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    gc.enable()


def _warm_worker() -> None:
    """Of a forked worker nothing; it has the rules, lean or not. A spawned one loads them, and all of sympy."""
    if "cfnlint" not in sys.modules:
        _warm(lean=False)


@cache
def _rules() -> Rules:
    """Every rule of cfn-lint's own, loaded once per process; errors and warnings are on, as on its command line."""
    from cfnlint.config import _DEFAULT_RULESDIR  # noqa: PLC0415 # slow, and only needed in the process that lints
    from cfnlint.rules._rules import Rules  # noqa: PLC0415 # as above

    from generator.checks.quick_cfn_lint.loading import quick_rules  # noqa: PLC0415 # as above

    return quick_rules(lambda: Rules.create_from_directory(_DEFAULT_RULESDIR))


def _lint(template: Template) -> Answer:
    from cfnlint.config import ConfigMixIn  # noqa: PLC0415 # as above
    from cfnlint.decode.decode import decode_str  # noqa: PLC0415 # as above
    from cfnlint.helpers import REGIONS  # noqa: PLC0415 # as above
    from cfnlint.runner import run_template_by_data  # noqa: PLC0415 # as above

    class Isolated(ConfigMixIn):
        """A configuration that looks for no `.cfnlintrc`."""

        def _find_config(self) -> tuple[str, str]:
            return "", ""

    random.seed(template.text)  # cfn-lint makes names up where it cannot know those of Fn::ForEach
    regions = [str(region) for region in template.regions if region in REGIONS] or [str(FALLBACK_REGION)]
    data, matches = decode_str(template.text)
    if not matches and data is not None:
        matches = list(run_template_by_data(data, Isolated([], regions=regions), _rules()))
    return Answer(
        tuple(_finding(template.path, match) for match in matches),
        tuple(region for region in template.regions if region not in REGIONS),
    )


def _finding(path: str, match: Match) -> Finding:
    rule = match.rule
    return Finding(
        path=path,
        line=match.linenumber,
        column=match.columnnumber,
        rule=rule.id,
        level=_LEVELS[rule.severity],
        message=_sentence(_SET.sub(_sorted_set, match.message)),
        remedy=f"see what cfn-lint says of {rule.id}: {_sentence(rule.description or rule.shortdesc)}",
        source=rule.source_url or "https://github.com/aws-cloudformation/cfn-lint",
    )


def _sorted_set(found: re.Match[str]) -> str:
    """Names that cfn-lint shows as a set of Python's, whose order changes from run to run."""
    return "{" + ", ".join(sorted(found[1].split(", "))) + "}"


def _sentence(text: str) -> str:
    """In the form of our messages: no capital at the beginning (unless a name), no period, one line."""
    line = " ".join(text.split()).rstrip(".")
    return line[:1].lower() + line[1:] if line[1:2].islower() else line
