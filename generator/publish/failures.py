"""What services, networks and disks say when they fail, as one problem with one remedy."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from botocore import exceptions

from generator.errors import OutsideError, Problem
from generator.git import GitFailed, GitNotFound, redacted
from generator.publish.git_words import cause

SAFE = "nothing was changed, and it is safe to run this again"

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException"})
_CLOCK = frozenset({"RequestExpired", "RequestTimeTooSkewed", "InvalidSignatureException"})
_WRONG_KEYS = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch"})
_THROTTLED = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown"})


@contextmanager
def asking(service: str, permission: str, remedies: Mapping[str, str] | None = None, state: str = SAFE) -> Iterator[None]:
    """Turns what boto3 raises into an error that says what to do. `remedies` are of this call's own error codes.

    `state` ends every other remedy: how things are now, and whether to run the command again.
    """
    try:
        yield
    except exceptions.ClientError as error:
        raise OutsideError(_refused(service, permission, error, remedies or {}, state)) from error
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.CredentialRetrievalError) as error:
        raise OutsideError(no_credentials(state)) from error
    except (exceptions.SSOError, exceptions.TokenRetrievalError) as error:
        remedy = f"run `aws sso login`; {state}"
        raise OutsideError(Problem(None, "the IAM Identity Center session has expired", remedy)) from error
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        problem = f"{service} cannot be reached: {redacted(str(error)).rstrip('.')}"
        raise OutsideError(Problem(None, problem, f"check the network, the proxy and the region; {state}")) from error
    except exceptions.BotoCoreError as error:
        problem = f"{service} could not be asked: {redacted(str(error)).rstrip('.')}"
        raise OutsideError(Problem(None, problem, f"check the AWS configuration of this machine; {state}")) from error


def no_credentials(state: str = SAFE) -> Problem:
    """There is nobody to sign requests as."""
    return Problem(None, "there are no usable AWS credentials", f"sign in, or set AWS_PROFILE; {state}")


def _refused(service: str, permission: str, error: exceptions.ClientError, remedies: Mapping[str, str], state: str) -> Problem:
    code = error_code(error)
    problem = f"{service} refused `{error.operation_name}`: {code}"
    if code in remedies:
        return Problem(None, problem, remedies[code])
    if code in _EXPIRED:
        problem = f"the AWS session has expired: {service} answered {code}"
    causes = (
        (_EXPIRED, "sign in again"),
        (_CLOCK, "check the clock of this machine, then the secret access key"),
        (_WRONG_KEYS, "check the access key, its secret, and the clock of this machine"),
        (DENIED, f"use credentials that may call `{permission}`"),
        (_THROTTLED, "wait a minute"),
    )
    unknown = f"look the error up in the API reference of {service}"
    remedy = next((remedy for codes, remedy in causes if code in codes), unknown)
    return Problem(None, problem, f"{remedy}; {state}")


def error_code(error: exceptions.ClientError) -> str:
    """The code by which a caller tells errors apart."""
    return str(error.response["Error"]["Code"])


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
        raise OutsideError(cause(error, name, denied, missing, SAFE)) from error
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
