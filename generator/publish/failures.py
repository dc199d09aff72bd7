"""What services, networks and git say when they fail, as one problem with one remedy."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from botocore import exceptions

from generator.errors import OutsideError, Problem
from generator.git import GitFailed, GitNotFound, redacted

SAFE = "nothing was changed, and it is safe to run this again"

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_WRONG_KEYS = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch"})
_THROTTLED = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown"})


@contextmanager
def asking(service: str, permission: str, remedies: Mapping[str, str] | None = None) -> Iterator[None]:
    """Turns what boto3 raises into an error that says what to do. `remedies` are of this call's own error codes."""
    try:
        yield
    except exceptions.ClientError as error:
        raise OutsideError(_refused(service, permission, error, remedies or {})) from error
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.CredentialRetrievalError) as error:
        raise OutsideError(no_credentials()) from error
    except (exceptions.SSOError, exceptions.TokenRetrievalError) as error:
        raise OutsideError(Problem(None, "the IAM Identity Center session has expired", "run `aws sso login`")) from error
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        problem = f"{service} cannot be reached: {redacted(str(error)).rstrip('.')}"
        raise OutsideError(Problem(None, problem, f"check the network, the proxy and the region; {SAFE}")) from error
    except exceptions.BotoCoreError as error:
        problem = f"{service} could not be asked: {redacted(str(error)).rstrip('.')}"
        raise OutsideError(Problem(None, problem, "check the AWS configuration of this machine")) from error


def no_credentials() -> Problem:
    """There is nobody to sign requests as."""
    return Problem(None, "there are no usable AWS credentials", "sign in, or set AWS_PROFILE")


def _refused(service: str, permission: str, error: exceptions.ClientError, remedies: Mapping[str, str]) -> Problem:
    code = error.response["Error"]["Code"]
    problem = f"{service} refused `{error.operation_name}`: {code}"
    if code in remedies:
        return Problem(None, problem, remedies[code])
    if code in _EXPIRED:
        return Problem(None, f"the AWS session has expired: {service} answered {code}", f"sign in again; {SAFE}")
    if code in _WRONG_KEYS:
        return Problem(None, problem, "check the access key, its secret, and the clock of this machine")
    if code in DENIED:
        return Problem(None, problem, f"use credentials that may call `{permission}`")
    if code in _THROTTLED:
        return Problem(None, problem, f"wait a minute and run this again; {SAFE}")
    return Problem(None, problem, f"look the error up in the API reference of {service}; {SAFE}")


def error_code(error: exceptions.ClientError) -> str:
    """The code by which a caller tells errors apart."""
    return str(error.response["Error"]["Code"])


_FULL = re.compile(
    r"No space left on device|File too large|Disk quota exceeded|Read-only file system|could not set 'core|cannot copy|write error"
    r"|(?:unable|failed) to write|(?:cannot|could not|unable to) (?:create|store|mkdir)|insufficient permission for adding an object"
)
_UNREACHABLE = re.compile(
    r"Could not resolve|Failed to connect|Couldn't connect|Connection (?:refused|reset|timed out)|Operation (?:timed out|too slow)"
    r"|Recv failure|Send failure|Empty reply|unexpected disconnect|hung up unexpectedly|early EOF|RPC failed|[Nn]etwork is unreachable"
    r"|returned error: (?:429|5\d\d)|HTTP 5\d\d|transfer closed|SSL_read|SSL_ERROR_SYSCALL|GnuTLS recv|unexpected eof"
)
_CERTIFICATE = re.compile(r"certificate|SSL: no alternative|SSL peer")
_DENIED = re.compile(
    r"returned error: (?:401|403)|Authentication failed|could not read (?:Username|Password)|Permission denied|HTTP 40[13]"
)
_MISSING = re.compile(
    r"returned error: 404|repository '[^']*' not found|[Rr]epository not found|does not (?:exist|appear to be a git repository)"
)
_MOVED = re.compile(r"\[rejected\]|fetch first|non-fast-forward|cannot lock ref|reference already exists|failed to update ref")
_DECLINED = re.compile(r"\[remote rejected\]")


def is_lost(error: GitFailed) -> bool:
    """Whether the connection broke, so that the remote may have taken what was sent, and trying again may help."""
    return bool(_UNREACHABLE.search(error.said)) and not (_FULL.search(error.said) or _CERTIFICATE.search(error.said))


def is_moved(error: GitFailed) -> bool:
    """Whether the remote holds something newer than what the push was made from."""
    return bool(_MOVED.search(error.said))


def git_missing() -> OutsideError:
    """There is no git on this machine."""
    return OutsideError(Problem(None, "git is not on the PATH", "install git 2.25 or newer"))


@contextmanager
def running_git(name: str, denied: str, missing: str) -> Iterator[None]:
    """Turns what git says of the remote called `name` into an error. `denied` and `missing` are remedies."""
    try:
        yield
    except GitNotFound as error:
        raise git_missing() from error
    except GitFailed as error:
        raise OutsideError(_of_git(error, name, denied, missing)) from error
    except OSError as error:
        raise _no_room(error) from error


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder of our own, gone afterwards. OutsideError when there is no room for it."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="cfctgen-", ignore_cleanup_errors=True)
    except OSError as error:
        raise _no_room(error) from error
    with folder as path:
        yield Path(path)


def _no_room(error: OSError) -> OutsideError:
    reason = (error.strerror or str(error)).lower()
    return OutsideError(Problem(None, f"the temporary folder cannot be written: {reason}", f"make room, or set TMPDIR; {SAFE}"))


def _of_git(error: GitFailed, name: str, denied: str, missing: str) -> Problem:
    """The first cause that fits. What a full disk of the remote's says comes back as its refusal, or behind `remote:`."""
    said = _last_line(error.said)
    full, declined = _FULL.search(error.said), _DECLINED.search(error.said)
    causes: tuple[tuple[object, str, str], ...] = (
        (
            full and not declined and "remote:" not in error.said,
            f"the temporary folder is full: {said}",
            f"make room, or set TMPDIR; {SAFE}",
        ),
        (_MISSING.search(error.said), f"{name} does not exist", missing),
        (_DENIED.search(error.said), f"{name} refused the credentials: {said}", denied),
        (
            _CERTIFICATE.search(error.said),
            f"the certificate of {name} is not trusted: {said}",
            "check the proxy, or set GIT_SSL_CAINFO",
        ),
        (declined or full, f"{name} did not take the push: {said}", f"mend it there; {SAFE}"),
        (is_lost(error), f"{name} cannot be reached: {said}", f"check the network and the proxy; {SAFE}"),
        (error.signal, f"git was ended by signal {error.signal}", f"see whether memory or disk ran out; {SAFE}"),
    )
    for fits, problem, remedy in causes:
        if fits:
            return Problem(None, problem, remedy)
    return Problem(None, f"git {error.command} failed: {said}", SAFE)


def _last_line(said: str) -> str:
    """The line that names the cause: git's own rejection, its first fatal line, or the last one."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and line.strip() != "remote:"]
    for pattern in (r"^! \[remote rejected\]", r"^fatal: ", r"^error: ", r"^! "):
        for line in lines:
            if re.search(pattern, line):
                return re.sub(r"^(?:fatal|error): ", "", line).rstrip(".")
    return lines[-1].rstrip(".") if lines else "it said nothing"
