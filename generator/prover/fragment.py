"""The fragment that is decided exactly, as data: which keys are settled by the sender, which are free, which are outside.

Outside of it nothing is guessed: a condition that cannot be read exactly counts as whatever hurts the claim, and if the claim then
fails and no request proves that it really does, the verdict is undecided and names the condition.
"""

from __future__ import annotations

from collections.abc import Iterable

from generator.policy.conditions import Condition
from generator.policy.keys import Context, same_key
from generator.policy.variables import Template

ACCOUNT_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalisawsservice",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principaltype",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
    }
)
"""Keys whose value follows from the kind of sender and the two accounts; variables of them are exact."""

SENDER_KEYS = ACCOUNT_KEYS | {"aws:principalarn", "aws:principalservicename", "aws:username"}
"""Keys whose value follows from the sender and the owner of the resource."""

OUTSIDE_KEYS = frozenset({"aws:principalservicenameslist"})
"""Keys of whose values AWS documents too little: which names a service has beside the one that calls."""


def templates(condition: Condition) -> tuple[Template, ...]:
    """The text operands of a condition."""
    return tuple(operand for operand in condition.operands if isinstance(operand, Template))


def variables_are_exact(found: Iterable[Template], settled: frozenset[str]) -> bool:
    """True iff every variable is of a key that follows from the accounts, or is among `settled`."""
    names = {same_key(variable.key) for template in found for variable in template.variables}
    return names <= ACCOUNT_KEYS | settled


def is_exact(condition: Condition, settled: frozenset[str]) -> bool:
    """True iff the condition belongs to the fragment; `settled` are the keys that the claim fixes."""
    key = same_key(condition.key)
    return (key in settled or key not in OUTSIDE_KEYS) and variables_are_exact(templates(condition), settled)


def is_free(key: str, settled: frozenset[str]) -> bool:
    """True iff the sender chooses the key's value, as far as the policies can tell."""
    return same_key(key) not in SENDER_KEYS | settled


def account_context(context: Context, settled: frozenset[str]) -> Context:
    """The part of a context that variables may use."""
    return Context({key: values for key, values in context.values.items() if same_key(key) in ACCOUNT_KEYS | settled})
