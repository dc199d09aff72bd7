"""A branch of a git remote: read into a throw-away repository, written as one commit on top of what is there, never by force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from generator.errors import OutsideError, Problem
from generator.git import Git, GitFailed
from generator.publish.failures import running_git
from generator.publish.git_words import is_lost, is_moved, is_silent
from generator.publish.message import trailers
from generator.publish.remote import Remote, Stored, Unwritten

_HEAD = "refs/published/head"
_NEW = "refs/published/new"
_LINK_TO_REPOSITORY = "160000"
_PAUSES = (1.0, 4.0)
"""Seconds before the second and the third attempt to read."""
_ANSWER_WITHIN = 60.0
"""Seconds for the list of branches, which comes first: git has no limit of its own for connecting over https."""
_SSH = "ssh -oBatchMode=yes -oConnectTimeout=15 -oServerAliveInterval=15"
"""For who has not set a command: nobody is asked, and a silent server is given up (ssh_config(5))."""
_OUR_COMMITS = 200
"""How many commits of ours are looked at to know our files again."""


@dataclass(frozen=True)
class Access:
    """How a remote is reached. `secrets` gives the environment for one connection; `denied` and `missing` are remedies.

    `clone_url` is what the user gives to git.
    """

    name: str
    url: str
    branch: str
    denied: str
    missing: str
    clone_url: str
    settings: tuple[str, ...] = ()
    secrets: Callable[[], Mapping[str, str]] = field(default=dict)


@dataclass(frozen=True)
class GitTarget:
    """A branch. `git` runs in an empty repository of our own; `author` is `Name <address>`, `now` seconds since 1970 in UTC."""

    access: Access
    git: Git
    author: str
    now: Callable[[], float]
    sleep: Callable[[float], None]

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.access.name

    def read(self) -> Remote:
        """The branch's newest commit, and every file that any commit of ours on it holds."""
        with self._running():
            revision = self._head()
            if not revision:
                return Remote("", {}, frozenset())
            refspec = f"+refs/heads/{self.access.branch}:{_HEAD}"
            self._asked("fetch", "--quiet", "--no-tags", "--depth=1", self.access.url, refspec)
            revision = self._text("rev-parse", _HEAD)
            files = self._files([revision])[revision]
            written = self._written({revision: self._message(revision)}, {revision: files})
            last = revision
            if not written:
                if (self.git.directory / "shallow").exists():
                    self._asked("fetch", "--quiet", "--no-tags", "--unshallow", self.access.url, refspec)
                messages = dict(self._messages())
                written = self._written(messages, self._files(list(messages)))
                last = next(iter(messages), "")
            return Remote(revision, files, written, last if written else "")

    def write(self, remote: Remote, tree: Mapping[str, Stored], message: str) -> str | Unwritten:
        """Make the commit and push it. The remote takes it only as the next one after `remote.revision`."""
        with self._running():
            # Our own ref may point to an attempt that came too late; `--force` is for that ref, which nobody sees.
            self.git.run("fast-import", "--quiet", "--force", stdin=b"".join(self._stream(remote, tree, message)))
            revision = self._text("rev-parse", _NEW)
            target = f"{revision}:refs/heads/{self.access.branch}"
            try:
                self._connected("push", "--quiet", "--no-verify", self.access.url, target)
            except GitFailed as error:
                if is_moved(error):
                    return Unwritten(revision)
                if is_lost(error) or error.signal:
                    return Unwritten(revision, error)
                raise
            return revision

    def rollback(self, before: Remote, revision: str) -> str:
        """Undo the commit by another one, in a clone."""
        if not before.revision:
            return ""
        return (
            f"git clone --branch {self.access.branch} {self.access.clone_url} rollback && cd rollback\n"
            f"git revert --no-edit {revision}\n"
            f"git push origin HEAD:{self.access.branch}"
        )

    def _running(self) -> AbstractContextManager[None]:
        return running_git(self.name, self.access.denied, self.access.missing)

    def _connected(self, *arguments: str, timeout: float | None = None) -> bytes:
        return self.git.run(*arguments, extra=self.access.secrets(), settings=self.access.settings, timeout=timeout)

    def _asked(self, *arguments: str, timeout: float | None = None) -> bytes:
        """The same for what only reads, and so can be asked again when the connection breaks."""
        for pause in _PAUSES:
            try:
                return self._connected(*arguments, timeout=timeout)
            except GitFailed as error:
                if is_silent(error) or not is_lost(error):
                    raise
                self.sleep(pause)
        return self._connected(*arguments, timeout=timeout)

    def _text(self, *arguments: str) -> str:
        return self.git.run(*arguments).decode().strip()

    def _head(self) -> str:
        """The branch's commit; empty for a repository without any branch, which the first publish may begin."""
        listed = self._asked("ls-remote", "--heads", self.access.url, timeout=_ANSWER_WITHIN).decode().splitlines()
        heads = {name.removeprefix("refs/heads/"): commit for commit, name in (line.split("\t", 1) for line in listed)}
        if heads and self.access.branch not in heads:
            there = ", ".join(f"`{name}`" for name in sorted(heads)[:10])
            problem = f"{self.name} has no branch `{self.access.branch}`, but {there}"
            raise OutsideError(Problem(None, problem, "name the branch with `--branch`, or make it first; nothing was changed"))
        return heads.get(self.access.branch, "")

    def _message(self, commit: str) -> str:
        return self.git.run("log", "-1", "--format=%B", commit).decode(errors="replace")

    def _messages(self) -> Iterator[tuple[str, str]]:
        """Commits whose message says that they are ours, newest first."""
        found = self.git.run("log", f"--max-count={_OUR_COMMITS}", "--grep=^Cfctgen-Package: ", "--format=%H%n%B%x00", _HEAD)
        for record in found.decode(errors="replace").split("\0"):
            commit, _, message = record.strip("\n").partition("\n")
            if commit:
                yield commit, message

    def _files(self, commits: Sequence[str]) -> Mapping[str, Mapping[str, Stored]]:
        """Every file of every commit; each content is read once."""
        listings = {commit: tuple(self._listing(commit)) for commit in commits}
        blobs = {blob for listing in listings.values() for mode, blob, _ in listing if mode != _LINK_TO_REPOSITORY}
        contents = dict(self._contents(sorted(blobs)))
        return {
            commit: {path: Stored(contents.get(blob, blob.encode()), mode) for mode, blob, path in listing}
            for commit, listing in listings.items()
        }

    def _listing(self, commit: str) -> Iterator[tuple[str, str, str]]:
        for record in self.git.run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
            if record:
                head, _, path = record.partition(b"\t")
                mode, _, blob = head.decode().split(" ")
                yield mode, blob, path.decode(errors="surrogateescape")

    def _contents(self, blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        answer = self.git.run("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs).encode())
        place = 0
        for _ in blobs:
            end = answer.index(b"\n", place)
            blob, _, size = answer[place:end].decode().split(" ")
            yield blob, answer[end + 1 : end + 1 + int(size)]
            place = end + 1 + int(size) + 1

    def _written(self, messages: Mapping[str, str], commits: Mapping[str, Mapping[str, Stored]]) -> frozenset[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for commit, message in messages.items():
            said = trailers(message)
            if said:
                files = commits[commit]
                own = said.own({path: stored.content for path, stored in files.items()})
                found |= {(path, files[path].identity) for path in own}
        return frozenset(found)

    def _stream(self, remote: Remote, tree: Mapping[str, Stored], message: str) -> Iterator[bytes]:
        """The commit for `git fast-import`, which writes bytes as they are: no filter, no line ending, no hook has a say."""
        text = message.encode()
        yield f"commit {_NEW}\ncommitter {self.author} {int(self.now())} +0000\ndata {len(text)}\n".encode() + text + b"\n"
        if remote.revision:
            yield f"from {remote.revision}\n".encode()
        yield b"deleteall\n"
        for path, stored in tree.items():
            quoted = _quoted(path)
            if stored.mode == _LINK_TO_REPOSITORY:
                yield b"M 160000 " + stored.content + b" " + quoted + b"\n"
            else:
                yield b"M %s inline %s\ndata %d\n" % (stored.mode.encode(), quoted, len(stored.content)) + stored.content + b"\n"
        yield b"done\n"


def _quoted(path: str) -> bytes:
    """A path for `git fast-import`: in quotes, with octal escapes for what is not plain ASCII."""
    raw = path.encode(errors="surrogateescape")
    plain = range(0x20, 0x7F)
    return b'"' + b"".join(bytes([byte]) if byte in plain and byte not in b'"\\' else b"\\%03o" % byte for byte in raw) + b'"'


def author(git: Git, fallback: str, account: str) -> str:
    """`Name <address>` from the user's git configuration, else from the AWS identity."""
    name, address = _configured(git, "user.name"), _configured(git, "user.email")
    if not (name and address):
        name, address = fallback, fallback if "@" in fallback else f"{fallback}@{account}"
    return f"{_without_marks(name)} <{_without_marks(address)}>"


def ssh_settings(git: Git) -> tuple[str, ...]:
    """The ssh command for git, unless the user has one in the environment or in git's configuration."""
    if {"GIT_SSH", "GIT_SSH_COMMAND"} & git.environment.keys() or _configured(git, "core.sshCommand"):
        return ()
    return (f"core.sshCommand={_SSH}",)


def _configured(git: Git, key: str) -> str:
    try:
        return git.run("config", "--get", key).decode(errors="replace").strip()
    except GitFailed:
        return ""


def _without_marks(text: str) -> str:
    return "".join(mark for mark in text if mark.isprintable() and mark not in "<>")
