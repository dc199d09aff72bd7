"""A credential helper of git (gitcredentials(7)): answers `get` for one host with what its environment holds. Run as a file, imports nothing of ours.

The arguments are the host, with its port if it has one, and the operation. Whoever else asks, a proxy say, gets no answer.
"""

from __future__ import annotations

import os
import sys

USER_NAME = "CFCTGEN_GIT_USER_NAME"
PASSWORD = "CFCTGEN_GIT_PASSWORD"  # noqa: S105  # the name of a variable

if __name__ == "__main__" and sys.argv[2:] == ["get"]:
    asked = dict(line.rstrip("\n").split("=", 1) for line in sys.stdin if "=" in line)
    if (asked.get("protocol"), asked.get("host")) == ("https", sys.argv[1]):
        sys.stdout.write(f"username={os.environ[USER_NAME]}\npassword={os.environ[PASSWORD]}\n")
