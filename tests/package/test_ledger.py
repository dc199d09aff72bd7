"""The ledger remembers every policy that was ever emitted."""

from __future__ import annotations

import pytest

from generator.errors import InputError
from generator.package.ledger import Entry, Guarded, Kind, Ledger, read_ledger
from generator.package.model import Layer

A = Entry("logs-rcp-ou-exam-c0ffee01", Layer.RCP, "ou-exam-c0ffee01")
GUARDED = Guarded(Kind.BUCKET, "logs", "222222222222", "eu-central-1", "2026-02-28")
B = Entry("logs-scp-r-exam", Layer.SCP, "r-exam", "2026-01-31")


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "policy-ledger.yaml"
    path.write_text(Ledger((A, B), (GUARDED,)).text())
    assert read_ledger(path) == Ledger((A, B), (GUARDED,))


def test_no_file_is_an_empty_ledger(tmp_path):
    assert read_ledger(tmp_path / "policy-ledger.yaml") == Ledger()


def test_entries_are_never_lost_and_an_emitted_policy_is_attached_again():
    again = Entry(B.name, B.layer, B.target)
    assert Ledger((A, B)).with_emitted([]) == Ledger((A, B))
    assert Ledger((A, B)).with_emitted([again]) == Ledger((A, again))


def test_what_is_guarded_is_never_lost_and_what_is_made_again_is_no_longer_released():
    again = Guarded(GUARDED.kind, GUARDED.name, GUARDED.account, GUARDED.region)
    assert Ledger((), (GUARDED,)).with_guarded([]).guarded == (GUARDED,)
    assert Ledger((), (GUARDED,)).with_guarded([again]).guarded == (again,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("policies:\n  - name: a\n    type: tag\n    target: r-exam\n", ":3:11: "),
        ("policies:\n  - name: a\n    type: scp\n    target: Security\n", ":4:13: "),
        ("policies:\n  - name: a\n    type: scp\n    target: r-exam\n    detached: yesterday\n", ":5:15: "),
        ("policies:\n  - name: a\n    type: scp\n    target: r-exam\n    gone: true\n", ":5:5: "),
        ("policies: {}\n", ":1:11: "),
        ("guarded:\n  - {kind: vault, name: a, account: '222222222222', region: eu-central-1}\n", ":2:12: "),
        ("guarded:\n  - {kind: key, name: a, account: 222222222222, region: eu-central-1}\n", ":2:35: "),
        (
            "policies:\n  - {name: a, type: scp, target: r-exam}\n  - {name: a, type: rcp, target: r-exam}\n",
            ":3:12: policy `a` is listed twice",
        ),
    ],
)
def test_a_damaged_ledger_is_told_with_its_place(tmp_path, text, expected):
    path = tmp_path / "policy-ledger.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_ledger(path)
    assert expected in str(caught.value)
