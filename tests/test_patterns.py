"""The matchers that other tests rest on, against tables made from AWS's documentation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import event_patterns, filter_patterns

CASES = Path(__file__).parent / "cases" / "security_alerts"
EVENT = json.loads((CASES / "event_patterns.json").read_text())
FILTER = json.loads((CASES / "filter_patterns.json").read_text())


def named(cases):
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


@named(EVENT["cases"])
def test_an_event_matches_as_eventbridge_says(case):
    assert [event for event in case["yes"] if not event_patterns.matches(case["pattern"], event)] == []
    assert [event for event in case["no"] if event_patterns.matches(case["pattern"], event)] == []


@named(EVENT["refused"])
def test_a_pattern_that_eventbridge_refuses_is_refused(case):
    with pytest.raises(ValueError, match=case["says"]):
        event_patterns.matches(case["pattern"], {"a": "x"})


@named(FILTER["cases"])
def test_a_log_event_matches_as_cloudwatch_logs_says(case):
    assert [event for event in case["yes"] if not filter_patterns.matches(case["pattern"], event)] == []
    assert [event for event in case["no"] if filter_patterns.matches(case["pattern"], event)] == []


@named(FILTER["refused"])
def test_a_filter_that_cannot_be_decided_is_refused(case):
    with pytest.raises(ValueError, match=case["says"]):
        filter_patterns.matches(case["pattern"], case["event"])
