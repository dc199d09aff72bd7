"""Whatever a package holds: findings or a clear error within seconds, in every format; never a traceback, never a read outside.

`CFCTGEN_FUZZ=20000 pytest tests/test_hostile_packages.py` looks longer, and each time elsewhere.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.__main__ import main
from generator.checks import report
from generator.checks.linter import Answer, Linter
from generator.checks.run import RULES, judge_package
from generator.errors import InputError
from generator.package import readers
from generator.package.files import PackageFiles
from generator.package.readers import read

ROOT = Path(__file__).parent
SECONDS = 20
EXAMPLES = int(os.environ.get("CFCTGEN_FUZZ", "0"))
FUZZ = settings(
    max_examples=EXAMPLES or 25,
    deadline=None,
    derandomize=not EXAMPLES,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def _organization():
    spec = spec_from_file_location("organizations", ROOT / "checks" / "conftest.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_organization()


ORGANIZATION = _organization()
CLEAN = dict(read(ROOT / "cases" / "clean_package").files)
POLICY = next(path for path in CLEAN if path.endswith(".json") and path.startswith("policies/"))
TEMPLATE = "templates/hostile.yaml"


class Silent(Linter):
    """Says nothing of any template: cfn-lint itself is asked where a test is about it."""

    def __init__(self):
        super().__init__(early=False)

    def send(self, templates):
        self._waiting = tuple(templates)

    def receive(self):
        return dict.fromkeys(self._waiting, Answer())


def judged(files, linter=None):
    """The findings, after every format has shown them."""
    package = PackageFiles(files)
    began = time.monotonic()
    with linter or Silent() as used:
        outcome = judge_package(package, ORGANIZATION, linter=used)
    assert time.monotonic() - began < SECONDS
    text = report.text.render(outcome.findings, package, suppressed=outcome.suppressed, colour=False)
    assert not {character for character in text if ord(character) < 32 or 127 <= ord(character) < 160} - {"\n"}
    json.loads(report.json.render(outcome.findings, outcome.suppressed))
    json.loads(report.sarif.render(outcome.findings, outcome.suppressed, RULES))
    ET.fromstring(  # noqa: S314 # our own report
        report.junit.render(outcome.findings, package, outcome.suppressed).encode("utf-8", "backslashreplace")
    )
    for finding in outcome.findings:
        assert finding.line >= 0
        assert finding.column >= 0
        assert finding.message
        assert finding.remedy
    return outcome.findings


def rules(*changes, linter=None):
    return {finding.rule for finding in judged({**CLEAN, **dict(changes)}, linter)}


def resources(count):
    return ("Resources:\n" + "".join(f"  R{number}: {{Type: AWS::SNS::Topic}}\n" for number in range(count))).encode()


def laughs(levels, first=b"[x, x]", item=b"*a%d", around=b"[%s]"):
    above = (b"a%d: &a%d " % (level, level) + around % b", ".join([item % (level - 1)] * 9) for level in range(1, levels))
    return b"\n".join((b"a0: &a0 " + first, *above)) + b"\nResources: {}\n"


UNREADABLE = {
    "flow sequences nested 100,000 deep": b"Resources: " + b"[" * 100_000,
    "JSON nested 100,000 deep": b'{"Resources":' * 100_000 + b"1" + b"}" * 100_000,
    "blocks nested 2,000 deep": b"".join(b" " * depth + b"a:\n" for depth in range(2_000)),
    "an anchor that holds itself": b"Resources: &a {B: *a}\n",
    "a billion laughs": laughs(30),
    "a billion laughs in merged mappings": laughs(30, b"{x: 1}", b"<<: *a%d", b"{%s}"),
    "a NUL byte": b"Resources:\n  A\0: 1\n",
    "UTF-16": "Resources: {}".encode("utf-16"),
    "Latin-1": "Resources: {ä: 1}".encode("latin-1"),
    "random bytes": random.Random(1).randbytes(20_000),  # noqa: S311 # no secret
    "nothing": b"",
    "an integer of 100,000 digits": b"Resources: " + b"9" * 100_000,
    "an integer in base 60": b"Resources: {A: {Type: AWS::SNS::Topic, X: " + b":".join([b"59"] * 5_000) + b"}}",
    "an integer in hexadecimal": b"Resources: {A: {Type: AWS::SNS::Topic, X: 0x" + b"f" * 5_000 + b"}}",
    "a float without end": b"Resources: {A: {Type: AWS::SNS::Topic, X: 1.0e+999}}",
    "an impossible date": b"Resources: {A: 2021-99-99}\n---\n",
    "a Python object": b"Resources: !!python/object/apply:os.system [id]",
    "a set": b"Resources: !!set {a, b}",
    "a key given 2,000 times": b"Resources:\n" + b"  A: {Type: AWS::SNS::Topic}\n" * 2_000,
    "a line of 5 MB": b"Resources: {A: " + b"[" * 50 + b"x" * 5_000_000,
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_a_template_that_cannot_be_read_is_a_finding(content):
    assert "CT303" in rules((TEMPLATE, content))


def test_50_mb_are_a_finding():
    """More than readers take from a disk; a git revision or a caller may still hand it over."""
    assert "CT303" in rules((TEMPLATE, b"Resources: {}\n#" + b"x" * 50_000_000))


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_so_it_is_with_a_manifest_a_policy_and_claims(content):
    assert rules(("manifest.yaml", content)) & {"CT001", "CT002", "CT008"}
    assert rules((POLICY, content)) & {"CT201", "CT401", "CT101"}
    assert "CT402" in rules(("claims/hostile.yaml", content))


ODD = {
    "a list": b"[]",
    "resources that are none": b"Resources: 5",
    "no resources": b"Resources:\n",
    "keys and types that are no words": b"Resources: {1: {Type: 5}, true: x, null: [], 1.5: {Type: {a: b}}}\nParameters: [1]\nOutputs: x\n",
    "sections of another shape": b"Resources: {A: {Type: AWS::SNS::Topic, Metadata: []}}\nConditions: 1\nMappings: 2\nRules: [3]\n",
    "odd directives": b"Metadata: {cfn-lint: {config: {ignore_checks: 5, regions: x}}, guard: 7}\n"
    b"Resources: {A: {Type: AWS::SNS::Topic, Metadata: {guard: {SuppressedRules: {a: b}, reason: 5}, cfn-lint: {config: 7}}}}\n",
    "what refers to itself": b"Conditions: {A: !Condition A, B: !Not [!Condition C], C: !Not [!Condition B]}\n"
    b"Mappings: {M: {M: {M: !FindInMap [M, M, M]}}}\n"
    b'Resources: {R: {Type: AWS::SNS::Topic, Condition: A, DependsOn: R, Properties: {TopicName: !Sub "${R}"}}}\n',
    "a pattern that takes for ever": b'Parameters:\n  P: {Type: String, AllowedPattern: "^(([a-z])+.)+[A-Z]([a-z])+$", Default: '
    + b"a" * 200
    + b"}\nResources: {A: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref P}}}\n",
    "functions nested 40 deep": b"Resources: {A: {Type: AWS::SNS::Topic, Properties: {TopicName: "
    + b"!Join ['', [" * 40
    + b"a"
    + b"]]" * 40
    + b"}}}\n",
    "control characters": b'Resources: {"A\\e[31m": {Type: "x\\a\\u202e\\u009b"}}\n',
    "a surrogate": b'Resources: {"A\\ud800": {Type: "AWS::SNS::Topic"}}\n',
    "10,000 resources": resources(10_000),
    "500 resources that all fail": resources(500),
    "aliases below the limit": laughs(5),
}


@pytest.fixture(scope="module")
def warm():
    """cfn-lint, which gives up soon."""
    with Linter(patience=10) as linter:
        yield linter


class Lent(Linter):
    """Another's process, which stays open."""

    def __init__(self, owner):
        self._owner = owner

    def send(self, templates):
        self._owner.send(templates)

    def receive(self):
        return self._owner.receive()

    def close(self):
        """The owner's to do."""


@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_an_odd_template_is_judged_by_all(content, warm):
    assert rules((TEMPLATE, content), linter=Lent(warm))


def test_names_that_steer_a_terminal_or_are_no_text_are_shown_safely():
    hostile = {
        "templates/\x1b[2J.yaml": b"[",
        "templates/a\nb.yaml": b"[",
        "templates/\udcff.yaml": b"[",
        "templates/\u202e.yaml": b"[",
    }
    found = judged({**CLEAN, **hostile})
    assert {finding.path for finding in found if finding.rule == "CT303"} == hostile.keys()


def test_many_entries_of_a_manifest_take_seconds():
    entry = b"  - {name: n%d, resource_file: templates/topic.yaml, deploy_method: stack_set, description: *r}\n"
    manifest = b"region: &r eu-central-1\nversion: 2021-03-15\nresources:\n" + b"".join(entry % number for number in range(1_000))
    assert rules(("manifest.yaml", manifest))


def refused(path):
    began = time.monotonic()
    with pytest.raises(InputError) as caught:
        read(path)
    assert time.monotonic() - began < SECONDS
    return str(caught.value)


def test_a_zip_of_zeros_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.yaml", b"region: eu-central-1\n")
        archive.writestr("templates/zeros.yaml", b"\0" * (readers.MAX_FILE_BYTES + 1))
    assert "bytes" in refused(tmp_path / "bomb.zip")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/proc/self/mem"])
def test_a_device_is_no_package(path):
    if Path(path).exists():
        refused(Path(path))


def test_a_name_in_an_error_cannot_steer_the_terminal(tmp_path, monkeypatch, capsys):
    (tmp_path / "manifest.yaml").touch()
    (tmp_path / "a\x1b[31m\u202e.yaml").symlink_to(tmp_path)
    monkeypatch.setattr(sys, "argv", ["cfctgen", "check", str(tmp_path), "--no-cache"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "a\\x1b[31m\\u202e.yaml: a symbolic link" in told
    assert "\x1b" not in told


def nodes(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from nodes(item, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


STRUCTURED = sorted(path for path in CLEAN if path.endswith((".yaml", ".json")))
WEIRD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["", "*", "a,b", "$[alfred_ssm_/x]", "${R}", "arn:aws:s3:::*", "no\nline", "  ", "Root", "!Ref", "<<", "~", "\x1b[0m"]
    ),
    st.lists(st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=3), max_size=3),
    st.dates(),
)


class _Loader(yaml.SafeLoader):
    """Reads short forms of functions as what they hold, and dates as text."""


def _plain(loader, _suffix, node):
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode) else loader.construct_scalar(node)


_Loader.add_multi_constructor("!", _plain)


@FUZZ
@given(data=st.data())
def test_a_value_of_another_kind_anywhere_is_judged(data):
    path = data.draw(st.sampled_from(STRUCTURED))
    value = yaml.load(CLEAN[path], _Loader)  # noqa: S506 # a safe loader's child
    changed = replaced(value, data.draw(st.sampled_from(list(nodes(value)))), data.draw(WEIRD))
    dump = json.dumps(changed, default=str) if path.endswith(".json") else yaml.safe_dump(changed, allow_unicode=True)
    judged({**CLEAN, path: dump.encode("utf-8", "surrogatepass")})


TOKENS = [b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"\t", b"\r", b"- ", b": ", b"[", b"{", b"}", b"'", b'"', b"&a ", b"*a", b"<<: ", b"!Ref ", b"|\n", b"# cfctgen: ignore CT001 -- x\n", b"---\n", b"\xe2\x80\xa8"]  # fmt: skip


@FUZZ
@given(data=st.data())
def test_damaged_bytes_anywhere_are_judged(data):
    path = data.draw(st.sampled_from(sorted(CLEAN)))
    content = CLEAN[path]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.sampled_from([start, start + 1, start + 20, len(content)]))
    new = data.draw(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=20), st.just(content[start:end] * 2)))
    judged({**CLEAN, path: content[:start] + new + content[end:]})


@FUZZ
@given(data=st.data())
def test_files_that_are_missing_swapped_or_elsewhere_are_judged(data):
    files = dict(CLEAN)
    for path in data.draw(st.lists(st.sampled_from(sorted(CLEAN)), min_size=1, max_size=3)):
        content = files.pop(path, b"")
        to = data.draw(st.one_of(st.none(), st.sampled_from(sorted(CLEAN)), st.text(min_size=1, max_size=12)))
        if to is not None:
            files[to] = content
    judged(files)
