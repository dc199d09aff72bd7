"""Rows of tokens, two at a time: what is said of them is so of every text, and no combination that a text has is ruled out."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.policy.pattern import Glob
from generator.prover.automaton import automaton, glob_tokens
from generator.prover.relations import MAX_CELLS, follows, overlap, possible

_globs = st.text("ab*?\u00fc", max_size=6)
_texts = st.text("abc\u00fc\u00e9", max_size=6)
WORDS = tuple("".join(letters) for size in range(5) for letters in product("ab\u00fc", repeat=size))


def rows_of(*patterns):
    return [glob_tokens(Glob.parse(pattern)) for pattern in patterns]


@settings(max_examples=300, deadline=None)
@given(_globs, _globs, _texts)
def test_patterns_overlap_if_a_text_matches_both(one, other, text):
    first, second = glob_tokens(Glob.parse(one)), glob_tokens(Glob.parse(other))
    if automaton(first).matches(text) and automaton(second).matches(text):
        assert overlap(first, second)


@pytest.mark.parametrize(
    ("one", "other"), [("a*", "b*"), ("a?", "a"), ("*a", "*b"), ("a*b", "?c"), ("", "?"), ("\u00fc*", "\u00e9*")]
)
def test_patterns_without_a_common_text_do_not_overlap(one, other):
    assert not overlap(glob_tokens(Glob.parse(one)), glob_tokens(Glob.parse(other)))


@settings(max_examples=300, deadline=None)
@given(_globs, _globs, _texts)
def test_a_row_that_follows_another_matches_whatever_that_matches(one, other, text):
    narrow, wide = rows_of(one, other)
    if follows(narrow, wide) and automaton(narrow).matches(text):
        assert automaton(wide).matches(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(_globs, min_size=1, max_size=4), st.sets(st.sampled_from(WORDS), max_size=3))
def test_every_combination_that_a_text_has_is_possible(patterns, known):
    rows = rows_of(*patterns)
    cells = {word: tuple(automaton(row).matches(word) for row in rows) for word in WORDS}
    found = possible(rows, (), {cells[word] for word in known})
    assert found is not None
    assert set(cells.values()) <= found


def test_a_combination_that_two_rows_rule_out_is_not_possible():
    assert possible(rows_of("a*", "ab*", "b*"), (), ()) == {
        (True, True, False),
        (True, False, False),
        (False, False, True),
        (False, False, False),
    }


def test_what_is_settled_takes_part():
    assert possible(rows_of("a?", "a*", "b*"), (True,), ()) == {(True, True, False)}


def test_too_many_combinations_are_not_counted():
    rows = rows_of(*(f"*{letter}*" for letter in "abcdefg"))
    assert 1 << len(rows) > MAX_CELLS
    assert possible(rows, (), ()) is None
