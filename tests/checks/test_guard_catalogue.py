"""The catalogue of Guard rules: every rule with what it asks, and a template that passes and one that fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from generator.checks.guard import SHIPPED_RULES
from generator.checks.guard.catalogue import INDEX, catalogue
from generator.checks.guard.engine import Status, evaluate
from generator.checks.guard.source import cut, load

ROOT = Path(__file__).parents[2]
FILES = load((SHIPPED_RULES,))
PAGES = catalogue(ROOT)


def entries(slug: str) -> dict[str, str]:
    return dict(
        zip(*[iter(re.split(r"^## (\w+)$", PAGES[f"docs/guard-rules/{slug}.md"], flags=re.MULTILINE)[1:])] * 2, strict=True)
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path.stem)
def test_a_page_has_every_rule_of_its_file_with_examples_that_do_what_they_say(file):
    found = entries(file.path.stem)
    assert list(found) == [rule.name for rule in file.rules]
    for rule in file.rules:
        examples = re.findall(r"^(Passes|Fails):\n\n```yaml\n(.*?)```$", found[rule.name], re.MULTILINE | re.DOTALL)
        one = file.only(lambda each, rule=rule: each.name == rule.name)
        said = {word: evaluate(yaml.safe_load(text), one)[0].status for word, text in examples}
        assert said == {"Passes": Status.PASS, "Fails": Status.FAIL}
        assert rule.header.title in found[rule.name]


def test_the_index_links_to_every_rule():
    links = re.findall(r"\[(\w+)\]\((guard-rules/[\w-]+\.md)#(\w+)\)", PAGES[INDEX])
    assert [name for name, _, _ in links] == [rule.name for file in FILES for rule in file.rules]
    assert all(f"docs/{page}" in PAGES and anchor == name.lower() for name, page, anchor in links)


def test_it_is_the_same_each_time():
    assert catalogue(ROOT) == PAGES


def test_the_example_in_the_documentation_is_a_rule_that_does_what_the_page_says():
    section = (ROOT / "docs/guard.md").read_text().split("## Write one")[1]
    file = cut("\n".join(line[4:] for line in section.split("\n1. ")[0].splitlines()), Path("x.guard"))
    (rule,) = file.rules
    assert (rule.name, rule.header.level) == ("QUEUE_KEEPS_MESSAGES", "warning")
    verdicts = {}
    for period in (100, 86400, {"Ref": "Given"}):
        template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": period}}}}
        verdicts[str(period)] = evaluate(template, file)[0].status
    assert list(verdicts.values()) == [Status.FAIL, Status.PASS, Status.SKIP]
