"""A credential helper of git (gitcredentials(7)): answers `get` with what its environment holds. Run as a file, imports nothing of ours."""

from __future__ import annotations

import os
import sys

USER_NAME = "CFCTGEN_GIT_USER_NAME"
PASSWORD = "CFCTGEN_GIT_PASSWORD"  # noqa: S105  # the name of a variable

if __name__ == "__main__" and sys.argv[1:] == ["get"]:
    sys.stdout.write(f"username={os.environ[USER_NAME]}\npassword={os.environ[PASSWORD]}\n")
