"""Patterns as automata: whether a word matches, read one character at a time, so that several patterns can be walked together.

Every pattern of IAM is a row of tokens, each a set of characters taken once or any number of times. Such a row is an automaton
whose states are positions; a set of positions is one integer, and a step is two masks and a shift.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from generator.policy.pattern import ARN_SEGMENTS, Glob, Wild

OTHER = "\uffff"
"""A noncharacter of Unicode, which no text has: a token that takes it takes every character outside of the alphabet."""

ALPHABET = frozenset(map(chr, range(0x21, 0x7F))) | {" ", OTHER}
"""The characters that values are made of: printable ASCII, those beside that patterns name, and one that stands for all others."""

DEAD = 0
"""The state from which nothing matches any more."""


class Token(NamedTuple):
    """One character of `allowed`, or any number of them if `star`. A tuple, because rows of them are looked up all the time."""

    allowed: frozenset[str]
    star: bool = False

    def takes(self, character: str) -> bool:
        """True iff the character is one of `allowed`, outside of the alphabet as `OTHER` is."""
        return character in self.allowed or (OTHER in self.allowed and character not in ALPHABET)

    def meets(self, other: Token) -> bool:
        """True iff both take some character."""
        return (
            not self.allowed.isdisjoint(other.allowed)
            or (OTHER in self.allowed and not other.allowed <= ALPHABET)
            or (OTHER in other.allowed and not self.allowed <= ALPHABET)
        )


Tokens = tuple[Token, ...]
"""A pattern, or the form of a language."""

ANY_ONE = Token(ALPHABET)
ANY = Token(ALPHABET, star=True)


@cache
def literal(text: str) -> Tokens:
    """Exactly `text`."""
    return tuple(map(_character, text))


@cache
def _character(character: str) -> Token:
    return Token(frozenset(character))


def some(characters: Iterable[str]) -> Tokens:
    """One or more of `characters`."""
    allowed = frozenset(characters)
    return (Token(allowed), Token(allowed, star=True))


@cache
def glob_tokens(glob: Glob, *, without: str = "") -> Tokens:
    """A pattern whose wildcards match any character but those of `without`."""
    allowed = ALPHABET - frozenset(without)
    tokens: list[Token] = []
    for part in glob.parts:
        if isinstance(part, Wild):
            tokens.append(Token(allowed, star=part is Wild.ANY))
        else:
            tokens.extend(literal(part))
    return tuple(tokens)


@cache
def arn_tokens(glob: Glob) -> Tokens | None:
    """The pattern as `arn_matches` reads it, part by part; None if no ARN can match."""
    if glob.everything:
        return (ANY,)
    parts = glob.split(":", ARN_SEGMENTS - 1)
    if len(parts) < ARN_SEGMENTS:
        return None
    tokens: list[Token] = []
    for part in parts[:-1]:
        tokens.extend((*glob_tokens(part, without=":"), *literal(":")))
    return (*tokens, *glob_tokens(parts[-1]))


def folded(tokens: Tokens) -> Tokens:
    """The same without regard to case."""
    return tuple(
        Token(frozenset(form for character in token.allowed for form in (character.lower(), character.upper())), token.star)
        for token in tokens
    )


@dataclass(frozen=True, eq=False)
class Automaton:
    """A row of tokens, ready to be walked. A state is the set of positions that have been reached, as bits."""

    tokens: Tokens

    @cached_property
    def start(self) -> int:
        """The state before the first character."""
        return self._closed(1)

    def step(self, state: int, character: str) -> int:
        """The state after one more character."""
        if not state:
            return DEAD
        known = self._steps.get(character)
        once, stay = known if known is not None else self._learned(character)
        return self._closed(((state & once) << 1) | (state & stay))

    def accepts(self, state: int) -> bool:
        """True iff what was read so far matches."""
        return bool(state >> len(self.tokens))

    def run(self, text: str) -> int:
        """The state after `text`. What every word begins with is compared at once."""
        begun = len(self.prefix)
        if not text.startswith(self.prefix):
            return 1 << len(text) if self.prefix.startswith(text) else DEAD
        steps, stars = self._steps, self._stars
        state = self._closed(1 << begun)
        for character in text[begun:]:
            known = steps.get(character)
            once, stay = known if known is not None else self._learned(character)
            state = ((state & once) << 1) | (state & stay)
            if not state:
                break
            if state & stars:
                state = self._closed(state)
        return state

    def matches(self, text: str) -> bool:
        """True iff `text` as a whole matches. Remembered: the same samples are tried for every claim."""
        known = self._matched.get(text)
        if known is None:
            known = self._matched[text] = self.accepts(self.run(text))
        return known

    def only_matches(self, state: int) -> bool:
        """True only if whatever follows, or nothing, makes a match: a last token that takes everything is reached."""
        return bool(self.tokens) and self.tokens[-1] == ANY and bool(state >> (len(self.tokens) - 1) & 1)

    def after(self, text: str) -> int:
        """The state after `text`, remembered: many languages begin with the same."""
        known = self._after.get(text)
        if known is None:
            known = self._after[text] = self.run(text)
        return known

    @cached_property
    def prefix(self) -> str:
        """The text that every word begins with."""
        letters: list[str] = []
        for token in self.tokens:
            if token.star or len(token.allowed) != 1 or OTHER in token.allowed:
                break
            letters.extend(token.allowed)
        return "".join(letters)

    def live(self, state: int) -> Iterable[Token]:
        """The tokens that may come next."""
        return (token for place, token in enumerate(self.tokens) if state >> place & 1)

    @cached_property
    def _matched(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _after(self) -> dict[str, int]:
        return {}

    @cached_property
    def _steps(self) -> dict[str, tuple[int, int]]:
        """By character the positions that it leads on from, and those that it stays at."""
        return {}

    def _learned(self, character: str) -> tuple[int, int]:
        once = stay = 0
        for token, places in self._places.items():
            if token.takes(character):
                once |= 0 if token.star else places
                stay |= places if token.star else 0
        self._steps[character] = once, stay
        return once, stay

    @cached_property
    def _places(self) -> dict[Token, int]:
        """The places of every different token."""
        places: dict[Token, int] = {}
        for place, token in enumerate(self.tokens):
            places[token] = places.get(token, 0) | 1 << place
        return places

    @cached_property
    def _stars(self) -> int:
        return sum(places for token, places in self._places.items() if token.star)

    def _closed(self, state: int) -> int:
        stars = self._stars
        reached = (state & stars) << 1
        while reached & ~state:
            state |= reached
            reached = (state & stars) << 1
        return state


@cache
def automaton(tokens: Tokens) -> Automaton:
    """One automaton for each row of tokens, so that its steps are worked out once."""
    return Automaton(tokens)
