"""Values as YAML text in the style of the input files: plain where that is safe, quoted where YAML would read something else."""

from __future__ import annotations

import json
import re

from generator.landing_zone.document import plain_text_value

_SAFE = re.compile(r"[A-Za-z][A-Za-z0-9 ._/@+:-]*", re.ASCII)
_ONE_LINE = re.compile(r"[ -~]*", re.ASCII)


def yaml_value(value: object) -> str:
    """One value on one line: text, a number, a boolean, or a flow list or mapping of such."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(yaml_value(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {yaml_value(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)


def single_quoted(text: str) -> str:
    """Text that holds many double quotes, like a policy; double-quoted where it has more than printable ASCII on one line."""
    return "'" + text.replace("'", "''") + "'" if _ONE_LINE.fullmatch(text) else _double_quoted(text)


def _text(text: str) -> str:
    safe = _SAFE.fullmatch(text) and text == text.strip() and ": " not in text and not text.endswith(":")
    return text if safe and isinstance(plain_text_value(text), str) else _double_quoted(text)


def _double_quoted(text: str) -> str:
    # JSON's escapes are YAML's; DEL and the C1 controls, which JSON leaves bare and YAML forbids, are escaped as well.
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda found: f"\\u{ord(found[0]):04x}", quoted)
