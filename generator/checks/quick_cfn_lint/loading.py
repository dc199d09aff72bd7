"""cfn-lint's rules, loaded with the forms of `table` in place if all of them fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from cfnlint.version import __version__

KNOWN = frozenset({"1.58.0"})
"""Versions of cfn-lint."""

Rules = TypeVar("Rules", bound=Mapping[str, object])


def quick_rules(load: Callable[[], Rules], version: str = __version__) -> Rules:
    """cfn-lint's rules as `load` loads them, quicker if this version of cfn-lint is known. A second call replaces nothing again."""
    if version not in KNOWN:
        return load()
    try:
        from generator.checks.quick_cfn_lint import table  # noqa: PLC0415 # it imports what other versions may not have
    except ImportError:  # not what this version is elsewhere
        return load()
    if not all(each.fits() for each in table.REPLACEMENTS):
        return load()
    for each in table.REPLACEMENTS:
        each.replace()
    loaded = load()
    kind = type(loaded["E1101"])
    kind.cfnLint = table.BY_KEYWORD.form(kind.cfnLint)  # type: ignore[attr-defined]
    return loaded
