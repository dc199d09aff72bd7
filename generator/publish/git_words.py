"""What git's words mean when it fails. `remote:` lines are somebody else's words, and decide nothing but why a push was declined."""

from __future__ import annotations

import re

from generator.errors import Problem
from generator.git import NO_ANSWER, GitFailed
from generator.publish.remote import shown

_FULL = re.compile(
    r"No space left on device|File too large|Disk quota exceeded|Read-only file system|could not set 'core|cannot copy|write error"
    r"|(?:unable|failed) to write|(?:cannot|could not|unable to) (?:create|store|mkdir)|insufficient permission for adding an object"
)
_UNREACHABLE = re.compile(
    r"Could not resolve|Failed to connect|Couldn't connect|Connection (?:refused|reset|timed out)|Operation (?:timed out|too slow)"
    r"|Recv failure|Send failure|Empty reply|RPC failed|[Nn]etwork is unreachable|returned error: (?:429|5\d\d)|HTTP 5\d\d"
    r"|transfer closed|SSL_read|SSL_ERROR_SYSCALL|SSL connection timeout|GnuTLS recv|unexpected eof|CONNECT tunnel failed"
    rf"|from proxy after CONNECT|Connection closed by|{NO_ANSWER}"
)
_HUNG_UP = re.compile(r"hung up unexpectedly|unexpected disconnect|early EOF")
_ECHO = re.compile(
    r"hung up|disconnect|early EOF|index-pack|fetch-pack|Could not read from remote repository|unable to access|flush"
)
"""Fatal lines that only say that the other side is gone."""
_CERTIFICATE = re.compile(r"certificate|SSL: no alternative|SSL peer")
_DENIED = re.compile(
    r"returned error: (?:401|403)|Authentication failed|could not read (?:Username|Password)|Permission denied|HTTP 40[13]"
)
_MISSING = re.compile(
    r"returned error: 404|repository '[^']*' (?:not found|does not exist)|[Rr]epository not found|does not appear to be a git repository"
)
_HOST_KEY = re.compile(r"Host key verification failed")
_DECLINED = re.compile(r"\[remote rejected\]|remote unpack failed")
_OVERTAKEN = re.compile(r"cannot lock ref .*(?:but expected|reference already exists)")
_REASONS = 3
"""Lines of the remote's own that are shown as its reason."""


def is_lost(error: GitFailed) -> bool:
    """Whether the connection broke, so that the remote may have taken what was sent, and trying again may help."""
    said = "\n".join(_own(error))
    if _FULL.search(said) or _CERTIFICATE.search(said) or _DECLINED.search(said):
        return False
    return bool(_UNREACHABLE.search(said) or (_HUNG_UP.search(said) and not _fatal(error)))


def is_silent(error: GitFailed) -> bool:
    """Whether there was no answer for so long that asking once more only takes as long again."""
    return error.said.startswith(NO_ANSWER)


def is_moved(error: GitFailed) -> bool:
    """Whether the remote holds something newer than what the push was made from.

    A server finds that out before the push (`[rejected]`) or while it takes it; then its own words, behind `remote:`, tell a rival
    from a lock that somebody left there (receive-pack says `failed to update ref` of both).
    """
    own = "\n".join(_own(error))
    return "[rejected]" in own or ("[remote rejected]" in own and bool(_OVERTAKEN.search(error.said)))


def cause(error: GitFailed, name: str, denied: str, missing: str, safe: str) -> Problem:
    """The first cause that fits what git said of the remote called `name`. `denied` and `missing` are remedies."""
    own = "\n".join(_own(error))
    said = shown(_cause(error))
    declined = _DECLINED.search(own)
    causes: tuple[tuple[object, str, str], ...] = (
        (declined, f"{name} did not take the push: {said}{_reason(error)}", f"mend it there; {safe}"),
        (_FULL.search(own), f"the temporary folder is full: {said}", f"make room, or set TMPDIR; {safe}"),
        (_MISSING.search(own), f"{name} does not exist", missing),
        (
            _HOST_KEY.search(own),
            f"the host key of {name} is not known here: {said}",
            f"connect once with ssh and compare the key, or write it into known_hosts; {safe}",
        ),
        (_DENIED.search(own), f"{name} refused the credentials: {said}", denied),
        (_CERTIFICATE.search(own), f"the certificate of {name} is not trusted: {said}", "check the proxy, or set GIT_SSL_CAINFO"),
        (is_lost(error), f"{name} cannot be reached: {said}", f"check the network and the proxy; {safe}"),
        (error.signal, f"git was ended by signal {error.signal}", f"see whether memory or disk ran out; {safe}"),
    )
    for fits, problem, remedy in causes:
        if fits:
            return Problem(None, problem, remedy)
    return Problem(None, f"git {error.command} failed: {said}", safe)


def _own(error: GitFailed) -> list[str]:
    """The lines that are git's on this side, or ssh's."""
    lines = [line.strip() for line in error.said.splitlines()]
    return [line for line in lines if line and not line.startswith("remote:")]


def _fatal(error: GitFailed) -> list[str]:
    """The lines with which git itself gave up on this side."""
    return [line for line in _own(error) if line.startswith("fatal: ") and not (_ECHO.search(line) or _UNREACHABLE.search(line))]


def _cause(error: GitFailed) -> str:
    """The line that names the cause: the rejection, what was fatal on this side, git's first fatal line, or the last one."""
    own = _own(error)
    kinds = (
        [line for line in own if "[remote rejected]" in line],
        _fatal(error),
        [line for line in own if line.startswith("fatal: ")],
        [line for line in own if line.startswith("error: ")],
        [line for line in own if line.startswith("! ")],
        own[-1:],
    )
    found = next((lines[0] for lines in kinds if lines), "it said nothing")
    before = own.index(found) - 1 if found in own else -1
    if "Could not read from remote repository" in found and before >= 0:
        found = own[before]
    return re.sub(r"^(?:fatal|error|ERROR): ", "", found).rstrip(".")


def _reason(error: GitFailed) -> str:
    """What the remote itself said of it."""
    lines = [
        line.strip().removeprefix("remote:").strip() for line in error.said.splitlines() if line.strip().startswith("remote:")
    ]
    said = [shown(line).rstrip(".") for line in lines if line]
    return f" ({'; '.join(said[:_REASONS])})" if said else ""
