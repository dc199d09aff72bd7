"""`cfctgen build` with all its checks against bare cfn-lint on the same templates, side by side in one run.

Prints the wall time of each, the best of several rounds taken in turns, and their ratio (design: at most 0.75).
"""

from __future__ import annotations

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


def seconds(command: list[str], folder: Path) -> float:
    """Wall time of one run, start-up included."""
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"})
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    regions = yaml.safe_load((ROOT / "organization.yaml").read_text())["governed_regions"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in INPUTS:
            shutil.copy(ROOT / path, folder)
        build = [sys.executable, "-m", "generator", "build"]
        seconds(build, folder)
        templates = sorted(str(path) for path in (folder / "templates").glob("*.yaml"))
        lint = [str(Path(sys.executable).parent / "cfn-lint"), "--regions", *regions, "--", *templates]
        times = [(seconds(build, folder), seconds(lint, folder)) for _ in range(ROUNDS)]
    ours, theirs = (min(column) for column in zip(*times, strict=True))
    print(f"build and check {ours:.2f} s, bare cfn-lint {theirs:.2f} s: ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
