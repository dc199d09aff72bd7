"""Classes: words that stand in the middle of patterns, told apart by what the patterns can still do after them."""

import pytest

from generator.policy.pattern import Glob
from generator.prover.automaton import Token, glob_tokens
from generator.prover.cells import Language
from generator.prover.classes import Probe, classes, marks

DIGITS = Language((Token(frozenset("0123456789")),) * 3)


def probe(pattern, **placed):
    return Probe(glob_tokens(Glob.parse(pattern)), **placed)


@pytest.mark.parametrize(
    ("pattern", "kinds"),
    [
        ("iam:*:role", 1),
        ("iam:9*:role", 2),
        ("iam:*9:role", 2),
        ("iam:9*role", 2),
        ("iam:*", 1),
        ("iam:12?:role", 2),
        ("s3:9*", 1),
    ],
)
def test_words_are_of_one_class_iff_nothing_that_follows_tells_them_apart(pattern, kinds):
    placed = probe(pattern, before="iam:", after=":")
    assert len(classes(DIGITS, [placed])) == kinds


def test_a_whole_word_is_told_apart_by_whether_it_matches():
    found = classes(DIGITS, [probe("9??", whole=True), probe("??9", whole=True)])
    assert {(word[0] == "9", word[-1] == "9") for word in found} == {(x, y) for x in (True, False) for y in (True, False)}


def test_forbidden_words_give_way_to_others_of_their_class():
    taken = frozenset(f"9{number:02}" for number in range(99)) | {"000", "111"}
    ends = [probe("9*", whole=True)]
    found = classes(DIGITS, ends, ("000", "111"), taken)
    assert "999" in found
    assert len(found) == 2
    assert not taken & set(found)


def test_a_class_whose_words_are_all_forbidden_is_left_out():
    taken = frozenset(f"9{number:02}" for number in range(100))
    assert [word[0] == "9" for word in classes(DIGITS, [probe("9*", whole=True)], (), taken)] == [False]


def test_a_sample_stands_for_its_class():
    found = classes(DIGITS, [probe("9*", whole=True)], ("912", "345"))
    assert found == ("912", "345")
    assert marks([probe("9*", whole=True)], "912") != marks([probe("9*", whole=True)], "345")
