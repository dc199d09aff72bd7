"""Policy files: what CfCT sends to AWS Organizations must be the policy that was written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from generator.cfct.staging import minified
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.errors import Where

_SYNTAX = "https://docs.aws.amazon.com/organizations/latest/userguide/org_troubleshoot_policies.html"

ONE_OBJECT = Rule(
    "CT201",
    Level.ERROR,
    "a policy is one JSON object in UTF-8, without a byte order mark and without duplicate keys",
    "CfCT does not validate policies before it deploys them, so AWS Organizations refuses it in the middle of a run",
    "correct the file",
    _SYNTAX,
)
SAME_MEANING = Rule(
    "CT202",
    Level.ERROR,
    "CfCT's minifier does not change what a policy says",
    "it deletes every double space, inside strings too",
    "write no two blanks in a row inside a string",
    cfct("state_machine_handler.py 713 and 914"),
)
ONE_LINE = Rule(
    "CT203",
    Level.WARNING,
    "a policy is one compact line",
    "CfCT makes each line break two characters and leaves single blanks, tabs and odd indentation, all of which count against the quota",
    "write the policy without line breaks and without blanks between its parts",
    cfct("state_machine_handler.py 713 and 914"),
)


class _DuplicateKeyError(ValueError):
    pass


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _DuplicateKeyError(next(key for key in keys if keys.count(key) > 1))
    return made


def not_one_object(subject: Subject) -> tuple[Objection, ...]:
    """What is wrong with files that no rule of the policy language can be asked about."""
    return subject.once(_not_objects)


def _not_objects(subject: Subject) -> tuple[Objection, ...]:
    return tuple(_not_one_object(subject))


def _not_one_object(subject: Subject) -> Iterator[Objection]:
    for path in subject.policy_paths:
        shown = subject.files.shown(path)
        content = subject.files.files[path]
        if content.startswith(b"\xef\xbb\xbf"):
            yield Objection(Where(shown, 1, 1), "the file begins with a byte order mark", "save it as UTF-8 without one")
            continue
        try:
            policy = json.loads(content.decode("utf-8"), object_pairs_hook=_object)
        except UnicodeDecodeError as error:
            yield Objection(Where(shown), f"the file is not UTF-8 (byte {error.start:,})", "save it as UTF-8")
        except json.JSONDecodeError as error:
            yield Objection(Where(shown, error.lineno, error.colno), f"this is not JSON: {error.msg.lower()}")
        except _DuplicateKeyError as error:
            yield Objection(Where(shown), f"the key `{error}` is given twice in one object", "remove one of the two")
        except (RecursionError, ValueError):
            yield Objection(Where(shown), "this is no JSON that a policy can be: it nests too deeply or holds a number too long")
        else:
            if not isinstance(policy, dict):
                yield Objection(
                    Where(shown, 1, 1), "the policy is no JSON object", "write one `{...}` with `Version` and `Statement`"
                )


def _changed(subject: Subject) -> Iterator[Objection]:
    for path, text, policy in _readable(subject):
        try:
            sent = json.loads(minified(text))
        except ValueError:
            sent = None
        if sent != policy:
            line, column = _double_space(text)
            yield Objection(Where(subject.files.shown(path), line, column), "CfCT's minifier changes what this policy says")


def _double_space(text: str) -> tuple[int, int]:
    """The first double space inside a string: a place where the text before it has an odd number of unescaped quotes."""
    inside = False
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\" and inside:
            position += 2
            continue
        if character == '"':
            inside = not inside
        elif inside and text.startswith("  ", position):
            return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
        position += 1
    return 0, 0


def _not_compact(subject: Subject) -> Iterator[Objection]:
    for path, text, policy in _readable(subject):
        compact = json.dumps(policy, separators=(",", ":"), ensure_ascii=False)
        sent = minified(text.rstrip("\n"))
        if "\n" in text.rstrip("\n") or len(sent) > len(compact):
            yield Objection(
                Where(subject.files.shown(path), 1, 1),
                f"as CfCT sends it this policy has {len(minified(text)):,} characters; on one compact line it has {len(compact):,}",
            )


def _readable(subject: Subject) -> Iterator[tuple[str, str, object]]:
    for path in subject.policy_paths:
        try:
            text = subject.files.files[path].decode("utf-8")
            policy = json.loads(text, object_pairs_hook=_object)
        except (ValueError, RecursionError):
            continue
        if isinstance(policy, dict):
            yield path, text, policy


CHECKS = (Check(ONE_OBJECT, not_one_object), Check(SAME_MEANING, _changed), Check(ONE_LINE, _not_compact))
