"""The address of a CodeCommit repository and the password for it, which is a signature and lives for minutes.

git-remote-codecommit writes user name and signature into the URL that it hands to `git remote-http`, where every user of the machine
can read them in the process list, the session token included. So its signature is taken and its command is not: the URL that git sees
is bare, and a credential helper of ours gives the rest over a pipe.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import git_remote_codecommit  # type: ignore[import-untyped]

from generator.errors import OutsideError, Problem
from generator.publish import git_credential
from generator.publish.failures import asking, no_credentials
from generator.publish.git_credential import PASSWORD, USER_NAME

if TYPE_CHECKING:
    import boto3

REPOSITORY = "custom-control-tower-configuration"
"""CfCT's own default (template 45)."""

ENDPOINT = "CODE_COMMIT_ENDPOINT"
"""Host and port instead of AWS's; the variable that git-remote-codecommit reads."""


def settings(host: str, path: str) -> tuple[str, ...]:
    """Git's configuration that gives the credential to this host over TLS, and to nobody else: no proxy, no other address.

    First none of the user's helpers for it, which would keep a password that is stale in minutes; then ours. Other hosts keep theirs.
    The redirect is settled for the whole URL, because a more special setting of the user's would win (git-config(1), "http.<url>.*").
    """
    helper = shlex.join([sys.executable, "-IS", git_credential.__file__, host])
    scope = f"credential.https://{host}.helper"
    return (f"{scope}=", f"{scope}=!{helper}", f"http.https://{host}{path}.followRedirects=false", "http.followRedirects=false")


def refuse_region(session: boto3.Session, region: str, partition: str) -> None:
    """OutsideError where CodeCommit does not exist."""
    known = session.get_available_regions("codecommit", partition_name=partition)
    if region not in known:
        raise OutsideError(Problem(None, f"there is no CodeCommit in `{region}`", "let CfCT read from S3, and use `--to s3`"))


def host(region: str, environ: Mapping[str, str]) -> str:
    """Host, and port if it is not the usual one."""
    return environ.get(ENDPOINT) or f"git-codecommit.{region}.{git_remote_codecommit.website_domain_mapping(region)}"


def path(repository: str) -> str:
    """The path that is signed."""
    return f"/v1/repos/{repository}"


def credentials(session: boto3.Session, repository: str, region: str, environ: Mapping[str, str]) -> dict[str, str]:
    """User name and signature as environment of git, where only this user's own processes see them. Made anew for every call."""
    with asking("AWS", "sts:GetCallerIdentity"):
        found = session.get_credentials()
        frozen = found.get_frozen_credentials() if found else None
    if frozen is None or not frozen.access_key:
        raise OutsideError(no_credentials())
    signature = git_remote_codecommit.sign(host(region, environ), path(repository), region, frozen)
    token = f"%{frozen.token}" if frozen.token else ""
    return {USER_NAME: f"{frozen.access_key}{token}", PASSWORD: signature}
