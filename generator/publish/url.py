"""The address of a git remote, as the user gives it: without secrets, and which repository it names."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from generator.errors import InputError, Problem
from generator.publish.remote import shown

_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")
"""`<transport>::<address>` runs `git remote-<transport>` (gitremote-helpers(7))."""
_SSH = frozenset({"ssh", "git+ssh", "ssh+git"})


def refuse_url(url: str) -> None:
    """InputError for what is no address of a remote, and for one that would show a secret to the whole machine."""
    parts = _parts(url)
    if not url.strip() or url.startswith("-") or _HELPER.match(url) or (parts and parts.scheme == "codecommit"):
        raise InputError(_no_remote(f"`{shown(url)}`" if "@" not in url else "the value of `--remote`"))
    if parts and "@" in parts.netloc and (parts.scheme not in _SSH or parts.password is not None):
        problem = "the URL of the remote holds a user name or a password"
        raise InputError(Problem(None, problem, "leave it out, and let a git credential helper give it"))


def repository_at(url: str, wanted: str) -> str:
    """`wanted`, if that is how the path of `url` ends, otherwise that path: what CodePipeline calls FullRepositoryId (`owner/name`)."""
    parts = _parts(url)
    path = parts.path if parts else url.partition(":")[2] or url
    path = path.strip("/").removesuffix(".git")
    return wanted if f"/{path}".casefold().endswith(f"/{wanted}".casefold()) else path


def _parts(url: str) -> SplitResult | None:
    """The parts of a URL; None for a path and for ssh's `host:path`."""
    if "://" not in url:
        return None
    try:
        return urlsplit(url)
    except ValueError as error:  # brackets that are no IPv6 address
        raise InputError(_no_remote("the value of `--remote`")) from error


def _no_remote(what: str) -> Problem:
    return Problem(
        None, f"{what} is no URL or path of a git remote", "name an https or ssh URL; for CodeCommit use `--to codecommit`"
    )
