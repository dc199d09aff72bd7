from __future__ import annotations

import pytest

from generator.landing_zone.nearest import Suggestions, nearest


@pytest.mark.parametrize(
    ("word", "known", "remedy"),
    [
        ("Wrokloads", ["Workloads", "Sandbox"], "did you mean `Workloads`?"),
        ("WORKLOAD", ["Workloads", "Sandbox"], "did you mean `Workloads`?"),
        ("us-esat-1", ["us-west-1", "us-east-1", "us-east-2"], "did you mean `us-east-1`?"),
        ("zebra", ["Workloads", "Sandbox"], ""),
        ("zebra", [], ""),
    ],
)
def test_the_nearest_known_word_is_suggested(word, known, remedy):
    assert nearest(word, known) == remedy


def test_ten_thousand_wrong_words_get_a_few_suggestions_and_the_general_remedy():
    known = [f"Unit {number}" for number in range(2000)]
    suggestions = Suggestions("write a path")
    remedies = [suggestions.remedy(f"Unti {number}", known) for number in range(10_000)]
    assert remedies[0] == "did you mean `Unit 0`?"
    assert remedies[-1] == "write a path"
