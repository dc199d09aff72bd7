"""The whole of `cfctgen publish` below the command line: who, where to, what, and what to do afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from generator.errors import InputError, OutsideError, Problem
from generator.git import Git, environment_for, redacted
from generator.landing_zone.organization import Organization
from generator.package.ledger import Ledger
from generator.publish import codecommit, s3_target
from generator.publish.caller import Caller, authorize, identify
from generator.publish.clients import PATIENT, client
from generator.publish.failures import running_git, temporary_folder
from generator.publish.git_target import Access, GitTarget, author, ssh_settings
from generator.publish.leftovers import leftovers
from generator.publish.message import summary
from generator.publish.pipeline import Source, refuse_other_source, source
from generator.publish.remote import Target, shown
from generator.publish.run import Order, Published, diff, preview, publish
from generator.publish.s3_target import S3Target, bucket_of, version_of
from generator.publish.signals import ended_like_ctrl_c
from generator.publish.url import refuse_url, repository_at
from generator.publish.wait import Watch, follow

if TYPE_CHECKING:
    import boto3

_BRANCH = "main"

_UNSEEN = Problem(
    None,
    "which repository the pipeline reads cannot be looked up, so that there is nothing to wait for",
    "use credentials that may call `codepipeline:GetPipeline`, or leave `--wait` out; nothing was changed",
)


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
    with ended_like_ctrl_c():
        return _delivered(order, organization, ledger, options, around)


def _delivered(order: Order, organization: Organization, ledger: Ledger, options: Options, around: Surroundings) -> str:
    with _interruptible():
        caller = identify(around.session, organization)
        around.tell(f"{caller.arn} in {caller.region}, account {caller.account}")
        caller = authorize(caller, around.session, organization)
        for note in caller.notes:
            around.tell(f"note: {note}")
        codepipeline = client(around.session, "codepipeline", organization.home_region, PATIENT)
        found = source(codepipeline)
        if found is None:
            around.tell("note: CfCT's pipeline could not be looked at without codepipeline:GetPipeline")
            if options.wait and options.to is To.GIT:
                raise OutsideError(_UNSEEN)
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
    if options.remote is not None:
        refuse_url(options.remote)


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
        s3 = client(around.session, "s3", organization.home_region, PATIENT)
        yield S3Target(s3, bucket, organization.management_account)
        return
    with temporary_folder() as folder:
        git = Git(folder, environment_for(around.environ))
        with running_git("the temporary repository", "", ""):
            git.initialize()
            signed_by = author(git, caller.name, caller.account)
        access = (
            _codecommit(options, found, organization, around) if options.to is To.CODECOMMIT else _any_git(options, found, git)
        )
        yield GitTarget(access, git, signed_by, around.clock, around.sleep)


def _codecommit(options: Options, found: Source | None, organization: Organization, around: Surroundings) -> Access:
    region, session = organization.home_region, around.session
    codecommit.refuse_region(session, region, organization.partition)
    known = found.settings if found and found.to == To.CODECOMMIT else {}
    repository = options.repository or known.get("RepositoryName", codecommit.REPOSITORY)
    branch = options.branch or known.get("BranchName", _BRANCH)
    refuse_other_source(found, options.to, {"RepositoryName": repository, "BranchName": branch})
    host, path = codecommit.host(region, around.environ), codecommit.path(repository)
    return Access(
        name=f"CodeCommit repository `{repository}`",
        url=f"https://{host}{path}",
        branch=branch,
        denied=f"use credentials that may call codecommit:GitPull and codecommit:GitPush on `{repository}`, and check the clock",
        missing=f"check the name, or let CfCT make the repository in `{region}`; nothing was changed",
        clone_url=f"codecommit::{region}://{repository}",
        settings=codecommit.settings(host, path),
        secrets=lambda: codecommit.credentials(session, repository, region, around.environ),
    )


def _any_git(options: Options, found: Source | None, git: Git) -> Access:
    url = options.remote or ""
    known = found.settings if found and found.to == To.GIT else {}
    branch, read = options.branch or known.get("BranchName", _BRANCH), known.get("FullRepositoryId", "")
    refuse_other_source(found, options.to, {"FullRepositoryId": repository_at(url, read), "BranchName": branch})
    return Access(
        name=f"git remote `{redacted(url)}`",
        url=url,
        branch=branch,
        denied="sign in with a git credential helper or an ssh key that may push there",
        missing="check the URL, or make the repository first; nothing was changed",
        clone_url=url,
        settings=ssh_settings(git),
    )


def _previewed(seen: Published, target: Target) -> str:
    if seen.laid.is_unchanged:
        return f"unchanged: {target.name} holds exactly this package\n"
    return "\n".join((diff(seen) + f"would be written to {target.name}:", *_changes(seen))) + "\nnothing was changed: dry run\n"


def _changes(done: Published) -> Iterator[str]:
    yield from (f"  {line}" for line in summary(done.laid))
    if done.laid.samples:
        yield f"  CfCT's own sample files are replaced: {_named(done.laid.samples)}"
    if done.laid.foreign:
        yield f"  files that others wrote are replaced or removed: {_named(done.laid.foreign)}"
    if done.laid.kept:
        yield f"  files that others wrote are kept, and nobody checked them: {_named(done.laid.kept)}"


def _named(paths: Iterable[str]) -> str:
    return ", ".join(map(shown, paths))


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
