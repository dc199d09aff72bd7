"""Parameters that the manifest gives against those that the template declares: what CloudFormation refuses in the middle of a run."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule
from generator.checks.subject import Subject
from generator.checks.templates.template import Declared
from generator.checks.templates.uses import GivenValue, Use, uses
from generator.checks.templates.values import AVAILABILITY_ZONE, REGIONAL, item_type, items, refusals

_PARAMETERS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"

DECLARED = Rule(
    "CT334",
    Level.ERROR,
    "each parameter that an entry gives is one that its template declares",
    "CloudFormation refuses the stack set: the parameter does not exist in the template",
    "declare it in the template, or remove it from the entry",
    _PARAMETERS,
)
GIVEN = Rule(
    "CT335",
    Level.ERROR,
    "each parameter without a default is given",
    "CloudFormation refuses the stack set: the parameter must have a value",
    "give it in the entry, or declare a `Default` in the template",
    _PARAMETERS,
)
FITTING = Rule(
    "CT336",
    Level.ERROR,
    "each value that an entry gives is one that its template allows",
    "CloudFormation refuses it: the stack set, or its stacks one after another",
    "correct the value, or what the template says of it",
    _PARAMETERS,
)
NO_SECRET = Rule(
    "CT337",
    Level.WARNING,
    "the manifest and the parameter files hold no secret",
    "`NoEcho` hides a value in CloudFormation only: here everybody reads it who reads the repository, the pipeline's bucket or its logs",
    "use a dynamic reference to Secrets Manager in the template, or `$[alfred_ssm_<name>]`",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security-best-practices.html",
)


def _undeclared(subject: Subject) -> Iterator[Objection]:
    for use in _judged(subject):
        for given in use.given:
            if given.key and given.key not in _names(use):
                near = difflib.get_close_matches(given.key, sorted(_names(use)), n=1)
                message = f"`{given.key}` is no parameter of `{use.template.path}`"
                yield Objection(given.where, message, f"did you mean `{near[0]}`?" if near else "")


def _missing(subject: Subject) -> Iterator[Objection]:
    for use in _judged(subject):
        keys = {given.key for given in use.given}
        entry = use.entry
        place = entry.place("parameters") if entry.parameters else entry.place(entry.written("parameter_file"))
        for name, declared in use.template.parameters.items():
            if name not in keys and declared.node.get("Default") is None:
                where = use.manifest.where(place if place is not entry.node else entry.place("name"))
                yield Objection(where, f"`{use.template.path}` needs the parameter `{name}`, which `{entry.name}` does not give")


def _unfitting(subject: Subject) -> Iterator[Objection]:
    for use in _judged(subject):
        for given in use.given:
            declared = use.template.parameters.get(given.key)
            if declared is None or given.text is None or "{{resolve:" in given.text:
                continue
            hidden = _is_hidden(declared)
            reasons = tuple(refusals(declared, given.text))
            for reason in reasons:
                yield Objection(given.where, f"`{given.key}`: {'the value does not fit its declaration' if hidden else reason}")
            if not reasons:
                yield from _elsewhere(use, given, declared)


def _elsewhere(use: Use, given: GivenValue, declared: Declared) -> Iterator[Objection]:
    """An id of one region, given to stacks in others."""
    kind = item_type(declared.type)
    for item in items(declared.type, given.text or ""):
        if kind == AVAILABILITY_ZONE:
            wrong = [region for region in use.regions if not item.startswith(region)]
            if wrong:
                yield Objection(
                    given.where, f"`{given.key}`: `{item}` is no zone of `{wrong[0]}`, where `{use.entry.name}` goes too"
                )
        elif kind in REGIONAL and len(use.regions) > 1:
            message = f"`{given.key}`: `{item}` exists in one region, but `{use.entry.name}` goes to {len(use.regions)}"
            yield Objection(given.where, message, "make one entry for each region")


def _open_secret(subject: Subject) -> Iterator[Objection]:
    for use in _judged(subject):
        for given in use.given:
            declared = use.template.parameters.get(given.key)
            if declared is not None and _is_hidden(declared) and given.text and "{{resolve:" not in given.text:
                yield Objection(given.where, f"`{given.key}` is `NoEcho` in `{use.template.path}`, but its value stands here")


def _judged(subject: Subject) -> Iterator[Use]:
    """Without the entries that give parameters in both ways (CT040), of which CfCT takes none, or in a file that cannot be read."""
    for use in uses(subject):
        if use.all_given_known and use.template.is_whole:
            yield use


def _names(use: Use) -> frozenset[str]:
    section = use.template.root.get("Parameters")
    return frozenset(name for name in section.children if isinstance(name, str)) if section else frozenset()


def _is_hidden(declared: Declared) -> bool:
    node = declared.node.get("NoEcho")
    return node is not None and node.text.lower() == "true"


CHECKS = (
    Check(DECLARED, _undeclared),
    Check(GIVEN, _missing),
    Check(FITTING, _unfitting),
    Check(NO_SECRET, _open_secret),
)
