"""The command line: arguments in, exit code out. The only place that prints or exits.

Every command imports what it needs when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys

from generator.cli import checking, delivery, packages, proofs, single_templates  # noqa: F401  # each adds its commands
from generator.cli.app import app
from generator.errors import CfctgenError

__all__ = ["app", "main"]

INTERRUPTED = 130
"""What a shell says of a program that Ctrl-C has ended (128 and the signal's number)."""


def main() -> None:
    """Run the command line; every error of ours becomes text and an exit code here."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # whatever else is installed, the input means the same
    try:
        app()
    except CfctgenError as error:
        for problem in error.problems:
            print(f"error: {_harmless(str(problem))}", file=sys.stderr)  # noqa: T201  # the one place that prints
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)  # noqa: T201  # as above
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _harmless(text: str) -> str:
    """The text with escapes for what could steer a terminal: names of files come from whoever made the package."""
    return "".join(each if each == "\n" or each.isprintable() else ascii(each)[1:-1] for each in text)
