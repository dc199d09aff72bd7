"""Cells: patterns cut the strings of a language into finitely many classes; here is one string of each that is not empty.

Two strings of one cell match the same patterns, so that no policy and no claim can tell them apart. The cells are found by walking
the automata of all patterns side by side, each combination of states once: this is complete, because there are finitely many.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from generator.prover.automaton import ALPHABET, DEAD, Automaton, Tokens, automaton
from generator.prover.relations import Cell, possible

States = tuple[int, ...]

MAX_STATES = 50_000
"""Far above what an organization's policies reach; past it a claim is undecided rather than slow."""

_NARROW = 4
_PREFERRED = "".join(sorted(ALPHABET, key=lambda it: (not it.islower(), not it.isalnum(), it)))


class TooManyCellsError(Exception):
    """The patterns of one key cut its values into more classes than can be looked at."""


@dataclass(frozen=True)
class Language:
    """The strings that a value can be: those that `tokens` match and none of `never` does."""

    tokens: Tokens
    never: tuple[Tokens, ...] = ()

    def holds(self, text: str) -> bool:
        """True iff `text` is one of them."""
        return self.machine.matches(text) and not any(machine.matches(text) for machine in self.refusing)

    @cached_property
    def machine(self) -> Automaton:
        """The automaton of `tokens`."""
        return automaton(self.tokens)

    @cached_property
    def refusing(self) -> tuple[Automaton, ...]:
        """The automata of `never`."""
        return tuple(map(automaton, self.never))


def representatives(
    language: Language, patterns: Iterable[Tokens], samples: Iterable[str] = (), forbidden: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """One string for every cell that `patterns` cut `language` without `forbidden` into; a sample where one lies in the cell.

    In the order of the samples first: what reads well comes first. Raises TooManyCellsError.
    """
    return cells_of(language, tuple(map(automaton, patterns)), samples, forbidden)


def cells_of(
    language: Language, patterns: Iterable[Automaton], samples: Iterable[str] = (), forbidden: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """The same for patterns that are automata already."""
    prefix = language.machine.prefix
    able = (machine for machine in dict.fromkeys(patterns) if machine.after(prefix) != DEAD)
    inside = (sample for sample in dict.fromkeys(samples) if sample.startswith(prefix))
    return _representatives(language, tuple(able), tuple(inside), forbidden)


@lru_cache(maxsize=4096)
def _representatives(
    language: Language, patterns: tuple[Automaton, ...], samples: tuple[str, ...], forbidden: frozenset[str]
) -> tuple[str, ...]:
    found: dict[Cell, str] = {}
    for sample in samples:
        if sample not in forbidden and language.holds(sample):
            found.setdefault(tuple(machine.matches(sample) for machine in patterns), sample)
    for cell, word in _other_cells(language, patterns, frozenset(found)):
        other = word if word not in forbidden else _word_beside(language, patterns, cell, forbidden)
        if other is not None:
            found[cell] = other
    return tuple(found.values())


def _other_cells(language: Language, patterns: tuple[Automaton, ...], known: frozenset[Cell]) -> Iterator[tuple[Cell, str]]:
    """Every cell that is not among `known`, with its shortest word. Nobody looks for words of cells that are known to be empty."""
    machines = (language.machine, *language.refusing, *patterns)
    first = len(language.never) + 1
    inside = (True, *(False for _ in language.never))
    found = {(*inside, *cell) for cell in known}
    able = possible([machine.tokens for machine in machines], inside, found)
    if able == found:
        return
    prefix = language.machine.prefix
    for states, word in walk(machines, tuple(machine.after(prefix) for machine in machines)):
        if not machines[0].accepts(states[0]):
            continue
        cell = tuple(machine.accepts(state) for machine, state in zip(machines, states, strict=True))
        if cell[:first] == inside and cell not in found:
            found.add(cell)
            yield cell[first:], prefix + word()
            if able == found:
                return


def is_covered(language: Language, patterns: Iterable[Tokens]) -> bool:
    """True iff every word of the language matches one of the patterns. Raises TooManyCellsError."""
    machines = (language.machine, *language.refusing, *map(automaton, patterns))

    def is_matched(states: States) -> bool:
        return any(machine.only_matches(state) for machine, state in zip(machines[1:], states[1:], strict=True))

    return not any(
        machines[0].accepts(states[0]) and not any(map(Automaton.accepts, machines[1:], states[1:]))
        for states, _ in walk(machines, tuple(machine.start for machine in machines), is_matched)
    )


def _nowhere(_: States) -> bool:
    return False


def walk(
    machines: tuple[Automaton, ...], start: States, ends: Callable[[States], bool] = _nowhere
) -> Iterator[tuple[States, _Path]]:
    """Every combination of states that words of the first machine's language reach from `start`, with a shortest word.

    Nobody goes on from one that `ends`. Raises TooManyCellsError.
    """
    came: dict[States, tuple[States, str] | None] = {start: None}
    waiting = deque([start])
    while waiting:
        states = waiting.popleft()
        yield states, _Path(came, states)
        if ends(states):
            continue
        others = tuple(zip(machines[1:], states[1:], strict=True))
        for character in characters(machines, states):
            base = machines[0].step(states[0], character)
            if base == DEAD:
                continue
            after = (base, *[machine.step(state, character) if state else DEAD for machine, state in others])
            if after not in came:
                came[after] = (states, character)
                waiting.append(after)
                if len(came) > MAX_STATES:
                    raise TooManyCellsError


@dataclass(frozen=True)
class _Path:
    """How a combination of states was reached; called, it spells the word."""

    came: dict[States, tuple[States, str] | None]
    states: States

    def __call__(self) -> str:
        word: list[str] = []
        step = self.came[self.states]
        while step:
            word.append(step[1])
            step = self.came[step[0]]
        return "".join(reversed(word))


def characters(machines: tuple[Automaton, ...], states: States, also: frozenset[str] = frozenset()) -> list[str]:
    """Characters enough for every different next step: all that a machine singles out here, and one of each kind of the others."""
    named = set(also)
    for machine, state in zip(machines[1:], states[1:], strict=True):
        if state:
            named |= _singled_out(machine, state)
    kinds = _kinds(machines[0], states[0])
    chosen = [character for kind in kinds for character in kind if character in named]
    foreign = sorted(named.difference(ALPHABET, chosen))
    chosen += [character for character in foreign if machines[0].step(states[0], character) != DEAD]
    for kind in kinds:
        other = next((character for character in kind if character not in named), None)
        if other is not None:
            chosen.append(other)
    return chosen


@cache
def _singled_out(machine: Automaton, state: int) -> frozenset[str]:
    """The characters that some token takes alone, or leaves out."""
    found: set[str] = set()
    for token in machine.live(state):
        found |= token.allowed if len(token.allowed) <= len(ALPHABET) // 2 else ALPHABET - token.allowed
    return frozenset(found)


@cache
def _kinds(machine: Automaton, state: int) -> tuple[str, ...]:
    """The characters that may come next, by the set of tokens that take them, in the order of preference."""
    return _split(frozenset(token.allowed for token in machine.live(state)))


@cache
def _split(sets: frozenset[frozenset[str]]) -> tuple[str, ...]:
    """The characters of some sets, by the sets that they are in."""
    if all(len(allowed) <= _NARROW for allowed in sets):
        return tuple(sorted({character for allowed in sets for character in allowed}))
    kinds: dict[tuple[bool, ...], list[str]] = {}
    outside = sorted({character for allowed in sets for character in allowed} - ALPHABET)
    for character in (*_PREFERRED, *outside):
        kind = tuple(character in allowed for allowed in sets)
        if any(kind):
            kinds.setdefault(kind, []).append(character)
    return tuple("".join(kind) for kind in kinds.values())


def _word_beside(language: Language, patterns: tuple[Automaton, ...], cell: Cell, taken: frozenset[str]) -> str | None:
    """A word of the cell that is not among `taken`: the words of a cell are spelled, shortest first, until one is free."""
    machines = (language.machine, *language.refusing, *patterns)
    first = len(language.never) + 1
    if any(matched and _is_one_word(machine.tokens) for matched, machine in zip(cell, patterns, strict=True)):
        return None
    tries = spread(taken)
    start = (0, *(machine.start for machine in machines))
    came: dict[States, tuple[States, str] | None] = {start: None}
    waiting = deque([start])
    while waiting:
        node, *rest = states = waiting.popleft()
        accepted = tuple(machine.accepts(state) for machine, state in zip(machines, rest, strict=True))
        if accepted[0] and not any(accepted[1:first]) and accepted[first:] == cell:
            word = _Path(came, states)()
            if word not in taken:
                return word
        known = tries.children[node] if node >= 0 else {}
        for character in characters(machines, tuple(rest), frozenset(known)):
            after = (
                known.get(character, -1),
                *(machine.step(state, character) for machine, state in zip(machines, rest, strict=True)),
            )
            if after[1] != DEAD and after not in came:
                came[after] = (states, character)
                waiting.append(after)
                if len(came) > MAX_STATES:
                    raise TooManyCellsError
    return None


def _is_one_word(tokens: Tokens) -> bool:
    return all(len(token.allowed) == 1 and not token.star for token in tokens)


@dataclass(frozen=True)
class Tree:
    """A set of words as a tree; node 0 is the root."""

    children: tuple[dict[str, int], ...]


@cache
def spread(words: frozenset[str]) -> Tree:
    """The words as a tree."""
    children: list[dict[str, int]] = [{}]
    for word in sorted(words):
        node = 0
        for character in word:
            if character not in children[node]:
                children[node][character] = len(children)
                children.append({})
            node = children[node][character]
    return Tree(tuple(children))
