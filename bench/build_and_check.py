"""`cfctgen build` with all its checks, and `cfctgen check`, against bare cfn-lint on the same templates, side by side in one run.

Prints the wall time of each, the best of several rounds taken in turns, and the ratio to cfn-lint's: of a first run (design: at most
0.75), of a run with nothing changed (at most 0.1), of one after a change of one template, and of a package with many templates.
"""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
ROUNDS = 5
INPUTS = ("landing-zone.yaml", "organization.yaml", "policy-ledger.yaml")
COPIES = 3
CFCTGEN = (sys.executable, "-m", "generator")


def seconds(command: tuple[str, ...], folder: Path) -> float:
    """Wall time of one run, start-up included. Findings are no failure here."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.defpath, "XDG_CACHE_HOME": str(folder / ".user")}
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, env=environment)
    took = time.perf_counter() - began
    if done.returncode not in {0, 1}:
        raise SystemExit(done.stderr.decode())
    return took


def first(command: tuple[str, ...], folder: Path) -> float:
    """The time of a run that knows of no other."""
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    return seconds(command, folder)


def touched(command: tuple[str, ...], folder: Path) -> float:
    """The time of a run after a change of one template."""
    template = next((folder / "templates").glob("*.yaml"))
    template.write_text(template.read_text() + "# touched\n")
    return seconds(command, folder)


def cfn_lint(folder: Path) -> tuple[str, ...]:
    """The command on every template that lies there now."""
    regions = yaml.safe_load((ROOT / "organization.yaml").read_text())["governed_regions"]
    templates = sorted(str(path) for path in (folder / "templates").glob("*.yaml"))
    return (str(Path(sys.executable).parent / "cfn-lint"), "--regions", *regions, "--", *templates)


def show(what: str, ours: float, theirs: float) -> None:
    """One line."""
    print(f"{what} {ours:.2f} s, bare cfn-lint {theirs:.2f} s: ratio {ours / theirs:.2f}")


def main() -> None:
    """Measure and print."""
    compileall.compile_dir(ROOT / "generator", quiet=1)  # as pip has done for cfn-lint
    build, check = (*CFCTGEN, "build"), (*CFCTGEN, "check", ".")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in INPUTS:
            shutil.copy(ROOT / path, folder)
        seconds(build, folder)
        lint = cfn_lint(folder)
        rounds = [
            (
                seconds(lint, folder),
                first(build, folder),
                seconds(build, folder),
                first(check, folder),
                seconds(check, folder),
                touched(check, folder),
            )
            for _ in range(ROUNDS)
        ]
        theirs, *ours = (min(column) for column in zip(*rounds, strict=True))
        for what, took in zip(
            ("build and check", "build again", "check alone", "check again", "check after one change"), ours, strict=True
        ):
            show(what, took, theirs)
        for template in tuple((folder / "templates").glob("*.yaml")):
            for number in range(COPIES):
                shutil.copy(template, template.with_stem(f"{template.stem}-{number}"))
        lint = cfn_lint(folder)
        pairs = [(first(check, folder), seconds(lint, folder)) for _ in range(ROUNDS - 2)]
        show(f"check with {len(lint) - lint.index('--') - 1} templates", *(min(column) for column in zip(*pairs, strict=True)))


if __name__ == "__main__":
    main()
