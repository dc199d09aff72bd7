"""Java's regular expressions, as far as they are judged: the same verdict as Java's, or none, and always soon."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from generator.checks.templates.pattern import whole_match


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("abc", "abc", True),
        ("abc", "abcd", False),
        ("abc", "zabc", False),
        ("^abc$", "abc", True),
        ("a^b", "ab", False),
        ("", "", True),
        ("", "a", False),
        ("a|bc|", "bc", True),
        ("a|bc|", "", True),
        ("a|bc", "ac", False),
        ("[a-c]+", "abcabc", True),
        ("[^a-c]+", "xyz", True),
        ("[^a-c]+", "xaz", False),
        ("[]a]", "a", None),
        ("[a-]+", "-a", True),
        (r"[\]\\-]+", "]\\-", True),
        (r"[\w.@-]+", "a_1.B@c-d", True),
        (r"\d{12}", "012345678901", True),
        (r"\d{12}", "01234567890", False),
        (r"\d{2,}", "1", False),
        (r"\d{2,3}", "1234", False),
        (r"\d+", "٣", False),
        (r"\w+", "é", False),
        (r"\S+", "a b", False),
        (r"a\.b", "a.b", True),
        (r"a\.b", "axb", False),
        ("a.b", "axb", True),
        ("(?:ab)*c", "ababc", True),
        ("(a|b)*?c", "abac", True),
        ("(?=.*[0-9])(?=.*[A-Z]).{8,}", "abcdefG1", True),
        ("(?=.*[0-9])(?=.*[A-Z]).{8,}", "abcdefgh", False),
        (r"(?!xn--)[a-z0-9-]{3,}", "xn--bucket", False),
        (r"(?!xn--)[a-z0-9-]{3,}", "bucket", True),
        ("(a*)*", "aaaa", True),
        ("(a*)*b", "aaaa", False),
        ("}", "}", True),
    ],
)
def test_the_verdict_is_javas(pattern, text, expected):
    assert whole_match(pattern, text) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        r"\p{Alpha}+",
        r"(a)\1",
        "a++",
        "a*+",
        "a{2}{3}",
        "(?<name>a)",
        "(?i)a",
        "(?<=a)b",
        "[a-z&&[^b]]",
        "[a[b]]",
        r"\bword\b",
        r"\Qa\E",
        "a{,3}",
        "a{x}",
        "a{3,2}",
        "{",
        "*a",
        "(a",
        "a)",
        "[a",
        "[z-a]",
        "a\\",
        "(" * 200 + ")" * 200,
    ],
)
def test_what_is_not_known_is_not_judged(pattern):
    assert whole_match(pattern, "a") is None


@pytest.mark.parametrize("text", ["a\nb", "a\x00", "a" * 1001])
def test_texts_with_line_ends_or_of_great_length_are_not_judged(text):
    assert whole_match(".*", text) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "((a*)*)*b",
        "a*a*a*a*a*a*a*b",
        "(a{0,1000}){0,1000}b",
        "((?=a*)a)*b",
        "(a|aa)+b",
        "(" * 19 + "a" + "+)" * 19,
        "^{999999999}",
        "(?=" * 19 + "a" + ")" * 19,
    ],
)
def test_no_pattern_takes_long(pattern):
    began = time.perf_counter()
    assert whole_match(pattern, "a" * 1000 + "c") is not True
    assert time.perf_counter() - began < 2


_ATOMS = some.sampled_from(["a", "b", ".", r"\d", "[ab]", "[^a]", "[a-c1]", r"\.", "^", "$"])
_PATTERNS = some.recursive(
    _ATOMS,
    lambda inner: some.one_of(
        some.builds("{}{}".format, inner, inner),
        some.builds("(?:{}|{})".format, inner, inner),
        some.builds("({})".format, inner),
        some.builds("(?:{})*".format, inner),
        some.builds("(?:{})+?".format, inner),
        some.builds("(?:{})?".format, inner),
        some.builds("(?:{}){{1,2}}".format, inner),
        some.builds("(?={}){}".format, inner, inner),
        some.builds("(?!{}){}".format, inner, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(_PATTERNS, some.text("abc1. ", max_size=6))
def test_the_verdict_is_pythons_where_both_languages_agree(pattern, text):
    assert whole_match(pattern, text) is (re.fullmatch(pattern.replace("$", r"\Z"), text, re.ASCII) is not None)
