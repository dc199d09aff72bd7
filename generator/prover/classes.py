"""Classes: words of a language by what they do to patterns in whose middle they stand, such as an account id within an ARN.

Cells (`generator.prover.cells`) tell whole values apart. Here two words are of one class iff every pattern, read up to the end of
the word, is in the same state, so that nothing that follows can tell them apart either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.prover.automaton import DEAD, Tokens, automaton
from generator.prover.cells import MAX_STATES, Language, TooManyCellsError, characters, spread, walk


@dataclass(frozen=True)
class Probe:
    """A pattern, and what stands before and after the word; `whole`: only whether it then matches is of interest."""

    tokens: Tokens
    before: str = ""
    after: str = ""
    whole: bool = False

    def mark(self, word: str) -> int:
        """The state after the word."""
        state = automaton(self.tokens).run(f"{self.before}{word}{self.after}")
        return int(automaton(self.tokens).accepts(state)) if self.whole else state


def marks(probes: Iterable[Probe], word: str) -> tuple[int, ...]:
    """The class of a word."""
    return tuple(probe.mark(word) for probe in probes)


def classes(
    language: Language, probes: Iterable[Probe], samples: Iterable[str] = (), forbidden: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """One word of every class of `language` without `forbidden`; samples first. Raises TooManyCellsError."""
    probes = tuple(dict.fromkeys(probes))
    found: dict[tuple[int, ...], str] = {}
    for sample in samples:
        if sample not in forbidden and language.holds(sample):
            found.setdefault(marks(probes, sample), sample)
    for word in _words(language, probes):
        mark = marks(probes, word)
        if mark not in found:
            other = word if word not in forbidden else _word_beside(language, probes, mark, forbidden)
            if other is not None:
                found[mark] = other
    return tuple(found.values())


def _words(language: Language, probes: tuple[Probe, ...]) -> Iterator[str]:
    """A word for every combination of states that words of the language reach."""
    machines = (automaton(language.tokens), *(automaton(probe.tokens) for probe in probes))
    start = (machines[0].start, *(automaton(probe.tokens).run(probe.before) for probe in probes))
    for states, word in walk(machines, start):
        if machines[0].accepts(states[0]):
            yield word()


def _word_beside(language: Language, probes: tuple[Probe, ...], mark: tuple[int, ...], taken: frozenset[str]) -> str | None:
    """A word of the class that is not among `taken`: letters by which no taken word goes on are tried first."""
    machines = (automaton(language.tokens), *(automaton(probe.tokens) for probe in probes))
    start = (0, machines[0].start, *(automaton(probe.tokens).run(probe.before) for probe in probes))
    tree = spread(taken)
    seen = {start}
    waiting = [(start, "")]
    while waiting:
        (node, *states), word = waiting.pop()
        if machines[0].accepts(states[0]) and word not in taken and marks(probes, word) == mark:
            return word
        known = tree.children[node] if node >= 0 else {}
        for character in sorted(characters(machines, tuple(states), frozenset(known)), key=lambda it: it not in known):
            stepped = (machine.step(state, character) for machine, state in zip(machines, states, strict=True))
            after = (known.get(character, -1), *stepped)
            if after[1] != DEAD and after not in seen:
                seen.add(after)
                waiting.append((after, word + character))
                if len(seen) > MAX_STATES:
                    raise TooManyCellsError
    return None
