"""Patterns of resources: where a wildcard may reach across the colons of an ARN."""

import re
from itertools import product

import pytest

from generator.policy.pattern import Glob, arn_matches, resource_matches

PIECES = ("a", "*", "a*", "?", "*a")
WORDS = ("a", "", "aa", "b")


def documented(pattern: str) -> re.Pattern[str]:
    """The page's words as an expression: a `*` that ends a part is anything, every other wildcard stays within its part."""
    *head, tail = pattern.split(":", 5)
    parts = [re.sub(r"\\\*$", ".*", re.escape(part)).replace("\\*", "[^:]*").replace("\\?", "[^:]") for part in head]
    return re.compile(":".join((*parts, re.escape(tail).replace("\\*", ".*").replace("\\?", "."))))


def test_a_star_at_the_end_of_a_part_may_swallow_colons():
    texts = [f"a:a:{one}:{two}:{three}:{four}" for one, two, three in product(WORDS, repeat=3) for four in ("a", "a:a", "b:a:a")]
    matched = 0
    for region, account in product(PIECES, repeat=2):
        pattern = f"a:a:{region}:{account}:a:a"
        asked = documented(pattern)
        for text in texts:
            assert resource_matches(Glob.parse(pattern), text) == bool(asked.fullmatch(text)), (pattern, text)
            matched += bool(asked.fullmatch(text)) and not arn_matches(Glob.parse(pattern), text)
    assert matched > 20


@pytest.mark.parametrize("pattern", ["*", "arn:aws:s3:::b/k", "arn:aws:s3:::b/*", "arn:aws:iam::1?:role/*x"])
def test_a_pattern_without_such_a_star_has_one_reading(pattern):
    assert Glob.parse(pattern).readings == (Glob.parse(pattern),)
