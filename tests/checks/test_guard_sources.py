"""What is read of a file of Guard rules: its parts, a rule's header, and what the rule looks at."""

from __future__ import annotations

import pytest

from generator.aws.frameworks import Framework
from generator.checks.finding import Level
from generator.checks.guard.engine import Text
from generator.checks.guard.header import Header, Reference, read_header
from generator.checks.guard.reach import Reach
from generator.checks.guard.source import load
from generator.errors import InputError
from tests.checks.guard_texts import ACROSS, HEADED, VERSIONING, rules


def test_a_rule_file_is_cut_into_variables_rules_and_texts():
    file = rules(
        "# a rule { in a comment }\nlet a = 'rule { }'\nrule ONE { %a == /x{2}/ <<Violation: v Fix: f>>\n}\nlet b = 1\nrule TWO when ONE { %b == 1\n}\n"
    )
    assert [(rule.name, rule.line) for rule in file.rules] == [("ONE", 3), ("TWO", 6)]
    assert file.rules[0].texts == (Text("v", "f"),)
    assert "rule ONE" in file.alone("TWO")
    assert "rule TWO" not in file.alone("ONE")
    assert [variable.name for variable in file.variables] == ["a", "b"]


def test_an_empty_rule_file_is_left_out_and_a_missing_folder_is_an_error(tmp_path):
    (tmp_path / "empty.guard").write_text("# nothing yet\n")
    assert load((tmp_path,)) == ()
    with pytest.raises(InputError, match="no such folder"):
        load((tmp_path / "none",))


def test_a_header_is_the_comment_right_above_the_rule():
    (rule,) = rules("# The file\n\n" + HEADED).rules
    assert rule.header == Header(
        "Buckets keep versions",
        "What is overwritten is gone.",
        (
            Reference(Framework.FSBP, ("S3.14",), "versions are kept"),
            Reference(Framework.NIST, ("CP-9", "SI-12"), "data survives a mistake"),
        ),
        Level.WARNING,
    )
    assert rules(VERSIONING).rules[0].header == Header()
    assert read_header("####\n# Rule Identifier:\n#    X\n####\n").references == ()


def test_every_word_for_a_level_is_read():
    read = {word: read_header(f"# Title\n# Level: {word}\n") for word in ("error", "warning", "info", "house", "other")}
    assert [(header.level, header.house) for header in read.values()] == [
        (Level.ERROR, False),
        (Level.WARNING, False),
        (Level.INFO, False),
        (Level.ERROR, True),
        (Level.ERROR, False),
    ]
    assert [header.word for header in read.values()] == ["error", "warning", "info", "house", "error"]
    assert read["house"].why == ""


@pytest.mark.parametrize(
    ("source", "reach"),
    [
        (VERSIONING, Reach(frozenset({"AWS::S3::Bucket"}), frozenset({"AWS::S3::Bucket"}))),
        (ACROSS, Reach(frozenset({"AWS::S3::Bucket"}), None)),
        ("let a = Resources.*[ Type == 'A' ]\nrule R when %a !empty { Parameters exists }", Reach(frozenset({"A"}), None)),
        ("let a = Resources.*[ Type == 'A' or Type == 'B' ]\nrule R when %a !empty { %a.X exists }", Reach()),
        ("let a = Resources.*[ Type == 'A' # or so\n  or Type == 'B' ]\nrule R when %a !empty { %a.X exists }", Reach()),
        ("let a = Resources.*[ Type == /^A/ ]\nrule R when %a !empty { %a.X exists }", Reach()),
        ("let a = Resources.*[ Type != 'A' ]\nrule R when %a !empty { %a.X exists }", Reach()),
        ("let a = Resources.*[ Type == 'A' ]\nrule R { %a empty }", Reach()),
        ("let a = Resources.*[ Type == 'A' ]\nrule R when %a empty { Resources exists }", Reach()),
        ("rule Q { X exists }\nlet a = Resources.*[ Type == 'A' ]\nrule R when %a !empty { Q }", Reach()),
        (
            (
                "let a = Resources.*[ Type in ['A', \"B\"] ]\nlet n = count(%a)\nlet c = Resources.*[ Type == 'C' ]\n"
                "let k = count(%c)\nrule R when %a !empty {\n  %k >= %n\n}"
            ),
            Reach(frozenset({"A", "B"}), frozenset({"A", "B", "C"})),
        ),
        ("let a = Resources.*[ Type == 'A' ]\nrule R when some %a.X !empty { %a.X exists }", Reach()),
        (
            "let a = Resources.*[ Type == 'A' ]\nlet x = %a.X[*]\nrule R when some %x !empty { %x exists }",
            Reach(frozenset({"A"}), frozenset({"A"})),
        ),
        (
            (
                "let a = Resources.*[ Type == 'A' ]\nlet names = %a.B.Ref\nlet named = Resources.%names\n"
                "let b = %named[ Type == 'B' ]\nrule R when %b !empty { %a exists }"
            ),
            Reach(frozenset({"A", "B"}), frozenset({"A", "B"})),
        ),
        (
            "let a = Resources.*[ Type == 'A' ]\nlet names = %a.B.Ref\nlet b = Resources.%names\nrule R when %a !empty { %b exists }",
            Reach(frozenset({"A"}), None),
        ),
        ("let a = Parameters.*[ Type == 'A' ]\nrule R when %a !empty { %a.X exists }", Reach()),
    ],
)
def test_what_a_rule_looks_at_is_told_only_where_its_text_says_so_plainly(source, reach):
    assert rules(source).rules[-1].reach == reach


@pytest.mark.parametrize("text", ["", "let", "rule", "let a", "rule R", "rule R {", "} }", "let rule let", "rule R } {"])
def test_a_text_that_is_no_rules_is_read_without_trouble(text):
    assert rules(text).rules == ()
