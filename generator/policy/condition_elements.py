"""Reading the `Condition` element: operators, keys, and values by the operator's family."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from generator.errors import Where
from generator.policy import operands
from generator.policy.conditions import Condition, Operand
from generator.policy.json_source import Array, Member, Node, Number, Object
from generator.policy.keys import is_multivalued, names_no_tag, same_key, unknown_key
from generator.policy.operators import (
    SINGLE_OPERAND_FAMILIES,
    VARIABLE_FAMILIES,
    Family,
    Operator,
    OperatorError,
    Qualifier,
    parse_operator,
)
from generator.policy.pattern import ARN_SEGMENTS
from generator.policy.problems import Doubt, Problems, shape
from generator.policy.variables import Template, VariableError, doubt_variables, parse_template

_KEY = re.compile(r"[^\s:$*?]+:[^$*?]*[^\s$*?]")
_WILDCARD_FAMILIES = frozenset({Family.STRING_LIKE, Family.ARN})

_READERS: dict[Family, tuple[Callable[[str], Operand | None], str]] = {
    Family.NUMERIC: (operands.number, "write an integer or a decimal number"),
    Family.DATE: (operands.instant, "write an ISO 8601 date such as `2026-01-31T00:00:00Z`, or seconds since 1970"),
    Family.BOOL: (operands.boolean, "write `true` or `false`"),
    Family.NULL: (operands.boolean, "write `true` if the key must be absent, `false` if it must be present"),
    Family.BINARY: (operands.binary, "write the bytes in base-64"),
    Family.IP: (operands.network, "write an address or a CIDR range, for example `203.0.113.0/24` or `2001:db8::/32`"),
}


def read_conditions(node: Node, problems: Problems, *, variables: bool) -> tuple[Condition, ...]:
    """Read every operator and key; all of them must hold for the statement to apply."""
    if not isinstance(node.value, Object) or not node.value.members:
        found = "empty" if isinstance(node.value, Object) else shape(node)
        problems.add(node.where, f"`Condition` is {found}", 'write `{"<operator>": {"<key>": "<value>"}}`, or remove it')
        return ()
    return tuple(condition for block in node.value.members for condition in _block(block, problems, variables=variables))


def _block(block: Member, problems: Problems, *, variables: bool) -> Iterator[Condition]:
    try:
        operator = parse_operator(block.key)
    except OperatorError as error:
        if error.meant is None:
            problems.add(block.where, error.problem, error.remedy)
            return
        problems.doubt(Doubt.OPERATOR, block.where, error.problem, error.remedy)
        operator = error.meant
    if not isinstance(block.node.value, Object) or not block.node.value.members:
        found = "empty" if isinstance(block.node.value, Object) else shape(block.node)
        problems.add(block.node.where, f"`{block.key}` is {found}", 'write `{"<key>": "<value>"}`')
        return
    first: dict[str, str] = {}
    for member in block.node.value.members:
        name = same_key(member.key)
        if name in first:
            problems.add(
                member.where,
                f"`{member.key}` and `{first[name]}` are one condition key",
                "keep one; keys are compared without regard to case",
            )
            continue
        first[name] = member.key
        if _key_is_sound(operator, member, problems):
            read = tuple(_operands(operator, member.node, problems, variables=variables))
            yield Condition(operator, member.key, read, member.where)


def _key_is_sound(operator: Operator, member: Member, problems: Problems) -> bool:
    key = member.key
    unknown = unknown_key(key)
    if not _KEY.fullmatch(key):
        problems.add(
            member.where,
            f"`{key}` is no condition key",
            "write `service:key`, without wildcards or variables, for example `aws:PrincipalArn`",
        )
    elif names_no_tag(key) and unknown:
        problems.add(member.where, *unknown)
    else:
        _doubt_key(operator, member, problems)
        return True
    return False


def _doubt_key(operator: Operator, member: Member, problems: Problems) -> None:
    key = member.key
    unknown = unknown_key(key)
    if unknown:
        problems.doubt(Doubt.KEY, member.where, *unknown)
    elif is_multivalued(key) and operator.qualifier is Qualifier.NONE and operator.family is not Family.NULL:
        problems.doubt(
            Doubt.SEVERAL,
            member.where,
            f"`{key}` can have several values in a request, and `{operator}` compares one",
            f"write `ForAnyValue:{operator}` or `ForAllValues:{operator}`",
        )


def _operands(operator: Operator, node: Node, problems: Problems, *, variables: bool) -> Iterator[Operand]:
    items = node.value.items if isinstance(node.value, Array) else (node,)
    if not items:
        problems.add(node.where, f"the list of values of `{operator}` is empty", "write at least one value")
    if len({shape(item) for item in items}) > 1:
        problems.add(node.where, f"the values of `{operator}` are of several types", "write all of them as strings")
    if len(items) > 1 and operator.family in SINGLE_OPERAND_FAMILIES:
        problems.add(node.where, f"`{operator}` has {len(items)} values", "write one; both together would always hold")
    for item in items:
        text = _text(item)
        if text is None:
            problems.add(item.where, f"a value of `{operator}` is {shape(item)}", "write a string, number or boolean")
            continue
        operand = _operand(operator, text, item.where, problems, variables=variables)
        if operand is not None:
            yield operand


def _text(node: Node) -> str | None:
    """The text of a scalar; booleans and numbers may stand without quotation marks."""
    if isinstance(node.value, bool):
        return str(node.value).lower()
    if isinstance(node.value, Number):
        return node.value.text
    return node.value if isinstance(node.value, str) else None


def _operand(operator: Operator, text: str, where: Where, problems: Problems, *, variables: bool) -> Operand | None:
    family = operator.family
    if family in VARIABLE_FAMILIES:
        return _template(operator, text, where, problems, variables=variables)
    if "${" in text:
        problems.add(where, f"`{operator}` takes no policy variable", "use variables with string and ARN operators only")
        return None
    read, remedy = _READERS[family]
    operand = read(text)
    if operand is None:
        problems.add(where, f"`{text}` is no {family.value} for `{operator}`", remedy)
    return operand


def _template(operator: Operator, text: str, where: Where, problems: Problems, *, variables: bool) -> Template | None:
    try:
        template = parse_template(text, wildcards=operator.family in _WILDCARD_FAMILIES, variables=variables)
    except VariableError as error:
        problems.add(where, error.problem, error.remedy)
        return None
    doubt_variables(template, where, problems)
    pattern = template.glob
    if operator.family is Family.ARN and pattern is not None:
        parts = pattern.split(":", ARN_SEGMENTS - 1)
        if len(parts) < ARN_SEGMENTS or parts[0].exact != "arn":
            problems.add(
                where,
                f"`{text}` is no ARN for `{operator}`",
                "write all six parts of an ARN, with `*` where any value will do, or use `StringLike`",
            )
            return None
    return template
