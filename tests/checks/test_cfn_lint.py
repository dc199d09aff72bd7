"""cfn-lint in process: the same verdict as its command line, for each template's own regions, whatever the machine's configuration."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest

from generator.aws.quotas import NEWEST, PROFILES
from generator.checks import cfn_lint, linter
from generator.checks.finding import Level
from generator.checks.linter import Linter, Template
from generator.checks.remembered import FORGETFUL
from generator.checks.subject import Subject
from generator.errors import OutsideError
from generator.package.files import PackageFiles

GOOD = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n"
BAD = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      Versioning: true\n"
UNUSED = "Parameters:\n  Unused:\n    Type: String\nResources:\n  Topic:\n    Type: AWS::SNS::Topic\n"
REGIONAL = "Resources:\n  Store:\n    Type: AWS::CloudTrail::Channel\n    Properties:\n      Name: channel\n"


@pytest.fixture(scope="module")
def warm():
    with Linter() as started:
        yield started


def lint(warm, *templates: Template):
    warm.send(templates)
    return tuple(cfn_lint._received(warm.receive(), FORGETFUL))


def brief(findings):
    return sorted((finding.path, finding.line, finding.column, finding.rule, finding.level) for finding in findings)


def test_a_defect_has_its_rule_level_and_place(warm):
    (finding,) = lint(warm, Template("t.yaml", BAD, ("eu-central-1",)))
    assert (finding.path, finding.line, finding.column, finding.rule, finding.level) == ("t.yaml", 5, 7, "E3002", Level.ERROR)
    assert finding.message.startswith("additional properties are not allowed ('Versioning' was unexpected")
    assert finding.remedy
    assert finding.source.startswith("https://")


def test_a_good_template_has_no_finding(warm):
    assert lint(warm, Template("t.yaml", GOOD, ("eu-central-1",))) == ()


def test_warnings_are_warnings(warm):
    assert brief(lint(warm, Template("t.yaml", UNUSED, ("eu-central-1",)))) == [("t.yaml", 2, 3, "W2001", Level.WARNING)]


def test_a_type_is_judged_for_the_templates_own_regions(warm):
    here, there = Template("here.yaml", REGIONAL, ("us-east-1",)), Template("there.yaml", REGIONAL, ("us-east-1", "mx-central-1"))
    found = [finding for finding in lint(warm, here, there) if finding.rule == "E3006"]
    assert [finding.path for finding in found] == ["there.yaml"]
    assert "mx-central-1" in found[0].message


def test_a_region_that_cfn_lint_does_not_know_is_said_and_the_rest_is_judged(warm):
    found = brief(lint(warm, Template("t.yaml", BAD, ("me-west-1", "eu-central-1"))))
    assert found == [("t.yaml", 0, 0, "CT302", Level.INFO), ("t.yaml", 5, 7, "E3002", Level.ERROR)]


def test_directives_in_a_template_are_honoured(warm):
    text = UNUSED + "    Metadata: {}\nMetadata:\n  cfn-lint:\n    config:\n      ignore_checks: [W2001]\n"
    assert lint(warm, Template("t.yaml", text, ("eu-central-1",))) == ()


def test_the_machines_configuration_changes_nothing(tmp_path, monkeypatch):
    (tmp_path / ".cfnlintrc").write_text("ignore_checks: [E3002]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with Linter(1) as fresh:
        assert [finding.rule for finding in lint(fresh, Template("t.yaml", BAD, ("eu-central-1",)))] == ["E3002"]


def test_several_processes_find_what_one_finds(monkeypatch):
    monkeypatch.setattr(linter, "_CHARACTERS_WORTH_A_PROCESS", 1)
    monkeypatch.setattr(linter, "_CHARACTERS_MEANWHILE", 1)
    templates = [
        Template(f"{name}{number}.yaml", text, ("eu-central-1",))
        for number in range(3)
        for name, text in (("b", BAD), ("g", GOOD))
    ]
    with Linter(3) as several, Linter(1) as one:
        assert brief(lint(several, *templates)) == brief(lint(one, *templates))


def test_it_works_where_there_is_no_fork(monkeypatch):
    monkeypatch.setattr(linter, "context", lambda: multiprocessing.get_context("spawn"))
    with Linter(1) as spawned:
        assert [finding.rule for finding in lint(spawned, Template("t.yaml", BAD, ("eu-central-1",)))] == ["E3002"]


def test_a_linter_that_is_killed_is_an_outside_error():
    with Linter(1) as doomed:
        os.kill(doomed._process.pid, signal.SIGKILL)
        with pytest.raises(OutsideError, match="cfn-lint ended before it answered"):
            lint(doomed, Template("t.yaml", GOOD, ("eu-central-1",)))


def test_closing_twice_does_nothing():
    closed = Linter(1)
    closed.close()
    closed.close()
    assert not closed._process.is_alive()


def test_a_template_on_which_cfn_lint_stops_is_a_finding(monkeypatch):
    def stop(template):
        raise ZeroDivisionError(template.path)

    monkeypatch.setattr(linter, "_lint", stop)
    (finding,) = cfn_lint._received(dict([linter._answered(Template("t.yaml", GOOD, ()))]), FORGETFUL)
    assert (finding.rule, finding.message) == ("CT301", "cfn-lint stopped on this template: ZeroDivisionError t.yaml")


def test_what_cannot_be_a_template_is_not_given_to_cfn_lint(warm):
    files = PackageFiles(
        {
            "templates/a.yaml": b"Resources: [",
            "templates/b.yaml": b"no: resources",
            "templates/c.yaml": b"Resources: {}\n" + b"#" * 461_000,
            "templates/d.md": b"# text",
        }
    )
    assert cfn_lint.begin(Subject(files, None, PROFILES[NEWEST]), warm)() == ()


def test_the_regions_of_a_template_are_those_of_all_its_stack_sets(clean_package, organization):
    subject = Subject(clean_package, organization, PROFILES[NEWEST])
    assert subject.target_regions("templates/topic.yaml") == ("eu-central-1", "eu-west-1")
    assert subject.target_regions("templates/unused.yaml") == organization.governed_regions
    assert Subject(clean_package, None, PROFILES[NEWEST]).target_regions("templates/unused.yaml") == ("eu-central-1",)


REASONED = """Parameters:
  Size: {Type: String, AllowedValues: [small, large]}
  Other: {Type: String, Default: x}
Rules:
  Sized:
    RuleCondition: !Equals [!Ref Other, y]
    Assertions: [{Assert: !Contains [[large], !Ref Size]}]
Conditions:
  Large: !Equals [!Ref Size, large]
  Small: !Not [!Condition Large]
  Both: !And [!Condition Large, !Condition Small]
  Never: !Equals [a, b]
Resources:
  Topic: {Type: AWS::SNS::Topic, Condition: Large, Properties: {TopicName: !If [Small, [], a], DisplayName: !If [Missing, a, b]}}
  Queue: {Type: AWS::SQS::Queue, Condition: Never, Properties: {QueueName: !If [Both, !GetAtt Topic.TopicName, {Ref: Topic}]}}
  Bucket: {Type: AWS::S3::Bucket, Condition: Both, Properties: {Versioning: !If [Large, true, !Ref AWS::NoValue]}}
Outputs:
  Name: {Value: !GetAtt Topic.TopicName}
  Both: {Condition: Small, Value: !Ref Topic}
"""
SELF_REFERENCE = """Conditions: {A: !Condition A, B: !Not [!Condition C], C: !Not [!Condition B]}
Resources:
  R:
    Type: AWS::SNS::Topic
    Condition: A
    DependsOn: R
    Properties: {TopicName: !GetAtt R.TopicName, DisplayName: !Sub "${R}"}
"""
CIRCLE = "Resources:\n  A: {Type: AWS::SNS::Topic, DependsOn: B}\n  B: {Type: AWS::SNS::Topic, DependsOn: A, Condition: None}\n"
BROKEN = {"bad": BAD, "unused": UNUSED, "reasoned": REASONED, "self": SELF_REFERENCE, "circle": CIRCLE, "regional": REGIONAL}


def test_the_verdict_is_that_of_the_bare_command(tmp_path, warm, example_called):
    """On what we build, on broken templates, and on those about whose conditions it has to reason."""
    built = example_called("reference").built.files
    texts = {path.removeprefix("templates/"): content.decode() for path, content in built.files.items() if "templates/" in path}
    texts |= {f"{name}.yaml": text for name, text in BROKEN.items()}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    regions = ("eu-central-1", "us-east-1")
    bare = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), "--format", "json", "--regions", *regions, "--", *texts],
        cwd=tmp_path, check=False, capture_output=True,
    )  # fmt: skip
    theirs = sorted(
        (each["Filename"], each["Location"]["Start"]["LineNumber"], each["Location"]["Start"]["ColumnNumber"], each["Rule"]["Id"])
        for each in json.loads(bare.stdout)
    )
    assert {name for name, *_ in theirs} >= {"bad.yaml", "unused.yaml", "reasoned.yaml", "self.yaml", "circle.yaml"}
    without = {name: text for name, text in texts.items() if name not in {"reasoned.yaml", "self.yaml"}}
    for group in (without, texts):
        found = lint(warm, *(Template(name, text, regions) for name, text in group.items()))
        ours = sorted((finding.path, finding.line, finding.column, finding.rule) for finding in found)
        assert ours == [each for each in theirs if each[0] in group]


def without_sympy(monkeypatch):
    """As in a process that has just begun."""
    for name in [name for name in sys.modules if name.split(".")[0] in {"cfnlint", "sympy"}]:
        monkeypatch.delitem(sys.modules, name)


def test_a_process_that_needs_all_of_sympy_is_started_again_with_it(monkeypatch):
    def greedy(template):
        return linter.Answer(failure="" if import_module("sympy").pi and "bad" not in template.path else "bad")

    without_sympy(monkeypatch)
    monkeypatch.setattr(linter, "_lint", greedy)
    good, bad = (Template(f"{name}.yaml", GOOD, ()) for name in ("good", "bad"))
    with Linter(1) as started:
        started.send((good, bad))
        assert started.receive() == {good: linter.Answer(), bad: linter.Answer(failure="bad")}
        assert not started._lean


def test_a_process_that_is_told_in_time_need_not_be_started_again(monkeypatch):
    without_sympy(monkeypatch)
    monkeypatch.setattr(linter, "_lint", lambda _template: linter.Answer(failure=str(import_module("sympy").pi)))
    template = Template("t.yaml", REASONED, ())
    with Linter(1) as started:
        started.send((template,))
        assert started.receive() == {template: linter.Answer(failure="pi")}
        assert started._lean


def test_a_template_on_which_cfn_lint_hangs_is_a_finding_and_nothing_is_left_behind(monkeypatch):
    monkeypatch.setattr(linter, "_lint", lambda template: time.sleep(60 if "hang" in template.path else 0) or linter.Answer())
    with Linter(1, patience=1.5) as patient:
        found = lint(patient, Template("large.yaml", GOOD * 2, ()), Template("hang.yaml", GOOD, ()))
        process = patient._process
    assert [(each.path, each.rule, each.message) for each in found] == [
        ("hang.yaml", "CT301", "cfn-lint was not done with this template after 1.5 seconds")
    ]
    assert not process.is_alive()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_others_are_linted_whatever_hangs_and_wherever(monkeypatch, place):
    monkeypatch.setattr(linter, "_CHARACTERS_WORTH_A_PROCESS", 1)
    monkeypatch.setattr(linter, "_CHARACTERS_MEANWHILE", 1)
    monkeypatch.setattr(linter, "_lint", lambda template: time.sleep(60 if "hang" in template.path else 0) or linter.Answer())
    templates = [Template(f"{number}.yaml", GOOD + "#" * number, ()) for number in range(3)]
    templates[place] = Template("hang.yaml", templates[place].text, ())
    with Linter(2, patience=2) as patient:
        assert [each.path for each in lint(patient, *templates)] == ["hang.yaml"]


def test_nobody_waits_for_ever_for_a_package_on_which_cfn_lint_hangs(monkeypatch):
    monkeypatch.setattr(linter, "_lint", lambda _: time.sleep(60))
    with Linter(1, patience=0.7) as patient:
        found = lint(patient, *(Template(f"{number}.yaml", GOOD, ()) for number in range(9)))
    assert sorted(each.path for each in found) == [f"{number}.yaml" for number in range(9)]


def test_the_words_of_a_finding_are_the_same_every_time():
    role = "    Type: AWS::IAM::Role\n    Properties: {RoleName: a, AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}\n"
    roles = "Resources:\n" + "".join(f"  {name}:\n{role}" for name in ("One", "Two", "Three"))
    made_up = (
        "Transform: AWS::LanguageExtensions\nParameters: {Stage: {Type: String}}\nMappings: {M: {a: {y: [b]}}}\nResources:\n"
        "  Fn::ForEach::Topics:\n    - Name\n    - !FindInMap [M, !Ref Stage, y]\n    - Topic${Name}: {Type: AWS::SNS::Topic}\n"
        "  Other: {Type: AWS::SNS::Topic, DependsOn: Nope}\n"
    )
    templates = [Template(f"{number}.yaml", text, ("eu-central-1",)) for number, text in enumerate((roles, made_up))]
    with Linter(1) as one, Linter(1) as other:
        first, second = lint(one, *templates), lint(other, *templates)
    assert first == second
    assert any("{'One', 'Three', 'Two'}" in each.message for each in first)
    assert any("Topic" in each.message and "Nope" in each.message for each in first)


def test_more_resources_than_cloudformation_takes_are_not_given_to_cfn_lint(warm):
    many = "Resources:\n" + "".join(f"  R{number}: {{Type: AWS::SNS::Topic}}\n" for number in range(501))
    assert cfn_lint.begin(Subject(PackageFiles({"templates/a.yaml": many.encode()}), None, PROFILES[NEWEST]), warm)() == ()
