"""cfn-lint's judgement of every template, for the regions the template is deployed to, warm and on all cores.

cfn-lint spends most of a second on its imports and rules. A `Linter` spends it once, in a process of its own, while the caller
goes on; when templates arrive, that process forks workers that have the rules already (where there is no fork, each loads its own).
Nothing is written to disk, and no `.cfnlintrc` of the user or the machine changes the verdict.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext, SpawnContext
from types import TracebackType
from typing import TYPE_CHECKING, Self

from generator.aws.names import Region
from generator.aws.partitions import PARTITIONS
from generator.aws.quotas import TEMPLATE_BYTES
from generator.checks.finding import Finding, Level
from generator.checks.rule import Objection, Rule
from generator.checks.subject import Subject
from generator.errors import OutsideError, Problem, Where

if TYPE_CHECKING:
    from cfnlint.match import Match
    from cfnlint.rules._rules import Rules

_LEVELS = {"error": Level.ERROR, "warning": Level.WARNING, "informational": Level.INFO}
_FALLBACK_REGION = Region("us-east-1")
"""cfn-lint's own, for a template that goes nowhere."""

_GONE = OutsideError(
    Problem(None, "the process that runs cfn-lint ended before it answered", "check the machine's memory, then try again")
)

_OBJECTS_BETWEEN_COLLECTIONS = 100_000

_EXISTING_REGIONS = frozenset(region for partition in PARTITIONS.values() for region in partition.regions)

_CHARACTERS_WORTH_A_PROCESS = 40_000
"""Of templates: about 0.7 s of linting, against some 0.15 s to start a process and fill its caches."""

_GOODBYE: tuple[Template, ...] = ()
"""Ends the process. The end of the pipe alone would not, while another child of the caller has a copy of it."""

JUDGED = Rule(
    "CT301",
    Level.ERROR,
    "cfn-lint judges each template",
    "a template that nobody judged is not known to be right",
    "simplify the template, or report this to cfn-lint",
    "https://github.com/aws-cloudformation/cfn-lint",
)
REGION_KNOWN = Rule(
    "CT302",
    Level.INFO,
    "cfn-lint knows each region that a template goes to",
    "what is missing in a region that cfn-lint does not know is found only when the stack is made",
    "look up whether the region has the services of this template",
    "https://github.com/aws-cloudformation/cfn-lint",
)


@dataclass(frozen=True)
class Template:
    """One piece of work: `path` is the one that findings name."""

    path: str
    text: str
    regions: tuple[Region, ...]


def judge(subject: Subject) -> tuple[Finding, ...]:
    """All findings of cfn-lint. A template that cannot be read, is none, or is too large has its finding elsewhere."""
    with Linter() as linter:
        return begin(subject, linter)()


def begin(subject: Subject, linter: Linter) -> Callable[[], tuple[Finding, ...]]:
    """Hands the templates over and returns at once; the value gives the findings when they are wanted."""
    templates = tuple(_judgeable(subject))
    if not templates:
        return tuple[Finding, ...]
    linter.send(templates)
    return linter.receive


def _judgeable(subject: Subject) -> Iterable[Template]:
    for path, document in subject.templates.items():
        content = subject.files.files[path]
        root = document.root
        if root and isinstance(root.data, dict) and "Resources" in root.data and len(content) <= TEMPLATE_BYTES.value:
            yield Template(
                subject.files.shown(path), content.decode("utf-8-sig"), subject.target_regions(path) or (_FALLBACK_REGION,)
            )


class Linter:
    """A process that has cfn-lint's rules loaded. Start it early, `lint` when the templates are there; use it as a context manager."""

    def __init__(self, workers: int | None = None) -> None:
        context = _context()
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._connection, workers or _cores()), name="cfn-lint")
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def send(self, templates: Sequence[Template]) -> None:
        """Gives work, at least one template. OutsideError when the process is gone (killed, out of memory)."""
        try:
            self._connection.send(tuple(templates))
        except OSError as error:
            raise _GONE from error

    def receive(self) -> tuple[Finding, ...]:
        """The findings of the work sent last, in no order; waits for them. OutsideError as for `send`."""
        try:
            findings: tuple[Finding, ...] = self._connection.recv()
        except (EOFError, OSError) as error:
            raise _GONE from error
        return findings

    def close(self) -> None:
        """Ends the process; a second call does nothing."""
        if not self._connection.closed:
            with suppress(OSError):
                self._connection.send(_GOODBYE)
            self._connection.close()
        self._process.join()


def _context() -> ForkContext | SpawnContext:
    """Fork is fast, but on macOS it breaks system libraries."""
    if "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin":
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _serve(connection: Connection, callers_end: Connection, workers: int) -> None:
    """The process: loads the rules, answers until the caller says goodbye; ends without an answer when a worker is killed."""
    callers_end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's to handle, who then says goodbye
    _warm()
    while True:
        try:
            templates: tuple[Template, ...] = connection.recv()
        except (EOFError, KeyboardInterrupt):
            return
        if templates == _GOODBYE:
            return
        try:
            findings = _lint_all(templates, workers)
        except BrokenProcessPool:
            return
        try:
            connection.send(findings)
        except BrokenPipeError:  # the caller has given up meanwhile
            return


def _lint_all(templates: tuple[Template, ...], cores: int) -> tuple[Finding, ...]:
    """This process takes one share of the work itself; another process has to be worth its start."""
    size = sum(len(template.text) for template in templates)
    shares = _shares(templates, min(cores, len(templates), 1 + size // _CHARACTERS_WORTH_A_PROCESS))
    if len(shares) == 1:
        return _lint_share(shares[0])
    with ProcessPoolExecutor(len(shares) - 1, mp_context=_context(), initializer=_warm) as others:
        futures = [others.submit(_lint_share, share) for share in shares[1:]]
        return tuple(
            finding for findings in (_lint_share(shares[0]), *(future.result() for future in futures)) for finding in findings
        )


def _shares(templates: tuple[Template, ...], count: int) -> tuple[tuple[Template, ...], ...]:
    """Shares of about the same size: each template, the largest first, goes to the share that has least."""
    shares: list[list[Template]] = [[] for _ in range(count)]
    for template in sorted(templates, key=lambda each: (-len(each.text), each.path)):
        min(shares, key=lambda share: sum(len(each.text) for each in share)).append(template)
    return tuple(map(tuple, shares))


def _lint_share(templates: tuple[Template, ...]) -> tuple[Finding, ...]:
    with ThreadPoolExecutor(1) as executor:
        futures = [executor.submit(_lint, template) for template in templates]
    return tuple(
        finding for template, future in zip(templates, futures, strict=True) for finding in _findings_of(template, future)
    )


def _findings_of(template: Template, future: Future[tuple[Finding, ...]]) -> tuple[Finding, ...]:
    failure = future.exception()
    if failure is None:
        return future.result()
    return (
        JUDGED.finding(Objection(Where(template.path), f"cfn-lint stopped on this template: {type(failure).__name__} {failure}")),
    )


def _warm() -> None:
    """Loads the rules. The garbage collector would walk them again and again and find none: it takes a third of the time."""
    gc.disable()
    logging.getLogger("cfnlint").addHandler(logging.NullHandler())
    _rules()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    gc.enable()


@cache
def _rules() -> Rules:
    """Every rule of cfn-lint's own, loaded once per process; errors and warnings are on, as on its command line."""
    from cfnlint.config import _DEFAULT_RULESDIR  # noqa: PLC0415 # slow, and only needed in the process that lints
    from cfnlint.rules._rules import Rules  # noqa: PLC0415 # as above

    return Rules.create_from_directory(_DEFAULT_RULESDIR)


def _lint(template: Template) -> tuple[Finding, ...]:
    from cfnlint.config import ConfigMixIn  # noqa: PLC0415 # as above
    from cfnlint.decode.decode import decode_str  # noqa: PLC0415 # as above
    from cfnlint.helpers import REGIONS  # noqa: PLC0415 # as above
    from cfnlint.runner import run_template_by_data  # noqa: PLC0415 # as above

    class Isolated(ConfigMixIn):
        """A configuration that looks for no `.cfnlintrc`."""

        def _find_config(self) -> tuple[str, str]:
            return "", ""

    # a region that does not exist at all has its finding elsewhere (CT029)
    unknown = tuple(region for region in template.regions if region in _EXISTING_REGIONS and region not in REGIONS)
    regions = [str(region) for region in template.regions if region in REGIONS] or [str(_FALLBACK_REGION)]
    findings = [
        REGION_KNOWN.finding(Objection(Where(template.path), f"cfn-lint does not know the region `{region}`"))
        for region in unknown
    ]
    data, matches = decode_str(template.text)
    if not matches and data is not None:
        matches = list(run_template_by_data(data, Isolated([], regions=regions), _rules()))
    findings.extend(_finding(template.path, match) for match in matches)
    return tuple(findings)


def _finding(path: str, match: Match) -> Finding:
    rule = match.rule
    return Finding(
        path=path,
        line=match.linenumber,
        column=match.columnnumber,
        rule=rule.id,
        level=_LEVELS[rule.severity],
        message=_sentence(match.message),
        remedy=f"see what cfn-lint says of {rule.id}: {_sentence(rule.description or rule.shortdesc)}",
        source=rule.source_url or "https://github.com/aws-cloudformation/cfn-lint",
    )


def _sentence(text: str) -> str:
    """In the form of our messages: no capital at the beginning (unless a name), no period, one line."""
    line = " ".join(text.split()).rstrip(".")
    return line[:1].lower() + line[1:] if line[1:2].islower() else line
