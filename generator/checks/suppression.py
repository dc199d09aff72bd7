"""Suppression: a comment with a rule's id and a reason takes a finding off the list, and keeps it visible.

    # cfctgen: ignore CT022 -- the account is closed at the end of the quarter

At the end of a line it covers that line; on a line of its own, directly above another, it covers that one, and the whole entry (a
resource of the manifest or of a template) if one begins there. Above the first line of a file it also covers what is said of the
file as a whole. JSON holds no comments: what is said of a policy or a parameter file in JSON is covered by a comment at the
`resource_file` or `parameter_file` of the manifest that names it.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from generator.cfct.document import MAX_BYTES, Node, Style, read
from generator.checks.comments import Span, comments, first_line, spans
from generator.checks.finding import Finding, Level
from generator.checks.rule import Objection, Rule
from generator.checks.subject import Subject
from generator.errors import Where
from generator.package.files import MANIFEST

_DOCS = "docs/check.md"

REASON_GIVEN = Rule(
    "CT501",
    Level.ERROR,
    "a suppression gives its reason",
    "an exception that nobody can explain is a hole; without a reason it suppresses nothing",
    "write `# cfctgen: ignore <id> -- <reason>`",
    _DOCS,
)
ID_KNOWN = Rule(
    "CT502",
    Level.WARNING,
    "a suppression names a rule that a comment can suppress",
    "it suppresses nothing, and whoever reads it believes that it does",
    "write the id as the report shows it, in brackets",
    _DOCS,
)
IN_USE = Rule(
    "CT503",
    Level.INFO,
    "a suppression suppresses something",
    "it would hide the next finding of this rule here, which nobody has looked at",
    "remove the comment, or move it to the line of the finding or directly above it",
    _DOCS,
)
RULES = (REASON_GIVEN, ID_KNOWN, IN_USE)

UNREADABLE = frozenset({"CT001", "CT201", "CT301", "CT303", "CT311"})
"""What could not be read was not judged: to suppress that would suppress every rule at once."""

_NEVER = re.compile(r"CT[45]\d\d|CT312")
"""Claims are what the package vouches for; and no suppression excuses another."""

_MARK = b"cfctgen:"
_DIRECTIVE = re.compile(r"#+\s*cfctgen:\s*(?P<word>[^\s,]*)\s*(?P<rest>.*)")
_REASON = re.compile(r"(?:^|\s)--(?:\s+|$)")
_WORDS = re.compile(r"[^\s,]+")
_CFN_LINT = re.compile(r"[EWI]\d{4}")
_CFN_NAG = re.compile(r"F\d{1,4}|W\d{1,3}")
_FATAL = "FATAL"
"""What stops cfn_nag itself, which nothing suppresses."""
_GUARD = re.compile(r"[A-Z]+(?:_[A-Z0-9]+)+")
_FILE_KEYS = ("resource_file", "parameter_file")


@dataclass(frozen=True)
class Suppressed:
    """A finding that a comment takes off the list; `where` is the comment's place."""

    finding: Finding
    reason: str
    where: Where


@dataclass(frozen=True)
class Outcome:
    """What is left after suppression, and what was suppressed; both sorted."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()


_Place = tuple[str, Span | None]
"""A path, as users see it, with lines of it; None for all of the file, `_WHOLE` for what is said of the file as a whole."""

_WHOLE = Span(0, 0)


@dataclass(frozen=True)
class _Suppression:
    """One id of one comment, and what it covers."""

    rule: str
    reason: str
    where: Where
    covers: frozenset[_Place]


@dataclass
class _Collected:
    """What the comments of a package say; `entries` of each file with such comments, in order."""

    suppressions: list[_Suppression] = field(default_factory=list)
    findings: set[Finding] = field(default_factory=set)
    entries: dict[str, tuple[Span, ...]] = field(default_factory=dict)

    def places(self, finding: Finding) -> Iterator[_Place]:
        """Where a comment on this finding can stand, the nearest first."""
        path, line = finding.path, finding.line
        yield path, Span(line, line)
        entries = self.entries.get(path, ())
        index = bisect_right(entries, line, key=_first) - 1
        if index >= 0 and line <= entries[index].last:
            yield path, entries[index]
        yield path, None


def _first(span: Span) -> int:
    return span.first


def apply(
    subject: Subject,
    findings: Iterable[Finding],
    known: frozenset[str],
    *,
    idle: bool,
    unjudged: frozenset[str] = frozenset(),
) -> Outcome:
    """`known` are the ids of our own rules.

    Whether a suppression is needed nobody can say of rules that were not judged: of those in `unjudged`, or of any if some were
    judged in part (`idle`). Of two comments on the same finding the nearer one is needed, or else the first.
    """
    collected = _collect(subject, known)
    by_place: dict[tuple[str, _Place], _Suppression] = {}
    for suppression in collected.suppressions:
        for place in suppression.covers:
            by_place.setdefault((suppression.rule, place), suppression)
    kept = set(collected.findings)
    suppressed: set[Suppressed] = set()
    used: set[_Suppression] = set()
    for finding in findings:
        places = ((finding.rule, place) for place in collected.places(finding))
        by = next((by_place[place] for place in places if place in by_place), None)
        if by is None:
            kept.add(finding)
        else:
            used.add(by)
            suppressed.add(Suppressed(finding, by.reason, by.where))
    if not idle:
        kept.update(
            IN_USE.finding(Objection(each.where, f"there is no finding of `{each.rule}` here to suppress"))
            for each in collected.suppressions
            if each not in used and each.rule not in unjudged
        )
    return Outcome(tuple(sorted(kept)), tuple(sorted(suppressed, key=lambda each: (each.finding, each.where))))


def can_be_suppressed(rule: str) -> bool:
    """Whether a comment can suppress this rule of ours."""
    return rule not in UNREADABLE and not _NEVER.fullmatch(rule)


def _collect(subject: Subject, known: frozenset[str]) -> _Collected:
    collected = _Collected()
    for path, content in subject.files.files.items():
        if _MARK not in content or len(content) > MAX_BYTES or _holds_no_comments(path, content):
            continue
        root = _root(subject, path, content)
        if root is not None:
            shown = subject.files.shown(path)
            collected.entries[shown] = spans(root)
            named = _files_named(subject) if path == MANIFEST else {}
            for each in _in_file(shown, content.decode("utf-8-sig"), collected.entries[shown], named, known):
                if isinstance(each, Finding):
                    collected.findings.add(each)
                else:
                    collected.suppressions.append(each)
    return collected


def _root(subject: Subject, path: str, content: bytes) -> Node | None:
    if path == MANIFEST:
        return subject.manifest.document.root if subject.manifest else None
    if path in subject.template_paths:
        return subject.templates[path].root
    return read(content, path, Style.MANIFEST).root


def _holds_no_comments(path: str, content: bytes) -> bool:
    return path.endswith(".json") or content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))


def _in_file(
    shown: str, text: str, entries: tuple[Span, ...], named: Mapping[int, frozenset[str]], known: frozenset[str]
) -> Iterator[_Suppression | Finding]:
    """`named` are the JSON files that this file names, by line."""
    begun = {entry.first: entry for entry in entries}
    first = first_line(text)
    for comment in comments(text):
        directive = _DIRECTIVE.match(comment.text)
        if not directive:
            continue
        where = Where(shown, comment.line, comment.column)
        ids, reason = _parts(directive)
        if directive["word"] != "ignore" or not ids:
            yield ID_KNOWN.finding(Objection(where, f"`{comment.text}` names no rule to ignore", REASON_GIVEN.fix))
            continue
        if not reason:
            yield REASON_GIVEN.finding(Objection(where, f"{', '.join(f'`{each}`' for each in ids)} suppressed without a reason"))
            continue
        covers: set[_Place] = {(path, None) for path in named.get(comment.at, ())}
        if comment.at:
            covers.add((shown, Span(comment.at, comment.at)))
        if comment.above and comment.at in begun:
            covers.add((shown, begun[comment.at]))
        if comment.above and comment.at == first:
            covers.add((shown, _WHOLE))
        for rule in ids:
            objection = _objection(rule, known, where)
            yield ID_KNOWN.finding(objection) if objection else _Suppression(rule, reason, where, frozenset(covers))


def _parts(directive: re.Match[str]) -> tuple[tuple[str, ...], str]:
    """The ids, each once, and the reason."""
    parts = _REASON.split(directive["rest"], maxsplit=1)
    return tuple(dict.fromkeys(_WORDS.findall(parts[0]))), parts[1].strip() if len(parts) > 1 else ""


def _objection(rule: str, known: frozenset[str], where: Where) -> Objection | None:
    """What keeps a comment from suppressing this rule."""
    if rule == _FATAL or (rule in known and not can_be_suppressed(rule)):
        return Objection(where, f"`{rule}` cannot be suppressed", "mend what it finds")
    if rule in known or _CFN_LINT.fullmatch(rule):
        return None
    if _CFN_NAG.fullmatch(rule):
        remedy = f"write `{rule}` and a reason below `Metadata.cfn_nag.rules_to_suppress`, which CfCT's own cfn_nag reads too"
        return Objection(where, f"`{rule}` of cfn_nag is not suppressed by a comment", remedy)
    if _GUARD.fullmatch(rule):
        remedy = f"write `{rule}` below `Metadata.guard.SuppressedRules`, with a `reason`"
        return Objection(where, f"`{rule}` is no rule of cfctgen's, and no Guard rule is suppressed by a comment", remedy)
    return Objection(where, f"there is no rule `{rule}`")


def _files_named(subject: Subject) -> Mapping[int, frozenset[str]]:
    """Line of the manifest to the JSON files, as shown, that it names there."""
    files = subject.files.files
    named: dict[int, frozenset[str]] = {}
    for resource in subject.manifest.resources if subject.manifest else ():
        for key in _FILE_KEYS:
            node = resource.node.get(key)
            path = posixpath.normpath(node.text) if node else ""
            if node and path in files and _holds_no_comments(path, files[path]):
                for line in (node.key_line, node.line):
                    named[line] = named.get(line, frozenset()) | {subject.files.shown(path)}
    return named
