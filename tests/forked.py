"""The command line in processes forked from one that has imported it: real arguments, streams, environment and exit codes at once.

A start of the program takes most of a second, which is imports of its own and of cfn-lint's rules. Nothing that a run does is seen by
another. What only a new interpreter shows (the imports themselves, another hash seed, another encoding, a terminal) is tested with one.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]


def cfctgen(*arguments: str, cwd: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the program, with nothing on its standard input."""
    server = _server()
    assert server.stdin
    assert server.stdout
    with TemporaryDirectory(prefix="cfctgen-run-") as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        order = {"arguments": arguments, "cwd": str(cwd), "environ": environ, "out": str(out), "err": str(err)}
        server.stdin.write(json.dumps(order) + "\n")
        server.stdin.flush()
        code = server.stdout.readline()
        assert code, "the process that runs are forked from has ended"
        return subprocess.CompletedProcess(arguments, int(code), out.read_text("utf-8"), err.read_text("utf-8"))


@cache
def _server() -> subprocess.Popen[str]:
    """Ends with the tests: then its standard input does."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.forked"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(server.communicate)
    return server


def _load() -> None:
    """All that a check, a build or a proof imports, and cfn-lint's rules."""
    import generator.build  # noqa: PLC0415  # only in the process that is forked
    import generator.checks.run  # noqa: PLC0415  # as above
    import generator.cli.again  # noqa: PLC0415  # as above
    import generator.controls  # noqa: F401, PLC0415  # as above
    from generator.checks.linter import _warm  # noqa: PLC0415  # as above

    _warm(lean=False)


def _serve() -> bool:
    """Forks a process for each line. False in the end, True in a process that now is to be the program."""
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            order = json.loads(line)
            _become(order)
            return True
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()
    return False


def _become(order: dict[str, object]) -> None:
    """Take the streams, folder, environment and arguments of the order."""
    wanted = ((0, os.devnull, os.O_RDONLY), (1, str(order["out"]), os.O_WRONLY), (2, str(order["err"]), os.O_WRONLY))
    for number, path, mode in wanted:
        opened = os.open(path, mode | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(str(order["cwd"]))
    os.environ.clear()
    environ, arguments = order["environ"], order["arguments"]
    assert isinstance(environ, dict)
    assert isinstance(arguments, list)
    os.environ.update(environ)
    sys.argv = ["cfctgen", *arguments]
    sys.path[0] = str(order["cwd"])


if __name__ == "__main__":
    _load()
    if _serve():
        from generator.__main__ import program

        program()
