"""Values of one condition key: enough of them that every way in which conditions can tell values apart is there once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal, localcontext
from decimal import Context as Arithmetic
from itertools import pairwise

from generator.policy import coherence
from generator.policy.conditions import Condition, holds
from generator.policy.keys import Context, is_multivalued, same_key
from generator.policy.operands import Network
from generator.policy.operators import Family, Qualifier
from generator.policy.variables import Template
from generator.prover.automaton import ANY, ANY_ONE, Token, arn_tokens, folded, glob_tokens, literal, some
from generator.prover.cells import Language, representatives

Values = tuple[str, ...]

TEXT = Language((ANY_ONE, ANY))
"""What a key without known form can hold, but for the empty string, which is looked at apart."""

_LOWER = "abcdefghijklmnopqrstuvwxyz0123456789-"
LANGUAGES = {
    "aws:requestedregion": Language(some(_LOWER)),
    "aws:principalorgid": Language((*literal("o-"), *some(_LOWER[:-1]))),
    "aws:resourceorgid": Language((*literal("o-"), *some(_LOWER[:-1]))),
    "aws:sourceorgid": Language((*literal("o-"), *some(_LOWER[:-1]))),
    "aws:sourceaccount": Language(tuple(Token(frozenset("0123456789")) for _ in range(12))),
    "aws:sourcevpc": Language((*literal("vpc-"), *some(_LOWER[:-1]))),
    "aws:sourcevpce": Language((*literal("vpce-"), *some(_LOWER[:-1]))),
}
"""The form of keys that AWS fills in itself (IAM User Guide, "AWS global condition context keys", the examples of each key)."""

SAMPLES = {
    "aws:principalaccount": ("999999999999",),
    "aws:requestedregion": ("us-east-1", "eu-west-1"),
    "aws:principalorgid": ("o-exampleorgid",),
    "aws:resourceorgid": ("o-exampleorgid",),
    "aws:sourceorgid": ("o-exampleorgid",),
    "aws:sourceaccount": ("999999999999", "888888888888"),
    "aws:sourcevpc": ("vpc-0abcdef1234567890",),
    "aws:sourcevpce": ("vpce-0abcdef1234567890",),
    "aws:useragent": ("aws-cli",),
}
"""What reads like AWS's own documentation."""

BOOLEANS = ("false", "true")
BOOLEAN_KEYS = frozenset(key.lower() for key in coherence.BOOLEANS)
"""Keys that hold nothing else, whatever a policy compares them with."""

_UNREADABLE = "example"
_EXACT = Arithmetic(prec=200)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ADDRESSES = ("203.0.113.7", "198.51.100.7", "192.0.2.7", "10.0.0.7", "2001:db8::7")


def is_tag(key: str) -> bool:
    """True iff the key is a tag's: these hold any text, the empty one too."""
    return "tag/" in same_key(key)


def patterns_of(condition: Condition, context: Context) -> tuple[tuple[Token, ...], ...]:
    """The patterns by which a condition tells texts apart, variables filled in from `context`."""
    globs = [operand.resolve(context) for operand in condition.operands if isinstance(operand, Template)]
    family = condition.operator.family
    found = []
    for glob in globs:
        tokens = None if glob is None else arn_tokens(glob) if family is Family.ARN else glob_tokens(glob)
        if tokens is not None:
            found.append(folded(tokens) if family is Family.STRING_IGNORE_CASE else tokens)
    return tuple(found)


def samples_of(condition: Condition, context: Context) -> Iterator[str]:
    """Words in which a condition's own patterns are spelled out."""
    for operand in condition.operands:
        if isinstance(operand, Template):
            glob = operand.resolve(context)
            if glob is not None:
                for filler in ("example", ""):
                    yield "".join(part if isinstance(part, str) else filler if part.value == "*" else "x" for part in glob.parts)


def single_values(key: str, conditions: Iterable[Condition], context: Context, language: Language | None = None) -> list[str]:
    """Values that a single-valued key can hold, one for every class that the conditions tell apart (and perhaps more)."""
    conditions = tuple(conditions)
    families = {condition.operator.family for condition in conditions} - {Family.NULL}
    name = same_key(key)
    found: list[str] = []
    if name in BOOLEAN_KEYS or (families <= {Family.BOOL} and families and not is_tag(key)):
        return list(BOOLEANS)
    for family, values in ((Family.NUMERIC, _numbers), (Family.DATE, _dates), (Family.IP, _addresses), (Family.BINARY, _bytes)):
        if family in families:
            found.extend(values(tuple(operand for it in conditions if it.operator.family is family for operand in it.operands)))
    if Family.BOOL in families:
        found.extend(BOOLEANS)
    text = [condition for condition in conditions if any(isinstance(operand, Template) for operand in condition.operands)]
    if text or not found or is_tag(key):
        patterns = [tokens for condition in text for tokens in patterns_of(condition, context)]
        samples = (
            *SAMPLES.get(name, ()),
            _UNREADABLE,
            *(word for condition in text for word in samples_of(condition, context)),
        )
        found.extend(representatives(language or LANGUAGES.get(name, TEXT), patterns, samples))
    if language is None and name not in LANGUAGES and (text or is_tag(key)):
        found.append("")
    return list(dict.fromkeys(found))


def is_mixed(conditions: Iterable[Condition]) -> bool:
    """True iff conditions read one key both as text and as something else: the classes are then not all represented."""
    families = {it.operator.family for it in conditions if same_key(it.key) not in BOOLEAN_KEYS} - {Family.NULL}
    texts = {Family.STRING, Family.STRING_LIKE, Family.STRING_IGNORE_CASE, Family.ARN}
    return len({"text" if family in texts else family.value for family in families}) > 1


def takes_several(key: str, conditions: Iterable[Condition]) -> bool:
    """True iff the key can have several values: a global one by AWS's table, another if a set operator asks of it."""
    return is_multivalued(key) or (
        not same_key(key).startswith("aws:") and any(it.operator.qualifier is not Qualifier.NONE for it in conditions)
    )


def value_lists(key: str, conditions: Iterable[Condition], context: Context, language: Language | None = None) -> list[Values]:
    """Lists of values that the key can hold when it is present, one for every way in which the conditions can come out.

    Of several values only which conditions some, or all, of them meet can matter. So it is enough to join lists until no new way
    appears.
    """
    conditions = tuple(conditions)
    singles: list[Values] = [(value,) for value in single_values(key, conditions, context, language)]

    def outcome(values: Values) -> tuple[bool, ...]:
        """Empty strings alone count as absence, beside others as values: what more a list can become hangs on that too."""
        put = context.with_values({key: values})
        return (any(values), *(holds(condition, put) for condition in conditions))

    found = {outcome(values): values for values in reversed(singles)}
    if takes_several(key, conditions):
        waiting = list(found.values())
        while waiting:
            left = waiting.pop()
            for right in singles:
                joined = tuple(dict.fromkeys((*left, *right)))
                made = outcome(joined)
                if made not in found:
                    found[made] = joined
                    waiting.append(joined)
    order = {values: place for place, values in enumerate(singles)}
    return sorted(found.values(), key=lambda values: (len(values), order.get(values, len(order)), values))


def _numbers(operands: tuple[object, ...]) -> list[str]:
    points = sorted({operand for operand in operands if isinstance(operand, Decimal)})
    with localcontext(_EXACT):
        between = [_between(one, other) for one, other in pairwise(points)]
        around = [points[0] - 1, points[-1] + 1] if points else []
        return [f"{number:f}" for number in sorted({*points, *between, *around})]


def _between(low: Decimal, high: Decimal) -> Decimal:
    """The number between two that has the fewest digits, because the evaluator reads no number of more than 40 characters."""
    step = Decimal(1)
    while (found := (low // step + 1) * step if low >= 0 else (high // step - 1) * step) >= high or found <= low:
        step /= 10
    return found


def spelled(seconds: Decimal) -> str:
    """An instant as AWS writes dates; in seconds, which AWS takes as well, outside of the years 1 to 9999."""
    whole = int(seconds)
    fraction = f"{seconds - whole:f}"[1:] if seconds != whole else ""
    try:
        moment = _EPOCH + timedelta(seconds=whole)
    except OverflowError:
        return epoch(seconds)
    return f"{moment.replace(tzinfo=None).isoformat()}{fraction}Z"


def epoch(seconds: Decimal) -> str:
    """An instant in seconds, with zeros before it where it would read as a year."""
    return f"{int(seconds):06d}" if seconds == int(seconds) else f"{seconds:f}"


def instants(operands: Iterable[object]) -> list[Decimal]:
    """Whole seconds enough to tell every comparison with the given instants apart: the clocks in requests count seconds."""
    whole = {operand.to_integral_value(ROUND_FLOOR) for operand in operands if isinstance(operand, Decimal)}
    return sorted({moment + step for moment in whole for step in (-1, 0, 1)})


def _dates(operands: tuple[object, ...]) -> list[str]:
    return [spelled(moment) for moment in instants(operands)]


def _addresses(operands: tuple[object, ...]) -> list[str]:
    """A documentation address, and the first of every range that networks cut the addresses into."""
    networks = [operand for operand in operands if isinstance(operand, Network)]
    found = [*_ADDRESSES, "0.0.0.0", "::"]  # noqa: S104  # an address to compare, nothing is bound to it
    for network in networks:
        found.append(str(network.network_address))
        last = int(network.broadcast_address) + 1
        if last < 1 << network.max_prefixlen:
            found.append(str(type(network.network_address)(last)))
    return list(dict.fromkeys(found))


def _bytes(operands: tuple[object, ...]) -> list[str]:
    from base64 import b64encode  # noqa: PLC0415  # binary keys are rare

    known = [operand for operand in operands if isinstance(operand, bytes)]
    other = max(known, key=len, default=b"") + b"x"
    return [b64encode(value).decode() for value in (*known, other)]
