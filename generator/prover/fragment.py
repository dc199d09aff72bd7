"""The fragment that is decided exactly, as data: which keys are settled by the sender, which are free, which are outside.

Outside of it nothing is guessed: a condition that cannot be read exactly counts as whatever hurts the claim, and if the claim then
fails and no request proves that it really does, the verdict is undecided and names the condition.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.policy.conditions import Condition
from generator.policy.keys import Context, same_key
from generator.policy.operators import Family
from generator.policy.request import PrincipalType
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


_ANY_FAMILY = frozenset(Family)
_TEXT = frozenset({Family.STRING, Family.STRING_LIKE, Family.STRING_IGNORE_CASE, Family.ARN, Family.NULL})
_TIME = frozenset({Family.DATE, Family.NUMERIC, Family.NULL})
_CHOSEN_AS_TEXT = SENDER_KEYS - {"aws:principalisawsservice", "aws:principaltype"}
_FAMILIES = {**dict.fromkeys(_CHOSEN_AS_TEXT, _TEXT), "aws:currenttime": _TIME, "aws:epochtime": _TIME}
"""How keys can be read so that every class of their values is looked at: senders as text, clocks as instants."""

UNSAID = frozenset({"aws:principalaccount", "aws:principaltype"})
"""Keys of which AWS does not say what they hold when a service or a user of an identity provider calls (`policy.axioms`)."""


@dataclass(frozen=True)
class Settled:
    """What is settled before the free keys: `keys` by sender, accounts and claim; `variables` are those that can stand in patterns.

    `fixed`: the keys that the claim fixes. `doubts`: templates that cannot be followed although all their variables can.
    """

    keys: frozenset[str]
    variables: frozenset[str]
    fixed: frozenset[str] = frozenset()
    doubts: frozenset[str] = frozenset()


def settled(kind: PrincipalType, fixed: Iterable[str], doubts: frozenset[str] = frozenset()) -> Settled:
    """What a kind of sender settles, with the keys that the claim fixes; `doubts` are templates that cannot be followed even so."""
    unsaid = UNSAID if kind in (PrincipalType.SERVICE, PrincipalType.IDENTITY_PROVIDER) else frozenset[str]()
    also = frozenset(fixed)
    return Settled((SENDER_KEYS - unsaid) | also, (ACCOUNT_KEYS - unsaid) | also, also, doubts)


def templates(condition: Condition) -> tuple[Template, ...]:
    """The text operands of a condition."""
    return condition.templates


def variables_are_exact(found: Iterable[Template], known: Settled) -> bool:
    """True iff every variable is of a key that follows from the accounts, or that the claim fixes, in a text without doubt."""
    found = tuple(found)
    if any(template.text in known.doubts for template in found):
        return False
    return {same_key(variable.key) for template in found for variable in template.variables} <= known.variables


def is_exact(condition: Condition, known: Settled) -> bool:
    """True iff the condition belongs to the fragment."""
    key = same_key(condition.key)
    if key not in known.fixed and condition.operator.family not in _FAMILIES.get(key, _ANY_FAMILY):
        return False
    return (key in known.keys or key not in OUTSIDE_KEYS) and variables_are_exact(templates(condition), known)


def is_free(key: str, known: Settled) -> bool:
    """True iff the sender chooses the key's value, as far as the policies can tell."""
    return same_key(key) not in known.keys


def account_context(context: Context, known: Settled) -> Context:
    """The part of a context that variables may use."""
    return Context({key: values for key, values in context.values.items() if same_key(key) in known.variables})
