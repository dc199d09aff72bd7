"""`python -m generator` and the `cfctgen` script: what was said before at once, and all else by `generator.cli`."""

from __future__ import annotations

import gc
import os
import sys

_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""By default 700: then what a command loads is walked hundreds of times, and next to none of it is ever garbage."""


def main() -> None:
    """Run the command line. A run that would say what an earlier one said imports nothing of it."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    from generator.checks.replay import plain, recall, screen  # noqa: PLC0415 # each run imports what it needs

    request = plain(sys.argv[1:], screen(sys.stdout, os.environ))
    said = recall(request, os.environ) if request else None
    if said is None:
        from generator.cli import main as run  # noqa: PLC0415 # as above

        try:
            run()
        finally:
            gc.freeze()  # a last search for garbage would take a quarter of a second: the process ends
        return
    sys.stderr.write(said.notes)
    try:
        sys.stdout.buffer.write(said.output)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.exit(said.code)


if __name__ == "__main__":
    main()
