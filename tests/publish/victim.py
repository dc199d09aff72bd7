"""A publisher that is killed: `python -m tests.publish.victim`, with the servers' addresses in its environment.

It loads everything once. For each number on a line of its standard input it forks a child that publishes the new package and kills
itself at that step, and answers with a line: `killed`, or `finished` when there are no more steps. A step is the moment before a
run of git or after the last one, or a message to the user.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence

from generator.git import Git
from generator.package.ledger import Ledger
from generator.publish.delivery import Options, Surroundings, deliver
from tests.publish.conftest import NEW, ORGANIZATION, order, session


class Countdown:
    """Kills this process at the last step."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def step(self, _: str = "") -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def publish(countdown: Countdown) -> None:
    run = Git.run

    def stepped(
        self: Git,
        *arguments: str,
        stdin: bytes = b"",
        extra: Mapping[str, str] | None = None,
        settings: Sequence[str] = (),
        timeout: float | None = None,
    ) -> bytes:
        countdown.step()
        return run(self, *arguments, stdin=stdin, extra=extra, settings=settings, timeout=timeout)

    Git.run = stepped  # type: ignore[method-assign]
    around = Surroundings(session(), os.environ, lambda: 1_800_000_100, lambda _: None, countdown.step)
    deliver(order(NEW), ORGANIZATION, Ledger(), Options(), around)
    countdown.step()


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            publish(Countdown(int(line)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else f"finished {status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
