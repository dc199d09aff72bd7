"""The actions of a claim: those that the catalogue selects, and those that AWS has yet to invent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from generator.aws.actions import Action, Service, service
from generator.errors import InputError, Problem
from generator.policy.model import ActionPattern
from generator.policy.pattern import Glob
from generator.prover.automaton import Token, glob_tokens, some
from generator.prover.cells import Language, representatives
from generator.prover.claim import ActionSet
from generator.prover.resources import UNKNOWN_TYPE

_NAME = "abcdefghijklmnopqrstuvwxyz0123456789-"
UNKNOWN_NAMES = Language((Token(frozenset(_NAME[:26])), *some(_NAME)))
"""The names that an action can have, in lower case: a letter, then letters, digits and hyphens, as all in the catalogue have."""


@dataclass(frozen=True)
class Case:
    """An action of a claim: its name, and the types of resource that one request for it names together, every way it can."""

    action: str
    alternatives: tuple[tuple[str, ...], ...]
    service: Service
    known: bool = True


def read_pattern(text: str) -> ActionPattern:
    """An action pattern of a claim: `s3:Get*`."""
    prefix, _, name = text.partition(":")
    return ActionPattern(text, prefix.lower(), Glob.parse(name.lower()))


def catalogue_of(chosen: ActionSet) -> Service:
    """The service of an action set. Raises InputError for one that the catalogue does not know."""
    found = service(chosen.service)
    if found is None:
        raise InputError(
            Problem(
                None, f"the catalogue of actions knows no service `{chosen.service}`", "write the prefix of its actions: `s3`"
            )
        )
    return found


def selects(chosen: ActionSet, action: str) -> bool:
    """True iff the set holds `action`: the plain reading of `ActionSet`, which the replay of witnesses uses too."""
    catalogue = catalogue_of(chosen)
    name = action.lower()
    if name.partition(":")[0] != catalogue.prefix:
        return False
    if any(name == named.action.lower() for named in chosen.named):
        return True
    if any(name == named.action.lower() for named in chosen.excluded):
        return False
    found = catalogue.action(name)
    if found is None:
        return chosen.unknown and not any(read_pattern(text).matches(name) for text in chosen.known_harmless)
    return any(level in found.level for level in chosen.levels) and any(
        kind in chosen.resource_types for kind in found.type_names
    )


def cases(chosen: Iterable[ActionSet], patterns: Iterable[ActionPattern]) -> Iterator[Case]:
    """Every action that the sets hold; of the unknown ones, one for every kind that `patterns` tell apart.

    Raises InputError for a named action that does not exist: a slip there would make the claim say nothing.
    """
    patterns = tuple(patterns)
    for action_set in chosen:
        catalogue = catalogue_of(action_set)
        for entry in (*action_set.named, *action_set.excluded):
            if catalogue.action(entry.action) is None:
                raise InputError(
                    Problem(
                        None, f"the catalogue knows no action `{entry.action}`", "correct its name, or remove it from the claim"
                    )
                )
        yield from _known(replace(action_set, unknown=False, known_harmless=()))
        if action_set.unknown:
            yield from _unknown(action_set, catalogue, patterns)


@cache
def _known(chosen: ActionSet) -> tuple[Case, ...]:
    """The actions of the catalogue that a set holds: claims about several accounts have the same sets."""
    catalogue = catalogue_of(chosen)
    return tuple(_case(action, catalogue) for action in catalogue.actions.values() if selects(chosen, action.name))


def _case(action: Action, catalogue: Service) -> Case:
    alternatives = action.alternatives()
    return Case(action.name, alternatives if alternatives != ((),) else (("-",),), catalogue)


def _unknown(chosen: ActionSet, catalogue: Service, patterns: tuple[ActionPattern, ...]) -> Iterator[Case]:
    harmless = [read_pattern(text) for text in chosen.known_harmless]
    asked = [it for it in (*patterns, *harmless) if it.service in ("", catalogue.prefix)]
    never = tuple(glob_tokens(it.name) for it in harmless if it.service in ("", catalogue.prefix))
    taken = frozenset(catalogue.actions) | {entry.action.lower().partition(":")[2] for entry in (*chosen.excluded, *chosen.named)}
    samples = ["newaction", *("".join(p if isinstance(p, str) else "newaction" for p in it.name.parts) for it in asked)]
    language = Language(UNKNOWN_NAMES.tokens, never)
    for name in representatives(language, [glob_tokens(it.name) for it in asked], samples, taken):
        yield Case(f"{catalogue.prefix}:{_readable(name)}", ((UNKNOWN_TYPE,),), catalogue, known=False)


def _readable(name: str) -> str:
    """A made-up name with the capitals that AWS would give it."""
    head = name.removesuffix("newaction")
    return head[:1].upper() + head[1:] + ("NewAction" if head != name else "")
