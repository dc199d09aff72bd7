"""Markdown that stays text, whatever goes in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from generator.evidence.markup import code, escape, prose, table

READER = MarkdownIt("commonmark").enable("table")
ODD = st.text(st.sampled_from("ab|`*_[]()<>#~&!\\\n-=+1. :/"), min_size=1, max_size=12)


def _shown(markup: str) -> str:
    """The text of the one cell that `markup` fills, as a reader sees it."""
    tokens = READER.parse("\n".join(table(("a", "b"), ((markup, "end"),))))
    cells = [after for token, after in pairwise(tokens) if token.type == "td_open"]
    assert [cell.content for cell in cells[1:]] == ["end"]
    (cell,) = cells[:1]
    assert {each.type for each in cell.children} <= {"text", "code_inline", "text_special", "html_inline"}
    html = [each.content for each in cell.children if each.type == "html_inline"]
    assert html in ([], ["<code>", "</code>"])
    return "".join(each.content for each in cell.children if each.type != "html_inline")


@given(ODD)
def test_escaped_text_is_read_as_it_was(text):
    assert _shown(f"x{escape(text)}x") == f"x{text}x".replace("\n", " ")


@given(ODD)
def test_code_is_read_as_it_was(text):
    assert _shown(f"{code(text)}.") == f"{text}.".replace("\n", " ")


@pytest.mark.parametrize(
    ("sentence", "markup"),
    [
        ("the key `a*b` is *bad*", "the key `a*b` is \\*bad\\*"),
        ("one ` backtick", "one \\` backtick"),
        ("a `pipe|d` word", "a <code>pipe&#124;d</code> word"),
        ("see https://a.example/x_y_z, page 3", "see <https://a.example/x_y_z>, page 3"),
        ("at https://a.example/x.", "at <https://a.example/x>."),
        ("two\nlines", "two lines"),
    ],
)
def test_a_sentence_keeps_the_users_words_apart(sentence, markup):
    assert prose(sentence) == markup
