"""The whole of `cfctgen publish` below the command line: who, where to, what, and what to do afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.config import Config

from generator.errors import InputError, OutsideError, Problem
from generator.git import Git, environment_for
from generator.landing_zone.organization import Organization
from generator.package.ledger import Ledger
from generator.publish import codecommit, s3_target
from generator.publish.caller import Caller, authorize, identify
from generator.publish.failures import running_git, temporary_folder
from generator.publish.git_target import Access, GitTarget, author
from generator.publish.leftovers import leftovers
from generator.publish.message import summary
from generator.publish.pipeline import Source, refuse_other_source, source
from generator.publish.remote import Target
from generator.publish.run import Order, Published, diff, preview, publish
from generator.publish.s3_target import S3Target, bucket_of, version_of
from generator.publish.wait import Watch, follow

if TYPE_CHECKING:
    import boto3

_BRANCH = "main"
_RETRIES = Config(retries={"mode": "adaptive", "total_max_attempts": 8}, connect_timeout=10, read_timeout=60)


class To(StrEnum):
    """Kinds of target."""

    CODECOMMIT = "codecommit"
    GIT = "git"
    S3 = "s3"


@dataclass(frozen=True)
class Options:
    """What the user asked for. `repository` and `branch` are the pipeline's own, or CfCT's defaults, when they are not given."""

    to: To = To.CODECOMMIT
    remote: str | None = None
    repository: str | None = None
    branch: str | None = None
    dry_run: bool = False
    wait: bool = False


@dataclass(frozen=True)
class Surroundings:
    """Everything outside of the program that publishing touches. `tell` shows progress; `clock` is in seconds since 1970."""

    session: boto3.Session
    environ: Mapping[str, str]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    tell: Callable[[str], None]


def deliver(order: Order, organization: Organization, ledger: Ledger, options: Options, around: Surroundings) -> str:
    """Publish, and return what to print. OutsideError for every failure, InputError for options that contradict each other."""
    refuse_options(options)
    with _interruptible():
        caller = identify(around.session, organization)
        around.tell(f"{caller.arn} in {caller.region}, account {caller.account}")
        caller = authorize(caller, around.session, organization)
        for note in caller.notes:
            around.tell(f"note: {note}")
        codepipeline = around.session.client("codepipeline", region_name=organization.home_region, config=_RETRIES)
        found = source(codepipeline)
        if found is None:
            around.tell("note: CfCT's pipeline could not be looked at without codepipeline:GetPipeline")
        with _target(options, found, caller, organization, around) as target:
            if options.dry_run:
                return _previewed(preview(order, target), target)
            done = publish(order, target, around.tell, around.sleep)
            report = _report(done, target, order, ledger)
    if options.wait:
        around.tell(report.rstrip("\n"))
        revision = version_of(done.revision)
        watch = Watch(around.clock, around.sleep, around.tell)
        follow(codepipeline, revision, organization.home_region, found.stages if found else (), watch)
        return f"deployed: the pipeline succeeded for {revision}\n"
    return report


def refuse_options(options: Options) -> None:
    """InputError for options that contradict each other, and for a URL that would show a password to the whole machine."""
    if (options.to is To.GIT) != (options.remote is not None):
        raise InputError(Problem(None, "`--remote` belongs to `--to git`, and one needs the other", "give both or neither"))
    if options.repository and options.to is not To.CODECOMMIT:
        raise InputError(Problem(None, "`--repository` belongs to `--to codecommit`", "leave it out"))
    if options.branch and options.to is To.S3:
        raise InputError(Problem(None, "there is no branch in S3", "leave `--branch` out"))
    if options.wait and options.dry_run:
        raise InputError(Problem(None, "`--dry-run` publishes nothing to wait for", "leave out one of `--wait` and `--dry-run`"))
    remote = options.remote or ""
    if remote.startswith(("-", "codecommit:")) or "::" in remote:
        raise InputError(
            Problem(
                None,
                f"`{remote}` is no URL or path of a git remote",
                "name an https or ssh URL; for CodeCommit use `--to codecommit`",
            )
        )
    if "://" in remote and urlsplit(remote).password:
        raise InputError(
            Problem(None, "the URL of the remote holds a password", "leave it out, and let a git credential helper give it")
        )


@contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as error:
        remedy = "the remote holds the old package or the new one, whole; run this again, and it says which"
        raise OutsideError(Problem(None, "publishing was interrupted", remedy)) from error


@contextmanager
def _target(
    options: Options, found: Source | None, caller: Caller, organization: Organization, around: Surroundings
) -> Iterator[Target]:
    if options.to is To.S3:
        bucket = bucket_of(organization.management_account, organization.home_region)
        refuse_other_source(found, options.to, {"S3Bucket": bucket, "S3ObjectKey": s3_target.KEY})
        s3 = around.session.client("s3", region_name=organization.home_region, config=_RETRIES)
        yield S3Target(s3, bucket, organization.management_account)
        return
    with temporary_folder() as folder:
        git = Git(folder, environment_for(around.environ))
        with running_git("the temporary repository", "", ""):
            git.initialize()
            signed_by = author(git, caller.name, caller.account)
        access = _codecommit(options, found, organization, around) if options.to is To.CODECOMMIT else _any_git(options)
        yield GitTarget(access, git, signed_by, around.clock, around.sleep)


def _codecommit(options: Options, found: Source | None, organization: Organization, around: Surroundings) -> Access:
    region, session = organization.home_region, around.session
    codecommit.refuse_region(session, region, organization.partition)
    known = found.settings if found and found.to == To.CODECOMMIT else {}
    repository = options.repository or known.get("RepositoryName", codecommit.REPOSITORY)
    branch = options.branch or known.get("BranchName", _BRANCH)
    refuse_other_source(found, options.to, {"RepositoryName": repository, "BranchName": branch})
    name = f"CodeCommit repository `{repository}`"
    return Access(
        name=name,
        url=f"https://{codecommit.host(region, around.environ)}{codecommit.path(repository)}",
        branch=branch,
        denied=f"use credentials that may call codecommit:GitPull and codecommit:GitPush on `{repository}`, and check the clock",
        missing=f"check the name, or let CfCT make the repository in `{region}`; nothing was changed",
        clone_url=f"codecommit::{region}://{repository}",
        settings=codecommit.SETTINGS,
        secrets=lambda: codecommit.credentials(session, repository, region, around.environ),
    )


def _any_git(options: Options) -> Access:
    url = options.remote or ""
    return Access(
        name=f"git remote `{url}`",
        url=url,
        branch=options.branch or _BRANCH,
        denied="sign in with a git credential helper or an ssh key that may push there",
        missing="check the URL, or make the repository first; nothing was changed",
        clone_url=url,
    )


def _previewed(seen: Published, target: Target) -> str:
    if seen.laid.is_unchanged:
        return f"unchanged: {target.name} holds exactly this package\n"
    return "\n".join((diff(seen) + f"would be written to {target.name}:", *_changes(seen))) + "\nnothing was changed: dry run\n"


def _changes(done: Published) -> Iterator[str]:
    yield from (f"  {line}" for line in summary(done.laid))
    if done.laid.samples:
        yield f"  CfCT's own sample files are replaced: {', '.join(done.laid.samples)}"
    if done.laid.foreign:
        yield f"  files that others wrote are replaced or removed: {', '.join(done.laid.foreign)}"
    if done.laid.kept:
        yield f"  files that others wrote are kept, and nobody checked them: {', '.join(done.laid.kept)}"


def _report(done: Published, target: Target, order: Order, ledger: Ledger) -> str:
    return "\n".join(_lines(done, target, order, ledger)) + "\n"


def _lines(done: Published, target: Target, order: Order, ledger: Ledger) -> Iterator[str]:
    if done.is_new:
        yield f"published {version_of(done.revision)} to {target.name}"
        yield from _changes(done)
    else:
        yield f"unchanged: {target.name} holds exactly this package, {version_of(done.revision)}"
    left = leftovers(ledger, order.files)
    if left:
        yield ""
        yield "these policies are not needed any more and stay attached, because CfCT never detaches; once the pipeline has ended:"
        for each in left:
            yield from (f"  {line}" for line in each.commands.splitlines())
        yield "  then write the day into their `detached` in policy-ledger.yaml, build, and publish again"
    if done.is_new and (commands := target.rollback(done.before, done.revision)):
        yield ""
        yield "to go back to what was there before:"
        yield from (f"  {line}" for line in commands.splitlines())
