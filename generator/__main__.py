"""`python -m generator` and the `cfctgen` script: what was said before at once, and all else by `generator.cli`."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import TextIO

_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""By default 700: then what a command loads is walked hundreds of times, and next to none of it is ever garbage."""


_UNWRITABLE = 3
"""Exit code when something outside failed (generator/errors.py: OutsideError)."""


def main() -> None:
    """Run the command line. A run that would say what an earlier one said imports nothing of it."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    from generator.checks.replay import plain, recall, screen  # noqa: PLC0415 # each run imports what it needs

    request = plain(sys.argv[1:], screen(sys.stdout, os.environ))
    said = recall(request, os.environ) if request else None
    try:
        if said is None:
            from generator.cli import main as run  # noqa: PLC0415 # as above

            run()
            return
        sys.stderr.write(said.notes)
        sys.stdout.buffer.write(said.output)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if error.filename:  # no stream; whoever opens a file says what is wrong with it
            raise
        sys.stderr.write(f"error: the result cannot be written: {error.strerror}\n  fix: write it to a place that has room\n")
        leave(_UNWRITABLE, sys.stderr)
        raise
    sys.exit(said.code)


def program() -> None:
    """`main`, and the end of the process, at once: to take apart what it holds would take a quarter of a second."""
    try:
        main()
    except SystemExit as end:
        leave(end.code, sys.stdout, sys.stderr)
        raise
    leave(0, sys.stdout, sys.stderr)


def leave(code: object, *streams: TextIO) -> None:
    """End the process. Returns if a stream cannot be written: Python then ends as usual, and says so."""
    if isinstance(code, int):
        with suppress(OSError, ValueError):
            for stream in streams:
                stream.flush()
            os._exit(code)


if __name__ == "__main__":
    program()
