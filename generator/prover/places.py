"""Places: which organizations, and where in them, the accounts of a request can be of which the estate knows nothing.

A member's place is known. A stranger belongs to any other organization or to none, and a stranger's resources are where it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.aws.names import AccountId
from generator.policy.axioms import Presence, presence
from generator.policy.keys import Context, same_key
from generator.policy.request import Principal
from generator.prover.automaton import literal, some
from generator.prover.cells import Language
from generator.prover.classes import Probe, classes
from generator.prover.estate import Estate
from generator.prover.values import patterns_of
from generator.prover.vocabulary import ORGANIZATION_IDS, ORGANIZATION_PATHS, Vocabulary

Place = Mapping[str, tuple[str, ...]]
"""The organization keys of a request that are chosen, not derived."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID = Language((*literal("o-"), *some(_LETTERS)))


@dataclass(frozen=True)
class _Side:
    """The sender (`Principal`), or the owner of the resources (`Resource`). `open`: its place is to be chosen."""

    name: str
    open: bool

    @property
    def id_key(self) -> str:
        return f"aws:{self.name}OrgID"

    @property
    def path_key(self) -> str:
        return f"aws:{self.name}OrgPaths"


def places(sender: Principal, known: Context, estate: Estate, words: Vocabulary) -> Iterator[Place]:
    """Every place of sender and owner that conditions can tell apart; `known`: what variables stand for otherwise.

    Raises TooManyCellsError.
    """
    owner = words.owner or sender.account
    mirrored = owner == sender.account
    placed = presence("aws:PrincipalOrgID", sender.type) is not Presence.FORBIDDEN
    principal = _side("Principal", sender.account, estate, words, placed=placed)
    resource = _side("Resource", owner, estate, words, placed=bool(owner) and not mirrored)
    for one in _ids(principal, known, (), estate, words):
        chosen = known.with_values({principal.id_key: one} if one else {})
        for other in _ids(resource, chosen, one, estate, words):
            both = chosen.with_values({resource.id_key: other} if other else {})
            for first in _paths(principal, one, both, words):
                for second in _paths(resource, other, both, words):
                    yield {**first, **second, **(_mirror(first) if mirrored else {})}


def _mirror(place: Place) -> Place:
    return {key.replace("Principal", "Resource"): values for key, values in place.items()}


def _side(name: str, account: AccountId, estate: Estate, words: Vocabulary, *, placed: bool) -> _Side:
    return _Side(name, placed and words.asks_organizations and estate.stack(account).membership is None)


def _ids(side: _Side, known: Context, beside: tuple[str, ...], estate: Estate, words: Vocabulary) -> Iterator[tuple[str, ...]]:
    """No organization first; then the fixed one, or one of every class, and that of the other side."""
    yield ()
    if not side.open:
        return
    fixed = words.fixed.get(same_key(side.id_key), ())
    paths = words.fixed.get(same_key(side.path_key), ())
    told = fixed or tuple(path.partition("/")[0] for path in paths[:1])
    if told:
        yield told
        return
    probes = [Probe(literal(found), whole=True) for found in (*words.organizations, *beside)]
    for condition in words.about(*ORGANIZATION_IDS):
        probes += [Probe(tokens, whole=True) for tokens in patterns_of(condition, known)]
    for condition in words.about(*ORGANIZATION_PATHS):
        probes += [Probe(tokens, after="/") for tokens in patterns_of(condition, known)]
    ours = frozenset({estate.organization} - {""})
    yield from ((found,) for found in classes(_ID, probes, ("o-otherorgid", *beside), ours))


def _paths(side: _Side, identifier: tuple[str, ...], context: Context, words: Vocabulary) -> Iterator[Place]:
    if not identifier:
        yield {}
        return
    fixed = words.fixed.get(same_key(side.path_key), ())
    if fixed:
        yield {side.id_key: identifier, side.path_key: fixed}
        return
    below = Language((*literal(f"{identifier[0]}/r-"), *some(f"{_LETTERS}-/"), *literal("/")))
    asked = [Probe(tokens, whole=True) for it in words.about(same_key(side.path_key)) for tokens in patterns_of(it, context)]
    for path in classes(below, asked, (f"{identifier[0]}/r-ab12/",)):
        yield {side.id_key: identifier, side.path_key: (path,)}
