"""Rows of tokens against each other, two at a time: whether a text matches both, and whether one matches whatever the other does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache, lru_cache

from generator.prover.automaton import Token, Tokens

Cell = tuple[bool, ...]
"""Which of some rows a text matches."""

MAX_CELLS = 64
"""Past it the texts themselves are looked at, which is then no slower."""


Place = tuple[int, int]
"""How far two rows are read."""


@lru_cache(maxsize=16384)
def overlap(one: Tokens, other: Tokens) -> bool:
    """True iff some string matches both rows of tokens."""

    def after(left: int, right: int) -> list[Place]:
        a: Token | None = one[left] if left < len(one) else None
        b: Token | None = other[right] if right < len(other) else None
        found = []
        if a and a.star:
            found.append((left + 1, right))
        if b and b.star:
            found.append((left, right + 1))
        if a and b and a.meets(b):
            found.append((left + (not a.star), right + (not b.star)))
        return found

    return _ends_together(one, other, after)


@lru_cache(maxsize=16384)
def follows(narrow: Tokens, wide: Tokens) -> bool:
    """True only if `wide` can go along with `narrow` token by token, and so matches whatever `narrow` matches."""

    def after(left: int, right: int) -> list[Place]:
        mine = narrow[left] if left < len(narrow) else None
        theirs = wide[right] if right < len(wide) else None
        found = [(left, right + 1)] if theirs and theirs.star else []
        if mine and theirs and mine.allowed <= theirs.allowed and (theirs.star or not mine.star):
            found.append((left + 1, right + (not theirs.star)))
        return found

    return _ends_together(narrow, wide, after)


def _ends_together(one: Tokens, other: Tokens, after: Callable[[int, int], list[Place]]) -> bool:
    """True iff steps of `after` lead from the beginning of both rows to the end of both."""
    ends = len(one), len(other)
    seen = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        place = waiting.pop()
        if place == ends:
            return True
        for step in after(*place):
            if step not in seen:
                seen.add(step)
                waiting.append(step)
    return False


def possible(rows: Sequence[Tokens], settled: Cell, seen: Collection[Cell]) -> set[Cell] | None:
    """Every cell that begins with `settled` and that no two rows rule out: texts have these cells, and perhaps not all of them.

    None if they are too many. `seen`: cells that texts are known to have, of which no two rows need be asked.
    """
    columns = [
        [sum(1 << place for place, cell in enumerate(seen) if cell[row] is it) for it in (False, True)]
        for row in range(len(rows))
    ]

    @cache
    def meet(one: int, is_in_one: bool, other: int, is_in_other: bool) -> bool:  # a pair of outcomes
        known = columns[one][is_in_one] & columns[other][is_in_other]
        return bool(known) or not _excluded(rows[one], rows[other], is_in_one, is_in_other)

    found = [settled]
    for row in range(len(settled), len(rows)):
        found = [
            (*cell, matched)
            for cell in found
            for matched in (True, False)
            if all(meet(other, is_in_other, row, matched) for other, is_in_other in enumerate(cell))
        ]
        if len(found) > MAX_CELLS:
            return None
    return set(found)


def _excluded(one: Tokens, other: Tokens, is_in_one: bool, is_in_other: bool) -> bool:  # a pair of outcomes
    """True only if no text fares so with the two rows."""
    if is_in_one and is_in_other:
        return not overlap(one, other)
    if is_in_one:
        return follows(one, other)
    return is_in_other and follows(other, one)
