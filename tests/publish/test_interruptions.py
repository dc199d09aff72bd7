"""Whatever goes wrong while a package is pushed, the remote holds the old package or the new one, whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from generator.errors import OutsideError
from generator.git import Git, GitFailed
from tests.publish.conftest import NEW, OLD, ROOT, USER, Loopback
from tests.servers.codecommit import Fault, git


def test_two_publishers_at_once_both_arrive_one_on_top_of_the_other(loopback: Loopback) -> None:
    loopback.publish(OLD)
    both_are_pushing = threading.Barrier(2)
    other = {**OLD, "templates/other.yaml": b"Resources: {}\n"}
    threads = [threading.Thread(target=loopback.publish, args=(files,)) for files in (NEW, other)]
    loopback.codecommit.before_push = [_Meeting(both_are_pushing)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loopback.commits == 3
    assert {frozenset(loopback.files(revision).items()) for revision in ("main", "main^")} == {
        frozenset(NEW.items()),
        frozenset(other.items()),
    }
    assert any("has moved meanwhile" in line for line in loopback.said)


class _Meeting(threading.Event):
    """Lets the first two pushes pass together, and every later one at once."""

    def __init__(self, barrier: threading.Barrier) -> None:
        super().__init__()
        self._barrier = barrier

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            self._barrier.wait(timeout)
            self.set()
        return True


@pytest.mark.parametrize("after_bytes", [0, 200, 900])
def test_a_connection_cut_during_the_push_leaves_the_old_package_and_the_next_attempt_succeeds(
    loopback: Loopback, after_bytes: int
) -> None:
    loopback.publish(OLD)
    held: list[dict[str, bytes]] = []

    class Listening(list[str]):
        def append(self, line: str) -> None:
            if "connection broke" in line:
                held.append(loopback.files())

    loopback.codecommit.fault = Fault(after_bytes=after_bytes, pushes=2)
    loopback.said = Listening()
    report = loopback.publish(NEW)
    assert held == [OLD]
    assert loopback.files() == NEW
    assert report.startswith("published ")
    assert loopback.commits == 2


@pytest.mark.parametrize("pushes", [1, 2])  # curl itself sends a request a second time
def test_an_answer_that_never_arrives_is_found_out_and_nothing_is_pushed_twice(loopback: Loopback, pushes: int) -> None:
    loopback.publish(OLD)
    loopback.codecommit.fault = Fault(instead_of_answer=True, pushes=pushes)
    report = loopback.publish(NEW)
    assert loopback.files() == NEW
    assert loopback.commits == 2
    assert report.startswith(f"published {loopback.head} ")


def test_a_connection_that_always_breaks_gives_up_with_one_line(loopback: Loopback) -> None:
    loopback.publish(OLD)
    loopback.codecommit.fault = Fault(after_bytes=100, pushes=100)
    with pytest.raises(OutsideError, match="broke 6 times") as caught:
        loopback.publish(NEW)
    assert "safe to run this again" in caught.value.problems[0].remedy
    assert loopback.files() == OLD


def test_a_full_disk_of_the_remote_leaves_the_old_package(loopback: Loopback) -> None:
    loopback.publish(OLD)
    loopback.codecommit.file_blocks = 1
    with pytest.raises(OutsideError, match="did not take the push"):
        loopback.publish({**NEW, "templates/big.yaml": bytes(range(256)) * 64})
    loopback.codecommit.file_blocks = None
    assert loopback.files() == OLD
    git("-C", str(loopback.repository), "fsck", "--strict")
    loopback.publish(NEW)
    assert loopback.files() == NEW


@contextmanager
def _small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir()
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield
    finally:
        subprocess.run(["/bin/umount", str(folder)], check=True)


@pytest.mark.parametrize("size", ["4k", "48k", "160k"])
def test_a_full_temporary_folder_gets_one_line_and_leaves_the_old_package(
    loopback: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: str
) -> None:
    loopback.publish(OLD)
    with _small_disk(tmp_path / "small", size):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "small"))
        with pytest.raises(OutsideError, match="temporary folder") as caught:
            loopback.publish({**NEW, "templates/big.yaml": os.urandom(400_000).hex().encode()})
    assert "TMPDIR" in caught.value.problems[0].remedy
    assert len(caught.value.problems) == 1
    assert loopback.files() == OLD


def test_ctrl_c_during_the_push_ends_git_and_says_what_the_remote_may_hold(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback.publish(OLD)
    release = threading.Event()
    loopback.codecommit.before_push = [release]
    children: list[subprocess.Popen[bytes]] = []
    communicate = subprocess.Popen.communicate

    def interrupted(self: subprocess.Popen[bytes], *arguments: object, **options: object) -> tuple[bytes, bytes]:
        if "--no-verify" in self.args:  # type: ignore[operator]
            children.append(self)
            assert loopback.codecommit.pushing.wait(20)
            raise KeyboardInterrupt
        return communicate(self, *arguments, **options)  # type: ignore[arg-type]

    loopback.codecommit.pushing.clear()
    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(OutsideError, match="interrupted") as caught:
        loopback.publish(NEW)
    release.set()
    assert "the old package or the new one, whole" in caught.value.problems[0].remedy
    assert children[0].poll() is not None
    assert loopback.files() in (OLD, NEW)


@contextmanager
def _victim(loopback: Loopback, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A publisher whose temporary folders are below `folder`, because it has no time to remove them."""
    environment = {
        **os.environ,
        "TMPDIR": str(folder),
        **loopback.codecommit.environment,
        "AWS_ACCESS_KEY_ID": USER.identifier,
        "AWS_SECRET_ACCESS_KEY": USER.secret,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.publish.victim"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


def test_killed_at_every_step_the_remote_holds_the_old_package_or_the_new_one(loopback: Loopback, tmp_path: Path) -> None:
    loopback.publish(OLD)
    old = loopback.head
    outcomes: list[bool] = []
    with _victim(loopback, tmp_path) as victim:
        assert victim.stdin
        assert victim.stdout
        for step in range(1, 100):
            victim.stdin.write(f"{step}\n")
            victim.stdin.flush()
            answer = victim.stdout.readline()
            held = loopback.files()
            assert held in (OLD, NEW)
            outcomes.append(held == NEW)
            git("-C", str(loopback.repository), "update-ref", "refs/heads/main", old)
            if answer != "killed\n":
                break
    assert answer == "finished 0\n"
    assert outcomes[-1]
    assert outcomes == sorted(outcomes)
    assert len(outcomes) > 12


def test_killed_with_all_its_children_in_the_middle_of_the_push(loopback: Loopback, tmp_path: Path) -> None:
    loopback.publish(OLD)
    release = threading.Event()
    loopback.codecommit.before_push = [release]
    loopback.codecommit.pushing.clear()
    with _victim(loopback, tmp_path) as victim:
        assert victim.stdin
        victim.stdin.write("1000\n")
        victim.stdin.flush()
        assert loopback.codecommit.pushing.wait(20)
        os.killpg(victim.pid, signal.SIGKILL)
        release.set()
    loopback.codecommit.before_push.clear()
    assert loopback.files() in (OLD, NEW)
    loopback.publish(NEW)
    assert loopback.files() == NEW
    git("-C", str(loopback.repository), "fsck", "--strict")


def test_git_that_dies_is_reported_with_its_signal(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Git.run

    def dies(self: Git, *arguments: str, **options: object) -> bytes:
        if arguments[0] == "fast-import":
            return run(self, "-c", "alias.die=!kill -9 $PPID", "die")
        return run(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Git, "run", dies)
    with pytest.raises(OutsideError, match="ended by signal 9"):
        loopback.publish(OLD)
    assert not loopback.head


def test_a_last_attempt_that_arrives_without_an_answer_is_found_out(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    loopback.publish(OLD)
    run = Git.run
    pushes: list[str] = []

    def lost(self: Git, *arguments: str, **options: object) -> bytes:
        if arguments[0] != "push":
            return run(self, *arguments, **options)  # type: ignore[arg-type]
        pushes.append(arguments[-1])
        if len(pushes) == 6:
            run(self, *arguments, **options)  # type: ignore[arg-type]
        raise GitFailed("push", 128, "fatal: the remote end hung up unexpectedly")

    monkeypatch.setattr(Git, "run", lost)
    report = loopback.publish(NEW)
    assert len(pushes) == 6
    assert report.startswith(f"published {loopback.head} ")
    assert loopback.files() == NEW
    assert loopback.commits == 2


@pytest.mark.parametrize("arrives", [True, False])
def test_a_push_whose_git_is_killed_is_looked_for(loopback: Loopback, monkeypatch: pytest.MonkeyPatch, arrives: bool) -> None:
    loopback.publish(OLD)
    run = Git.run
    killed: list[bool] = []

    def dies(self: Git, *arguments: str, **options: object) -> bytes:
        if arguments[0] != "push" or killed:
            return run(self, *arguments, **options)  # type: ignore[arg-type]
        killed.append(True)
        if arrives:
            run(self, *arguments, **options)  # type: ignore[arg-type]
        raise GitFailed("push", -signal.SIGKILL, "")

    monkeypatch.setattr(Git, "run", dies)
    assert loopback.publish(NEW).startswith(f"published {loopback.head} ")
    assert loopback.files() == NEW
    assert loopback.commits == 2


def test_a_git_that_is_killed_at_every_push_is_named_with_its_signal(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Git.run

    def dies(self: Git, *arguments: str, **options: object) -> bytes:
        if arguments[0] == "push":
            raise GitFailed("push", -signal.SIGKILL, "")
        return run(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Git, "run", dies)
    with pytest.raises(OutsideError, match="ended by signal 9 while"):
        loopback.publish(OLD)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_stops_git_and_leaves_no_temporary_folder(
    loopback: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    loopback.publish(OLD)
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    before = signal.signal(number, signal.SIG_DFL)  # who runs the tests may ignore it
    run = Git.run

    def signalled(self: Git, *arguments: str, **options: object) -> bytes:
        if arguments[0] == "push":
            assert list(folder.iterdir())
            os.kill(os.getpid(), number)
        return run(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Git, "run", signalled)
    try:
        with pytest.raises(OutsideError, match="publishing was interrupted"):
            loopback.publish(NEW)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)
    assert not list(folder.iterdir())
    assert loopback.files() == OLD


def test_a_hang_up_that_nohup_ignores_stays_ignored(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        monkeypatch.setattr(loopback, "said", _Raising(signal.SIGHUP))
        loopback.publish(OLD)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert loopback.files() == OLD


class _Raising(list[str]):
    """Sends this process a signal with every message."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__()
        self._number = number

    def append(self, _: str) -> None:
        os.kill(os.getpid(), self._number)
