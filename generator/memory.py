"""What was guarded stays guarded: facts into the ledger, and out of it again when the landing zone no longer makes them.

Stacks retain logs and keys when they go, and CfCT deletes no stack set on its own. So a trail that is renamed, switched off, or
replaced by Control Tower's leaves its bucket and key behind, full of logs, and they need the guard as much as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.aws.names import Arn
from generator.control import Facts, LogBucket, LogKey, LogTrail
from generator.package.ledger import Guarded, Kind, Ledger


def guarded_by(facts: Facts) -> Iterator[Guarded]:
    """What the ledger has to remember of `facts`."""
    for bucket in facts.buckets:
        yield Guarded(Kind.BUCKET, bucket.name, bucket.account, bucket.region)
    for key in facts.keys:
        yield Guarded(Kind.KEY, key.alias, key.account, key.region)
    for trail in facts.trails:
        yield Guarded(Kind.TRAIL, trail.arn, trail.account, trail.region)


def left_behind(facts: Facts, ledger: Ledger) -> tuple[Guarded, ...]:
    """What the ledger knows, nobody has released, and no control provides any more."""
    provided = {replace(each, released="") for each in guarded_by(facts)}
    return tuple(each for each in ledger.guarded if not each.released and each not in provided)


def with_left_behind(facts: Facts, behind: tuple[Guarded, ...]) -> Facts:
    """The facts and what was left behind, so that the guard goes on naming it."""
    return replace(
        facts,
        buckets=(
            *facts.buckets,
            *(LogBucket(each.name, each.account, each.region) for each in behind if each.kind is Kind.BUCKET),
        ),
        keys=(*facts.keys, *(LogKey(each.name, each.account, each.region) for each in behind if each.kind is Kind.KEY)),
        trails=(
            *facts.trails,
            *(LogTrail(Arn(each.name), each.account, each.region) for each in behind if each.kind is Kind.TRAIL),
        ),
    )


def note(each: Guarded) -> str:
    """What whoever builds should know of something left behind."""
    costs = ", and goes on recording, billed as a further copy" if each.kind is Kind.TRAIL else ""
    return (
        f"{each.kind.value} `{each.name}` is no longer made by this landing zone, but it is still there{costs}: it stays guarded "
        "until you have dealt with it and write the day into its `released` in policy-ledger.yaml"
    )
