"""Findings as JUnit XML, which Jenkins, GitLab and other build servers show as tests: a suite per file, a case per finding.

The shape is the one that Jenkins checks (xunit-plugin, junit-10.xsd); GitLab and others read the same. There is no time in it: the
same package gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from generator.checks.finding import Finding, Level
from generator.checks.report.places import joined
from generator.checks.suppression import Suppressed
from generator.package.files import PackageFiles

_ALLOWED = ((0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
"""Besides tab and line ends, what a character of XML 1.0 can be (section 2.2); no escape makes another one legal."""


def render(findings: Sequence[Finding], files: PackageFiles, suppressed: Sequence[Suppressed] = (), *, folder: str = "") -> str:
    """An error is a failure; a warning or an info passes and says its text; what is suppressed is skipped with the reason.

    A file without any has one case that passes, so that a report of a clean package is not empty. `folder` is what the findings' paths
    begin with (`places`).
    """
    cases: dict[str, list[tuple[Finding, str]]] = {joined(folder, files.shown(path)): [] for path in files.files}
    for finding, reason in sorted([*((each, "") for each in findings), *((each.finding, each.reason) for each in suppressed)]):
        cases.setdefault(finding.path, []).append((finding, reason))
    root = ET.Element("testsuites", name="cfctgen check")
    root.extend(_suite(path, cases[path]) for path in sorted(cases))
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(path: str, judged: Sequence[tuple[Finding, str]]) -> ET.Element:
    """`judged` are findings, each with the reason why it is suppressed, if it is."""
    name = _legal(path) or "the package"
    failures = sum(finding.level is Level.ERROR and not reason for finding, reason in judged)
    skipped = sum(bool(reason) for _, reason in judged)
    suite = ET.Element(
        "testsuite", name=name, tests=str(len(judged) or 1), failures=str(failures), errors="0", skipped=str(skipped)
    )
    if not judged:
        ET.SubElement(suite, "testcase", name="no finding", classname=name)
    suite.extend(_case(name, finding, reason) for finding, reason in judged)
    return suite


def _case(suite: str, finding: Finding, reason: str) -> ET.Element:
    place = ":".join(str(number) for number in (finding.line, finding.column) if number)
    name = " ".join(filter(None, (finding.rule, place, finding.message)))
    case = ET.Element("testcase", name=_legal(name), classname=suite)
    text = f"{':'.join(filter(None, (finding.path, place)))}: {finding.level}: {finding.message}\nfix: {finding.remedy}"
    if reason:
        ET.SubElement(case, "skipped", message=_legal(reason))
    elif finding.level is Level.ERROR:
        ET.SubElement(case, "failure", type=_legal(finding.rule), message=_legal(finding.message)).text = _legal(text)
    else:
        ET.SubElement(case, "system-out").text = _legal(text)
    return case


def _legal(text: str) -> str:
    """`text` with the replacement character for each that XML 1.0 forbids."""
    return "".join(each if _is_legal(ord(each)) else "\N{REPLACEMENT CHARACTER}" for each in text)


def _is_legal(code: int) -> bool:
    return code in (0x9, 0xA, 0xD) or any(first <= code <= last for first, last in _ALLOWED)
