"""The only place that runs git: without a shell, without anyone's hooks, and without a word of credentials in what it reports.

A repository made here is a throw-away of our own, so whatever the user's configuration says of line endings, filters, signatures or
hooks does not reach what is pushed. What it says of proxies, certificates and credential helpers still holds.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_KEPT = frozenset(
    {
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_HTTP_LOW_SPEED_LIMIT",
        "GIT_HTTP_LOW_SPEED_TIME",
        "GIT_HTTP_PROXY_AUTHMETHOD",
        "GIT_HTTP_USER_AGENT",
        "GIT_PROXY_SSL_CAINFO",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_SSL_CAINFO",
        "GIT_SSL_CAPATH",
        "GIT_SSL_CERT",
        "GIT_SSL_KEY",
        "GIT_SSL_VERSION",
    }
)
"""Variables of git that say how to reach a server (git(1), "Environment Variables"). Every other `GIT_` variable would point git at
another repository, change what it writes, or print what must not be printed (`GIT_TRACE_CURL`)."""

_SETTINGS = (
    "core.hooksPath=/dev/null",  # no hook of the user's
    "core.fsmonitor=false",  # nor any program of theirs
    "gc.auto=0",
    "maintenance.auto=false",
    "push.followTags=false",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
    "protocol.ext.allow=never",  # a URL never runs a command
    "push.pushOption=",  # an empty one clears the list
    "grep.patternType=basic",
    "i18n.commitEncoding=UTF-8",
    "i18n.logOutputEncoding=UTF-8",
    "log.showSignature=false",
    "http.followRedirects=initial",
    "http.postBuffer=67108864",  # one request with its length: a cut connection is a short one, and no server reads it as whole
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=60",  # a connection that stands still for a minute is lost
)

_NOT_FOR_GIT = ("GIT_", "AWS_", "SSH_ASKPASS")
"""Beginnings of names: what redirects git, what is a secret that no program of git's needs, and a window that asks for a password and
waits for somebody who may not be there."""

_URL_CREDENTIALS = re.compile(r"(?<=://)[^/\s'\"]*@")
_SIGNATURE = re.compile(r"\b[0-9]{8}T[0-9]{6}Z[0-9a-f]{64}\b")
_ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}(?:%[^\s'\"@:]*)?")
"""What CodeCommit's user name and password look like (git-remote-codecommit 1.17, `git_url`)."""


NO_ANSWER = "no answer within"
"""How `GitFailed.said` begins when git took too long."""


class GitNotFound(Exception):  # noqa: N818  # a fact, not a fault of git's
    """There is no git on this machine's PATH."""


class GitFailed(Exception):  # noqa: N818  # as above
    """Git ended with an exit code other than 0. `said` is its standard error without credentials."""

    def __init__(self, command: str, exit_code: int, said: str) -> None:
        super().__init__(f"git {command} ended with {exit_code}: {said}")
        self.command = command
        self.exit_code = exit_code
        self.said = said

    @property
    def signal(self) -> int:
        """The signal that ended git, 0 if none did."""
        return max(-self.exit_code, 0)


@dataclass(frozen=True)
class Git:
    """Git in one repository of our own. `environment` is what its processes see, made by `environment_for`."""

    directory: Path
    environment: Mapping[str, str]

    def initialize(self) -> None:
        """Make the repository: bare, and from no template, so that it has no hooks."""
        self.run("init", "--quiet", "--bare", "--template=", ".")

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        extra: Mapping[str, str] | None = None,
        settings: Sequence[str] = (),
        timeout: float | None = None,
    ) -> bytes:
        """Standard output of `git ARGUMENTS`. `extra` is added to the environment, `settings` to the configuration.

        GitFailed when git fails or takes longer than `timeout` seconds, GitNotFound when there is none. When this process is
        interrupted, git is ended first.
        """
        options = [part for setting in (*_SETTINGS, *settings) for part in ("-c", setting)]
        try:
            process = subprocess.Popen(  # noqa: S603  # a list, no shell
                ["git", *options, *arguments],  # noqa: S607  # the user's git, wherever it is
                cwd=self.directory,
                env={**self.environment, **(extra or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except FileNotFoundError as error:
            raise GitNotFound from error
        try:
            out, err = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise GitFailed(arguments[0], -signal.SIGTERM, f"{NO_ANSWER} {timeout:g} seconds") from error
        except BaseException:
            _end(process)
            raise
        if process.returncode:
            said = redacted(err.decode(errors="replace")).strip()
            raise GitFailed(arguments[0], process.returncode, said)
        return out


_SEALED_OFF = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}
"""Reading fetches nothing from a server, changes nothing, and sees what was committed and not what replaces it on this machine."""

_READ_TIMEOUT = 60.0

_UNTRUSTED = "dubious ownership"
"""What git says of a repository of another user (`safe.directory` in git-config(1))."""


@dataclass(frozen=True)
class TreeEntry:
    """A file of a tree, or a link or submodule, by git's `mode`; `size` is 0 for what is no file."""

    mode: str
    oid: str
    size: int
    path: str


class Repository:
    """A repository of the user's, which is only read, with commands that run none of its filters, hooks or drivers."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._git = Git(folder, environment_for(environ) | _SEALED_OFF)

    def exists(self) -> bool:
        """Whether the folder is in a working tree. GitFailed when it is in one that git does not trust."""
        return self._asked("rev-parse", "--is-inside-work-tree") == "true"

    def object_id(self, name: str) -> str | None:
        """The object that git's revision syntax (gitrevisions(7)) gives for `name`; None if there is none, or no repository."""
        if "\0" in name:
            return None
        return self._asked("rev-parse", "--verify", "--quiet", "--end-of-options", name)

    def _asked(self, *arguments: str) -> str | None:
        """The answer to a question that git may answer with an error."""
        try:
            return self._run(*arguments).decode().strip() or None
        except GitFailed as error:
            if _UNTRUSTED in error.said:
                raise
            return None

    def kind(self, oid: str) -> str:
        """`commit`, `tree`, `blob` or `tag`."""
        return self._run("cat-file", "-t", oid).decode().strip()

    def tree(self, oid: str) -> tuple[TreeEntry, ...]:
        """Everything below a tree, by its path from there."""
        listing = self._run("ls-tree", "-r", "-z", "-l", "--full-tree", oid)
        return tuple(_tree_entry(line) for line in listing.split(b"\0") if line)

    def contents(self, oids: Sequence[str]) -> Mapping[str, bytes]:
        """The bytes of blobs."""
        wanted = tuple(dict.fromkeys(oids))
        answer = self._run("cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in wanted).encode())
        contents: dict[str, bytes] = {}
        at = 0
        for oid in wanted:
            end = answer.index(b"\n", at)
            header = answer[at:end].decode().split()
            if header[1:2] != ["blob"]:  # `<name> missing`: an object that was never fetched, or is damaged
                raise GitFailed("cat-file", 0, f"the object {oid} is not here")
            size = int(header[2])
            contents[oid] = answer[end + 1 : end + 1 + size]
            at = end + 1 + size + 1
        return contents

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return self._git.run(*arguments, stdin=stdin, timeout=_READ_TIMEOUT)


def _tree_entry(line: bytes) -> TreeEntry:
    """`mode SP type SP oid SP size TAB path` (git-ls-tree(1)); the size is `-` for what is no blob, `BAD` for one that is not here."""
    description, _, path = line.partition(b"\t")
    mode, _, oid, size = description.decode().split()
    return TreeEntry(mode, oid, int(size) if size.isdecimal() else 0, os.fsdecode(path))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            with suppress(OSError):  # what was not yet written to it has nowhere to go
                pipe.close()


def environment_for(environ: Mapping[str, str], programs: Path | None = None) -> dict[str, str]:
    """The environment of git's processes: `environ` without what would redirect git or make it print secrets.

    `programs` is a folder that is put first on PATH. Messages are in English, because they are read; nobody is asked for a password,
    because nobody may be there to answer.
    """
    kept = {name: value for name, value in environ.items() if not name.startswith(_NOT_FOR_GIT) or name in _KEPT}
    path = kept.get("PATH", os.defpath)
    return kept | {
        "PATH": f"{programs}{os.pathsep}{path}" if programs else path,
        "LC_ALL": "C",
        "LANGUAGE": "",
        "GIT_DEFAULT_HASH": "sha1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",  # empty: neither core.askPass nor SSH_ASKPASS is looked at (git prompt.c)
        "SSH_ASKPASS_REQUIRE": "never",
        "GCM_INTERACTIVE": "never",
    }


def redacted(text: str) -> str:
    """`text` without user names and passwords in URLs, and without anything that looks like an AWS key or CodeCommit signature."""
    for pattern in (_ACCESS_KEY, _SIGNATURE, _URL_CREDENTIALS):
        text = pattern.sub("", text)
    return text
