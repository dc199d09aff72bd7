"""The name that the user most likely meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from functools import lru_cache

_COMPARISONS = 100_000
"""Comparisons that one check may take, about two seconds: 10,000 wrong names need no 10,000 suggestions."""

_ALIKE = 0.6
"""difflib's own threshold: two thirds of the letters in common, in order."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy that names the known word nearest to `word`, case ignored; empty if none is near."""
    found = nearest_word(word, known)
    return f"did you mean `{found}`?" if found else ""


class Suggestions:
    """Suggestions for many words, until they have cost enough; after that, and where nothing is near, another remedy."""

    def __init__(self, otherwise: str) -> None:
        self._otherwise = otherwise
        self._left = _COMPARISONS

    def remedy(self, word: str, known: Collection[str]) -> str:
        """The remedy for a word that is not known."""
        if self._left <= 0:
            return self._otherwise
        self._left -= len(known)
        return nearest(word, known) or self._otherwise


def nearest_word(word: str, known: Iterable[str]) -> str:
    """The known word nearest to `word`, case ignored; empty if none is near."""
    return _nearest(word.strip().lower(), frozenset(known))


@lru_cache(maxsize=4096)
def _nearest(word: str, known: frozenset[str]) -> str:
    # Words of very different length can't be alike enough; leaving them out keeps 10,000 wrong names from taking minutes.
    near_in_length = (each for each in sorted(known, reverse=True) if abs(len(each) - len(word)) <= max(2, len(word) // 2))
    by_lower = {each.lower(): each for each in near_in_length}
    matches = get_close_matches(word, by_lower, n=5, cutoff=_ALIKE)
    swapped = (each for each in matches if sorted(each) == sorted(word))
    best = next(swapped, matches[0] if matches else None)
    return by_lower[best] if best else ""
