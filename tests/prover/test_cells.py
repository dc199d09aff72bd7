"""Cells: one word for each combination of patterns that some word has, and none for the others."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.policy.pattern import Glob, arn_matches
from generator.prover.automaton import ALPHABET, Token, arn_tokens, automaton, folded, glob_tokens, literal, some
from generator.prover.cells import Language, is_covered, representatives, walk

_words = st.text("ab:\u00fc", max_size=6)
_globs = st.text("ab*?:\u00fc", max_size=5)


@given(_globs, _words)
def test_an_automaton_matches_what_the_pattern_matches(pattern, word):
    glob = Glob.parse(pattern)
    assert automaton(glob_tokens(glob)).matches(word) is glob.matches(word)


@given(
    st.lists(st.text("ab*?", max_size=3), min_size=6, max_size=7).map(":".join),
    st.lists(st.text("ab", max_size=2), min_size=5, max_size=8).map(":".join),
)
def test_an_arn_is_matched_part_by_part(pattern, word):
    glob = Glob.parse(pattern)
    tokens = arn_tokens(glob)
    assert (tokens is not None and automaton(tokens).matches(word)) is arn_matches(glob, word)


def test_a_pattern_with_too_few_parts_matches_no_arn():
    assert arn_tokens(Glob.parse("arn:*:root")) is None


def test_folding_ignores_case():
    machine = automaton(folded(glob_tokens(Glob.parse("Ab*"))))
    assert machine.matches("aBx")
    assert not machine.matches("bAx")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("ab*?", min_size=1, max_size=4), max_size=3))
def test_every_combination_that_a_short_word_has_is_represented_once(patterns):
    globs = [Glob.parse(pattern) for pattern in dict.fromkeys(patterns)]
    language = Language(some("ab"))
    found = [tuple(glob.matches(word) for glob in globs) for word in representatives(language, map(glob_tokens, globs))]
    short = ("".join(letters) for size in range(1, 7) for letters in product("ab", repeat=size))
    assert sorted(found) == sorted(set(found))
    assert {tuple(glob.matches(word) for glob in globs) for word in short} <= set(found)


@given(_globs, _words)
def test_a_text_is_run_as_its_characters_are_stepped(pattern, word):
    machine = automaton(arn_tokens(Glob.parse(f"a:b:{pattern}")) or glob_tokens(Glob.parse(pattern)))
    state = machine.start
    for character in word:
        state = machine.step(state, character)
    assert machine.run(word) == machine.after(word) == state
    assert not machine.only_matches(state) or all(machine.matches(word + more) for more in ("", "a", "\u00fc"))


def _in_full(language, patterns, samples):
    """The plain form: every combination of states is walked, whatever is known."""
    machines = (automaton(language.tokens), *map(automaton, (*language.never, *patterns)))
    found: dict = {}
    for sample in samples:
        if language.holds(sample):
            found.setdefault(tuple(automaton(row).matches(sample) for row in patterns), sample)
    for _, path in walk(machines, tuple(machine.start for machine in machines)):
        if language.holds(path()):
            found.setdefault(tuple(automaton(row).matches(path()) for row in patterns), path())
    return tuple(found.values())


_tokens = st.text("ab*?\u00fc", min_size=1, max_size=4).map(Glob.parse).map(glob_tokens)
_anything = st.sampled_from(
    [(*literal("a"), *some("ab")), (*literal("a"), *glob_tokens(Glob.parse("?*"))), glob_tokens(Glob.parse("*"))]
)


@settings(max_examples=150, deadline=None)
@given(
    _anything,
    st.lists(_tokens, max_size=1),
    st.lists(_tokens, max_size=4, unique=True),
    st.lists(st.text("ab\u00fc\u00e9", min_size=1, max_size=4)),
)
def test_what_is_known_to_be_empty_is_skipped_without_loss(form, never, patterns, samples):
    language = Language(form, tuple(never))
    assert representatives(language, patterns, samples) == _in_full(language, patterns, samples)


@settings(max_examples=150, deadline=None)
@given(_anything, st.lists(_tokens, max_size=1), st.lists(_tokens, max_size=3))
def test_a_language_is_covered_iff_each_of_its_words_matches_a_pattern(form, never, patterns):
    language = Language(form, tuple(never))
    found = representatives(language, patterns)
    assert is_covered(language, patterns) is all(any(automaton(row).matches(word) for row in patterns) for word in found)


def test_a_sample_stands_for_its_cell():
    patterns = [glob_tokens(Glob.parse("role/*"))]
    assert representatives(Language(literal("role/") + some("abc")), patterns, ["role/cab"]) == ("role/cab",)


def test_forbidden_words_give_way_to_others_of_their_cell():
    taken = frozenset({"a", "b", "aa", "ab", "ba", "bb"})
    found = representatives(Language(some("ab")), [glob_tokens(Glob.parse("a*"))], ["a"], taken)
    assert {word[0] for word in found} == {"a", "b"}
    assert not taken & set(found)


@pytest.mark.parametrize("pattern", ["aa", "a?"])
def test_a_cell_whose_words_are_all_forbidden_is_empty(pattern):
    language = Language((Token(frozenset("a")), Token(frozenset("ab"))))
    words = {"aa", "ab"} if pattern == "a?" else {"aa"}
    found = representatives(language, [glob_tokens(Glob.parse(pattern))], (), frozenset(words))
    assert found == (() if pattern == "a?" else ("ab",))


def test_a_character_outside_of_ascii_is_its_own_where_a_pattern_names_it():
    language = Language((Token(ALPHABET), Token(ALPHABET, star=True)))
    found = representatives(language, [glob_tokens(Glob.parse("\u00fc*")), glob_tokens(Glob.parse("*\u00e9"))])
    assert {(word[0] == "\u00fc", word[-1] == "\u00e9") for word in found} == set(product((True, False), repeat=2))


def test_a_language_of_ascii_words_has_no_others():
    found = representatives(Language(some("abc")), [glob_tokens(Glob.parse("*\u00fc*"))])
    assert [word.isascii() for word in found] == [True]
